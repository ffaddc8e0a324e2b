//! What keeps a server from starting, and what it says then.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Site;
use crate::auth::Algorithm;
use crate::auth::dev::{DevIssuer, TestIssuer};
use crate::settings::{Database, Environment, Keys, Mode, Settings};
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
        settings.database = Database::Sqlite(database.clone());
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
        .execute_batch("CREATE TABLE tasks (id TEXT PRIMARY KEY, colour TEXT NOT NULL)")
        .unwrap();
    drop(connection);
    let error = refusal(&site.folder, |settings| {
        settings.database = Database::Sqlite(database);
    })
    .await;
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
async fn production_wants_every_table_of_others_that_the_design_declares() {
    let site = Site::start().await;
    let issuer = TestIssuer::generate(Algorithm::EdDsa, "real").unwrap();
    let keys = site.folder.join("keys.json");
    std::fs::write(&keys, issuer.jwks_json()).unwrap();
    let production = |database: std::path::PathBuf| {
        let keys = Keys::File(keys.clone());
        refusal(&site.folder, |settings| {
            settings.mode = Mode::Production;
            settings.auth.as_mut().unwrap().keys = keys;
            settings.database = Database::Sqlite(database);
        })
    };
    let text = production(site.folder.join("new.db")).await.to_string();
    for part in [
        "table \"user\" is missing",
        "DATABASE_URL",
        "declare the entity `external`",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let text = production(site.folder.join(".groma/dev.db")).await.to_string();
    assert!(text.contains("table \"user\" is a stand-in"), "{text}");
    let theirs = site.folder.join("theirs.db");
    rusqlite::Connection::open(&theirs)
        .unwrap()
        .execute_batch("CREATE TABLE \"user\" (id TEXT PRIMARY KEY)")
        .unwrap();
    let text = production(theirs).await.to_string();
    assert!(
        text.contains("column \"email\" of table \"user\" is missing"),
        "{text}"
    );
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_development_key_that_comes_later_is_no_way_in() {
    let issuer = TestIssuer::generate(Algorithm::EdDsa, "real").unwrap();
    let file = std::env::temp_dir().join(format!("groma-keys-{}.json", std::process::id()));
    std::fs::write(&file, issuer.jwks_json()).unwrap();
    let keys = file.clone();
    let site = Site::with(|settings| {
        settings.mode = Mode::Production;
        settings.auth.as_mut().unwrap().keys = Keys::File(keys);
        let file = settings.database.file().unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let database = rusqlite::Connection::open(file).unwrap();
        let people = "CREATE TABLE \"user\" (id TEXT PRIMARY KEY, email TEXT, name TEXT)";
        database.execute_batch(people).unwrap();
    })
    .await;
    let development = DevIssuer::open(&site.folder.join(".groma")).unwrap();
    std::fs::copy(development.jwks_path(), &file).unwrap();
    let token = development.mint(&site.token_request("mallory")).unwrap();
    let start = Instant::now();
    let status = loop {
        let status = site.call("GET", "/api/tasks").token(&token).send().status;
        if status != 401 || start.elapsed() > Duration::from_secs(30) {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    };
    std::fs::remove_file(&file).unwrap();
    assert_eq!(status, 503);
    assert_eq!(site.call("GET", "/readyz").send().status, 503);
}
