//! Requests at the same moment, on connections of their own: what one of them decides holds when the other has written.

use std::sync::Barrier;
use std::thread;

use groma_diag::Sources;
use groma_ir::Model;
use testkit::postgres::Database;

use super::site::{Direct, on};
use super::{Got, json};
use crate::serve::tests::site::Site;
use crate::settings::Settings;

const TEAMS: &str = "
service Teams { base /api }
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
}
entity User external table \"user\" { id: text(1..64) key }
tenant Team {
  id: uuid key
  name: text(2..60)
  members User as member < owner, at least 1 owner
}
access Team { allow create to authenticated; allow read to member; allow delete to owner }
access Team.members { allow read to team.member; allow create, update to team.owner; allow delete to team.owner, user }
resource /teams for Team { create { accept name }; read; delete; members }
";

fn compiled(design: &str) -> Model {
    let mut sources = Sources::new();
    sources.add("design.groma", design);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    let said: Vec<_> = compiled
        .diagnostics
        .iter()
        .map(|found| (&found.code, &found.message))
        .collect();
    Model::new(design.unwrap_or_else(|| panic!("{said:#?}")))
}

/// Sends requests at the same moment.
fn at_once<'a>(calls: impl IntoIterator<Item = Box<dyn FnOnce() -> Got + Send + 'a>>) -> Vec<Got> {
    let calls: Vec<_> = calls.into_iter().collect();
    let start = Barrier::new(calls.len());
    thread::scope(|scope| {
        let start = &start;
        let send = |call: Box<dyn FnOnce() -> Got + Send + 'a>| {
            scope.spawn(move || {
                start.wait();
                call()
            })
        };
        let sent: Vec<_> = calls.into_iter().map(send).collect();
        sent.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

fn statuses(all: &[Got]) -> Vec<u16> {
    let mut statuses: Vec<u16> = all.iter().map(|got| got.status).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_leave_at_once_one_stays() {
    let site = Direct::of(compiled(TEAMS), |_| {}).await;
    for _ in 0..20 {
        let team = site.ann("POST", "/api/teams").json(r#"{"name":"Red"}"#).send();
        assert_eq!(team.status, 201, "{team:?}");
        let id = json(&team)["id"].as_str().unwrap().to_owned();
        let member = |who: &str| format!("/api/teams/{id}/members/{who}");
        let made = site.ann("PUT", &member("bob")).json(r#"{"role":"owner"}"#).send();
        assert_eq!(made.status, 201, "{made:?}");

        let leave = |who: &'static str| -> Box<dyn FnOnce() -> Got + Send + '_> {
            let call = site.call("DELETE", &member(who)).token(&site.token(who, &[]));
            Box::new(|| call.send())
        };
        let left = at_once([leave("ann"), leave("bob")]);
        assert_eq!(statuses(&left), [204, 409], "{left:?}");
        let owners = format!("SELECT count(*) FROM team_members WHERE team_id = '{id}' AND role = 'owner'");
        assert_eq!(site.database.sql(&owners), "1");
    }
}

/// The settings of a server with few connections.
fn few(settings: &mut Settings, database: &Database, connections: usize) {
    settings.database = on(&database.url());
    if let crate::settings::Database::Postgres(postgres) = &mut settings.database {
        postgres.connections = connections;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_no_connection_is_told_to_come_again() {
    let database = Database::new();
    let site = Site::with(|settings| few(settings, &database, 1)).await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"held"}"#).send();
    let path = made.header("location").unwrap().to_owned();
    thread::scope(|scope| {
        let hold = "BEGIN; SELECT 1 FROM tasks FOR UPDATE; SELECT pg_sleep(4); COMMIT";
        scope.spawn(|| database.sql(hold));
        while database.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid()") == "0" {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        let change = site.ann("PATCH", &path);
        let changed = scope.spawn(move || change.json(r#"{"title":"changed"}"#).send());
        while database.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0" {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        let refused = site.ann("GET", &path).send();
        assert_eq!(
            (refused.status, refused.header("retry-after").is_some()),
            (503, true),
            "{refused:?}"
        );
        assert_eq!(json(&refused)["type"], "/problems/unavailable");
        assert_eq!(changed.join().unwrap().status, 200);
    });
    assert_eq!(site.ann("GET", &path).send().status, 200);
}

/// What makes every write of a title collide with somebody, as long as a row of `collisions` says so.
const COLLISIONS: &str = "
    CREATE TABLE collisions (times int NOT NULL);
    CREATE SEQUENCE tries;
    CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('tries') <= (SELECT times FROM collisions) THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER collide BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION collide();";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collisions_are_tried_again_until_it_is_of_no_use() {
    let site = Direct::start().await;
    site.database
        .sql(&format!("{COLLISIONS} INSERT INTO collisions VALUES (5)"));
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"late"}"#).send();
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(site.database.sql("SELECT last_value FROM tries"), "6");
    assert_eq!(site.database.sql("SELECT count(*) FROM tasks"), "1");

    site.database.sql("UPDATE collisions SET times = 1000000");
    let refused = site.ann("POST", "/api/tasks").json(r#"{"title":"never"}"#).send();
    assert_eq!(
        (refused.status, refused.header("retry-after").is_some()),
        (503, true),
        "{refused:?}"
    );
    let tries: u32 = site.database.sql("SELECT last_value FROM tries").parse().unwrap();
    assert!((8..60).contains(&tries), "{tries}");
    assert_eq!(site.database.sql("SELECT count(*) FROM tasks"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_somebody_forgot_are_sent_anew() {
    let site = Direct::start().await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"kept"}"#).send();
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(site.ann("GET", &path).send().status, 200);
    // As when a connection is another one than before: what was kept on it is not there.
    site.database.sql(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN NULL; END $$;
         CREATE TRIGGER forget AFTER INSERT ON tasks EXECUTE FUNCTION forget()",
    );
    for _ in 0..10 {
        let made = site.ann("POST", "/api/tasks").json(r#"{"title":"more"}"#).send();
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(site.ann("GET", &path).send().status, 200);
    }
    assert_eq!(site.database.sql("SELECT count(*) FROM tasks"), "11");
}

/// The task of `ann` by this key.
fn keyed<'a>(site: &'a Site, key: &'a str) -> Box<dyn FnOnce() -> Got + Send + 'a> {
    let call = site.ann("POST", "/api/tasks").header("idempotency-key", key);
    Box::new(|| call.json(r#"{"title":"once"}"#).send())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_used_once_however_many_servers_there_are() {
    let site = Direct::start().await;
    let other = Site::with(|settings| {
        settings.database = on(&site.database.url());
        settings.auth = site.auth().cloned();
    })
    .await;
    for round in 1..=10 {
        let key = format!("round-{round}");
        let all = at_once((0..6).map(|at| keyed(if at % 2 == 0 { &site } else { &other }, &key)));
        let mut made: Vec<_> = all
            .iter()
            .filter(|got| got.status == 201)
            .map(|got| &got.body)
            .collect();
        made.dedup();
        assert_eq!(made.len(), 1, "{all:?}");
        for got in all.iter().filter(|got| got.status != 201) {
            assert_eq!(json(got)["type"], "/problems/idempotency-key-in-use", "{got:?}");
        }
        assert_eq!(site.database.sql("SELECT count(*) FROM tasks"), round.to_string());
    }

    // As long as somebody else is at it.
    let lock = "SELECT pg_advisory_xact_lock(
        hashtextextended('held', hashtextextended('createTask', hashtextextended('ann', 0))))";
    thread::scope(|scope| {
        scope.spawn(|| {
            site.database
                .sql(&format!("BEGIN; {lock}; SELECT pg_sleep(4); COMMIT"))
        });
        let is_held = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()";
        while site.database.sql(is_held) == "0" {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(keyed(&site, "held")().status, 409);
    });
    assert_eq!(keyed(&site, "held")().status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_not_done() {
    let site = Direct::start().await;
    site.database.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON groma_replies FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let refused = keyed(&site, "k1")();
    assert!(refused.status >= 500, "{refused:?}");
    assert_eq!(site.database.sql("SELECT count(*) FROM tasks"), "0");
    site.database.sql("DROP TRIGGER refuse ON groma_replies");
    assert_eq!(keyed(&site, "k1")().status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_no_longer_is_removed() {
    let database = Database::new();
    let settings = |settings: &mut Settings| settings.database = on(&database.url());
    let mut site = Site::with(settings).await;
    for key in ["k1", "k2"] {
        assert_eq!(keyed(&site, key)().status, 201);
    }
    site.stop().await;
    database.sql("UPDATE groma_replies SET made_at = made_at - interval '1 day' WHERE key = 'k1'");
    let _site = Site::with(settings).await;
    let left = (0..500).find(|_| {
        thread::sleep(std::time::Duration::from_millis(10));
        database.sql("SELECT string_agg(key, ',') FROM groma_replies") == "k2"
    });
    assert!(left.is_some());
}

const PARCELS: &str = "
service Parcels { base /api }
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
}
entity User external table \"user\" { id: text(1..64) key }
entity Parcel { id: int key; weight: int; name: text(1..200); size: float }
access Parcel { allow all to authenticated }
resource /parcels for Parcel {
  create { accept weight, name, size }
  read
  delete
  report stats { count: count; total: sum(size); mean: avg(size) }
}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_a_narrower_column_does_not_hold_is_a_mistake_of_the_request() {
    let database = Database::new();
    let settings = |settings: &mut Settings| settings.database = on(&database.url());
    Site::of(compiled(PARCELS), settings).await.stop().await;
    database.sql(
        "ALTER TABLE parcels ALTER weight TYPE integer, ALTER name TYPE varchar(10);
         ALTER TABLE parcels ADD CONSTRAINT house_rule CHECK (weight <> 13)",
    );
    let site = Site::of(compiled(PARCELS), settings).await;
    let post = |body: &str| site.ann("POST", "/api/parcels").json(body).send();
    for body in [
        r#"{"weight":3000000000,"name":"a","size":1}"#,
        r#"{"weight":1,"name":"longer than ten","size":1}"#,
        r#"{"weight":13,"name":"a","size":1}"#,
    ] {
        let got = post(body);
        assert_eq!(got.status, 400, "{body} {}", json(&got));
        assert_eq!(json(&got)["detail"], "The database does not take these values.");
    }
    assert_eq!(post(r#"{"weight":1,"name":"a","size":1.7e308}"#).status, 201);
    assert_eq!(post(r#"{"weight":1,"name":"b","size":1.7e308}"#).status, 201);
    let stats = site.ann("GET", "/api/parcels/stats").send();
    assert_eq!(
        (stats.status, &json(&stats)["count"]),
        (200, &2.into()),
        "{}",
        json(&stats)
    );
}
