//! W306.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::Access;
use groma_ir::design::{Effect, Entity, EntityId, Rule, Verb, Who};

use super::page::rule;
use super::reach::{Ordinary, is_tied, join, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Not everybody may change or delete every row.
    ///
    /// ## Why
    /// `authenticated` is anyone who can sign up. A rule that lets them change rows without a tie to the caller lets one
    /// person undo everyone's work. Where that is meant, `decision Page.update = authenticated because "..."` says so.
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
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow delete to authenticated
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
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow delete to owner
    /// }
    Warning OPEN_WRITE "W306" "open-write"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let ordinary = Ordinary::of(&resolved.design);
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        if !rules_are_whole(resolved, id) {
            continue;
        }
        let is_open = |verb: &&Verb| {
            let topic = format!("{}.{}", entity.name, groma_ir::words::verb(entity, **verb));
            is_open(&ordinary, access, id, **verb) && !resolved.map.decided.contains(&topic)
        };
        let open: Vec<Verb> = [Verb::Update, Verb::Delete]
            .iter()
            .filter(is_open)
            .copied()
            .collect();
        for rule in entity.rules.iter().filter(|rule| lets_anyone(rule)) {
            let verbs: Vec<&str> = open
                .iter()
                .filter(|verb| rule.verbs.iter().any(|used| used.verb == **verb))
                .map(|verb| groma_ir::words::verb(entity, *verb))
                .collect();
            if !verbs.is_empty() {
                found.push(open_write(
                    rule.origin,
                    entity,
                    &verbs,
                    rule.who.contains(&Who::Everyone),
                ));
            }
        }
    }
    found
}

/// Whether ordinary callers may do this to rows that have nothing to do with them.
pub(super) fn is_open(ordinary: &Ordinary, access: &Access, id: EntityId, verb: Verb) -> bool {
    !is_tied(&access.of(id).verb(verb).for_caller(&ordinary.signed_in))
}

fn lets_anyone(rule: &Rule) -> bool {
    let is_anyone = |who: &Who| match who {
        Who::Everyone | Who::Authenticated => true,
        Who::Role(_) | Who::Path(_) | Who::Level { .. } | Who::Can { .. } => false,
    };
    rule.effect == Effect::Allow && rule.who.iter().any(is_anyone)
}

fn open_write(span: Span, entity: &Entity, verbs: &[&str], is_everyone: bool) -> Diagnostic {
    let who = if is_everyone {
        "everyone"
    } else {
        "anyone who signs in"
    };
    let rows = entity.plural.replace('_', " ");
    let found = Diagnostic::new(
        &OPEN_WRITE,
        span,
        format!("{who} may {} {rows} that are not theirs", join(verbs, "and")),
    );
    let verb = verbs.first().copied().unwrap_or("update");
    let meant = format!("decision {}.{verb} = authenticated because \"...\"", entity.name);
    match entity.owner {
        Some(owner) => found
            .label(entity.fields[owner].origin, "whose it is")
            .help(format!(
                "allow it to `{}`; or, if it is meant, say so: `{meant}`",
                entity.fields[owner].name
            )),
        None => found.help(format!(
            "name a role, or an owner; or, if it is meant, say so: `{meant}`"
        )),
    }
}
