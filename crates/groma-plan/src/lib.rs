//! Requests to decisions, and rows to answers: pure.
//!
//! [`Plans::new`] decides at start what can be decided then. A request is then found ([`Plans::find`]), admitted
//! ([`Plans::admit`]) and decoded ([`Plans::decode`]) without a look at the database, and what comes back from it
//! is written straight into the bytes of the answer ([`ItemPlan`], [`ReportPlan`], [`problem_json`]).
//!
//! Knows no SQL text, no HTTP crate and no driver; takes the clock and randomness as values ([`World`]).

mod admit;
mod caller;
mod cursor;
mod decode;
mod etag;
mod failure;
mod find;
mod fold;
mod foreign;
mod literal;
mod nearest;
mod plans;
mod reply;
mod scan;
#[cfg(test)]
mod tests;
mod time;
mod value;

pub use caller::{Caller, World};
pub use cursor::encode as encode_cursor;
pub use decode::{Body, Filter, Incoming, MOST_DEPTH, Query, Request, Retry, SortTerm, Target, Test};
pub use etag::{Tags, tag};
pub use failure::{Failure, InputError, MOST_ERRORS, Place};
pub use find::{Found, Params};
pub use fold::fold;
pub use foreign::Foreign;
pub use literal::{literal_of, literal_of_field};
pub use plans::{Envelope, Plans, RoutePlan};
pub use reply::{
    Cell, Encode, ItemPlan, ReportPlan, Row, Written, problem_json, value_of, write_string, write_value,
};
pub use time::{date_text, time_text, timestamp_text};
pub use value::{Value, uuid_text};
