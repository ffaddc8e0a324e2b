//! How jobs are run: what stands around their statements, and when one is run again.

use std::time::{Duration, Instant};

use groma_ir::Model;
use groma_ir::http::Problem;
use groma_plan::Failure;
use groma_sql::postgres::violation;
use groma_sql::{Isolation, Job, Outcome, Step, Transaction, Violation};

use super::fault::{Fault, Meaning};
use super::pool::{Pool, Wanted};
use super::session::{Postgres, Session};
use crate::store::StoreError;

/// How often one request is tried at most.
const TRIES: u32 = 12;
/// How long it is tried at most: after that it is a 503, and its client may try.
const PATIENCE: Duration = Duration::from_secs(5);

/// What stands around the statements of a read that must see one state of things.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Why a job did not come to its end.
#[derive(Debug)]
enum Stop {
    /// Nothing was done: it may be run anew.
    Again(StoreError),
    /// A statement wrote nothing, and nothing that can be looked at says why: it may be run anew.
    Unexplained,
    /// Nothing was done, and the connection is of no use: it may be run anew on a new one.
    Afresh(StoreError),
    /// What was done is not known, or it is of no use to try again.
    Final(StoreError),
}

/// Runs a job that reads. A read changes nothing, so one whose connection broke is repeated, once.
pub(super) async fn read(pool: &Pool, mut job: Job, time: Duration) -> Result<Outcome, StoreError> {
    let mut tries = Tries::new();
    loop {
        let mut session = pool.take(tries.wanted).await?;
        let stop = match reading(&mut session, &mut job, time).await {
            Ok(outcome) => return Ok(outcome),
            Err(stop) => stop,
        };
        session.roll_back(time).await;
        drop(session);
        tries.again(stop).await?;
        job = job.anew();
    }
}

/// Runs a job that writes.
pub(super) async fn write(
    pool: &Pool,
    model: &Model,
    job: &(impl Fn() -> Job + Sync),
    time: Duration,
) -> Result<Outcome, StoreError> {
    let mut tries = Tries::new();
    let mut has_met_twin = false;
    loop {
        let mut session = pool.take(tries.wanted).await?;
        let mut writing = Writing {
            session: &mut session,
            model,
            time,
            has_met_twin,
        };
        let stop = match writing.run(&mut job()).await {
            Ok(outcome) => return Ok(outcome),
            Err(stop) => stop,
        };
        has_met_twin = writing.has_met_twin;
        session.roll_back(time).await;
        drop(session);
        let is_unexplained = matches!(stop, Stop::Unexplained);
        match tries.again(stop).await {
            // Others would have been out of the way some time.
            Err(_) if is_unexplained && model.design.service.row_security.is_some() => {
                tracing::warn!(
                    "the database hid by its policies a row that the server had allowed to be written: they are not of the \
                     same design"
                );
                return Ok(Err(Failure::of(Problem::Forbidden)));
            }
            tried => tried?,
        }
    }
}

/// How often a request was tried.
struct Tries {
    start: Instant,
    count: u32,
    wanted: Wanted,
}

impl Tries {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            count: 0,
            wanted: Wanted::Any,
        }
    }

    /// Waits until it is worth another try, or gives up.
    async fn again(&mut self, stop: Stop) -> Result<(), StoreError> {
        self.count += 1;
        let is_over = self.count >= TRIES || self.start.elapsed() > PATIENCE;
        match stop {
            Stop::Again(error) | Stop::Afresh(error) if is_over => Err(error),
            Stop::Unexplained if is_over => Err(collided()),
            // The second connection that breaks is no accident.
            Stop::Afresh(error) if self.wanted == Wanted::Fresh => Err(error),
            Stop::Final(error) => Err(error),
            Stop::Afresh(_) => {
                self.wanted = Wanted::Fresh;
                Ok(())
            }
            Stop::Again(_) | Stop::Unexplained => {
                tokio::time::sleep(pause(self.count)).await;
                Ok(())
            }
        }
    }
}

/// A pause before the next try: longer each time, and not the same for two who collided.
fn pause(count: u32) -> Duration {
    let most = 1_u64 << count.min(7);
    let mut random = [0; 8];
    // Without randomness they collide once more.
    let _ = aws_lc_rs::rand::fill(&mut random);
    Duration::from_micros(u64::from_le_bytes(random) % (most * 1_000))
}

async fn reading(session: &mut Session<'_>, job: &mut Job, time: Duration) -> Result<Outcome, Stop> {
    let mut begin = match job.transaction() {
        Transaction::None => None,
        Transaction::Read => Some(SNAPSHOT),
        Transaction::Write(_) => {
            let defect = "a job that writes was run as one that reads";
            return Err(Stop::Final(StoreError::Defect(defect.to_owned())));
        }
    };
    loop {
        let call = match job.next() {
            Step::Run(call) => call,
            Step::Again => return Err(Stop::Unexplained),
            Step::Done(outcome) => {
                // Nothing depends on how a transaction ends that has only read.
                session.roll_back(time).await;
                return Ok(outcome);
            }
        };
        let rows = match begin.take() {
            Some(begin) => session.begin(begin, &call, time).await,
            None => session.run(&call, time).await,
        };
        match rows {
            Ok(rows) => rows.iter().for_each(|row| job.row(&Postgres(row))),
            Err(fault @ Fault::Broken(_)) => return Err(Stop::Afresh(fault.into())),
            Err(fault) => return Err(refused(session, fault)),
        }
    }
}

/// What a statement that the server refused means for the request; nothing of it was done.
fn refused(session: &mut Session<'_>, fault: Fault) -> Stop {
    match fault.meaning() {
        Meaning::Collision => Stop::Again(fault.into()),
        Meaning::NotPrepared => {
            session.found_shared();
            Stop::Again(fault.into())
        }
        Meaning::Outdated | Meaning::ReadOnly => {
            session.close();
            Stop::Afresh(fault.into())
        }
        Meaning::Other => Stop::Final(fault.into()),
    }
}

fn collided() -> StoreError {
    StoreError::Busy("others changed the same rows again and again".to_owned())
}

/// A job that writes, on its connection.
struct Writing<'w, 'p> {
    session: &'w mut Session<'p>,
    model: &'w Model,
    time: Duration,
    /// Whether a value that must be unique was there already, when it was tried before.
    has_met_twin: bool,
}

impl Writing<'_, '_> {
    async fn run(&mut self, job: &mut Job) -> Result<Outcome, Stop> {
        let begin = match job.transaction() {
            Transaction::Write(Isolation::Snapshot) => Some(self.begin("REPEATABLE READ")),
            Transaction::Write(Isolation::Serial) => Some(self.begin("SERIALIZABLE")),
            Transaction::Write(Isolation::Statement) | Transaction::Read | Transaction::None => None,
        };
        let mut first = begin.clone();
        loop {
            let call = match job.next() {
                Step::Run(call) => call,
                Step::Again => return Err(Stop::Unexplained),
                Step::Done(outcome) => return self.end(outcome).await,
            };
            let rows = match first.take() {
                Some(begin) => self.session.begin(&begin, &call, self.time).await,
                None => self.session.run(&call, self.time).await,
            };
            match rows {
                Ok(rows) => rows.iter().for_each(|row| job.row(&Postgres(row))),
                Err(fault) => match self.broken_rule(&fault) {
                    // Another request may have made it since the snapshot was taken, which this one could not see. A
                    // new snapshot shows it, and what is there then is there for good.
                    Some(Violation::Unique(_)) if self.session.is_in_transaction() && !self.has_met_twin => {
                        self.has_met_twin = true;
                        return Err(Stop::Again(collided()));
                    }
                    Some(violation) => {
                        // The transaction is over; what is still asked only explains, in one of its own.
                        self.session.roll_back(self.time).await;
                        job.fail(violation);
                        first.clone_from(&begin);
                    }
                    None => return Err(self.stopped(fault)),
                },
            }
        }
    }

    async fn end(&mut self, outcome: Outcome) -> Result<Outcome, Stop> {
        if !self.session.is_in_transaction() {
            return Ok(outcome);
        }
        if outcome.is_err() {
            self.session.roll_back(self.time).await;
            return Ok(outcome);
        }
        match self.session.commit(self.time).await {
            Ok(()) => Ok(outcome),
            Err(fault @ Fault::Said(_)) => Err(refused(self.session, fault)),
            Err(fault) => Err(Stop::Final(fault.into())),
        }
    }

    /// What a statement that did not end well means. Within a transaction nothing is kept before the end, so nothing
    /// was done when the connection breaks; a statement on its own may have been.
    fn stopped(&mut self, fault: Fault) -> Stop {
        match fault {
            Fault::Broken(_) if self.session.is_in_transaction() => Stop::Afresh(fault.into()),
            Fault::Broken(_) | Fault::TooSlow | Fault::Defect(_) => Stop::Final(fault.into()),
            Fault::Said(_) => refused(self.session, fault),
        }
    }

    fn broken_rule(&self, fault: &Fault) -> Option<Violation> {
        let Fault::Said(said) = fault else { return None };
        let found = violation(self.model, said.code().code(), said.table(), said.constraint());
        if found != Some(Violation::Policy) {
            return found;
        }
        // Without policies of ours it is a grant that is missing, about which no caller can do anything.
        self.model.design.service.row_security.as_ref()?;
        tracing::warn!(
            table = said.table(),
            said = said.message(),
            "the database refused by its policies what the server had allowed: they are not of the same design"
        );
        found
    }

    /// The server stops by itself what this process no longer waits for.
    fn begin(&self, level: &str) -> String {
        let millis = self.time.as_millis();
        format!(
            "BEGIN ISOLATION LEVEL {level}; SET LOCAL statement_timeout = {millis}; \
             SET LOCAL idle_in_transaction_session_timeout = {}",
            millis * 2
        )
    }
}
