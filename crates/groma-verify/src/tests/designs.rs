//! Designs to verify.

use groma_ir::design::Design;

/// The sample of the neutral form.
pub(super) fn tasks() -> Design {
    groma_ir::sample::tasks().design
}
