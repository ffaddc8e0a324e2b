//! Two services in two schemas of one database: each has a record, a lock and tables of its own.

use testkit::postgres::Database;
use tokio_postgres::Client;

use super::{Orders, ours, quick, script, together};
use crate::catalog::tests::kit::connect;
use crate::runner::{Applied, RunError, Script, applied, apply, drift, undo};

/// A connection for the tables of one schema.
async fn within(database: &Database, schema: &str) -> Client {
    let client = connect(database).await;
    let path = format!("SET search_path = {schema}");
    client.batch_execute(&path).await.unwrap();
    client
}

async fn applies(client: &Client, scripts: &[Script]) -> Result<Vec<String>, RunError> {
    let orders = Orders {
        scripts,
        ours: &ours(),
        patience: &quick(),
    };
    apply(client, &orders, &mut |_| {}).await
}

fn names(applied: &[Applied]) -> Vec<(&str, usize)> {
    let names = applied
        .iter()
        .map(|applied| (applied.name.as_str(), applied.steps));
    names.collect()
}

#[tokio::test]
async fn each_schema_has_a_record_of_its_own() {
    let database = Database::new();
    database.sql("CREATE SCHEMA app");
    let (public, app) = (within(&database, "public").await, within(&database, "app").await);
    let one = [script(
        "1_first.sql",
        vec![together(1, "CREATE TABLE a (id int)")],
    )];
    let steps = ["CREATE TABLE a (id text)", "CREATE TABLE b (id int)"];
    let other = [script(
        "1_first.sql",
        steps.into_iter().map(|sql| together(1, sql)).collect(),
    )];
    applies(&public, &one).await.unwrap();
    assert_eq!(applies(&app, &other).await.unwrap(), ["1_first.sql"]);
    assert_eq!(names(&applied(&public).await.unwrap()), [("1_first.sql", 1)]);
    assert_eq!(names(&applied(&app).await.unwrap()), [("1_first.sql", 2)]);
    database.sql("ALTER TABLE app.a ADD late int");
    assert_eq!(
        drift(&public, &applied(&public).await.unwrap()).await.unwrap(),
        []
    );
    assert_eq!(drift(&app, &applied(&app).await.unwrap()).await.unwrap().len(), 1);
    let back = script("1_first.sql", vec![together(1, "DROP TABLE a")]);
    let orders = Orders {
        scripts: &one,
        ours: &ours(),
        patience: &quick(),
    };
    undo(&public, &back, (&orders, &mut |_| {})).await.unwrap();
    assert_eq!(names(&applied(&public).await.unwrap()), []);
    assert_eq!(names(&applied(&app).await.unwrap()), [("1_first.sql", 2)]);
    assert_eq!(
        database.sql("SELECT to_regclass('public.a'), to_regclass('app.a')"),
        "|app.a"
    );
}

#[tokio::test]
async fn neither_waits_for_the_other_and_what_they_share_is_made_once() {
    let database = Database::new();
    database.sql("CREATE SCHEMA app; CREATE SCHEMA shop");
    let (app, shop) = (within(&database, "app").await, within(&database, "shop").await);
    let slow = |name: &str| {
        let sql = "CREATE TABLE a AS SELECT 1 AS b FROM pg_sleep(1)";
        [script(name, vec![together(1, sql)])]
    };
    let (one, other) = (slow("1_app.sql"), slow("1_shop.sql"));
    let since = std::time::Instant::now();
    let done = tokio::try_join!(applies(&app, &one), applies(&shop, &other)).unwrap();
    assert_eq!(
        done,
        (vec![String::from("1_app.sql")], vec![String::from("1_shop.sql")])
    );
    let at_once = "SELECT max(begun_at) < min(finished_at) FROM groma_internal.migrations";
    assert_eq!(database.sql(at_once), "t", "{:?}", since.elapsed());
}

/// A record as it was made before there could be two.
#[tokio::test]
async fn an_older_record_is_gone_on_with() {
    let database = Database::new();
    database.sql(
        "CREATE SCHEMA groma_internal; CREATE SCHEMA app; CREATE TABLE a (id int);
         CREATE TABLE groma_internal.migrations (
           position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, hash text NOT NULL,
           from_state text, to_state text, left_behind text, is_adopted boolean NOT NULL DEFAULT false,
           begun_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);
         CREATE TABLE groma_internal.steps (
           migration text NOT NULL REFERENCES groma_internal.migrations (name) ON DELETE CASCADE, number int NOT NULL,
           title text NOT NULL, is_done boolean NOT NULL, reached text, begun_at timestamptz NOT NULL DEFAULT now(),
           done_at timestamptz, PRIMARY KEY (migration, number));
         INSERT INTO groma_internal.migrations (name, hash) VALUES ('1_first.sql', 'hash of 1_first.sql');
         INSERT INTO groma_internal.steps VALUES ('1_first.sql', 1, 'make a', true)",
    );
    let public = within(&database, "public").await;
    assert_eq!(names(&applied(&public).await.unwrap()), [("1_first.sql", 1)]);
    let steps = ["CREATE TABLE a (id int)", "CREATE TABLE b (id int)"];
    let steps = steps
        .into_iter()
        .zip(1..)
        .map(|(sql, group)| together(group, sql));
    let scripts = [script("1_first.sql", steps.collect())];
    assert_eq!(applies(&public, &scripts).await.unwrap(), ["1_first.sql"]);
    assert_eq!(names(&applied(&public).await.unwrap()), [("1_first.sql", 2)]);
    let app = within(&database, "app").await;
    assert_eq!(names(&applied(&app).await.unwrap()), []);
    assert_eq!(applies(&app, &scripts).await.unwrap(), ["1_first.sql"]);
}
