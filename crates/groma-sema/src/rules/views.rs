//! What several rules look at, made once, on a thread of its own while the rules that look at the trees run.

use groma_diag::Diagnostic;
use groma_ir::access::{self, Access};
use groma_ir::design::Design;
use groma_ir::tables::{self, Tables};

use super::cans::Cans;
use super::routes::{self, Spot};
use super::{can_cycle, rules_too_large};

/// Views of a design, as far as it can be lowered.
pub(crate) struct Views {
    /// Every route.
    pub(crate) spots: Vec<Spot>,
    /// What each verb comes down to, and the tables.
    pub(crate) lowered: Option<Lowered>,
    /// Why there are none: rules that lead back to themselves, or grow without bound, cannot be folded.
    pub(crate) found: Vec<Diagnostic>,
}

/// What a design comes down to.
pub(crate) struct Lowered {
    /// One predicate a verb.
    pub(crate) access: Access,
    /// Columns, keys, indexes.
    pub(crate) tables: Tables,
}

impl Views {
    /// The views of a design that may have errors.
    pub(crate) fn of(design: &Design) -> Self {
        let cans = Cans::of(design);
        let mut found = can_cycle::check(design, &cans);
        if found.is_empty() {
            found = rules_too_large::check(design, &cans);
        }
        let lowered = (!found.iter().any(Diagnostic::is_error)).then(|| {
            let access = access::lower(design);
            let tables = tables::lower(design, &access);
            Lowered { access, tables }
        });
        Self {
            spots: routes::all(design),
            lowered,
            found,
        }
    }
}
