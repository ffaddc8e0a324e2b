//! Cases about the body of a request.

use groma_ir::design::{Field, FieldId, Mode, Type};
use groma_ir::http::{Member, MemberKind, Route, SchemaKind};
use groma_ir::scalar::Scalar;

use super::super::Cx;
use super::{Cases, invalid};
use crate::markdown::code;

fn members<'a>(cx: &'a Cx<'_>, route: &Route) -> &'a [Member] {
    match route.body.map(|body| &cx.model.http.schemas[body].kind) {
        Some(SchemaKind::Input(members) | SchemaKind::Patch(members)) => members,
        _ => &[],
    }
}

/// What is particular to a merge patch.
pub(super) fn of_patch(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    let members = members(cx, route);
    if let Some(member) = members.iter().find(|member| member.nullable) {
        cases.add(
            "",
            &code(&format!("{{\"{}\": null}}", member.name)),
            "200; the member is cleared",
        );
    }
    if let Some(member) = members.iter().find(|member| !member.nullable) {
        let then = format!(
            "{}; `errors[0].pointer` is {}",
            invalid(route),
            code(&format!("/{}", member.name))
        );
        cases.add("", &code(&format!("{{\"{}\": null}}", member.name)), &then);
    }
    cases.add("", "`{}`", "200; nothing changes");
}

/// What can be wrong in the body of a route.
pub(super) fn cases(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    if route.body.is_none() {
        return;
    }
    let status = invalid(route);
    let members = members(cx, route);
    for member in members.iter().filter(|member| member.required) {
        cases.add(
            "",
            &format!("{} is left out", code(&member.name)),
            &format!("{status} `missing`"),
        );
    }
    for member in members {
        if let Some((when, then)) = out_of_bounds(member) {
            cases.add("", &when, &format!("{status} {}", code(then)));
        }
    }
    if let Some((name, _)) = closed_field(cx, route) {
        cases.add(
            "",
            &format!("{} is sent", code(&name)),
            &format!("{status} `extra_forbidden`; nothing is written"),
        );
    }
    if members.iter().any(|member| is_reference(cx, member)) {
        let given = "a row that you may not read, and a key that nobody has";
        cases.add(
            given,
            "each is referred to",
            &format!("{status} `reference_not_found`, the same answer twice"),
        );
    }
    cases.add(
        "",
        "two mistakes in one body",
        &format!("{status}; `errors` lists both"),
    );
    cases.add("", "a body that is cut in the middle", "400 `json_invalid`");
    cases.add("", "`Content-Type: text/plain`", "415");
    let limit = super::super::conventions::bytes(cx.model.design.service.limits.body);
    cases.add("", &format!("a body of more than {limit}"), "413");
}

/// A value just outside the member's type, and the code that it gets.
fn out_of_bounds(member: &Member) -> Option<(String, &'static str)> {
    let name = code(&member.name);
    let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
        return None;
    };
    match ty {
        Type::Scalar(Scalar::Text(text)) => {
            let max = text.max?;
            Some((
                format!("{name} has {} characters", u64::from(max) + 1),
                "string_too_long",
            ))
        }
        Type::Scalar(Scalar::Int(bounds)) => {
            let max = bounds.max?.checked_add(1)?;
            Some((format!("{name} is `{max}`"), "less_than_equal"))
        }
        Type::Enum(_) => Some((format!("{name} is `\"no-such-value\"`"), "enum")),
        Type::Scalar(Scalar::Date) => Some((
            format!("{name} is `\"2026-02-30\"`"),
            "date_from_datetime_parsing",
        )),
        Type::List(list) => list
            .max
            .map(|max| (format!("{name} has {} items", u64::from(max) + 1), "too_long")),
        Type::Scalar(_) | Type::Reference(_) => None,
    }
}

/// A member of the item that the body may not hold: the owner rather than another.
fn closed_field<'a>(cx: &'a Cx<'_>, route: &Route) -> Option<(String, &'a Field)> {
    let entity = &cx.model.design.entities[route.entity];
    let is_closed = |id: &FieldId| !route.writes.contains(id) && entity.fields[*id].mode == Mode::Open;
    let id = entity
        .owner
        .filter(is_closed)
        .or_else(|| entity.fields.ids().find(is_closed))?;
    Some((entity.fields[id].wire.clone(), &entity.fields[id]))
}

fn is_reference(cx: &Cx<'_>, member: &Member) -> bool {
    match &member.kind {
        MemberKind::Field(_, ty) | MemberKind::Input(_, ty) => ty
            .target()
            .is_some_and(|target| Some(target) != cx.model.design.caller_entity()),
        _ => false,
    }
}
