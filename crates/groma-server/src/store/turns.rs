//! Turns of reads that may look at many rows, however a database is reached.
//!
//! Each client has one turn at a time, so that the turns go round among the clients, however much one of them asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::StoreError;

/// Reads of one client that run or wait; one more is refused at once.
const OF_ONE: usize = 8;
/// Reads of all clients that run or wait.
const OF_ALL: usize = 256;
/// How long a read waits for its turn.
const WAIT: Duration = Duration::from_secs(5);

/// The lane of reads that may take their time.
#[derive(Debug)]
pub(super) struct Turns {
    running: Arc<Semaphore>,
    all: Arc<Semaphore>,
    clients: Arc<Mutex<HashMap<u64, Client>>>,
}

#[derive(Debug)]
struct Client {
    turn: Arc<Semaphore>,
    reads: usize,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
    _waiting: Waiting,
}

/// A place among the reads of one client, until it is dropped.
#[derive(Debug)]
struct Waiting {
    clients: Arc<Mutex<HashMap<u64, Client>>>,
    client: u64,
    turn: Arc<Semaphore>,
    _of_all: OwnedSemaphorePermit,
}

impl Turns {
    /// So many reads run at once.
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(at_once)),
            all: Arc::new(Semaphore::new(OF_ALL)),
            clients: Arc::default(),
        }
    }

    /// Waits for the turn of a client.
    pub(super) async fn take(&self, client: u64) -> Result<Turn, StoreError> {
        let waiting = self.enter(client)?;
        let until = Instant::now() + WAIT;
        let turn = place(&waiting.turn, until).await?;
        let place = place(&self.running, until).await?;
        Ok(Turn {
            _place: place,
            _turn: turn,
            _waiting: waiting,
        })
    }

    fn enter(&self, client: u64) -> Result<Waiting, StoreError> {
        let of_all = Arc::clone(&self.all)
            .try_acquire_owned()
            .map_err(|_| busy("many long reads wait"))?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = clients.entry(client).or_insert_with(|| Client {
            turn: Arc::new(Semaphore::new(1)),
            reads: 0,
        });
        if entry.reads >= OF_ONE {
            return Err(busy("many long reads of one client wait"));
        }
        entry.reads += 1;
        let turn = Arc::clone(&entry.turn);
        drop(clients);
        Ok(Waiting {
            clients: Arc::clone(&self.clients),
            client,
            turn,
            _of_all: of_all,
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get_mut(&self.client) {
            client.reads -= 1;
            if client.reads == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

async fn place(places: &Arc<Semaphore>, until: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
    let place = tokio::time::timeout_at(until, Arc::clone(places).acquire_owned()).await;
    place
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| busy("long reads take all places"))
}

fn busy(why: &str) -> StoreError {
    StoreError::Busy(why.to_owned())
}
