use std::sync::Arc;

use testkit::postgres::Database as Throwaway;

use super::json;
use super::site::{Direct, on};
use crate::Server;
use crate::serve::tests::site::Site;
use crate::settings::{Database, Environment, Settings};

/// Why a server on this database does not start.
async fn refused(url: &str) -> String {
    let model = groma_ir::sample::tasks();
    let folder = testkit::Folder::new();
    let mut settings = Settings::resolve(&model.design, &Environment::default(), folder.path()).unwrap();
    settings.port = 0;
    settings.database = on(url);
    let server = Server {
        model: Arc::new(model),
        openapi: Vec::new(),
        settings,
    };
    match server.start().await {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    }
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
    database.sql("CREATE TABLE tasks (id text PRIMARY KEY, title text COLLATE \"C\" NOT NULL, colour text)");

    let why = refused(&database.url()).await;
    for line in [
        "does not fit the design:",
        "- column \"id\" of table \"tasks\" is `text not null` where the design says `uuid not null`",
        "- column \"owner_id\" of table \"tasks\" is missing",
        "- column \"colour\" of table \"tasks\" is not in the design",
        "`groma migrate plan` says what makes it fit",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }
    assert!(!why.contains("te%2Fst"), "{why}");
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
