//! Dates, times and instants in tables that are not ours, in the form in which ours hold them: what
//! `groma_instant(value)` and its like are in a database.
//!
//! What is here is how such a value is read, in rules, filters, orders and answers alike. A form that is not known
//! is nothing.

use crate::reply::Cell;
use crate::time::{self, date_text, time_text, timestamp_text};

/// What a column of another's table holds, by the type that the design gives it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Foreign {
    /// An instant.
    Instant,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
}

impl Foreign {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Instant, Self::Date, Self::Time];

    /// The name of the function that a database calls for it.
    pub fn function(self) -> &'static str {
        match self {
            Self::Instant => "groma_instant",
            Self::Date => "groma_date",
            Self::Time => "groma_time",
        }
    }

    /// The value in our form; nothing where the form is not known.
    pub fn read(self, cell: Cell<'_>) -> Option<String> {
        match self {
            Self::Instant => instant(cell).map(|micros| text(&timestamp_text(micros))),
            Self::Date => match cell {
                Cell::Text(date) => time::parse_date(date.as_bytes()).ok(),
                _ => None,
            }
            .map(|days| text(&date_text(days))),
            Self::Time => match cell {
                Cell::Text(clock) => time::parse_time(clock.as_bytes()).ok(),
                _ => None,
            }
            .map(|micros| text(&time_text(micros))),
        }
    }
}

/// Text by RFC 3339; with a blank for the `T`, as SQLite and others write it, and then in UTC where it has no
/// offset; or whole milliseconds since 1970.
fn instant(cell: Cell<'_>) -> Option<i64> {
    let micros = match cell {
        Cell::Text(text) => match text.split_once(' ') {
            None => time::parse_timestamp(text.as_bytes()),
            Some((date, clock)) => {
                let joined = format!("{date}T{clock}");
                time::parse_timestamp(joined.as_bytes())
                    .or_else(|_| time::parse_timestamp(format!("{joined}Z").as_bytes()))
            }
        }
        .ok()?,
        Cell::Int(millis) => millis.checked_mul(1_000)?,
        _ => return None,
    };
    (time::FIRST..time::AFTER_LAST)
        .contains(&micros)
        .then_some(micros)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
