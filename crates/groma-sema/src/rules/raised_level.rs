//! W316.

use groma_access::{Analysis, Situation};
use groma_diag::Diagnostic;
use groma_ir::access::{Access, clause};
use groma_ir::design::{Design, EntityId, Row, Rule, VariantId, Verb};

use super::page::rule;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Nobody gives a level that they do not have.
    ///
    /// ## Why
    /// Who may change levels changes their own as well. Where an admin makes an owner, every admin is one request away from
    /// being the owner, and what the owner alone may do is no secret any more. It is said of whoever is tied to the row by a
    /// level; owners of rows and callers with a role need none. The smallest case is shown.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    /// }
    /// tenant Team {
    ///   id: uuid key
    ///   name: text(2..60)
    ///   members User as member < admin < owner, at least 1 owner
    /// }
    /// access Team {
    ///   allow create to authenticated
    ///   allow read to member
    /// }
    /// access Team.members {
    ///   allow read to team.member
    ///   allow update to team.admin
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    /// }
    /// tenant Team {
    ///   id: uuid key
    ///   name: text(2..60)
    ///   members User as member < admin < owner, at least 1 owner
    /// }
    /// access Team {
    ///   allow create to authenticated
    ///   allow read to member
    /// }
    /// access Team.members {
    ///   allow read to team.member
    ///   allow update to team.admin
    ///   deny update to everyone except team.owner when role == owner or new.role == owner
    /// }
    Warning RAISED_LEVEL "W316" "raised-level"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        // Rules that nobody wrote are nobody's mistake.
        if entity.link.is_none() || entity.access_origin.is_none() || !rules_are_whole(resolved, id) {
            continue;
        }
        for verb in [Verb::Create, Verb::Update] {
            let Some((level, mut situation)) = analysis.raised_level(id, verb) else {
                continue;
            };
            let rule = to_blame(design, id, verb, &mut situation);
            found.extend(rule.map(|rule| raised(design, (id, level), rule, &situation)));
        }
    }
    found.dedup_by(|a, b| a.primary == b.primary);
    found
}

/// The rule that lets them.
fn to_blame<'d>(
    design: &'d Design,
    id: EntityId,
    verb: Verb,
    situation: &mut Situation<'_>,
) -> Option<&'d Rule> {
    allowing(&design.entities[id], verb).find(|rule| {
        let pred = clause(design, id, rule);
        let pred = if verb == Verb::Create {
            pred.on_row(Row::This)
        } else {
            pred
        };
        situation.can_be(id, &pred)
    })
}

fn raised(
    design: &Design,
    (id, level): (EntityId, VariantId),
    rule: &Rule,
    situation: &Situation<'_>,
) -> Diagnostic {
    let name = design.level_name(id, level);
    let might = if situation.is_sure() {
        ""
    } else {
        "it may be that "
    };
    Diagnostic::new(
        &RAISED_LEVEL,
        rule.origin,
        format!("{might}by this somebody with less than `{name}` makes others, or themself, `{name}`"),
    )
    .note(format!("the case: {}", situation.words().join(", ")))
    .help(format!(
        "say who may: `deny create, update to everyone except .. when new.{} == {name}`",
        level_field(design, id)
    ))
}

fn level_field(design: &Design, id: EntityId) -> &str {
    let entity = &design.entities[id];
    entity
        .link
        .as_ref()
        .map_or("level", |link| entity.fields[link.level].name.as_str())
}
