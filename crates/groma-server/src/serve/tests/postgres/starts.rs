use std::sync::Arc;

use groma_ir::Model;
use testkit::postgres::Database as Throwaway;

use super::json;
use super::site::{Direct, on};
use crate::Server;
use crate::serve::tests::logs::Lines;
use crate::serve::tests::site::Site;
use crate::settings::{Database, Environment, Mode, Settings};

/// A server of a design on a database.
fn server(model: Model, url: &str, mode: Mode) -> Server {
    let folder = testkit::Folder::new();
    let mut settings = Settings::resolve(&model.design, &Environment::default(), folder.path()).unwrap();
    settings.port = 0;
    if mode == Mode::Production {
        settings.mode = mode;
        // It would ask for keys that verify tokens, which is not what these tests are about.
        settings.auth = None;
    }
    settings.database = on(url);
    Server {
        model: Arc::new(model),
        openapi: Vec::new(),
        settings,
    }
}

/// Why a server of a design does not start on a database.
pub(super) async fn refused_of(model: Model, url: &str, mode: Mode) -> String {
    match server(model, url, mode).start().await {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    }
}

/// Why a development server of the tasks does not start on a database.
async fn refused(url: &str) -> String {
    refused_of(groma_ir::sample::tasks(), url, Mode::Development).await
}

/// The table of somebody else that the tasks read, with `ann` in it, in a schema.
fn people_in(schema: &str) -> String {
    format!(
        "CREATE TABLE {schema}.\"user\" (id text PRIMARY KEY, email text NOT NULL, name text NOT NULL);
         INSERT INTO {schema}.\"user\" VALUES ('ann', 'ann@example.com', 'Ann')"
    )
}

/// A database in which the people are.
pub(super) fn with_people() -> Throwaway {
    let database = Throwaway::new();
    database.sql(&people_in("public"));
    database
}

/// A database in which a development server has made the tables of the tasks.
async fn made() -> Throwaway {
    let database = with_people();
    let running = server(groma_ir::sample::tasks(), &database.url(), Mode::Development);
    running.start().await.unwrap().stop().await;
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_gets_its_tables_once() {
    let site = Direct::start().await;
    site.ann("POST", "/api/tasks").json(r#"{"title":"kept"}"#).send();

    let again = Site::with(|settings| settings.database = on(&site.database.url())).await;
    let list = json(&again.ann("GET", "/api/tasks").send());
    assert_eq!(list["items"][0]["title"], "kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_do_not_fit_are_listed() {
    let database = Throwaway::new();
    database.sql(
        "CREATE TABLE tasks (id text PRIMARY KEY, title text COLLATE \"C\" NOT NULL, colour text NOT NULL)",
    );

    let why = refused(&database.url()).await;
    for line in [
        "does not fit the design:",
        "- column \"id\" of table \"tasks\" is `text not null` where the design says `uuid not null`",
        "- column \"owner_id\" of table \"tasks\" is missing",
        "- column \"colour\" of table \"tasks\", which every new row must have a value in, is not in the design",
        "- foreign key of \"project_id\" of table \"tasks\" is missing",
        "- table \"projects\" is missing",
        "it has no record of migrations: with the design that it fits, `groma migrate adopt` takes it over",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }
    assert!(!why.contains("te%2Fst"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_answers_were_kept_is_told_what_it_lacks() {
    let database = made().await;
    database.sql("DROP TABLE groma_replies");
    for mode in [Mode::Development, Mode::Production] {
        let why = refused_of(groma_ir::sample::tasks(), &database.url(), mode).await;
        assert!(why.contains("- table \"groma_replies\" is missing"), "{why}");
        assert!(why.contains("`groma migrate"), "{why}");
        assert_eq!(why.matches("\n  - ").count(), 1, "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_production_nothing_is_made() {
    let database = with_people();
    let why = refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await;
    for line in [
        "- table \"tasks\" is missing",
        "- table \"projects\" is missing",
        "`groma migrate apply`",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }
    assert_eq!(
        database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "1"
    );
}

/// Changes tables that fit, and tells what the next start says.
async fn refused_after(change: &str) -> String {
    let database = made().await;
    database.sql(change);
    refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_requests_count_on_must_be_there() {
    for (change, line) in [
        (
            "ALTER TABLE tasks DROP CONSTRAINT tasks_priority_check",
            "- check \"tasks_priority_check\" of table \"tasks\" is missing",
        ),
        (
            "ALTER TABLE tasks DROP CONSTRAINT tasks_title_check, ALTER title TYPE varchar(3) COLLATE \"C\"",
            "- column \"title\" of table \"tasks\" is `character varying(3) not null` where the design says `(length((title)::text) <= 200)`",
        ),
        (
            "ALTER TABLE tasks DROP CONSTRAINT tasks_pkey CASCADE",
            "- primary key of table \"tasks\" is missing",
        ),
        (
            "ALTER TABLE tasks ALTER title DROP NOT NULL",
            "- column \"title\" of table \"tasks\" is `text` where the design says `text not null`",
        ),
        (
            "ALTER TABLE tasks DROP CONSTRAINT tasks_priority_check,
             ADD CONSTRAINT tasks_priority_check CHECK (priority IN ('high', 'low'))",
            "- check \"tasks_priority_check\" of table \"tasks\" is `",
        ),
    ] {
        let why = refused_after(change).await;
        assert!(why.contains(line), "{line}\n{why}");
        assert_eq!(why.matches("\n  - ").count(), 1, "{why}");
    }
}

/// Tables of the design's form that take other letters for the same, make values up, or let through what they are to keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_otherwise_than_it_says_is_refused() {
    let database = made().await;
    database.sql(
        "CREATE COLLATION other (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         ALTER TABLE tasks ALTER owner_id TYPE text COLLATE other;
         ALTER TABLE tasks DISABLE TRIGGER ALL;
         ALTER TABLE tasks DROP CONSTRAINT tasks_pkey CASCADE, ADD PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED;
         CREATE RULE lost AS ON INSERT TO projects DO INSTEAD NOTHING;
         CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER lost BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION lost();
         CREATE TRIGGER off BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION lost();
         ALTER TABLE tasks DISABLE TRIGGER off;
         CREATE TABLE more () INHERITS (projects);
         ALTER TABLE projects DROP name, ADD name text NOT NULL GENERATED ALWAYS AS ('x') STORED",
    );
    let why = refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await;
    for line in [
        "- the collation of column \"owner_id\" of table \"tasks\" takes texts of different letters for the same",
        "- foreign key \"tasks_project_id_fkey\" of table \"tasks\" is not kept: its triggers are off",
        "- constraint \"tasks_pkey\" of table \"tasks\" is looked at when the transaction ends, and not at once",
        "- rule \"lost\" of table \"projects\" does something else instead of what is asked for",
        "- trigger \"lost\" of table \"tasks\" may change or drop a row before it is written: drop it, or take it over",
        "- table \"more\" inherits from table \"projects\"",
        "- column \"name\" of table \"projects\" is computed by the database",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }

    assert!(!why.contains("\"off\""), "{why}");

    // No rule goes by it, and no two rows are told apart by it.
    let database = made().await;
    database.sql(
        "CREATE COLLATION other (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         ALTER TABLE tasks ALTER title TYPE text COLLATE other;
         CREATE SCHEMA o; CREATE TABLE o.projects (id uuid PRIMARY KEY)",
    );
    let mut site = Site::with(|settings| settings.database = on(&database.url())).await;
    site.stop().await;
    database.sql(
        "ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey,
         ADD FOREIGN KEY (project_id) REFERENCES o.projects (id) ON DELETE CASCADE",
    );
    let why = refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await;
    assert!(why.contains("is `o.projects(id) on delete"), "{why}");
}

/// One thread runs the server, so that its warnings come here.
#[tokio::test]
async fn what_others_may_do_beside_the_server_is_said() {
    let database = made().await;
    database.sql(
        "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER told AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION told();
         GRANT SELECT ON tasks TO PUBLIC; GRANT SELECT (name), UPDATE (name) ON projects TO PUBLIC;
         CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO PUBLIC",
    );
    let (lines, _guard) = Lines::of_warnings();
    let running = server(groma_ir::sample::tasks(), &database.url(), Mode::Development);
    running.start().await.unwrap().stop().await;
    let said = lines.text();
    for line in [
        "trigger \"told\" of table \"tasks\" does things of its own when rows are written: no answer shows what it does",
        "every role of the database may SELECT in table \"tasks\": say `REVOKE ALL ON \"tasks\" FROM PUBLIC`",
        "every role of the database may SELECT, UPDATE in table \"projects\"",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_by_other_names_and_types_with_more_in_them_are_served() {
    let database = made().await;
    database.sql(
        "ALTER TABLE tasks RENAME CONSTRAINT tasks_pkey TO task_key;
         ALTER TABLE tasks RENAME CONSTRAINT tasks_priority_check TO known_priorities;
         ALTER TABLE projects ALTER name TYPE character varying(200);
         ALTER TABLE tasks ADD colour text, ADD size int NOT NULL DEFAULT 1, ADD CHECK (size > 0);
         CREATE INDEX ON tasks (colour)",
    );
    let kept = indexes_of(&database, "tasks");
    assert!(!kept.is_empty());
    for index in kept
        .lines()
        .filter(|name| name.starts_with("tasks_") && !name.contains("colour"))
    {
        database.sql(&format!("DROP INDEX {index}"));
    }
    let site = Site::with(|settings| settings.database = on(&database.url())).await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"kept"}"#).send();
    assert_eq!((made.status, json(&made)["title"].as_str()), (201, Some("kept")));
}

/// The indexes of a table that no constraint made, a line each.
fn indexes_of(database: &Throwaway, table: &str) -> String {
    database.sql(&format!(
        "SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
         WHERE i.indrelid = '{table}'::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.oid)"
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_in_the_first_schema_of_the_search_path() {
    let database = Throwaway::new();
    let name = database.name();
    database.sql(&format!(
        "CREATE SCHEMA groma_internal; CREATE SCHEMA app; {};
         ALTER DATABASE {name} SET search_path = groma_internal, app, public",
        people_in("app")
    ));
    let site = Site::with(|settings| settings.database = on(&database.url())).await;
    assert_eq!(
        site.ann("POST", "/api/tasks")
            .json(r#"{"title":"kept"}"#)
            .send()
            .status,
        201
    );
    let places = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^(pg_|information)'";
    assert_eq!(database.sql(places), "app");

    // The same tables in a schema behind it are not those that are asked for.
    database.sql(&format!("CREATE SCHEMA front; {}", people_in("front")));
    database.sql(&format!(
        "ALTER DATABASE {name} SET search_path = front, app, public"
    ));
    let why = refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await;
    assert!(why.contains("- table \"tasks\" is missing"), "{why}");

    // What stands before it under the same name would be asked instead.
    database.sql(&format!(
        "CREATE TABLE groma_internal.tasks (); ALTER DATABASE {name} SET search_path = groma_internal, app"
    ));
    let why = refused_of(groma_ir::sample::tasks(), &database.url(), Mode::Production).await;
    assert!(
        why.contains(
            "the table \"tasks\" is in the schema \"app\", where the role \"groma\" does not find it"
        ),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_of_others_are_read_by_the_types_that_they_have() {
    let database = Throwaway::new();
    let rules = "allow read to authenticated";
    let people = || crate::serve::tests::foreign::people(rules);
    database.sql(
        "CREATE TABLE \"user\" (id uuid PRIMARY KEY, level text, banned int, plan varchar(9), until timestamp(3), born text)",
    );
    let why = refused_of(people(), &database.url(), Mode::Production).await;
    for line in [
        "- column \"id\" of table \"user\" is `uuid` where the design says `text`",
        "- column \"level\" of table \"user\" is `text` where the design says `bigint`",
        "- column \"born\" of table \"user\" is `text` where the design says `date`",
        "give a field the type that its column has",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }
    assert_eq!(why.matches("\n  - ").count(), 3, "{why}");

    database.sql(
        "DROP TABLE \"user\";
         CREATE TABLE \"user\" (id varchar(36) PRIMARY KEY, level numeric, banned int, plan varchar(9),
                                until timestamp(3), born date);
         INSERT INTO \"user\" VALUES ('ann', 3, 0, 'pro', '2026-01-02 03:04:05.678', '2000-01-01'),
                                     ('bob', 2.5, 2, 'none', 'infinity', 'infinity')",
    );
    let site = Site::of(people(), |settings| settings.database = on(&database.url())).await;
    let list = json(&site.ann("GET", "/api/people?sort=id").send());
    let ann = serde_json::json!({
        "id": "ann", "level": 3, "banned": false, "plan": "pro", "until": "2026-01-02T03:04:05.678000Z", "born": "2000-01-01"
    });
    assert_eq!(list["items"][0], ann, "{list}");
    assert_eq!(list["items"][1]["level"], serde_json::Value::Null, "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_no_riddle() {
    let database = Throwaway::new();
    let why = refused(&database.url().replace(database.name(), "elsewhere")).await;
    assert!(why.contains("has no such database"), "{why}");
    assert!(why.ends_with("DATABASE_URL says where it is"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_go_to_the_copy_and_writes_do_not() {
    // The copy stands still: what is written is not there.
    let copy = Direct::start().await;
    let site = Direct::with(|settings| {
        if let Database::Postgres(database) = &mut settings.database
            && let Database::Postgres(other) = on(&copy.database.url())
        {
            database.read_url = Some(other.url);
        }
    })
    .await;

    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"new"}"#).send();
    assert_eq!(made.status, 201);
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(site.ann("GET", &path).send().status, 404);
    assert_eq!(
        site.ann("PATCH", &path)
            .json(r#"{"title":"newer"}"#)
            .send()
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_every_letter_is_refused() {
    let database = Throwaway::new();
    let latin = format!("{}_latin", database.name());
    database.sql(&format!(
        "CREATE DATABASE {latin} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    ));
    let why = refused(&database.url().replace(database.name(), &latin)).await;
    assert!(why.contains("its encoding is LATIN1"), "{why}");
    database.sql(&format!("DROP DATABASE {latin} WITH (FORCE)"));
}
