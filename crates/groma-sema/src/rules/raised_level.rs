//! W316.

use groma_access::{Analysis, Situation};
use groma_diag::Diagnostic;
use groma_ir::access::{Access, clause};
use groma_ir::design::{ActionId, Assign, Creation, Design, EntityId, FieldId, Row, Rule, Term, Verb};

use super::page::rule;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Nobody gives a level that they do not have.
    ///
    /// ## Why
    /// Who may change levels changes their own as well. Where an admin makes an owner, every admin is one request away from
    /// being the owner, and what the owner alone may do is no secret any more. The same is so where an action makes the tie,
    /// as an invitation does: whoever says the level of the invitation gives it. It is said of whoever is tied to the row by
    /// a level; owners of rows and callers with a role need none. The smallest case is shown.
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
        if entity.access_origin.is_none() || !rules_are_whole(resolved, id) {
            continue;
        }
        if entity.link.is_some() {
            for verb in [Verb::Create, Verb::Update] {
                found.extend(raised_by(design, &analysis, id, verb));
            }
        }
        for (action, declared) in entity.actions.entries() {
            let made = declared.creates.iter();
            found.extend(made.filter_map(|made| raised_through(design, &analysis, (id, action), made)));
        }
    }
    found.dedup_by(|a, b| a.primary == b.primary);
    found
}

fn raised_by(design: &Design, analysis: &Analysis<'_>, id: EntityId, verb: Verb) -> Option<Diagnostic> {
    let (level, mut situation) = analysis.raised_level(id, verb)?;
    let rule = to_blame(design, id, verb, &mut situation)?;
    let name = design.level_name(id, level);
    let field = level_field(design, id)?;
    Some(raised(rule, name, &situation).help(format!(
        "say who may: `deny create, update to everyone except .. when new.{field} == {name}`"
    )))
}

fn raised_through(
    design: &Design,
    analysis: &Analysis<'_>,
    (id, action): (EntityId, ActionId),
    made: &Creation,
) -> Option<Diagnostic> {
    let (verb, level, mut situation) = analysis.raised_by_action(id, action, made)?;
    let rule = to_blame(design, id, verb, &mut situation)?;
    let name = design.level_name(made.entity, level);
    let entity = &design.entities[id];
    let gives = format!("`{}` gives the level", entity.actions[action].name);
    let found = raised(rule, name, &situation).label(made.origin, gives);
    Some(match given_by(made, level_field_id(design, made.entity)?) {
        Some(field) => found.help(format!(
            "say who may: `deny {} to everyone except .. when new.{} == {name}`",
            groma_ir::words::verb(entity, verb),
            entity.fields[field].name
        )),
        None => found.help(format!(
            "say who may: `deny {} to everyone except ..`, or put a level that is fixed",
            groma_ir::words::verb(entity, verb)
        )),
    })
}

/// The field of the row that a new tie takes its level from.
fn given_by(made: &Creation, level: FieldId) -> Option<FieldId> {
    let mut sets = made.sets.iter();
    sets.find_map(|(field, assign)| match assign {
        Assign::Term(Term::Field { field: from, .. }) if *field == level => Some(*from),
        Assign::Term(_) | Assign::Not(_) => None,
    })
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

fn raised(rule: &Rule, name: &str, situation: &Situation<'_>) -> Diagnostic {
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
}

fn level_field_id(design: &Design, ties: EntityId) -> Option<FieldId> {
    design.entities[ties].link.as_ref().map(|link| link.level)
}

fn level_field(design: &Design, ties: EntityId) -> Option<&str> {
    let level = level_field_id(design, ties)?;
    Some(design.entities[ties].fields[level].name.as_str())
}
