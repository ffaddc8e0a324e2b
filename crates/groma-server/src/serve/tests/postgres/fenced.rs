//! Rules that hold a second time inside the database, and the role that they hold.

use groma_ir::Model;
use testkit::pgbouncer::Pooler;
use testkit::postgres::Database;

use super::json;
use super::site::on;
use super::starts::{refused_of, with_people};
use crate::serve::tests::site::Site;
use crate::settings::Mode;

/// The tasks, with their rules inside the database too, for this role.
fn tasks(role: &str) -> Model {
    let mut design = groma_ir::sample::tasks().design;
    design.service.row_security = Some(role.to_owned());
    Model::new(design)
}

/// A role of this database alone: roles are those of the whole server.
fn role(database: &Database) -> String {
    format!("{}_app", database.name())
}

async fn site(database: &Database, url: &str) -> Site {
    Site::of(tasks(&role(database)), |settings| settings.database = on(url)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_run_under_the_role_and_leave_nothing_behind() {
    let database = Database::new();
    let pooler = Pooler::before(&database);
    for url in [database.url(), pooler.url().to_owned()] {
        let site = site(&database, &url).await;
        let made = site.ann("POST", "/api/tasks").json(r#"{"title":"kept"}"#).send();
        assert_eq!(made.status, 201, "{made:?}");
        let path = made.header("location").unwrap().to_owned();
        let bob = site.token("bob", &[]);
        for _ in 0..10 {
            assert_eq!(site.ann("GET", &path).send().status, 200);
            assert_eq!(site.call("GET", &path).token(&bob).send().status, 404);
            let seen = json(&site.call("GET", "/api/tasks").token(&bob).send());
            assert_eq!(seen["items"], serde_json::json!([]));
        }
        // A constraint is explained in a transaction of its own, which has to say all of it again.
        let wrong = r#"{"title":"lost","project_id":"00000000-0000-7000-8000-000000000000"}"#;
        let refused = site.ann("POST", "/api/tasks").json(wrong).send();
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(site.ann("DELETE", &path).send().status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_the_database_alone_refuses_is_forbidden() {
    let database = Database::new();
    let site = site(&database, &database.url()).await;
    database.sql("CREATE POLICY stricter ON tasks AS RESTRICTIVE FOR INSERT WITH CHECK (title <> 'odd')");
    let odd = site.ann("POST", "/api/tasks").json(r#"{"title":"odd"}"#).send();
    assert_eq!(
        (odd.status, json(&odd)["type"].as_str()),
        (403, Some("/problems/forbidden"))
    );
    assert_eq!(
        site.ann("POST", "/api/tasks")
            .json(r#"{"title":"even"}"#)
            .send()
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_no_policy_holds_is_refused() {
    let database = with_people();
    let role = role(&database);
    site(&database, &database.url()).await.stop().await;
    for (change, back, said) in [
        (
            format!("ALTER ROLE {role} SUPERUSER"),
            format!("ALTER ROLE {role} NOSUPERUSER"),
            format!("no policy holds the role {role:?}"),
        ),
        (
            format!("ALTER ROLE {role} BYPASSRLS"),
            format!("ALTER ROLE {role} NOBYPASSRLS"),
            format!("`ALTER ROLE {role:?} NOSUPERUSER NOBYPASSRLS`"),
        ),
        (
            format!("ALTER TABLE tasks OWNER TO {role}"),
            String::from("ALTER TABLE tasks OWNER TO groma"),
            format!("the role {role:?} owns the table \"tasks\""),
        ),
        (
            String::from("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY"),
            String::from("ALTER TABLE tasks ENABLE ROW LEVEL SECURITY"),
            String::from("- row security of table \"tasks\" is missing"),
        ),
        (
            String::from("ALTER POLICY tasks_select_policy ON tasks USING (true)"),
            String::from("SELECT 1"),
            String::from("- policy \"tasks_select_policy\" of table \"tasks\" is `by other rules`"),
        ),
    ] {
        database.sql(&change);
        let why = refused_of(tasks(&role), &database.url(), Mode::Production).await;
        assert!(why.contains(&said), "{said}\n{why}");
        database.sql(&back);
    }
}

/// What a fence is made of, changed by somebody behind the design's back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fence_that_was_changed_is_refused() {
    for (change, said) in [
        (
            "CREATE POLICY open ON tasks USING (true)",
            "- policy \"open\" of table \"tasks\" is not in the design",
        ),
        (
            "DROP POLICY tasks_select_policy ON tasks",
            "- policy \"tasks_select_policy\" of table \"tasks\" is missing",
        ),
        (
            "ALTER POLICY tasks_select_policy ON tasks TO CURRENT_USER",
            "- policy \"tasks_select_policy\" of table \"tasks\" is `by other rules`",
        ),
        (
            "DO $$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), prosrc, ' SELECT true ')
               FROM pg_proc WHERE proname = 'tasks_select' AND pronamespace = 'groma_internal'::regnamespace); END $$",
            "- what policies ask about table \"tasks\", \"tasks_select\", is `by other rules`",
        ),
        (
            "ALTER FUNCTION groma_internal.tasks_select(tasks) RESET search_path",
            "- what policies ask about table \"tasks\", \"tasks_select\", is `by other rules`",
        ),
        (
            "CREATE FUNCTION \"groma_internal.tasks_select\"(tasks) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
             ALTER POLICY tasks_select_policy ON tasks USING (\"groma_internal.tasks_select\"(tasks.*))",
            "- policy \"tasks_select_policy\" of table \"tasks\" is `by other rules`",
        ),
        (
            "DO $$ DECLARE held text := (SELECT a.grantee::regrole FROM pg_namespace n, aclexplode(n.nspacl) a
               WHERE n.nspname = 'groma_internal' AND a.grantee <> n.nspowner);
             BEGIN EXECUTE format('GRANT CREATE ON SCHEMA groma_internal TO %s', held);
             EXECUTE format('ALTER FUNCTION groma_internal.tasks_select(tasks) OWNER TO %s', held); END $$",
            "- what policies ask about table \"tasks\", \"tasks_select\", is `by other rules`",
        ),
        (
            "ALTER FUNCTION groma_internal.caller() STRICT SECURITY DEFINER",
            "- function \"groma_internal.caller\", which policies stand on, is `by other rules`",
        ),
        (
            "CREATE OR REPLACE FUNCTION groma_internal.caller() RETURNS jsonb LANGUAGE sql STABLE
               AS $$ SELECT '{\"sub\":\"ann\"}'::jsonb $$",
            "- function \"groma_internal.caller\", which policies stand on, is `by other rules`",
        ),
        (
            "DO $$ BEGIN EXECUTE format('CREATE OR REPLACE VIEW projects_rule_rows AS %s WHERE false',
               rtrim(pg_get_viewdef('projects_rule_rows'), ';')); END $$",
            "- view \"projects_rule_rows\", which policies stand on, is `by other rules`",
        ),
    ] {
        let database = with_people();
        let role = role(&database);
        site(&database, &database.url()).await.stop().await;
        database.sql(change);
        let why = refused_of(tasks(&role), &database.url(), Mode::Production).await;
        assert!(why.contains(said), "{said}\n{why}");
        assert_eq!(why.matches("\n  - ").count(), 1, "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_of_the_address_must_be_able_to_take_the_role_on() {
    let database = with_people();
    let (role, login) = (role(&database), format!("{}_login", database.name()));
    site(&database, &database.url()).await.stop().await;
    database.sql(&format!("CREATE ROLE {login} LOGIN PASSWORD 'word'"));
    let address = database.url();
    let (_, rest) = address.split_once('@').unwrap();
    let url = format!("postgresql://{login}:word@{rest}");
    let why = refused_of(tasks(&role), &url, Mode::Production).await;
    assert!(
        why.contains(&format!("{login:?} may not take on the role {role:?}")),
        "{why}"
    );
    assert!(why.contains(&format!("`GRANT {role:?} TO {login:?}`")), "{why}");

    database.sql(&format!("GRANT {role} TO {login}"));
    let site = Site::of(tasks(&role), |settings| settings.database = on(&url)).await;
    let keyed = |who: &str| {
        let call = site.call("POST", "/api/tasks").token(&site.token(who, &[]));
        call.header("idempotency-key", "k1")
            .json(r#"{"title":"kept"}"#)
            .send()
    };
    let made = keyed("ann");
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(keyed("ann").body, made.body);
    // Answers are there for whom they were made, whatever the statement asks for.
    assert_eq!(keyed("bob").status, 201);
    let seen = |who: &str| {
        let look = "SELECT coalesce(string_agg(caller, ','), 'nobody') FROM groma_replies";
        let claims = format!("SELECT set_config('request.jwt.claims', '{{\"sub\":\"{who}\"}}', true)");
        let said = database.sql(&format!("BEGIN; SET LOCAL ROLE {role}; {claims}; {look}; COMMIT"));
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        (seen("ann"), seen("eve")),
        (String::from("ann"), String::from("nobody"))
    );

    database.sql(&format!("REVOKE INSERT ON tasks FROM {role}"));
    let why = refused_of(tasks(&role), &url, Mode::Production).await;
    assert!(
        why.contains("may not do everything with the rows of the table \"tasks\""),
        "{why}"
    );
}
