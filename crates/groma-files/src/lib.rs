//! Generated files as values, and how they stand beside what their owner made of them.
//!
//! A [`FileSet`] is what a generator writes. [`FileSet::compare`] tells how far a folder is from it, where the files are
//! nobody's to edit. [`regenerate`] is for a project whose owner edits what was generated: a [`Lock`] keeps each file as
//! it was generated last, and what the owner changed since is merged with what the generator writes now.
//!
//! Knows paths and text. Does not know disks, designs or languages: whoever calls reads and writes.

mod lock;
mod merge;
mod regenerate;
mod set;

pub use lock::{Lock, LockError};
pub use merge::{diff, unsettled};
pub use regenerate::{Change, ChangeKind, Regenerated, regenerate};
pub use set::{Drift, DriftKind, FileSet};

#[cfg(test)]
mod tests;
