//! Of which fields a test says what rows hold.

use std::collections::BTreeSet;

use groma_access::singled_out;
use groma_ir::design::{Cond, FieldId, Verb};
use groma_ir::http::{ParamKind, Route};

use crate::cx::Cx;

/// The fields that queries ask for.
pub(super) fn asked(cx: &Cx<'_>, route: &Route) -> Vec<FieldId> {
    let list = cx.model.design.resources[route.resource].list.as_ref();
    let mut fields = Vec::new();
    for param in &route.query {
        match &param.kind {
            ParamKind::Filter { field, .. } => fields.push(*field),
            ParamKind::Search { fields: searched } => fields.extend(searched),
            ParamKind::Sort { fields: sorted, .. } => fields.extend(sorted.iter().map(|(_, field)| *field)),
            ParamKind::Named { filter, .. } => {
                let named = list.and_then(|list| list.named.get(*filter));
                let options = named.iter().flat_map(|named| &named.options);
                fields.extend(
                    options
                        .filter_map(|option| option.when.as_ref())
                        .flat_map(Cond::fields),
                );
            }
            ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. } => {}
        }
    }
    // Of what some readers do not see, nothing is known.
    let singled = singled_out(&cx.model.access, route.entity, Verb::Read);
    let mut seen = BTreeSet::new();
    fields.retain(|field| !singled.contains(field) && seen.insert(*field));
    fields
}
