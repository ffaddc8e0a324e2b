//! Sorts, against the oracle's own comparison.

use groma_ir::design::FieldId;
use groma_ir::http::{Operation, ParamKind, Route};

use super::lists::everything;
use crate::call::{Ask, Call};
use crate::catalogue;
use crate::fixtures::viewer;
use crate::net::NetError;
use crate::session::Session;

/// Each sort both ways, in pairs, and the list's own.
pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation == Operation::List {
            let actor = viewer(cx, id);
            for (label, sort) in sorts(cx, route) {
                let ask = Ask {
                    sort,
                    ..everything(cx, id, actor)
                };
                cx.try_call(&catalogue::F05, &label, &Call::new(id, actor).asking(ask))?;
            }
        }
    }
    Ok(())
}

pub(super) fn sorts(cx: &mut Session<'_>, route: &Route) -> Vec<(String, Vec<(FieldId, bool)>)> {
    let mut sorts = vec![("default".to_owned(), Vec::new())];
    let fields = route.query.iter().find_map(|param| match &param.kind {
        ParamKind::Sort { fields, .. } => Some(fields.as_slice()),
        _ => None,
    });
    let fields = fields.unwrap_or_default();
    for (name, field) in fields {
        sorts.push((name.clone(), vec![(*field, false)]));
        sorts.push((format!("-{name}"), vec![(*field, true)]));
    }
    for _ in 0..6 {
        let (Some((a, first)), Some((b, second))) = (cx.rng.pick(fields), cx.rng.pick(fields)) else {
            return sorts;
        };
        if first != second {
            let ways = [cx.rng.below(2) == 0, cx.rng.below(2) == 0];
            let sort = vec![(*first, ways[0]), (*second, ways[1])];
            sorts.push((format!("{a},{b}"), sort));
        }
    }
    sorts
}
