//! What stands around the statements of a request that its client may send again: its answer is looked for first, and
//! kept in the transaction in which it was made.

use groma_ir::http::{KEPT_FOR, Problem};
use groma_ir::scalar::StorageClass;
use groma_plan::{Cell, Failure, Retry, Row, Value};

use super::{Cx, Outcome, Reply, Step};
use crate::replies;
use crate::{Call, Dialect, ParameterType};

/// How far a request is that may have been answered already.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Keeping {
    /// It has no key, or there is nowhere to keep an answer.
    None,
    /// Its answer is to be looked for.
    Due,
    /// It is being looked for; what was found.
    Looking(Option<Box<Found>>),
    /// It has none yet, so it is done.
    Doing,
    /// It is done: the server acts for itself again, to keep the answer.
    Leaving(Box<Reply>),
    /// The answer is being kept; whether it was.
    Kept(Box<Reply>, bool),
    /// Answers that nobody may ask for any longer are being removed.
    Forgetting(Box<Reply>),
}

/// What was answered before.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Found {
    digest: String,
    reply: Reply,
}

impl Keeping {
    pub(super) fn of(cx: &Cx) -> Self {
        match cx.request.retry {
            Some(_) if cx.sql.keeps_replies() => Self::Due,
            Some(_) | None => Self::None,
        }
    }

    /// What is to be done before or behind the request itself; nothing while it is its turn.
    pub(super) fn before(&mut self, cx: &Cx) -> Option<Step> {
        let retry = cx.request.retry.as_ref()?;
        match self {
            Self::None | Self::Doing | Self::Leaving(_) | Self::Kept(..) | Self::Forgetting(_) => None,
            Self::Due => {
                *self = Self::Looking(None);
                Some(Step::Run(look(cx, retry)))
            }
            Self::Looking(found) => match found.take() {
                Some(found) if found.digest == retry.digest => Some(Step::Done(Ok(found.reply))),
                Some(_) => Some(Step::Done(Err(Failure::of(Problem::KeyReused)))),
                None => {
                    *self = Self::Doing;
                    None
                }
            },
        }
    }

    /// What is to be done behind the request, whose outcome this is.
    pub(super) fn behind(&mut self, cx: &Cx, outcome: Outcome, has_fence: bool) -> Step {
        match (&self, outcome, &cx.request.retry) {
            (Self::Doing, Ok(reply), Some(retry)) => {
                if has_fence {
                    *self = Self::Leaving(Box::new(reply));
                    return Step::Run(leave());
                }
                let call = keep(cx, retry, &reply);
                *self = Self::Kept(Box::new(reply), false);
                Step::Run(call)
            }
            (_, outcome, _) => Step::Done(outcome),
        }
    }

    /// What is to be done once the request is done and its answer is being kept; nothing before.
    pub(super) fn after(&mut self, cx: &Cx) -> Option<Step> {
        let retry = cx.request.retry.as_ref()?;
        match std::mem::replace(self, Self::None) {
            Self::Leaving(reply) => {
                let call = keep(cx, retry, &reply);
                *self = Self::Kept(reply, false);
                Some(Step::Run(call))
            }
            Self::Kept(reply, true) => {
                *self = Self::Forgetting(reply);
                Some(Step::Run(forget(cx)))
            }
            // The same request was answered meanwhile.
            Self::Kept(_, false) => Some(Step::Again),
            Self::Forgetting(reply) => Some(Step::Done(Ok(*reply))),
            other @ (Self::None | Self::Due | Self::Looking(_) | Self::Doing) => {
                *self = other;
                None
            }
        }
    }

    /// Takes a row of a statement of its own; says whether it was one.
    pub(super) fn row(&mut self, row: &dyn Row) -> bool {
        match self {
            Self::Looking(found) => *found = read(row).map(Box::new),
            Self::Kept(_, is_kept) => *is_kept = true,
            Self::Leaving(_) | Self::Forgetting(_) => {}
            Self::None | Self::Due | Self::Doing => return false,
        }
        true
    }
}

fn read(row: &dyn Row) -> Option<Found> {
    let text = |at: usize| match row.cell(at) {
        Cell::Text(text) => Some(text.to_owned()),
        _ => None,
    };
    let Cell::Int(status) = row.cell(1) else {
        return None;
    };
    Some(Found {
        digest: text(0)?,
        reply: Reply {
            status: u16::try_from(status).ok()?,
            etag: text(2),
            location: text(3),
            body: text(4)?.into_bytes(),
            ..Reply::default()
        },
    })
}

fn names(retry: &Retry) -> Vec<Value> {
    let names = [&retry.caller, &retry.operation, &retry.key];
    names.map(|name| Value::Text(name.clone())).into()
}

/// Answers made before then are kept no longer.
fn cut(cx: &Cx) -> Value {
    Value::Timestamp(cx.request.world.now.saturating_sub(KEPT_FOR * 1_000_000))
}

const TEXT: ParameterType = ParameterType::One(StorageClass::Text);
const TIME: ParameterType = ParameterType::One(StorageClass::Timestamp);

fn look(cx: &Cx, retry: &Retry) -> Call {
    let mut params = names(retry);
    params.push(cut(cx));
    call(cx.sql.dialect(), replies::LOOK, params, &[TEXT, TEXT, TEXT, TIME])
}

fn keep(cx: &Cx, retry: &Retry, reply: &Reply) -> Call {
    let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let mut params = names(retry);
    params.extend([
        Value::Text(retry.digest.clone()),
        Value::Int(i64::from(reply.status)),
        optional(&reply.etag),
        optional(&reply.location),
        Value::Text(String::from_utf8_lossy(&reply.body).into_owned()),
        Value::Timestamp(cx.request.world.now),
        cut(cx),
    ]);
    let number = ParameterType::One(StorageClass::Int);
    let types = [TEXT, TEXT, TEXT, TEXT, number, TEXT, TEXT, TEXT, TIME, TIME];
    call(cx.sql.dialect(), replies::KEEP, params, &types)
}

fn forget(cx: &Cx) -> Call {
    let text = match cx.sql.dialect() {
        Dialect::Sqlite => replies::FORGET_SQLITE,
        Dialect::Postgres => replies::FORGET_POSTGRES,
    };
    call(cx.sql.dialect(), text, vec![cut(cx)], &[TIME])
}

/// Gives back the role that the policies hold: answers are kept by the server, for itself.
fn leave() -> Call {
    Call {
        sql: "SELECT set_config('role', 'none', true)".into(),
        params: Vec::new(),
        types: [].into(),
    }
}

fn call(dialect: Dialect, text: &str, params: Vec<Value>, types: &[ParameterType]) -> Call {
    let sql = match dialect {
        Dialect::Postgres => text.to_owned(),
        Dialect::Sqlite => text.replace('$', "?"),
    };
    Call {
        sql: sql.into(),
        params,
        types: types.into(),
    }
}
