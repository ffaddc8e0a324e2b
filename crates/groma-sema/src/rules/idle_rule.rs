//! W303.

use groma_diag::{Diagnostic, Span};
use groma_ir::Design;
use groma_ir::access::{Access, CallerFacts, Pred, kinds_of_caller};
use groma_ir::design::{Compare, Cond, Entity, EntityId, FieldId, Row, Rule, Term, Type, Value, Verb, Who};

use super::page::rule;
use super::places::a;
use super::reach::{covers, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// A rule counts for somebody, in some row.
    ///
    /// ## Why
    /// A rule that never counts looks as if something were allowed, or forbidden, that is not: its condition contradicts
    /// itself, `except` takes back everyone behind `to`, `can` asks for what nobody can, or an action begins in no state
    /// that the condition leaves.
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

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let kinds = kinds_of_caller(&resolved.design);
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        // Rules that nobody wrote are nobody's mistake.
        if !rules_are_whole(resolved, id) || entity.access_origin.is_none() {
            continue;
        }
        for rule in &entity.rules {
            let why =
                nobody(&resolved.design, access, rule, &kinds).or_else(|| never(&resolved.design, id, rule));
            found.extend(why.map(|why| idle(rule.origin, &why)));
        }
    }
    found
}

/// Why the rule is about nobody.
fn nobody(design: &Design, access: &Access, rule: &Rule, kinds: &[CallerFacts]) -> Option<String> {
    let is_excepted = |who: &&Who| rule.except.iter().any(|except| covers(design, except, who));
    if rule.who.iter().all(|who| is_excepted(&who)) {
        return Some(String::from("`except` takes back everyone behind `to`"));
    }
    let mut left = rule.who.iter().filter(|who| !is_excepted(who));
    let is_possible = |who: &Who| match who {
        Who::Can { verb, entity, .. } => {
            let pred = access.of(*entity).verb(*verb);
            kinds.iter().any(|kind| !pred.for_caller(kind).is_never())
        }
        Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } => true,
    };
    if left.clone().any(is_possible) {
        return None;
    }
    let Some(Who::Can { verb, entity, .. }) = left.next() else {
        return None;
    };
    let target = &design.entities[*entity];
    Some(format!(
        "nobody can {} {}",
        groma_ir::words::verb(target, *verb),
        a(&target.name)
    ))
}

/// Why the condition never holds.
fn never(design: &Design, id: EntityId, rule: &Rule) -> Option<String> {
    let when = rule.when.as_ref()?;
    let entity = &design.entities[id];
    let mut left = Left {
        design,
        entity,
        sets: Vec::new(),
    };
    left.narrow(when);
    if Pred::from_cond(when).is_never() {
        return Some(String::from("its condition never holds"));
    }
    if let Some(field) = left.empty() {
        return Some(format!(
            "its condition leaves no value for `{}`",
            entity.fields[field].name
        ));
    }
    let mut actions = rule.verbs.iter().filter_map(|used| match used.verb {
        Verb::Action(action) => Some(&entity.actions[action]),
        Verb::Create | Verb::Read | Verb::Update | Verb::Delete | Verb::Share => None,
    });
    let is_all = rule.verbs.iter().all(|used| matches!(used.verb, Verb::Action(_)));
    let first = actions.clone().next()?;
    let is_shut = is_all
        && actions.all(|action| {
            let moves = action.moves.as_ref();
            moves.is_some_and(|moves| {
                !moves
                    .from
                    .iter()
                    .any(|from| left.allows(moves.field, &Value::Variant(moves.of, *from)))
            })
        });
    is_shut.then(|| {
        format!(
            "`{}` begins in none of the states that its condition leaves",
            first.name
        )
    })
}

/// The values that a condition leaves for the fields that it compares with literals.
struct Left<'d> {
    design: &'d Design,
    entity: &'d Entity,
    sets: Vec<((Row, FieldId), Vec<Value>)>,
}

impl Left<'_> {
    fn narrow(&mut self, cond: &Cond) {
        match cond {
            Cond::And(parts) => parts.iter().for_each(|part| self.narrow(part)),
            Cond::Compare {
                op: Compare::Eq,
                left,
                right,
            } => self.compared(left, right, true),
            Cond::Compare {
                op: Compare::Ne,
                left,
                right,
            } => self.compared(left, right, false),
            Cond::In { term, set } => self.within(term, set, true),
            Cond::Is(term) => self.within(term, &[Term::Value(Value::Bool(true))], true),
            Cond::Not(part) => match part.as_ref() {
                Cond::In { term, set } => self.within(term, set, false),
                Cond::Is(term) => self.within(term, &[Term::Value(Value::Bool(false))], true),
                Cond::And(_) | Cond::Or(_) | Cond::Not(_) | Cond::Compare { .. } => {}
            },
            Cond::Or(_) | Cond::Compare { .. } => {}
        }
    }

    fn compared(&mut self, left: &Term, right: &Term, keep: bool) {
        match (left, right) {
            (Term::Value(_), Term::Field { .. }) => self.within(right, std::slice::from_ref(left), keep),
            _ => self.within(left, std::slice::from_ref(right), keep),
        }
    }

    /// Keeps the values of the set, or takes them away.
    fn within(&mut self, term: &Term, set: &[Term], keep: bool) {
        let Term::Field { row, field } = term else { return };
        let mut values = Vec::new();
        for term in set {
            match term {
                Term::Value(Value::None) => return,
                Term::Value(value) => values.push(value.clone()),
                Term::Field { .. } | Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Input(_) => {
                    return;
                }
            }
        }
        let key = (*row, *field);
        let known = self.sets.iter_mut().find(|(of, _)| *of == key);
        match (known, keep) {
            (Some((_, left)), _) => left.retain(|value| values.contains(value) == keep),
            (None, true) => self.sets.push((key, values)),
            (None, false) => {
                if let Type::Enum(of) = self.entity.fields[*field].ty {
                    let all = self.design.enums[of]
                        .variants
                        .ids()
                        .map(|variant| Value::Variant(of, variant));
                    self.sets
                        .push((key, all.filter(|value| !values.contains(value)).collect()));
                }
            }
        }
    }

    fn empty(&self) -> Option<FieldId> {
        self.sets
            .iter()
            .find(|(_, values)| values.is_empty())
            .map(|((_, field), _)| *field)
    }

    fn allows(&self, field: FieldId, value: &Value) -> bool {
        let known = self.sets.iter().find(|(of, _)| *of == (Row::This, field));
        known.is_none_or(|(_, values)| values.contains(value))
    }
}

fn idle(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(&IDLE_RULE, span, format!("this rule never counts: {why}")).help("mend it, or remove it")
}
