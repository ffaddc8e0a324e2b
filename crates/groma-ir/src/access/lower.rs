//! Folds the rules of an `access` block into one predicate a verb.

use std::collections::BTreeSet;

use super::{Access, Atom, EntityAccess, Pred, VerbRule};
use crate::design::{
    Compare, Cond, Design, Effect, Entity, EntityId, FieldId, Path, Row, Rule, Term, Value, Verb, Who,
};

/// Lowers the rules of every entity.
pub fn lower(design: &Design) -> Access {
    let mut lowering = Lowering::new(design);
    Access {
        entities: design
            .entities
            .ids()
            .map(|entity| lowering.entity(entity))
            .collect(),
    }
}

/// What one rule says, as a predicate: who, but not those whom it excepts, where its condition holds.
pub fn clause(design: &Design, entity: EntityId, rule: &Rule) -> Pred {
    Lowering::new(design).clause(entity, rule)
}

/// That the caller is one of these.
pub fn any_of(design: &Design, entity: EntityId, who: &[Who]) -> Pred {
    let mut lowering = Lowering::new(design);
    Pred::any(
        who.iter()
            .map(|who| lowering.who(entity, who))
            .collect::<Vec<_>>(),
    )
}

/// A `can` that leads back to itself: `Task.read` asks `Project.read`, which asks `Task.read`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CanCycle {
    /// The verbs on the way, the first one again at the end left out.
    pub steps: Vec<(EntityId, Verb)>,
}

/// Every cycle among `can` clauses, each once. Inside a cycle `can` holds for nobody.
pub fn can_cycles(design: &Design) -> Vec<CanCycle> {
    let mut found: Vec<CanCycle> = Vec::new();
    for (entity, _) in design.entities.entries() {
        for verb in verbs(&design.entities[entity]) {
            walk_cans(design, &mut vec![(entity, verb)], &mut found);
        }
    }
    found
}

fn walk_cans(design: &Design, way: &mut Vec<(EntityId, Verb)>, found: &mut Vec<CanCycle>) {
    let Some((entity, verb)) = way.last().copied() else {
        return;
    };
    for next in cans(&design.entities[entity], verb) {
        match way.iter().position(|step| *step == next) {
            Some(0) => note_cycle(way, found),
            Some(_) => {}
            None => {
                way.push(next);
                walk_cans(design, way, found);
                way.pop();
            }
        }
    }
}

fn note_cycle(way: &[(EntityId, Verb)], found: &mut Vec<CanCycle>) {
    let members: BTreeSet<_> = way.iter().copied().collect();
    if !found
        .iter()
        .any(|cycle| cycle.steps.iter().copied().collect::<BTreeSet<_>>() == members)
    {
        found.push(CanCycle { steps: way.to_vec() });
    }
}

fn cans(entity: &Entity, verb: Verb) -> BTreeSet<(EntityId, Verb)> {
    entity
        .rules
        .iter()
        .filter(|rule| rule.verbs.iter().any(|used| used.verb == verb))
        .flat_map(|rule| rule.who.iter().chain(&rule.except))
        .filter_map(|who| match who {
            Who::Can { verb, entity, .. } => Some((*entity, *verb)),
            Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) => None,
        })
        .collect()
}

fn verbs(entity: &Entity) -> impl Iterator<Item = Verb> {
    [Verb::Create, Verb::Read, Verb::Update, Verb::Delete]
        .into_iter()
        .chain(entity.actions.ids().map(Verb::Action))
}

struct Lowering<'a> {
    design: &'a Design,
    /// The `can` clauses that are being inlined, so that a cycle ends.
    open: Vec<(EntityId, Verb)>,
}

impl<'a> Lowering<'a> {
    fn new(design: &'a Design) -> Self {
        Self {
            design,
            open: Vec::new(),
        }
    }

    fn entity(&mut self, id: EntityId) -> EntityAccess {
        EntityAccess {
            read: self.row(id, Verb::Read),
            create: self.rule(id, Verb::Create),
            update: self.rule(id, Verb::Update),
            delete: self.row(id, Verb::Delete),
            actions: self.design.entities[id]
                .actions
                .ids()
                .map(|a| self.row(id, Verb::Action(a)))
                .collect(),
        }
    }

    fn rule(&mut self, id: EntityId, verb: Verb) -> VerbRule {
        let fields = singled_out(&self.design.entities[id], verb);
        VerbRule {
            row: self.row(id, verb),
            fields: fields
                .into_iter()
                .map(|field| (field, self.fold(id, verb, Some(field))))
                .collect(),
        }
    }

    fn row(&mut self, id: EntityId, verb: Verb) -> Pred {
        if self.open.contains(&(id, verb)) {
            return Pred::NEVER;
        }
        self.open.push((id, verb));
        let pred = self.fold(id, verb, None);
        self.open.pop();
        pred
    }

    /// Any rule that allows, and none that denies, among those for the whole row and for this field.
    fn fold(&mut self, id: EntityId, verb: Verb, field: Option<FieldId>) -> Pred {
        let entity = &self.design.entities[id];
        let mut allowed = Vec::new();
        let mut parts = Vec::new();
        for rule in entity.rules.iter().filter(|rule| applies(rule, verb, field)) {
            let pred = self.clause(id, rule);
            match rule.effect {
                Effect::Allow => allowed.push(pred),
                Effect::Deny => parts.push(pred.negate()),
            }
        }
        parts.insert(0, Pred::any(allowed));
        Pred::all(parts)
    }

    fn clause(&mut self, id: EntityId, rule: &Rule) -> Pred {
        let who = Pred::any(rule.who.iter().map(|who| self.who(id, who)).collect::<Vec<_>>());
        let except = Pred::any(
            rule.except
                .iter()
                .map(|who| self.who(id, who))
                .collect::<Vec<_>>(),
        );
        let when = rule.when.as_ref().map_or(Pred::ALWAYS, Pred::from_cond);
        Pred::all([who, except.negate(), when])
    }

    fn who(&mut self, entity: EntityId, who: &Who) -> Pred {
        match who {
            Who::Everyone => Pred::ALWAYS,
            Who::Authenticated => Pred::Atom(Atom::Authenticated),
            Who::Role(role) => Pred::Atom(Atom::Role(*role)),
            Who::Path(path) => Pred::Atom(Atom::IsCaller {
                entity,
                path: path.clone(),
            }),
            Who::Can {
                verb,
                path,
                entity: target,
            } => self.can(entity, *verb, path, *target),
        }
    }

    fn can(&mut self, entity: EntityId, verb: Verb, path: &Path, target: EntityId) -> Pred {
        let pred = self.row(target, verb).on_this_row();
        if pred.is_never() {
            return Pred::NEVER;
        }
        Pred::Atom(Atom::Exists {
            entity,
            path: path.clone(),
            target,
            pred: Box::new(pred),
        })
    }
}

fn applies(rule: &Rule, verb: Verb, field: Option<FieldId>) -> bool {
    rule.verbs.iter().any(|used| {
        used.verb == verb
            && (used.fields.is_empty() || field.is_some_and(|field| used.fields.contains(&field)))
    })
}

fn singled_out(entity: &Entity, verb: Verb) -> BTreeSet<FieldId> {
    let uses = entity
        .rules
        .iter()
        .flat_map(|rule| &rule.verbs)
        .filter(|used| used.verb == verb);
    uses.flat_map(|used| used.fields.iter().copied()).collect()
}

impl Pred {
    /// The condition as a predicate.
    pub fn from_cond(cond: &Cond) -> Self {
        match cond {
            Cond::And(parts) => Self::all(parts.iter().map(Self::from_cond)),
            Cond::Or(parts) => Self::any(parts.iter().map(Self::from_cond)),
            Cond::Not(part) => Self::from_cond(part).negate(),
            Cond::Compare { op, left, right } => compare(*op, left, right),
            Cond::In { term, set } => Self::Atom(Atom::In {
                term: term.clone(),
                set: set.clone(),
            }),
            Cond::Is(term) => is_true(term),
        }
    }

    /// The same predicate with `new.x` meaning the row itself: for a row that is not being changed.
    #[must_use]
    pub fn on_this_row(self) -> Self {
        self.on_row(Row::This)
    }

    /// The same predicate with everything in it about one row, as it is or as a change leaves it.
    #[must_use]
    pub fn on_row(self, row: Row) -> Self {
        match self {
            Self::All(preds) => Self::All(preds.into_iter().map(|pred| pred.on_row(row)).collect()),
            Self::Any(preds) => Self::Any(preds.into_iter().map(|pred| pred.on_row(row)).collect()),
            Self::Not(pred) => Self::Not(Box::new(pred.on_row(row))),
            Self::Atom(atom) => Self::Atom(atom.on_row(row)),
        }
    }
}

impl Atom {
    fn on_row(self, row: Row) -> Self {
        match self {
            Self::IsCaller { entity, path } => Self::IsCaller {
                entity,
                path: path_on(row, path),
            },
            Self::Exists {
                entity,
                path,
                target,
                pred,
            } => Self::Exists {
                entity,
                path: path_on(row, path),
                target,
                pred,
            },
            Self::Compare { op, left, right } => Self::Compare {
                op,
                left: term_on(row, left),
                right: term_on(row, right),
            },
            Self::IsNone(term) => Self::IsNone(term_on(row, term)),
            Self::In { term, set } => Self::In {
                term: term_on(row, term),
                set: set.into_iter().map(|term| term_on(row, term)).collect(),
            },
            Self::IsTrue { field, .. } => Self::IsTrue { row, field },
            Self::Authenticated | Self::Role(_) | Self::ClaimIsTrue(_) => self,
        }
    }
}

fn path_on(row: Row, path: Path) -> Path {
    Path {
        row,
        steps: path.steps,
    }
}

fn term_on(row: Row, term: Term) -> Term {
    match term {
        Term::Field { field, .. } => Term::Field { row, field },
        Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Input(_) | Term::Value(_) => term,
    }
}

fn compare(op: Compare, left: &Term, right: &Term) -> Pred {
    let none = Term::Value(Value::None);
    let other = match (*left == none, *right == none) {
        (_, true) => left,
        (true, false) => right,
        (false, false) => {
            return Pred::Atom(Atom::Compare {
                op,
                left: left.clone(),
                right: right.clone(),
            });
        }
    };
    match op {
        Compare::Eq => Pred::Atom(Atom::IsNone(other.clone())),
        Compare::Ne => Pred::Atom(Atom::IsNone(other.clone())).negate(),
        // Nothing is less or greater than empty; the checker says so before it gets here.
        Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => Pred::NEVER,
    }
}

fn is_true(term: &Term) -> Pred {
    match term {
        Term::Field { row, field } => Pred::Atom(Atom::IsTrue {
            row: *row,
            field: *field,
        }),
        Term::Claim(claim) => Pred::Atom(Atom::ClaimIsTrue(*claim)),
        Term::Value(Value::Bool(true)) => Pred::ALWAYS,
        Term::Input(_) => Pred::Atom(Atom::Compare {
            op: Compare::Eq,
            left: term.clone(),
            right: Term::Value(Value::Bool(true)),
        }),
        Term::Caller | Term::Now { .. } | Term::Value(_) => Pred::NEVER,
    }
}
