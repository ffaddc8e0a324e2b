//! Folds the rules of an `access` block into one predicate a verb.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{Circles, Node, Rules, asked, in_order};
use super::pred::exists;
use super::{Access, Atom, EntityAccess, Pred, VerbRule};
use crate::Id;
use crate::design::{
    Compare, Cond, Design, Effect, Entity, EntityId, FieldId, Path, Row, Rule, Term, Value, VariantId, Verb,
    Who,
};

/// The most facts that a predicate is made from, and the longest chain of `can` in it. The checker refuses far less;
/// here it only makes sure that a predicate can be written down and walked through. What is beyond holds for nobody.
const MOST_FACTS: usize = 10_000;
const LONGEST_CHAIN: usize = 64;

/// Lowers the rules of every entity. A `can` on a circle of them holds for nobody.
pub fn lower(design: &Design) -> Access {
    let nodes =
        |(id, entity): (EntityId, &Entity)| verbs(entity).map(move |verb| (id, verb)).collect::<Vec<_>>();
    let nodes: Vec<Node> = design.entities.entries().flat_map(nodes).collect();
    let mut lowering = Lowering::of(design, nodes);
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
    let lowering = Lowering::of(design, asked(rule.who.iter().chain(&rule.except)).collect());
    lowering.clause(None, entity, rule)
}

/// What these rules of an entity come down to for a verb: for one field of it, or for the row as a whole.
pub fn fold(design: &Design, node: (EntityId, Verb), field: Option<FieldId>, rules: &[&Rule]) -> Pred {
    let about = rules.iter().flat_map(|rule| rule.who.iter().chain(&rule.except));
    Lowering::of(design, asked(about).collect()).fold(node, rules, field)
}

/// That the caller is one of these.
pub fn any_of(design: &Design, entity: EntityId, who: &[Who]) -> Pred {
    Lowering::of(design, asked(who).collect()).any_of(None, entity, who, Fence::Open)
}

fn verbs(entity: &Entity) -> impl Iterator<Item = Verb> {
    [Verb::Create, Verb::Read, Verb::Update, Verb::Delete, Verb::Share]
        .into_iter()
        .chain(entity.actions.ids().map(Verb::Action))
}

/// Whether the fence of a tenant counts.
#[derive(Clone, Copy)]
enum Fence {
    Open,
    Closed,
}

struct Lowering<'d> {
    design: &'d Design,
    rules: Rules<'d>,
    circles: Circles,
    /// The predicates on whole rows of the verbs that were wanted, and of what they ask.
    rows: BTreeMap<Node, Lowered>,
}

/// The predicate of a verb on a whole row.
struct Lowered {
    pred: Pred,
    size: Size,
}

/// How much a predicate is made from.
#[derive(Clone, Copy, Default)]
struct Size {
    facts: usize,
    chain: usize,
}

impl Size {
    fn is_too_large(self) -> bool {
        self.facts > MOST_FACTS || self.chain > LONGEST_CHAIN
    }
}

impl<'d> Lowering<'d> {
    /// Lowers these verbs, and before them what they ask.
    fn of(design: &'d Design, wanted: Vec<Node>) -> Self {
        let mut rules = Rules::of(design);
        let (order, circles) = in_order(&mut rules, wanted);
        let mut lowering = Self {
            design,
            rules,
            circles,
            rows: BTreeMap::new(),
        };
        for node in order {
            let row = lowering.row(node);
            lowering.rows.insert(node, row);
        }
        lowering
    }

    fn entity(&mut self, id: EntityId) -> EntityAccess {
        EntityAccess {
            read: self.known((id, Verb::Read)),
            shown: self.rule((id, Verb::Read)).fields,
            create: self.rule((id, Verb::Create)),
            update: self.rule((id, Verb::Update)),
            delete: self.known((id, Verb::Delete)),
            share: self.known((id, Verb::Share)),
            actions: self.design.entities[id]
                .actions
                .ids()
                .map(|action| self.known((id, Verb::Action(action))))
                .collect(),
        }
    }

    fn rule(&mut self, node: Node) -> VerbRule {
        let rules = self.rules.about(node);
        let is_too_large = self.size(&rules).is_too_large();
        let fold = |field| {
            if is_too_large {
                return Pred::NEVER;
            }
            self.fold(node, &rules, Some(field))
        };
        let fields = singled_out(&rules, node.1).into_iter();
        VerbRule {
            row: self.known(node),
            fields: fields.map(|field| (field, fold(field))).collect(),
        }
    }

    fn known(&self, node: Node) -> Pred {
        self.rows.get(&node).map_or(Pred::NEVER, |row| row.pred.clone())
    }

    fn row(&mut self, node: Node) -> Lowered {
        let rules = self.rules.about(node);
        let size = self.size(&rules);
        if size.is_too_large() {
            return Lowered {
                pred: Pred::NEVER,
                size: Size::default(),
            };
        }
        Lowered {
            pred: self.fold(node, &rules, None),
            size,
        }
    }

    fn size(&self, rules: &[&Rule]) -> Size {
        let mut size = Size::default();
        for rule in rules {
            let own = rule.who.len() + rule.except.len() + rule.when.as_ref().map_or(1, Cond::facts);
            size.facts = size.facts.saturating_add(own);
            for row in asked(rule.who.iter().chain(&rule.except)).filter_map(|node| self.rows.get(&node)) {
                size.facts = size.facts.saturating_add(row.size.facts);
                size.chain = size.chain.max(row.size.chain + 1);
            }
        }
        size
    }

    /// Any rule that allows, and none that denies, among those for the whole row and for this field.
    fn fold(&self, node: Node, rules: &[&Rule], field: Option<FieldId>) -> Pred {
        let mut allowed = Vec::new();
        let mut parts = Vec::new();
        for rule in rules.iter().filter(|rule| applies(rule, node.1, field)) {
            let pred = self.clause(Some(node), node.0, rule);
            match rule.effect {
                Effect::Allow => allowed.push(pred),
                Effect::Deny => parts.push(pred.negate()),
            }
        }
        parts.insert(0, Pred::any(allowed));
        Pred::all(parts)
    }

    /// What a rule says, where it is about this verb. The fence of a tenant stands before whom it lets in; whom it
    /// keeps out it keeps out on either side.
    fn clause(&self, of: Option<Node>, entity: EntityId, rule: &Rule) -> Pred {
        let (fence_of_who, fence_of_except) = match rule.effect {
            Effect::Allow => (Fence::Closed, Fence::Open),
            Effect::Deny => (Fence::Open, Fence::Closed),
        };
        let who = self.any_of(of, entity, &rule.who, fence_of_who);
        let except = self.any_of(of, entity, &rule.except, fence_of_except);
        let when = rule.when.as_ref().map_or(Pred::ALWAYS, |when| match rule.effect {
            Effect::Allow => Pred::from_cond(when),
            // Negated once more where it closes: what is unknown of another row lets nobody in either.
            Effect::Deny => Pred::of_cond(when, false).negate(),
        });
        Pred::all([who, except.negate(), when])
    }

    fn any_of(&self, of: Option<Node>, entity: EntityId, who: &[Who], fence: Fence) -> Pred {
        Pred::any(who.iter().map(|who| {
            let pred = self.who(of, entity, who);
            match fence {
                Fence::Closed => Pred::all([self.fence(entity, who), pred]),
                Fence::Open => pred,
            }
        }))
    }

    /// What else must hold for somebody to count on rows of an entity in a tenant: that they are a member. What is
    /// said of roles is said across tenants, and what asks the tenant itself is fenced by that.
    fn fence(&self, entity: EntityId, who: &Who) -> Pred {
        let (row, asked) = match who {
            Who::Everyone | Who::Authenticated | Who::Role(_) => return Pred::ALWAYS,
            Who::Path(path) => (path.row, None),
            Who::Level { path, link, .. } => (path.row, Some(*link)),
            Who::Can { path, entity, .. } => (path.row, Some(*entity)),
        };
        let design = self.design;
        let Some(fence) = design.fence(entity) else {
            return Pred::ALWAYS;
        };
        let is_fenced = asked.is_some_and(|asked| {
            asked == fence.members
                || asked == fence.tenant
                || design
                    .fence(asked)
                    .is_some_and(|other| other.tenant == fence.tenant)
        });
        if is_fenced {
            return Pred::ALWAYS;
        }
        Pred::Atom(Atom::Linked {
            entity,
            path: Path {
                row,
                steps: vec![fence.field],
            },
            link: fence.members,
            least: VariantId::new(0),
        })
    }

    fn who(&self, of: Option<Node>, entity: EntityId, who: &Who) -> Pred {
        match who {
            Who::Everyone => Pred::ALWAYS,
            Who::Authenticated => Pred::Atom(Atom::Authenticated),
            Who::Role(role) => Pred::Atom(Atom::Role(*role)),
            Who::Path(path) => Pred::Atom(Atom::IsCaller {
                entity,
                path: path.clone(),
            }),
            Who::Level { path, link, least } => Pred::Atom(Atom::Linked {
                entity,
                path: path.clone(),
                link: *link,
                least: *least,
            }),
            Who::Can {
                verb,
                path,
                entity: target,
            } => {
                let asked = (*target, *verb);
                if of.is_some_and(|node| self.circles.has_both(node, asked)) {
                    return Pred::NEVER;
                }
                exists(entity, path, *target, self.known(asked).on_this_row())
            }
        }
    }
}

fn applies(rule: &Rule, verb: Verb, field: Option<FieldId>) -> bool {
    rule.verbs.iter().any(|used| {
        used.verb == verb
            && (used.fields.is_empty() || field.is_some_and(|field| used.fields.contains(&field)))
    })
}

fn singled_out(rules: &[&Rule], verb: Verb) -> BTreeSet<FieldId> {
    let uses = rules.iter().flat_map(|rule| &rule.verbs);
    uses.filter(|used| used.verb == verb)
        .flat_map(|used| used.fields.iter().copied())
        .collect()
}

impl Pred {
    /// The condition as a predicate.
    pub fn from_cond(cond: &Cond) -> Self {
        Self::of_cond(cond, true)
    }

    /// That a condition holds, or that its opposite does. A condition on another row is unknown where there is none,
    /// and whether a row exists is never unknown: so the opposite of one is the opposite at the same place.
    fn of_cond(cond: &Cond, holds: bool) -> Self {
        let all_of = |parts: &[Cond]| {
            let parts = parts.iter().map(|part| Self::of_cond(part, holds));
            parts.collect::<Vec<_>>()
        };
        match cond {
            Cond::Not(part) if cond.looks_elsewhere() => Self::of_cond(part, !holds),
            Cond::And(parts) if cond.looks_elsewhere() && !holds => Self::any(all_of(parts)),
            Cond::Or(parts) if cond.looks_elsewhere() && !holds => Self::all(all_of(parts)),
            Cond::At {
                entity,
                path,
                target,
                cond,
            } => exists(*entity, path, *target, Self::of_cond(cond, holds)),
            _ if !holds => Self::of_cond(cond, true).negate(),
            Cond::And(parts) => Self::all(all_of(parts)),
            Cond::Or(parts) => Self::any(all_of(parts)),
            Cond::Not(part) => Self::of_cond(part, true).negate(),
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
        self.on_rows(&|_| row)
    }

    /// The same predicate about a row that holds each field as one of the two does. What is about no field of it, as a tie
    /// to the row itself, is asked for without one.
    #[must_use]
    pub fn on_rows(self, row: &impl Fn(Option<FieldId>) -> Row) -> Self {
        match self {
            Self::All(preds) => Self::All(preds.into_iter().map(|pred| pred.on_rows(row)).collect()),
            Self::Any(preds) => Self::Any(preds.into_iter().map(|pred| pred.on_rows(row)).collect()),
            Self::Not(pred) => Self::Not(Box::new(pred.on_rows(row))),
            Self::Atom(atom) => Self::Atom(atom.on_rows(row)),
        }
    }
}

impl Atom {
    fn on_rows(self, row: &impl Fn(Option<FieldId>) -> Row) -> Self {
        match self {
            Self::IsCaller { entity, path } => Self::IsCaller {
                entity,
                path: path_on(row, path),
            },
            Self::Linked {
                entity,
                path,
                link,
                least,
            } => Self::Linked {
                entity,
                path: path_on(row, path),
                link,
                least,
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
            Self::IsTrue { field, .. } => Self::IsTrue {
                row: row(Some(field)),
                field,
            },
            Self::Authenticated | Self::Role(_) | Self::ClaimIsTrue(_) => self,
        }
    }
}

fn path_on(row: &impl Fn(Option<FieldId>) -> Row, path: Path) -> Path {
    Path {
        row: row(path.steps.first().copied()),
        steps: path.steps,
    }
}

fn term_on(row: &impl Fn(Option<FieldId>) -> Row, term: Term) -> Term {
    match term {
        Term::Field { field, .. } => Term::Field {
            row: row(Some(field)),
            field,
        },
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
