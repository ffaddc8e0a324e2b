//! W409.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::Design;
use groma_ir::design::{Resource, Verb};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// What answers without a token is limited in how often it may be called.
    ///
    /// ## Why
    /// Nobody has to sign up to call it, so a single machine can read everything, fill the database or keep it busy. It is
    /// said once, of lists, reports and writes: to read a single row costs little. A `limit` of the route will do.
    ///
    /// ## Bad
    /// service Notes {
    ///   errors validation 400
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to everyone
    /// }
    /// resource /notes for Note { list public }
    ///
    /// ## Good
    /// service Notes {
    ///   errors validation 400
    ///   limits rate 120/min per caller
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to everyone
    /// }
    /// resource /notes for Note { list public }
    Warning PUBLIC_WRITE "W409" "unlimited-public-route"
}

const LINE: &str = "rate 120/min per caller";

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    if design.service.limits.rate.is_some() || resolved.map.decided.contains("service.limits.rate") {
        return Vec::new();
    }
    let public = public(design);
    let edit = resolved
        .map
        .service
        .as_ref()
        .map(|service| limit(resolved, service))
        .unwrap_or_default();
    public
        .split_first()
        .map(|(first, more)| unlimited(*first, more, edit))
        .into_iter()
        .collect()
}

fn public(design: &Design) -> Vec<Span> {
    let costly = |resource: &Resource| {
        let single = resource.read.as_ref().map(|read| read.origin);
        let mut gates = resource.gates();
        gates.retain(|gate| gate.verb != Verb::Read || Some(gate.origin) != single);
        gates
    };
    let gates = design.resources.iter().flat_map(costly);
    let open = gates.filter(|gate| gate.admission.public && gate.admission.limit.is_none());
    let mut places: Vec<Span> = open.map(|gate| gate.origin).collect();
    places.dedup();
    places
}

fn limit(resolved: &Resolved<'_>, service: &ast::Service) -> Vec<Edit> {
    let limits = service.items().find_map(|item| match item {
        ast::ServiceItem::Group(group) if group.keyword() == "limits" => Some(group.span()),
        _ => None,
    });
    match limits {
        Some(limits) => vec![Edit::after(limits, format!(", {LINE}"))],
        None => places::at_end(resolved.sources, service.span(), &format!("limits {LINE}")),
    }
}

fn unlimited(first: Span, more: &[Span], edit: Vec<Edit>) -> Diagnostic {
    let found = Diagnostic::new(
        &PUBLIC_WRITE,
        first,
        "this answers without a token, and nothing limits how often",
    );
    let found = more
        .iter()
        .take(3)
        .fold(found, |found, place| found.label(*place, "so does this"));
    let found = found.help(format!(
        "say how often is enough in `service`: `limits {LINE}`, or for the route alone: `limit 10/min per caller`"
    ));
    if edit.is_empty() {
        found
    } else {
        found.suggestion("add a limit", edit)
    }
}
