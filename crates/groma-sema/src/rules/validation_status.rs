//! Q410.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{ListShape, Resource, Segment};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// A service that keeps to the habits of existing clients says how it answers a body that does not fit.
    ///
    /// ## Why
    /// FastAPI's clients look for 422, and everybody else expects 400. It is asked only where the design follows such a
    /// habit already (a bare array, rows under a name of their own, `create` with 200, the caller in the path); a new
    /// API takes 400, and that is listed as assumed.
    ///
    /// ## Bad
    /// service Notes {
    ///   base /api
    /// }
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   list { as array; page 20 max 100 }
    /// }
    ///
    /// ## Good
    /// service Notes {
    ///   base /api
    ///   errors validation 422
    /// }
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   list { as array; page 20 max 100 }
    /// }
    Question VALIDATION_STATUS "Q410" "validation-status"
}

/// What a decision about it names.
const TOPIC: &str = "service.errors.validation";

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let Some(service) = &resolved.map.service else {
        return Vec::new();
    };
    let habit = resolved.design.resources.iter().find_map(habit);
    let is_open = !says(service) && !resolved.map.decided.contains(TOPIC);
    match habit.filter(|_| is_open) {
        Some(habit) => {
            let place = service.name().map_or_else(|| service.span(), |name| name.span());
            let answer = |line: &str| places::at_end(resolved.sources, service.span(), line);
            vec![unsaid(place, habit, &answer).about(TOPIC)]
        }
        None => Vec::new(),
    }
}

fn says(service: &ast::Service) -> bool {
    service.items().any(|item| match item {
        ast::ServiceItem::Group(group) if group.keyword() == "errors" => {
            group.settings().any(|setting| setting.name() == "validation")
        }
        _ => false,
    })
}

/// Something that no new API does.
fn habit(resource: &Resource) -> Option<(Span, &'static str)> {
    let by_shape = resource.list.as_ref().and_then(|list| match &list.shape {
        ListShape::Array => Some((list.origin, "a bare array, as existing clients expect it")),
        ListShape::Object { items } if items != "items" => {
            Some((list.origin, "a list in a form that existing clients expect"))
        }
        ListShape::Object { .. } => None,
    });
    let by_status = resource.create.as_ref().filter(|create| create.status == 200);
    let by_path = resource
        .path
        .iter()
        .find(|segment| matches!(segment, Segment::Caller { .. }));
    by_shape
        .or(by_status.map(|create| (create.origin, "200 for a new row, as existing clients expect it")))
        .or(by_path.map(|_| {
            (
                resource.origin,
                "the caller in the path, as existing clients have it",
            )
        }))
}

fn unsaid(span: Span, habit: (Span, &str), answer: &dyn Fn(&str) -> Vec<Edit>) -> Diagnostic {
    Diagnostic::new(
        &VALIDATION_STATUS,
        span,
        "which status has the answer to a body that does not fit?",
    )
    .label(habit.0, habit.1)
    .note("400 is assumed")
    .option(
        "errors validation 422",
        "what FastAPI answers, and its clients look for",
        answer("errors validation 422"),
    )
    .option(
        "errors validation 400",
        "what is assumed, said",
        answer("errors validation 400"),
    )
}
