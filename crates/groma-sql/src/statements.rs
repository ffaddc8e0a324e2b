//! The statement of each operation, as a template.

pub(crate) mod below;
pub(crate) mod change;
pub(crate) mod checks;
pub(crate) mod item;
pub(crate) mod list;
pub(crate) mod report;

use groma_ir::access::{CallerFacts, Pred};
use groma_ir::design::EntityId;

use crate::pred::Scope;
use crate::write::{Context, Writer};

/// What may be read of an entity by such a caller.
pub(crate) fn readable(cx: &Context<'_>, entity: EntityId, facts: &CallerFacts) -> Pred {
    cx.model.access.of(entity).read.for_caller(facts)
}

/// Writes ` AND pred`, unless the predicate holds always.
pub(crate) fn and_pred(writer: &mut Writer<'_>, pred: &Pred, scope: Scope<'_>) {
    if !pred.is_always() {
        writer.and();
        writer.pred(pred, scope);
    }
}
