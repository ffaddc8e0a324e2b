//! What stands around the statements of a request that its client may send again: its answer is looked for first, and
//! kept in the transaction in which it was made.

use groma_ir::http::Problem;
use groma_plan::{Cell, Failure, Row};

use super::{Cx, Outcome, Reply, Step};
use crate::replies;

/// How far a request is that may have been answered already.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Keeping {
    /// It has no key.
    None,
    /// Its answer is to be looked for.
    Due,
    /// It is being looked for; what was found.
    Looking(Option<Found>),
    /// It has none yet, so it is done.
    Doing,
    /// It is done and its answer is being kept; whether it was.
    Kept(Box<Reply>, bool),
    /// The database let it be neither looked for nor kept.
    Refused,
}

/// What is known of the key already.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Found {
    /// The answer to a request with this digest.
    Answer(String, Box<Reply>),
    /// Somebody is being answered.
    InUse,
}

impl Keeping {
    pub(super) fn of(cx: &Cx) -> Self {
        match cx.request.retry {
            Some(_) => Self::Due,
            None => Self::None,
        }
    }

    /// What is to be done before or behind the request itself; nothing while it is its turn.
    pub(super) fn next(&mut self, cx: &Cx) -> Option<Step> {
        let retry = cx.request.retry.as_ref()?;
        match self {
            Self::None | Self::Doing => None,
            Self::Due => {
                *self = Self::Looking(None);
                let now = cx.request.world.now;
                Some(Step::Run(replies::look(cx.sql.dialect(), retry, now)))
            }
            Self::Looking(found) => {
                let outcome = match found.take() {
                    None => {
                        *self = Self::Doing;
                        return None;
                    }
                    Some(Found::Answer(digest, reply)) if digest == retry.digest => Ok(*reply),
                    Some(Found::Answer(..)) => Err(Failure::of(Problem::KeyReused)),
                    Some(Found::InUse) => Err(Failure::of(Problem::KeyInUse)),
                };
                Some(Step::Done(outcome))
            }
            Self::Kept(reply, true) => Some(Step::Done(Ok(std::mem::take(reply)))),
            // The same request was answered meanwhile.
            Self::Kept(_, false) => Some(Step::Again),
            Self::Refused => Some(Step::Done(Err(Failure::of(Problem::Internal)))),
        }
    }

    /// What keeps the answer of the request whose outcome this is.
    pub(super) fn behind(&mut self, cx: &Cx, outcome: Outcome) -> Step {
        match (&self, outcome, &cx.request.retry) {
            (Self::Doing, Ok(reply), Some(retry)) => {
                let now = cx.request.world.now;
                let call = replies::keep(cx.sql.dialect(), (retry, &reply), now);
                *self = Self::Kept(Box::new(reply), false);
                Step::Run(call)
            }
            (_, outcome, _) => Step::Done(outcome),
        }
    }

    /// Takes note that the statement that runs was refused; says whether it was one of its own.
    pub(super) fn fail(&mut self) -> bool {
        let is_own = matches!(self, Self::Looking(_) | Self::Kept(..));
        if is_own {
            *self = Self::Refused;
        }
        is_own
    }

    /// Takes a row of a statement of its own; says whether it was one.
    pub(super) fn row(&mut self, row: &dyn Row) -> bool {
        match self {
            Self::Looking(found) => *found = read(row),
            Self::Kept(_, is_kept) => *is_kept = true,
            Self::None | Self::Due | Self::Doing | Self::Refused => return false,
        }
        true
    }
}

fn read(row: &dyn Row) -> Option<Found> {
    let text = |at: usize| match row.cell(at) {
        Cell::Text(text) => Some(text.to_owned()),
        _ => None,
    };
    let (Some(digest), Cell::Int(status), Some(body)) = (text(0), row.cell(1), text(4)) else {
        return (row.cell(5) == Cell::Int(0)).then_some(Found::InUse);
    };
    let reply = Reply {
        status: u16::try_from(status).ok()?,
        etag: text(2),
        location: text(3),
        body: body.into_bytes(),
        ..Reply::default()
    };
    Some(Found::Answer(digest, Box::new(reply)))
}
