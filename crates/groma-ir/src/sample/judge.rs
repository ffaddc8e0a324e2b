//! Who may do what to a row, by the simplest reading there is of the rules: one row, one caller, rule by rule.
//!
//! For the tests of everything that reads rules more cleverly (predicates, statements, analysis). It starts from the
//! rules as they are written, not from their predicates, so that both readings have to agree.

use std::cmp::Ordering;

use crate::design::{
    Compare, Cond, Design, Effect, EntityId, FieldId, Path, RoleSet, Row, Rule, Term, Value, VariantId, Verb,
    Who,
};
use crate::{Arena, Id};

/// The rows of each entity: one value a field, in the design's order; [`Value::None`] is empty.
pub type Tables = Arena<EntityId, Vec<Vec<Value>>>;

/// Who asks, with a token.
#[derive(Clone, PartialEq, Debug)]
pub struct Holder {
    /// The key of the caller's row.
    pub key: Value,
    /// What the caller may act as.
    pub roles: RoleSet,
    /// The claims in the design's order; [`Value::None`] is absent.
    pub claims: Vec<Value>,
}

/// Everything that a decision looks at.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The rules.
    pub design: &'a Design,
    /// The rows that there are.
    pub tables: &'a Tables,
    /// The caller; `None` is nobody.
    pub caller: Option<&'a Holder>,
    /// The clock, so many seconds later.
    pub now: &'a dyn Fn(i64) -> Value,
}

/// A row as it is and as a change leaves it; both are the same where nothing changes.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Whose row it is.
    pub entity: EntityId,
    /// As it is.
    pub this: &'a [Value],
    /// As it will be.
    pub new: &'a [Value],
}

impl<'a> Seen<'a> {
    /// A row that does not change.
    pub fn still(entity: EntityId, row: &'a [Value]) -> Self {
        Self {
            entity,
            this: row,
            new: row,
        }
    }
}

impl Judge<'_> {
    /// Whether the caller may do this, writing these fields: each by itself, or the row where there are none.
    pub fn may(&self, verb: Verb, written: &[FieldId], seen: Seen<'_>) -> bool {
        if written.is_empty() {
            return self.allows(verb, None, seen) == Some(true);
        }
        let mut written = written.iter();
        written.all(|field| self.allows(verb, Some(*field), seen) == Some(true))
    }

    /// Whether a condition holds; none where that is unknown.
    pub fn says(&self, cond: &Cond, seen: Seen<'_>) -> Option<bool> {
        match cond {
            Cond::And(parts) => all(parts.iter().map(|part| self.says(part, seen))),
            Cond::Or(parts) => any(parts.iter().map(|part| self.says(part, seen))),
            Cond::Not(part) => self.says(part, seen).map(|holds| !holds),
            Cond::Compare { op, left, right } => self.compares(*op, left, right, seen),
            Cond::In { term, set } => {
                let value = self.value(term, seen)?;
                any(set.iter().map(|item| Some(self.value(item, seen)? == value)))
            }
            Cond::Is(term) => Some(self.value(term, seen)? == Value::Bool(true)),
            Cond::At {
                path, target, cond, ..
            } => {
                let row = self.row(*target, &self.end(path, seen)?)?;
                self.says(cond, Seen::still(*target, row))
            }
        }
    }

    fn allows(&self, verb: Verb, field: Option<FieldId>, seen: Seen<'_>) -> Option<bool> {
        let rules = self.design.entities[seen.entity].rules.iter();
        let about: Vec<&Rule> = rules.filter(|rule| is_about(rule, verb, field)).collect();
        let of = |effect: Effect| {
            let rules = about.iter().filter(move |rule| rule.effect == effect);
            rules.map(|rule| self.applies(rule, seen))
        };
        let opened = any(of(Effect::Allow));
        let closed = any(of(Effect::Deny));
        all([opened, closed.map(|holds| !holds)].into_iter())
    }

    fn applies(&self, rule: &Rule, seen: Seen<'_>) -> Option<bool> {
        // A tenant's fence stands before whom a rule lets in, and does not keep anybody out of what closes.
        let is_one_of = |who: &[Who], is_fenced: bool| {
            let is_in = |who: &Who| !is_fenced || self.is_inside(who, seen);
            who.iter().any(|who| self.is(who, seen) && is_in(who))
        };
        let opens = rule.effect == Effect::Allow;
        let when = match &rule.when {
            Some(cond) => self.says(cond, seen),
            None => Some(true),
        };
        all([
            Some(is_one_of(&rule.who, opens)),
            Some(!is_one_of(&rule.except, !opens)),
            when,
        ]
        .into_iter())
    }

    fn is(&self, who: &Who, seen: Seen<'_>) -> bool {
        match who {
            Who::Everyone => true,
            Who::Authenticated => self.caller.is_some(),
            Who::Role(role) => self.caller.is_some_and(|caller| caller.roles.contains(*role)),
            Who::Path(path) => match (self.end(path, seen), self.caller) {
                (Some(key), Some(caller)) => key == caller.key,
                _ => false,
            },
            Who::Level { path, link, least } => {
                let key = self.end(path, seen);
                key.is_some_and(|key| self.is_tied(*link, &key, *least))
            }
            Who::Can { verb, path, entity } => {
                let key = self.end(path, seen);
                let row = key.and_then(|key| self.row(*entity, &key));
                row.is_some_and(|row| self.may(*verb, &[], Seen::still(*entity, row)))
            }
        }
    }

    /// Whether the caller is tied to the row with this key, at this level or a higher one.
    fn is_tied(&self, link: EntityId, key: &Value, least: VariantId) -> bool {
        let (Some(tie), Some(caller)) = (&self.design.entities[link].link, self.caller) else {
            return false;
        };
        self.tables[link].iter().any(|row| {
            let holds = |field: FieldId| row.get(field.index());
            let is_high = matches!(holds(tie.level), Some(Value::Variant(_, level)) if *level >= least);
            holds(tie.parent) == Some(key) && holds(tie.user) == Some(&caller.key) && is_high
        })
    }

    /// Whether the caller is a member of the row's tenant, where it has one and this asks for something inside.
    fn is_inside(&self, who: &Who, seen: Seen<'_>) -> bool {
        let (path, asked) = match who {
            Who::Everyone | Who::Authenticated | Who::Role(_) => return true,
            Who::Path(path) => (path, None),
            Who::Level { path, link, .. } => (path, Some(*link)),
            Who::Can { path, entity, .. } => (path, Some(*entity)),
        };
        let Some(fence) = self.design.fence(seen.entity) else {
            return true;
        };
        let is_of_tenant = |asked: EntityId| {
            let other = self.design.fence(asked);
            asked == fence.tenant
                || asked == fence.members
                || other.is_some_and(|it| it.tenant == fence.tenant)
        };
        let tenant = Path {
            row: path.row,
            steps: vec![fence.field],
        };
        let is_member = || {
            let key = self.end(&tenant, seen);
            key.is_some_and(|key| self.is_tied(fence.members, &key, VariantId::new(0)))
        };
        asked.is_some_and(is_of_tenant) || is_member()
    }

    /// The key at the end of a path; of the row itself where there are no steps.
    fn end(&self, path: &Path, seen: Seen<'_>) -> Option<Value> {
        let mut row = match path.row {
            Row::This => seen.this,
            Row::New => seen.new,
        };
        let mut entity = seen.entity;
        let Some((last, way)) = path.steps.split_last() else {
            return filled(row.get(self.design.entities[entity].key.index())?);
        };
        for step in way {
            entity = self.design.entities[entity].fields[*step].ty.target()?;
            row = self.row(entity, row.get(step.index())?)?;
        }
        filled(row.get(last.index())?)
    }

    /// The row with this key.
    pub fn row(&self, entity: EntityId, key: &Value) -> Option<&[Value]> {
        let at = self.design.entities[entity].key.index();
        let mut rows = self.tables[entity].iter();
        rows.find(|row| row.get(at) == Some(key)).map(Vec::as_slice)
    }

    /// The value of a term; none where it is empty or absent.
    pub fn value(&self, term: &Term, seen: Seen<'_>) -> Option<Value> {
        match term {
            Term::Field { row, field } => {
                let row = match row {
                    Row::This => seen.this,
                    Row::New => seen.new,
                };
                filled(row.get(field.index())?)
            }
            Term::Caller => self.caller.map(|caller| caller.key.clone()),
            Term::Claim(claim) => filled(self.caller?.claims.get(claim.index())?),
            Term::Now { offset } => Some((self.now)(*offset)),
            Term::Value(value) => filled(value),
            Term::Input(_) => None,
        }
    }

    fn compares(&self, op: Compare, left: &Term, right: &Term, seen: Seen<'_>) -> Option<bool> {
        let none = Term::Value(Value::None);
        let (left_value, right_value) = (self.value(left, seen), self.value(right, seen));
        if *left == none || *right == none {
            let is_empty = left_value.is_none() && right_value.is_none();
            return Some(is_empty == (op == Compare::Eq));
        }
        let (left, right) = (left_value?, right_value?);
        let order = order(&left, &right)?;
        Some(op.holds(order))
    }
}

fn is_about(rule: &Rule, verb: Verb, field: Option<FieldId>) -> bool {
    let mut uses = rule.verbs.iter().filter(|used| used.verb == verb);
    uses.any(|used| used.fields.is_empty() || field.is_some_and(|field| used.fields.contains(&field)))
}

fn filled(value: &Value) -> Option<Value> {
    (*value != Value::None).then(|| value.clone())
}

/// The order of two values of one type.
pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Float(left), Value::Int(right)) => left.partial_cmp(&as_float(*right)),
        (Value::Int(left), Value::Float(right)) => as_float(*left).partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Variant(_, left), Value::Variant(_, right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of tests are small")]
fn as_float(number: i64) -> f64 {
    number as f64
}

/// False where one is; otherwise unknown where one is.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    (!parts.contains(&None)).then_some(true)
}

/// True where one is; otherwise unknown where one is.
fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(parts.map(|part| part.map(|holds| !holds))).map(|none_holds| !none_holds)
}
