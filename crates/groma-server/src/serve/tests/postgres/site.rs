//! A running server on a database of its own, of Postgres.

use std::ops::Deref;

use groma_database::postgres::Url;
use groma_ir::Model;
use testkit::pgbouncer::Pooler;
use testkit::postgres::Database as Throwaway;

use crate::serve::tests::site::Site;
use crate::settings::{Database, PostgresSettings, Settings};

/// The settings of a server on this address.
pub(super) fn on(url: &str) -> Database {
    Database::Postgres(Box::new(PostgresSettings {
        url: Url::parse(url).unwrap(),
        read_url: None,
        connections: 6,
    }))
}

/// Directly.
pub(super) struct Direct {
    site: Site,
    pub(super) database: Throwaway,
}

/// Through a pooler.
pub(super) struct Pooled {
    site: Site,
    _pooler: Pooler,
    _database: Throwaway,
}

impl Direct {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(groma_ir::sample::tasks(), change).await
    }

    pub(super) async fn of(model: Model, change: impl FnOnce(&mut Settings)) -> Self {
        let database = Throwaway::new();
        let site = Site::of(model, |settings| {
            settings.database = on(&database.url());
            change(settings);
        });
        Self {
            site: site.await,
            database,
        }
    }
}

impl Pooled {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(groma_ir::sample::tasks(), change).await
    }

    pub(super) async fn of(model: Model, change: impl FnOnce(&mut Settings)) -> Self {
        let database = Throwaway::new();
        let pooler = Pooler::before(&database);
        let site = Site::of(model, |settings| {
            settings.database = on(pooler.url());
            change(settings);
        });
        Self {
            site: site.await,
            _pooler: pooler,
            _database: database,
        }
    }
}

impl Deref for Direct {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Deref for Pooled {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}
