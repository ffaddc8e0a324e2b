//! W303.

use groma_access::{Analysis, Cause, Idle};
use groma_diag::{Diagnostic, Span};
use groma_ir::Design;
use groma_ir::access::Access;
use groma_ir::design::{EntityId, Rule, Who};

use super::page::rule;
use super::places::a;
use super::reach::{join, rules_are_whole};
use super::{covered_rule, idle_except};
use crate::resolve::Resolved;

rule! {
    /// A rule counts for somebody, in some row.
    ///
    /// ## Why
    /// A rule that never counts looks as if something were allowed, or forbidden, that is not: its condition contradicts
    /// itself or what a `check` keeps out, `except` takes back everyone behind `to`, `can` asks for what nobody can, or an
    /// action begins in no state that the condition leaves. It is decided by going through every situation that the
    /// rules can tell apart.
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   allow read to authenticated when status == published and status == draft
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   allow read to authenticated when status == published
    /// }
    Warning IDLE_RULE "W303" "idle-rule"
}

/// Rules without effect: these here, those that say nothing new, and those whose `except` leaves nobody out.
pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        // Rules that nobody wrote are nobody's mistake.
        if !rules_are_whole(resolved, id) || entity.access_origin.is_none() {
            continue;
        }
        for (at, idle) in analysis.idle(id) {
            let Some(rule) = entity.rules.get(at) else {
                continue;
            };
            found.push(match idle {
                Idle::Never(Cause::Condition) if !resolved.is_open(rule.origin) => continue,
                Idle::Never(cause) => never(rule.origin, &why(design, id, rule, cause)),
                Idle::ExceptsNobody => idle_except::phrase(rule),
                idle => covered_rule::phrase(resolved, entity, rule, &idle),
            });
        }
    }
    found
}

/// Why the rule never counts.
fn why(design: &Design, id: EntityId, rule: &Rule, cause: Cause) -> String {
    match cause {
        Cause::Excepted => String::from("`except` takes back everyone behind `to`"),
        Cause::Nobody => nobody(design, rule),
        Cause::Condition => String::from("its condition never holds"),
        Cause::Checks => String::from("its condition holds in no row that the checks let be"),
        Cause::States => {
            let actions = rule
                .verbs
                .iter()
                .map(|used| groma_ir::words::verb(&design.entities[id], used.verb));
            let actions: Vec<String> = actions.map(|action| format!("`{action}`")).collect();
            let begins = if actions.len() == 1 { "begins" } else { "begin" };
            format!(
                "{} {begins} in none of the states that its condition leaves",
                join(&actions, "and")
            )
        }
        Cause::Together => String::from("where its condition holds, nobody is whom it is about"),
    }
}

fn nobody(design: &Design, rule: &Rule) -> String {
    let asked = rule.who.iter().find_map(|who| match who {
        Who::Can { verb, entity, .. } => Some((*verb, &design.entities[*entity])),
        Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } => None,
    });
    match asked {
        Some((verb, target)) => {
            format!(
                "nobody can {} {}",
                groma_ir::words::verb(target, verb),
                a(&target.name)
            )
        }
        None => String::from("nobody is whom it is about"),
    }
}

fn never(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(&IDLE_RULE, span, format!("this rule never counts: {why}")).help("mend it, or remove it")
}
