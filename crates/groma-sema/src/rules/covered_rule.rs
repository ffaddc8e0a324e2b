//! W304.

use groma_diag::{Diagnostic, Edit};
use groma_ir::Design;
use groma_ir::design::{Rule, VerbUse};

use super::page::rule;
use super::places;
use super::reach::covers;
use crate::resolve::Resolved;

rule! {
    /// No rule says only what another one says already.
    ///
    /// ## Why
    /// Whoever narrows the one believes that the access is narrower now, and the other still gives it. It is said where
    /// the other rule is plain: no condition, no `except`, the same verbs or more, the same people or more.
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

/// Each rule is compared with every other one: past so many nobody reads them.
const MOST_RULES: usize = 200;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let mut found = Vec::new();
    for entity in &design.entities {
        let rules = entity
            .rules
            .get(..entity.rules.len().min(MOST_RULES))
            .unwrap_or_default();
        for (at, rule) in rules.iter().enumerate() {
            let is_wider = |other: usize, wide: &Rule| {
                // Of two that say the same, the later one is too much.
                other != at && says_all(design, wide, rule) && (other < at || !says_all(design, rule, wide))
            };
            let wider = rules
                .iter()
                .enumerate()
                .find(|(other, wide)| is_wider(*other, wide));
            if let Some((_, wide)) = wider {
                found.push(covered(
                    rule,
                    wide,
                    places::without(resolved.sources, rule.origin),
                ));
            }
        }
    }
    found
}

/// Whether `wide` is plain, and says all that `narrow` says.
fn says_all(design: &Design, wide: &Rule, narrow: &Rule) -> bool {
    wide.effect == narrow.effect
        && wide.when.is_none()
        && wide.except.is_empty()
        && narrow
            .verbs
            .iter()
            .all(|verb| wide.verbs.iter().any(|wide| is_within(verb, wide)))
        && narrow
            .who
            .iter()
            .all(|who| wide.who.iter().any(|wide| covers(design, wide, who)))
}

fn is_within(narrow: &VerbUse, wide: &VerbUse) -> bool {
    let some = !narrow.fields.is_empty() && narrow.fields.iter().all(|field| wide.fields.contains(field));
    narrow.verb == wide.verb && (wide.fields.is_empty() || some)
}

fn covered(rule: &Rule, wide: &Rule, edit: Edit) -> Diagnostic {
    Diagnostic::new(&COVERED_RULE, rule.origin, "this rule changes nothing")
        .label(wide.origin, "this one says all of it already")
        .help("remove it, or narrow the other one if that is what is meant")
        .suggestion("remove the rule", [edit])
}
