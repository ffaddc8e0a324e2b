//! How every connection is set up, and the clock that stops a statement which runs too long.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use groma_plan::{Cell, Foreign};
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// Virtual machine steps between two looks at the clock: some tens of microseconds.
const STEPS: i32 = 10_000;
const STATEMENTS_KEPT: usize = 512;

/// Switches that are no pragmas.
const CONFIG: [(DbConfig, bool); 4] = [
    // Plans do not look at values. Otherwise, once there are statistics, each new value prepares a statement anew.
    (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    // No statement reaches into the file's inside.
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    // "x" is a column or an error, and never a text.
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
];

/// A connection with a limit on the time that its statements take.
#[derive(Debug)]
pub(super) struct Guarded {
    connection: Connection,
    guard: Guard,
}

/// The moment at which statements of one connection are stopped.
#[derive(Clone, Debug)]
struct Guard {
    start: Instant,
    /// Nanoseconds after `start`; the greatest number stands for no limit.
    deadline: Arc<AtomicU64>,
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Read,
    Write,
}

impl Guarded {
    /// Opens the file; a writer makes it when it is not there.
    pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let create = match purpose {
            Purpose::Read => OpenFlags::empty(),
            Purpose::Write => OpenFlags::SQLITE_OPEN_CREATE,
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let mut connection = Connection::open_with_flags(path, flags)?;
        set_up(&connection, purpose)?;
        let guard = Guard {
            start: Instant::now(),
            deadline: Arc::new(AtomicU64::new(u64::MAX)),
        };
        let clock = guard.clone();
        connection.progress_handler(STEPS, Some(move || clock.is_over()))?;
        Ok(Self { connection, guard })
    }

    /// Runs `work` with at most `time` for each statement loop in it, then lifts the limit.
    pub(super) fn within<T>(&self, time: Duration, work: impl FnOnce(&Connection) -> T) -> T {
        self.guard.set(time);
        let result = work(&self.connection);
        self.guard.lift();
        result
    }

    /// The connection without a limit: for `BEGIN`, `COMMIT` and the like.
    pub(super) fn plain(&self) -> &Connection {
        self.guard.lift();
        &self.connection
    }
}

impl Guard {
    fn set(&self, time: Duration) {
        let at = nanoseconds(self.start.elapsed().saturating_add(time));
        self.deadline.store(at, Ordering::Relaxed);
    }

    fn lift(&self) {
        self.deadline.store(u64::MAX, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        nanoseconds(self.start.elapsed()) > self.deadline.load(Ordering::Relaxed)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1)
}

fn set_up(connection: &Connection, purpose: Purpose) -> Result<(), StoreError> {
    connection.busy_timeout(match purpose {
        // A reader waits only while another process recovers the log: short, since a worker waits with it.
        Purpose::Read => Duration::from_millis(500),
        Purpose::Write => Duration::from_secs(5),
    })?;
    if purpose == Purpose::Write {
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(StoreError::Defect(format!(
                "the journal mode stays `{mode}`; this file system has no WAL"
            )));
        }
    }
    for (config, on) in CONFIG {
        connection.set_db_config(config, on)?;
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = OFF;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    if purpose == Purpose::Read {
        connection.execute_batch("PRAGMA query_only = ON")?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    add_functions(connection)
}

/// The functions that statements may call.
pub(super) fn add_functions(connection: &Connection) -> Result<(), StoreError> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("groma_fold", 1, flags, |context| {
        let text: Option<&str> = context.get_raw(0).as_str_or_null()?;
        Ok(text.map(groma_plan::fold))
    })?;
    for kind in Foreign::ALL {
        connection.create_scalar_function(kind.function(), 1, flags, move |context| {
            Ok(kind.read(match context.get_raw(0) {
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Text(text) => std::str::from_utf8(text).map_or(Cell::Null, Cell::Text),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
            }))
        })?;
    }
    Ok(())
}
