//! The one writer: a thread that commits all writes that wait together, and answers after the commit.
//!
//! While one commit waits for the disk the next writes queue up, so the disk is asked once for many of them.
//! Each write has a savepoint: one that fails or is refused takes nothing of the others with it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::Guarded;
use super::{StoreError, Verdict, WRITE_TIME};

/// Writes in one transaction at most.
const GROUP: usize = 256;
/// Writes that may wait; one more is refused at once.
const QUEUE: usize = 4096;

/// The handle of the writer's thread.
pub(super) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Write>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Writer")
    }
}

/// A write in the queue. It may be asked to run again, after all that it did was rolled back.
trait Write: Send {
    fn run(&mut self, connection: &Connection) -> Result<Verdict, StoreError>;
    fn fail(&mut self, error: StoreError);
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
}

struct Queued<W, T> {
    work: W,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Write for Queued<W, T>
where
    W: FnMut(&Connection) -> Result<(Verdict, T), StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Result<Verdict, StoreError> {
        let (verdict, value) = (self.work)(connection)?;
        self.outcome = Some(Ok(value));
        Ok(verdict)
    }

    fn fail(&mut self, error: StoreError) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Closed),
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(error.clone()),
        };
        // A caller that went away has no use for the answer.
        let _ = self.reply.send(outcome);
    }
}

impl Writer {
    pub(super) fn start(connection: Guarded) -> Result<Self, std::io::Error> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("groma-writer".to_owned())
            .spawn(move || serve(&connection, &receiver))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in a transaction and gives its answer once the transaction is on the disk. `work` must be
    /// fit to run a second time: when SQLite gives a whole group up, each write of it runs again alone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<(Verdict, T), StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Box::new(Queued {
            work,
            outcome: None,
            reply,
        }))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    fn enqueue(&self, write: Box<dyn Write>) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = queue.as_ref().ok_or(StoreError::Closed)?;
        sender.try_send(write).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy(format!("{QUEUE} writes are waiting")),
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }

    /// Takes no more writes, finishes those that wait, checkpoints, and returns when the file is closed.
    pub(super) fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Guarded, queue: &Receiver<Box<dyn Write>>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(first) = queue.recv() {
        group.push(first);
        group.extend(queue.try_iter().take(GROUP - 1));
        commit_all(connection, &mut group);
    }
    if let Err(error) = connection
        .plain()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    {
        tracing::warn!(%error, "the write-ahead log could not be emptied; the next start does it");
    }
}

/// Commits a group; when it cannot be had as one, each of it alone. Another process that has the lock is waited for once.
fn commit_all(connection: &Guarded, group: &mut Vec<Box<dyn Write>>) {
    match commit(connection, group) {
        Err(error) if group.len() > 1 && !matches!(error, StoreError::Busy(_)) => {
            tracing::warn!(%error, writes = group.len(), "a group of writes was given up; each runs again alone");
            for write in group.drain(..) {
                commit_alone(connection, write);
            }
        }
        result => {
            for write in group.drain(..) {
                write.answer(result.as_ref().copied());
            }
        }
    }
}

fn commit_alone(connection: &Guarded, write: Box<dyn Write>) {
    let mut one = [write];
    let result = commit(connection, &mut one);
    let [write] = one;
    write.answer(result.as_ref().copied());
}

/// One transaction around all of them. An error means that nothing of it was kept.
fn commit(connection: &Guarded, group: &mut [Box<dyn Write>]) -> Result<(), StoreError> {
    execute(connection.plain(), "BEGIN IMMEDIATE")?;
    let result = run_all(connection, group).and_then(|()| execute(connection.plain(), "COMMIT"));
    if !connection.plain().is_autocommit() {
        execute(connection.plain(), "ROLLBACK")?;
    }
    result
}

fn run_all(connection: &Guarded, group: &mut [Box<dyn Write>]) -> Result<(), StoreError> {
    for write in group {
        execute(connection.plain(), "SAVEPOINT one")?;
        let verdict = connection.within(WRITE_TIME, |plain| run_one(write.as_mut(), plain));
        if connection.plain().is_autocommit() {
            // SQLite rolled the whole transaction back: full disk, interrupt, out of memory.
            return Err(StoreError::Disk("the transaction was rolled back".to_owned()));
        }
        if verdict == Verdict::Undo {
            execute(connection.plain(), "ROLLBACK TO one")?;
        }
        execute(connection.plain(), "RELEASE one")?;
    }
    Ok(())
}

fn run_one(write: &mut dyn Write, connection: &Connection) -> Verdict {
    let result = catch_unwind(AssertUnwindSafe(|| write.run(connection)))
        .unwrap_or_else(|_| Err(StoreError::Defect("a write panicked".to_owned())));
    result.unwrap_or_else(|error| {
        write.fail(error);
        Verdict::Undo
    })
}

fn execute(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
