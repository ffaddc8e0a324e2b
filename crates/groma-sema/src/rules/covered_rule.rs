//! W304.

use groma_access::Idle;
use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Entity, Rule};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// No rule says only what another one says already.
    ///
    /// ## Why
    /// Whoever narrows the one believes that the access is narrower now, and the other still gives it. The rules are
    /// compared with and without it in every situation that they can tell apart: it is said of an `allow` that adds nothing,
    /// because others allow all of it or refuse all of it, and of a `deny` that takes nothing away. Of two that say the same
    /// the later one is too much.
    ///
    /// A bound is not meant: `deny delete to everyone when archived` and `deny update to everyone except owner` say who may
    /// at most, also of what somebody allows one day, even if nothing is beyond them now. Whoever wants to know that nothing
    /// is beyond it says `guarantee` instead. A `deny` about some people that refuses them nothing, or one that leaves
    /// out people whom no rule allows anything, looks as if the others may: that is said.
    ///
    /// ## Bad
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
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to authenticated
    ///   allow read to owner when pinned
    /// }
    ///
    /// ## Good
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
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   allow read to authenticated when pinned
    /// }
    Warning COVERED_RULE "W304" "covered-rule"
}

/// What is wrong with a rule whose loss nobody would notice.
pub(super) fn phrase(resolved: &Resolved<'_>, entity: &Entity, rule: &Rule, idle: &Idle) -> Diagnostic {
    let other = |at: &usize| entity.rules.get(*at).map(|other| other.origin);
    let found = Diagnostic::new(&COVERED_RULE, rule.origin, "this rule changes nothing");
    let edit = places::without(resolved.sources, rule.origin);
    let found = match idle {
        Idle::Covered(by) => labelled(found, other(by), "this one says all of it already")
            .help("remove it, or narrow the other one if that is what is meant"),
        Idle::CoveredByAll => found
            .note("wherever it counts, one of the other rules says so already")
            .help("remove it, or narrow the others if that is what is meant"),
        Idle::Refused(by) => labelled(
            found.note("all that it allows is refused"),
            by.as_ref().and_then(other),
            "this refuses it",
        )
        .help("remove it, or let the refusal leave room for it"),
        Idle::NothingToRefuse => found.note("no rule allows what it refuses").help(
            "remove it: what no rule allows is refused without it; as a bound it would be for `everyone`",
        ),
        Idle::Never(_) | Idle::ExceptsNobody => found,
    };
    found.suggestion("remove the rule", [edit])
}

fn labelled(found: Diagnostic, place: Option<Span>, text: &str) -> Diagnostic {
    match place {
        Some(place) => found.label(place, text),
        None => found,
    }
}
