//! What keeps a server from starting, and what it says then.

use std::path::Path;
use std::sync::Arc;

use super::Site;
use crate::settings::{Environment, Keys, Mode, Settings};
use crate::{Server, StartError};

async fn refusal(folder: &Path, change: impl FnOnce(&mut Settings)) -> StartError {
    let model = groma_ir::sample::tasks();
    let mut settings = Settings::resolve(&model.design, &Environment::default(), folder).unwrap();
    settings.port = 0;
    change(&mut settings);
    let server = Server {
        model: Arc::new(model),
        openapi: Vec::new(),
        settings,
    };
    server.start().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_refuses_the_development_key() {
    let site = Site::start().await;
    let file = site.folder.join(".groma/dev-jwks.json");
    let error = refusal(&site.folder, |settings| {
        settings.mode = Mode::Production;
        settings.auth.as_mut().unwrap().keys = Keys::File(file);
    })
    .await;
    assert!(matches!(error, StartError::DevelopmentKeyInProduction), "{error}");
    let error = refusal(&site.folder, |settings| settings.mode = Mode::Production).await;
    assert!(matches!(error, StartError::DevelopmentKeyInProduction), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_named_and_the_database_is_not_touched() {
    let site = Site::start().await;
    let database = site.folder.join("other.db");
    let error = refusal(&site.folder, |settings| {
        settings.port = site.addr.port();
        settings.database.clone_from(&database);
    })
    .await;
    let text = error.to_string();
    assert!(
        text.contains(&site.addr.port().to_string()) && text.contains("`PORT`"),
        "{text}"
    );
    assert!(!database.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_tables_of_the_same_name_are_named() {
    let site = Site::start().await;
    let database = site.folder.join("other.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute_batch("CREATE TABLE tasks (id TEXT PRIMARY KEY, colour TEXT)")
        .unwrap();
    drop(connection);
    let error = refusal(&site.folder, |settings| settings.database = database).await;
    let text = error.to_string();
    for part in [
        "does not fit the design",
        "table \"projects\" is missing",
        "\"colour\"",
        "\"title\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_cannot_be_read_are_named() {
    let site = Site::start().await;
    let error = refusal(&site.folder, |settings| {
        settings.auth.as_mut().unwrap().keys = Keys::File("/nowhere/keys.json".into());
    })
    .await;
    assert!(matches!(error, StartError::Auth(_)), "{error}");
}
