//! E305.

use groma_access::{Case, Claim, Settled, Space};
use groma_diag::Diagnostic;
use groma_ir::access::{Access, Pred, any_of, clause};
use groma_ir::design::{Design, Effect, EntityId, FieldId, Guarantee, Rule, Verb};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// What is guaranteed follows from the rules.
    ///
    /// ## Why
    /// Rules are read one by one and act together. A guarantee says what they must come down to, and is proved by going
    /// through every situation that the rules can tell apart: each kind of caller, each relation to the row, each state.
    /// When it fails, the smallest case in which somebody else gets through is shown, and the rule that lets them.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   published: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow delete to owner
    ///   allow delete to admin
    ///   guarantee delete only admin when published
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   published: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow delete to owner when not published
    ///   allow delete to admin
    ///   guarantee delete only admin when published
    /// }
    Error BROKEN_GUARANTEE "E305" "broken-guarantee"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        // What was left out of the rules may be what makes it hold.
        if entity.guarantees.is_empty() || !resolved.rules_are_sound(id) {
            continue;
        }
        for guarantee in &entity.guarantees {
            found.extend(broken(design, access, id, guarantee));
        }
    }
    found
}

/// What is wrong with a guarantee: of several verbs the first one that breaks it.
fn broken(design: &Design, access: &Access, id: EntityId, guarantee: &Guarantee) -> Option<Diagnostic> {
    let only = any_of(design, id, &guarantee.only);
    let when = guarantee.when.as_ref().map_or(Pred::ALWAYS, Pred::from_cond);
    let verbs = guarantee.verbs.iter();
    let claims = verbs.flat_map(|used| {
        let fields: Vec<Option<FieldId>> = match used.fields.as_slice() {
            [] => vec![None],
            fields => fields.iter().copied().map(Some).collect(),
        };
        fields.into_iter().map(|field| (used.verb, field))
    });
    for (verb, field) in claims {
        let claim = Claim {
            entity: id,
            verb,
            field,
            only: &only,
            when: &when,
        };
        let (mut space, settled) = groma_access::holds(design, access, &claim);
        match settled {
            Settled::Never => {}
            Settled::Found(case) => return Some(refuted(&mut space, &case, &claim, guarantee)),
            Settled::Open => return Some(unsettled(design, &claim, guarantee)),
        }
    }
    None
}

fn refuted(space: &mut Space<'_>, case: &Case, claim: &Claim<'_>, guarantee: &Guarantee) -> Diagnostic {
    let design = space.design();
    let entity = &design.entities[claim.entity];
    let verb = groma_ir::words::verb(entity, claim.verb);
    let message = if case.is_sure {
        format!("somebody else may {verb} a `{}`", entity.name)
    } else {
        format!("somebody else may be able to {verb} a `{}`", entity.name)
    };
    let case_words = space.describe(case).join(", ");
    let mut found =
        Diagnostic::new(&BROKEN_GUARANTEE, guarantee.origin, message).note(format!("the case: {case_words}"));
    if !case.is_sure {
        found = found.note("comparisons lean on each other here, so such a row may not exist");
    }
    let to_blame = entity
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::Allow && is_about(rule, claim.verb, claim.field));
    for rule in to_blame {
        if space.can_be(case, claim.entity, &clause(design, claim.entity, rule)) {
            found = found.label(rule.origin, "this rule lets them");
            break;
        }
    }
    found.help("narrow the rule, or say in the guarantee who else may")
}

fn is_about(rule: &Rule, verb: Verb, field: Option<FieldId>) -> bool {
    rule.verbs.iter().any(|used| {
        used.verb == verb
            && (used.fields.is_empty() || field.is_none_or(|field| used.fields.contains(&field)))
    })
}

fn unsettled(design: &Design, claim: &Claim<'_>, guarantee: &Guarantee) -> Diagnostic {
    let entity = &design.entities[claim.entity];
    let verb = groma_ir::words::verb(entity, claim.verb);
    Diagnostic::new(
        &BROKEN_GUARANTEE,
        guarantee.origin,
        format!(
            "the rules for {verb} of `{}` tell too much apart to be gone through",
            entity.name
        ),
    )
    .help("guarantee less at once, or let the rules ask for fewer things")
}
