//! A few connections that requests share, one at a time each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use groma_database::postgres::{Connection, Connector};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::session::Session;
use super::statements::Statements;
use crate::store::StoreError;

/// How long a request waits for a connection when all are in use.
const WAIT: Duration = Duration::from_secs(2);
/// How long a request waits while the database wakes.
const WAKE: Duration = Duration::from_secs(10);
/// No connection lives longer: less than the five minutes after which hosts and what stands between let go of one.
const LIFE: Duration = Duration::from_secs(280);
/// One that rested for so long is asked first whether the other end is still there.
const REST: Duration = Duration::from_secs(30);
/// How long it may take to answer that.
const PING: Duration = Duration::from_secs(2);

/// The connections to one server.
#[derive(Debug)]
pub(super) struct Pool {
    connector: Connector,
    places: Arc<Semaphore>,
    /// The one that was used last stands last, and is used next: the others may rest.
    idle: Mutex<Vec<Kept>>,
    /// Whether no statement is kept prepared: connections turn out to be shared with others.
    is_shared: AtomicBool,
}

/// A connection and what belongs to it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) connection: Connection,
    pub(super) statements: Statements,
    /// The process of the server that served it first.
    process: i32,
    made: Instant,
    used: Instant,
}

/// What a request wants of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// Any connection.
    Any,
    /// One that is made now, since another one has just broken.
    Fresh,
}

impl Pool {
    /// A pool of so many connections at most.
    pub(super) fn new(connector: Connector, size: usize, is_pooled: bool) -> Self {
        Self {
            connector,
            places: Arc::new(Semaphore::new(size.max(1))),
            idle: Mutex::default(),
            is_shared: AtomicBool::new(is_pooled),
        }
    }

    /// Lends a connection: one that rests, or a new one, for which a database that sleeps is waited for.
    pub(super) async fn take(&self, wanted: Wanted) -> Result<Session<'_>, StoreError> {
        let place = self.place().await?;
        if wanted == Wanted::Any {
            while let Some(kept) = self.rested() {
                if self.is_good(&kept).await {
                    return Ok(Session::new(self, kept, place));
                }
            }
        }
        let kept = self.connect().await?;
        Ok(Session::new(self, kept, place))
    }

    /// Whether the server answers.
    pub(super) async fn check(&self, time: Duration) -> Result<(), StoreError> {
        let asked = tokio::time::timeout(time, async {
            let mut session = self.take(Wanted::Any).await?;
            session.command("SELECT 1", time).await.map_err(StoreError::from)
        });
        asked
            .await
            .unwrap_or_else(|_| Err(StoreError::Away("it does not answer in time".to_owned())))
    }

    /// Lends nothing any longer.
    pub(super) fn close(&self) {
        self.places.close();
        self.resting().clear();
    }

    /// Whether statements are sent with their text each time, instead of being kept prepared by the server.
    pub(super) fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    /// From now on no statement is kept prepared.
    pub(super) fn found_shared(&self) {
        if !self.is_shared.swap(true, Ordering::Relaxed) {
            tracing::info!(
                database = %self.connector.url(),
                "a pooler shares the connections to the database: statements are not kept prepared"
            );
            self.resting().clear();
        }
    }

    /// Takes a connection back.
    pub(super) fn give_back(&self, mut kept: Kept) {
        if kept.connection.is_over() || self.places.is_closed() {
            return;
        }
        kept.used = Instant::now();
        self.resting().push(kept);
    }

    /// Has what a connection does stopped, and closes it.
    pub(super) fn stop(&self, kept: Kept) {
        let connector = self.connector.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                connector.cancel(&kept.connection).await;
                drop(kept);
            });
        }
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = tokio::time::timeout(WAIT, Arc::clone(&self.places).acquire_owned()).await;
        match place {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(StoreError::Closed),
            Err(_) => Err(StoreError::Busy("all connections are in use".to_owned())),
        }
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that rests and may still be good. Those that are not are closed on the way.
    fn rested(&self) -> Option<Kept> {
        let mut idle = self.resting();
        while let Some(kept) = idle.pop() {
            if !kept.connection.is_over() && kept.made.elapsed() < LIFE {
                return Some(kept);
            }
        }
        None
    }

    async fn is_good(&self, kept: &Kept) -> bool {
        if kept.used.elapsed() < REST {
            return true;
        }
        let served = tokio::time::timeout(PING, kept.connection.served_by()).await;
        match served {
            Ok(Ok(process)) => {
                if process != kept.process {
                    self.found_shared();
                }
                true
            }
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn connect(&self) -> Result<Kept, StoreError> {
        let connection = self.connector.connect_within(WAKE).await?;
        let process = if self.is_shared() {
            0
        } else {
            let served = tokio::time::timeout(PING, connection.served_by()).await;
            let away = |why: String| StoreError::Away(why);
            let process = served
                .map_err(|_| away("a new connection does not answer".to_owned()))?
                .map_err(|error| away(error.to_string()))?;
            if self
                .resting()
                .iter()
                .any(|other| other.process == process && !other.connection.is_over())
            {
                self.found_shared();
            }
            process
        };
        let now = Instant::now();
        Ok(Kept {
            connection,
            statements: Statements::default(),
            process,
            made: now,
            used: now,
        })
    }
}
