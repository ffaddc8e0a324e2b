//! Bugs planted on purpose in a copy of the source: the verifier has to find each of them.
//!
//! The product has no switch that makes it wrong. A bug is a replacement in a copy of the workspace, and the
//! copy is built and served like the real one.

use super::Notes;
use crate::run::{Outcome, failure};

/// Plants, builds, serves and verifies, bug by bug.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    let _ = notes;
    Err(failure("no bug is planted yet"))
}
