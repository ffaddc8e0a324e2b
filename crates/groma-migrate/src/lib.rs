//! Migrations as data: what differs between two schemas, the steps from one to the other with what each costs and how
//! it is undone, the files in which people read and edit them, and what is dangerous about a statement.
//!
//! [`plan`] compares two schemas and says what to do, in two migrations at most: one that a release needs before it runs
//! (`expand`), and one for when the release before it runs no more (`contract`), which alone takes anything away. A plan
//! is made of [`Op`]s, each of which is known to a model of the schema ([`Op::apply`]) and can be turned around, and of
//! [`Step`]s that do them in SQL. People read and edit them as a [`file::File`]; a [`snapshot`] keeps where the files lead, and
//! [`chain::order`] says which comes after which.
//!
//! Pure: it runs nothing and knows no socket, no driver, no clock and no disk.

mod adapt;
mod at_once;
mod batch;
mod before;
mod canonical;
pub mod chain;
mod change;
mod conversion;
pub mod danger;
mod expression;
pub mod file;
pub mod hand;
pub mod lint;
mod name;
mod obstacle;
mod op;
mod plan;
mod postgres;
mod renames;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
pub mod split;
mod sqlite;
mod step;

pub use adapt::types::{Affinity, affinity, is_boolean, is_moment, length_of};
pub use adapt::{Adapted, adapted, counts_by_sequence, there};
pub use at_once::{AtOnce, at_once, in_the_way, lost, settled};
pub use before::Before;
pub use canonical::{Fingerprint, SnapshotError, fingerprint, read_snapshot, same, snapshot};
pub use change::{Question, QuestionKind};
pub use conversion::{Conversion, converted};
pub use expression::{mentions, widens};
pub use name::short as short_name;
pub use op::{Op, Way};
pub use plan::{Given, Migration, Phase, Plan, Size, plan};
pub use renames::Renames;
pub use step::{Cost, Lock, LockMode, Obstacle, Run, Step, Undo};

#[cfg(test)]
mod tests;
