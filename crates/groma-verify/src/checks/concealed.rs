//! Lists by what their caller may not see: no filter, order or search by such a field, from which its value could be
//! worked out.

use groma_ir::design::{Field, FieldId};
use groma_ir::http::{ErrorCode, Operation, Problem, Route, RouteId};

use crate::call::{Ask, Call, Fault, Mistake};
use crate::catalogue;
use crate::fixtures::viewer;
use crate::net::NetError;
use crate::session::Session;
use crate::values;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation == Operation::List {
            for field in concealed(cx, route) {
                ask(cx, id, field)?;
            }
        }
    }
    Ok(())
}

/// The fields of a list's rows that do not leave, or not for everybody who reads the row.
fn concealed(cx: &Session<'_>, route: &Route) -> Vec<FieldId> {
    let access = cx.model.access.of(route.entity);
    let fields = cx.model.design.entities[route.entity].fields.entries();
    let is_concealed = |id: FieldId, field: &Field| !field.leaves() || access.guard(id).is_some();
    fields
        .filter(|(id, field)| is_concealed(*id, field))
        .map(|(id, _)| id)
        .collect()
}

/// Every way in which a list could be asked about a field: none of them is there.
fn ask(cx: &mut Session<'_>, id: RouteId, field: FieldId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let declared = &cx.model.design.entities[route.entity].fields[field];
    let name = declared.wire.clone();
    let value = values::fitting(&cx.model.design, &declared.ty);
    let value = value.first().map_or_else(|| "1".to_owned(), plain);
    let mut asked = vec![(name.clone(), value.clone())];
    for operator in ["gte", "lt", "ne", "contains", "startswith", "null"] {
        asked.push((format!("{name}__{operator}"), value.clone()));
    }
    let sorts = route.query.iter().any(|param| param.name == "sort");
    for sort in [name.clone(), format!("-{name}")] {
        asked.push(("sort".to_owned(), sort));
    }
    let actor = viewer(cx, id);
    for (parameter, value) in asked {
        let is_known = parameter == "sort" && sorts;
        let code = if is_known {
            ""
        } else {
            ErrorCode::UnknownParameter.name()
        };
        let fault = Fault {
            problem: Problem::InvalidRequest,
            mistakes: vec![Mistake {
                code,
                at: parameter.clone(),
            }],
            field: None,
        };
        let label = format!("by-{parameter}");
        let ask = Ask {
            raw: vec![(parameter, value)],
            ..Ask::default()
        };
        let call = Call::new(id, actor).asking(ask).wrong(fault);
        cx.try_call(&catalogue::Z06, &label, &call)?;
    }
    Ok(())
}

fn plain(sample: &crate::call::Sample) -> String {
    match &sample.kept {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
