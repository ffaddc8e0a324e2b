//! Which checks a design gives something to do: a check that is about nothing in it does not apply to it; one that
//! is about something, and was not tried, was not run.

use groma_ir::Model;
use groma_ir::access::Pred;
use groma_ir::design::{FieldId, Storage, Type};
use groma_ir::http::{MemberKind, Method, Operation, ParamKind, Route, RouteId, SchemaKind};
use groma_ir::scalar::Scalar;

use super::{breakable, tokens};
use crate::catalogue::{self, Check};
use crate::ground::is_caller_reference;
use crate::{session::Session, values};

/// Says of every check that was asked for and has no case why it has none.
pub(super) fn explain(cx: &mut Session<'_>) {
    let routes: Vec<RouteId> = cx.routes().into_iter().map(|(id, _)| id).collect();
    for check in catalogue::ALL {
        if cx.ledger.is_explained(check) {
            continue;
        }
        if routes.iter().any(|id| is_about(cx.model, check, *id)) {
            cx.ledger
                .gap(check, "no row, user or value came up to try it on".to_owned());
        } else {
            cx.skip(check, crate::report::Status::NotApplicable, nothing(check));
        }
    }
}

/// Whether a route gives a check something to do.
pub(crate) fn is_about(model: &Model, check: &Check, id: RouteId) -> bool {
    let route = &model.http.routes[id];
    match check.id {
        "F01" => route.operation == Operation::Create || route.made.is_some(),
        "F03" | "F04" | "F05" => route.operation == Operation::List,
        "F06" => has_param(route, |kind| matches!(kind, ParamKind::Limit { .. })),
        "F07" => matches!(route.operation, Operation::Update | Operation::Replace),
        "F08" => route.operation == Operation::Delete,
        "F09" => matches!(route.operation, Operation::Action(_)) || moves(model, route),
        "V06" | "V09" | "Z09" => route.body.is_some(),
        "V08" => references(model, route, false),
        "V10" => route.operation == Operation::Create && takes_canaries(model, route),
        "V11" => breaks_checks(model, route),
        "Z01" => !route.public,
        "Z02" => !route.public && tells_users_apart(model) || route.path.has_caller(),
        "Z03" => route.operation == Operation::Get,
        "Z04" => route.operation.is_write(),
        "Z05" => matches!(route.operation, Operation::List | Operation::Report(_)),
        "Z06" => conceals(model, route),
        "Z07" => has_param(route, |kind| {
            matches!(kind, ParamKind::Include { .. } | ParamKind::Fields { .. })
        }),
        "Z08" => model.design.entities[route.entity]
            .fields
            .iter()
            .any(|field| !field.leaves()),
        "Z10" => references(model, route, true),
        "Z12" => route.operation.is_on_item() || route.path.parents().next().is_some(),
        "Z11" => route.operation.is_on_item() && route.path.parents().next().is_some(),
        "Z13" => has_parts(model, route),
        "Z14" => route.operation == Operation::Delete && model.design.entities[route.entity].link.is_some(),
        // The language has no such routes.
        "Z15" => false,
        "Z16" => !route.public && route.method == Method::Get,
        "C03" => route.operation == Operation::Update && route.if_match && is_read(model, route),
        "C01" => route.operation == Operation::Get && route.etag,
        "C02" => route.if_match,
        "C04" => is_unique(model, route),
        "C05" => route.retry && route.operation == Operation::Create,
        id if id.starts_with('J') => !route.public && tokens::is_about(model, check, route),
        _ if is_of_members(check) => members(model, route, check),
        _ => true,
    }
}

/// What the design lacks so that a check is about nothing in it.
fn nothing(check: &Check) -> &'static str {
    match check.id {
        "F01" => "no route makes rows",
        "F03" | "F04" | "F05" => "no route lists rows",
        "F06" => "no list has pages",
        "F07" => "no route changes rows",
        "F08" => "no route deletes rows",
        "F09" => "there are no actions, and no states that an update may change",
        "V02" | "V06" | "V09" | "Z09" => "no route takes a body",
        "V01" => "every member of every body may be left out and empty",
        "V03" => "no member of a body has bounds",
        "V04" => "no member of a body is an enum",
        "V05" => "no member of a body has a format",
        "V07" => "no member of a body is a number",
        "V08" | "Z10" => "no body refers to another row",
        "V10" => "no body of a create holds free text",
        "V11" => "there are no checks, or they hold by construction: no route can break one",
        "Z01" => "every route is public",
        "Z02" => "there are no roles and no claims",
        "Z03" => "no route reads a single row",
        "Z04" => "no route writes",
        "Z05" => "there are no lists and no reports",
        "Z06" => "no list has a field that its caller may not see",
        "Z07" => "nothing is embedded or narrowed",
        "Z08" => "every field leaves",
        "Z12" => "no route is about a single row",
        "Z11" => "no row lies below another one in a path",
        "Z13" => "no rule has parts",
        "Z14" => "no share and no membership can be taken back by a route",
        "Z15" => "no route takes several rows",
        "Z16" => "every route that reads is public",
        "J08" => "the design names no issuer and no audience, or every route is public",
        "J11" => "no rule asks for a role that a token gives",
        "E04" => "no body can have a mistake",
        "C01" => "no item has a version",
        "C02" => "no route takes `If-Match`",
        "C03" => "no route that changes a row takes `If-Match` by a version that can be read",
        "C04" => "nothing that a body may hold must be unique",
        "C05" => "no route makes rows by `POST`",
        id if id.starts_with('J') => "every route is public",
        _ => "there are no routes",
    }
}

fn has_param(route: &Route, is_it: impl Fn(&ParamKind) -> bool) -> bool {
    route.query.iter().any(|param| is_it(&param.kind))
}

/// Whether the version of a row can be read.
fn is_read(model: &Model, route: &Route) -> bool {
    let mut routes = model.http.routes.iter();
    routes.any(|other| other.entity == route.entity && other.operation == Operation::Get && other.etag)
}

/// Whether a list is of rows with a field that its caller may not see.
fn conceals(model: &Model, route: &Route) -> bool {
    let access = model.access.of(route.entity);
    let mut fields = model.design.entities[route.entity].fields.entries();
    route.operation == Operation::List
        && fields.any(|(id, field)| !field.leaves() || access.guard(id).is_some())
}

/// Whether an update may move a state.
fn moves(model: &Model, route: &Route) -> bool {
    let states = &model.design.entities[route.entity].states;
    route.operation == Operation::Update && states.iter().any(|states| route.writes.contains(&states.field))
}

/// Whether a body may refer to a row of this service, or to a caller where they count.
fn references(model: &Model, route: &Route, with_callers: bool) -> bool {
    let fields = &model.design.entities[route.entity].fields;
    route.writes.iter().any(|field| {
        let ty = &fields[*field].ty;
        ty.target().is_some_and(|target| {
            model.design.entities[target].storage == Storage::Managed
                || with_callers && is_caller_reference(&model.design, ty)
        })
    })
}

/// Whether a request may bring a row that breaks a check.
fn breaks_checks(model: &Model, route: &Route) -> bool {
    let entity = &model.design.entities[route.entity];
    let writes = |field: &FieldId| match route.operation {
        Operation::Action(action) => {
            let action = &entity.actions[action];
            let moved = action.moves.as_ref().map(|moves| moves.field);
            moved == Some(*field) || action.sets.iter().any(|(set, _)| set == field)
        }
        _ => route.writes.contains(field),
    };
    let is_written = entity
        .checks
        .iter()
        .any(|check| check.cond.fields().iter().any(writes));
    is_written && breakable::may_break(model, route)
}

fn takes_canaries(model: &Model, route: &Route) -> bool {
    let fields = &model.design.entities[route.entity].fields;
    let mut types = route.writes.iter().map(|field| &fields[*field].ty);
    types.any(|ty| !values::canaries(ty).is_empty())
}

fn tells_users_apart(model: &Model) -> bool {
    let auth = model.design.auth.as_ref();
    auth.is_some_and(|auth| auth.roles.iter().next().is_some() || !auth.claims.is_empty())
}

/// Whether the rule of a route has a part that may decide alone.
fn has_parts(model: &Model, route: &Route) -> bool {
    let access = model.access.of(route.entity);
    let has_atoms = |pred: &Pred| pred.any_atom(&|_| true);
    match route.operation {
        Operation::Get => has_atoms(&access.read),
        Operation::Update => {
            has_atoms(&access.update.row) || access.update.fields.iter().any(|(_, pred)| has_atoms(pred))
        }
        Operation::Delete => has_atoms(&access.delete),
        Operation::Action(action) => has_atoms(access.action(action)),
        Operation::List | Operation::Report(_) | Operation::Create | Operation::Replace => false,
    }
}

/// Whether a create or an update may bring values that must be unique.
fn is_unique(model: &Model, route: &Route) -> bool {
    let entity = &model.design.entities[route.entity];
    let is_written = |field: &_| route.writes.contains(field);
    let mut uniques = entity.uniques.iter();
    matches!(route.operation, Operation::Create | Operation::Update)
        && (route.writes.contains(&entity.key) || uniques.any(|unique| unique.fields.iter().any(is_written)))
}

fn is_of_members(check: &Check) -> bool {
    matches!(check.id, "V01" | "V02" | "V03" | "V04" | "V05" | "V07" | "E04")
}

/// Whether the members of a body have what a check is about.
fn members(model: &Model, route: &Route, check: &Check) -> bool {
    let Some(schema) = route.body else { return false };
    let members = match &model.http.schemas[schema].kind {
        SchemaKind::Input(members) | SchemaKind::Patch(members) => members.as_slice(),
        _ => &[],
    };
    let typed = || {
        members.iter().filter_map(|member| match &member.kind {
            MemberKind::Field(_, ty) | MemberKind::Input(_, ty) => Some((member, ty)),
            _ => None,
        })
    };
    let misfits = |ty: &Type| {
        values::misfits(&model.design, ty)
            .into_iter()
            .any(|misfit| misfit.check == check)
    };
    match check.id {
        "V01" => typed()
            .any(|(member, ty)| member.required || !member.nullable && *ty != Type::Scalar(Scalar::Json)),
        "V07" => typed().any(|(_, ty)| !values::huge(&model.design, ty).is_empty() || misfits(ty)),
        "E04" => {
            let is_breakable = |ty: &Type| !values::misfits(&model.design, ty).is_empty();
            typed().any(|(member, ty)| member.required || is_breakable(ty))
        }
        _ => typed().any(|(_, ty)| misfits(ty)),
    }
}
