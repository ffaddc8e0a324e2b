//! What a predicate says of a situation is what it says of every row and caller in that situation.

use std::cmp::Ordering;

use groma_ir::Id;
use groma_ir::access::{Atom, Pred, kinds_of_caller};
use groma_ir::design::{
    Compare, Design, EntityId, Enum, EnumId, FieldId, Link, LinkKind, Path, RoleId, Row, Term, Value,
    VariantId,
};
use groma_ir::sample;
use proptest::prelude::*;

use crate::Settled;
use crate::formula::Truths;
use crate::search::settle;
use crate::space::{Space, Want};
use crate::spot::{Literal, Operand, Region, Spot, Variable};

const TITLE: usize = 1;
const DUE: usize = 4;
const STATUS: usize = 6;
const DONE_AT: usize = 7;
const PROJECT: usize = 8;
const OWNER: usize = 9;
const CREATED_AT: usize = 10;
const NOW: i64 = 100;

fn field(index: usize) -> FieldId {
    FieldId::new(index)
}

fn entity(index: usize) -> EntityId {
    EntityId::new(index)
}

/// A row of the tasks, with whose project it is in.
#[derive(Clone, Debug)]
struct Held {
    title: &'static str,
    due: Option<&'static str>,
    status: usize,
    done_at: Option<i64>,
    /// The owner of its project.
    project: Option<u8>,
    /// At which level the project is shared with the caller: not at all, as `view`, as `edit`.
    project_level: usize,
    owner: u8,
    created_at: i64,
}

/// A row before and after a change, and who makes it.
#[derive(Clone, Debug)]
struct World {
    this: Held,
    new: Held,
    /// The caller: who, and whether an admin.
    caller: Option<(u8, bool)>,
    /// At which level the row itself is shared with the caller.
    level: usize,
}

/// A value of a row.
#[derive(Clone, PartialEq, Debug)]
enum Cell {
    Text(String),
    Variant(usize),
    Time(i64),
    User(u8),
    /// Some row.
    Row,
}

impl World {
    fn held(&self, row: Row) -> &Held {
        match row {
            Row::This => &self.this,
            Row::New => &self.new,
        }
    }

    fn cell(&self, row: Row, index: usize) -> Option<Cell> {
        let held = self.held(row);
        match index {
            TITLE => Some(Cell::Text(held.title.to_owned())),
            DUE => held.due.map(|due| Cell::Text(due.to_owned())),
            STATUS => Some(Cell::Variant(held.status)),
            DONE_AT => held.done_at.map(Cell::Time),
            PROJECT => held.project.map(|_| Cell::Row),
            OWNER => Some(Cell::User(held.owner)),
            CREATED_AT => Some(Cell::Time(held.created_at)),
            _ => unreachable!("the tests name no other field"),
        }
    }

    /// The value at a spot; none where the way to it is empty.
    fn at(&self, spot: &Spot) -> Option<Cell> {
        match spot.way.as_slice() {
            [] => self.cell(spot.row, spot.field.index()),
            // The owner of the project.
            [_] => self.held(spot.row).project.map(Cell::User),
            _ => unreachable!("the tests go no further"),
        }
    }

    fn term(&self, term: &Term) -> Option<Cell> {
        match term {
            Term::Field { row, field } => self.cell(*row, field.index()),
            Term::Caller => self.caller.map(|(user, _)| Cell::User(user)),
            Term::Now { offset } => Some(Cell::Time(NOW + offset)),
            Term::Value(Value::Text(text)) => Some(Cell::Text(text.clone())),
            Term::Value(Value::Variant(_, variant)) => Some(Cell::Variant(variant.index())),
            Term::Value(_) | Term::Claim(_) | Term::Input(_) => None,
        }
    }

    fn says(&self, pred: &Pred) -> Option<bool> {
        match pred {
            Pred::All(preds) => self.joined(preds, false),
            Pred::Any(preds) => self.joined(preds, true),
            Pred::Not(pred) => self.says(pred).map(|holds| !holds),
            Pred::Atom(atom) => self.atom(atom),
        }
    }

    /// One that decides is enough; otherwise one that is unknown makes all of it so.
    fn joined(&self, preds: &[Pred], decides: bool) -> Option<bool> {
        let all: Vec<_> = preds.iter().map(|pred| self.says(pred)).collect();
        if all.contains(&Some(decides)) {
            Some(decides)
        } else if all.contains(&None) {
            None
        } else {
            Some(!decides)
        }
    }

    fn atom(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Authenticated => Some(self.caller.is_some()),
            Atom::Role(role) => Some(match self.caller {
                None => false,
                Some((_, admin)) => admin || role.index() == 0,
            }),
            Atom::IsCaller { path, .. } => Some(match (path.steps.len(), self.caller) {
                (_, None) => false,
                (1, Some((user, _))) => self.held(path.row).owner == user,
                (_, Some((user, _))) => self.held(path.row).project == Some(user),
            }),
            Atom::Linked { path, least, .. } => {
                let held = self.held(path.row);
                let level = if path.steps.is_empty() {
                    Some(self.level)
                } else {
                    held.project.map(|_| held.project_level)
                };
                Some(self.caller.is_some() && level.is_some_and(|level| level > least.index()))
            }
            Atom::Exists { path, pred, .. } => {
                let Some(owner) = self.held(path.row).project else {
                    return Some(false);
                };
                let inner = World {
                    this: Held {
                        owner,
                        ..self.this.clone()
                    },
                    ..self.clone()
                };
                Some(inner.says_of_project(pred) == Some(true))
            }
            Atom::Compare { op, left, right } => compared(*op, &self.term(left)?, &self.term(right)?),
            Atom::IsNone(term) => Some(self.term(term).is_none()),
            Atom::In { term, set } => {
                let value = self.term(term)?;
                let all: Vec<_> = set.iter().map(|item| Some(self.term(item)? == value)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else if all.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Atom::IsTrue { .. } | Atom::ClaimIsTrue(_) => unreachable!("the tests name no flag"),
        }
    }

    /// Of a project only its owner is asked.
    fn says_of_project(&self, pred: &Pred) -> Option<bool> {
        match pred {
            Pred::Atom(Atom::IsCaller { .. }) => {
                Some(self.caller.is_some_and(|(user, _)| user == self.this.owner))
            }
            Pred::Not(pred) => self.says_of_project(pred).map(|holds| !holds),
            _ => unreachable!("the tests ask for the owner"),
        }
    }

    /// The choice of each variable that this world makes.
    fn choices(&self, design: &Design, space: &Space<'_>) -> Vec<Option<usize>> {
        let variables = space.variables().iter();
        variables
            .map(|(variable, regions)| {
                let is_it = |region: &Region| self.lies_in(design, variable, region);
                let is_other = |region: &Region| *region == Region::Other && !self.is_nowhere(variable);
                let found = regions.iter().position(is_it);
                let found = found.or_else(|| regions.iter().position(is_other));
                assert!(
                    found.is_some() || self.is_nowhere(variable),
                    "{variable:?} lies in none of {regions:?} for {self:?}"
                );
                // Where there is no such place, what is chosen there must not matter.
                Some(found.unwrap_or(0))
            })
            .collect()
    }

    fn is_nowhere(&self, variable: &Variable) -> bool {
        match variable {
            Variable::Field(spot) | Variable::IsCaller(spot) => self.at(spot).is_none(),
            Variable::Order(left, right) => self.operand(left).is_none() || self.operand(right).is_none(),
            Variable::Level(tie) => !tie.way.is_empty() && self.held(tie.row).project.is_none(),
            Variable::Caller | Variable::Claim(_) | Variable::Gone(_) => false,
        }
    }

    fn operand(&self, operand: &Operand) -> Option<Cell> {
        match operand {
            Operand::Field(spot) => self.at(spot),
            Operand::Now(offset) => Some(Cell::Time(NOW + offset)),
            Operand::Caller => self.caller.map(|(user, _)| Cell::User(user)),
            _ => unreachable!("the tests compare nothing else"),
        }
    }

    fn lies_in(&self, design: &Design, variable: &Variable, region: &Region) -> bool {
        match variable {
            Variable::Caller => {
                let Region::Caller(kind) = region else {
                    return false;
                };
                let facts = kinds_of_caller(design)[*kind];
                match self.caller {
                    None => !facts.authenticated,
                    Some((_, admin)) => facts.authenticated && facts.roles.contains(RoleId::new(1)) == admin,
                }
            }
            Variable::IsCaller(spot) => {
                let user = self.caller.map(|(user, _)| Cell::User(user));
                let same = user.is_some() && self.at(spot) == user;
                (*region == Region::True) == same
            }
            Variable::Level(tie) => {
                let level = if tie.way.is_empty() {
                    self.level
                } else {
                    self.held(tie.row).project_level
                };
                match region {
                    Region::Variant(_, variant) => level == variant.index() + 1,
                    _ => level == 0,
                }
            }
            Variable::Field(spot) => in_region(self.at(spot).as_ref(), region),
            Variable::Order(left, right) => {
                let (Some(left), Some(right)) = (self.operand(left), self.operand(right)) else {
                    return false;
                };
                match (region, order(&left, &right)) {
                    (Region::Less, Some(order)) => order.is_lt(),
                    (Region::Greater, Some(order)) => order.is_gt(),
                    (Region::Equal, _) => left == right,
                    (Region::Unequal, _) => left != right,
                    _ => false,
                }
            }
            Variable::Claim(_) | Variable::Gone(_) => unreachable!("the tests name none"),
        }
    }
}

fn in_region(cell: Option<&Cell>, region: &Region) -> bool {
    let told = |literal: &Literal| match (cell, literal) {
        (Some(Cell::Text(text)), Literal::Text(literal)) => Some(text.as_str().cmp(literal.as_str())),
        _ => None,
    };
    match (cell, region) {
        (None, region) => *region == Region::None,
        (Some(Cell::Variant(variant)), Region::Variant(_, wanted)) => *variant == wanted.index(),
        (_, Region::Is(literal)) => told(literal) == Some(Ordering::Equal),
        (_, Region::Below(literal)) => told(literal) == Some(Ordering::Less),
        (_, Region::Above(literal)) => told(literal) == Some(Ordering::Greater),
        (_, Region::Between(low, high)) => {
            told(low) == Some(Ordering::Greater) && told(high) == Some(Ordering::Less)
        }
        _ => false,
    }
}

fn order(left: &Cell, right: &Cell) -> Option<Ordering> {
    match (left, right) {
        (Cell::Time(left), Cell::Time(right)) => Some(left.cmp(right)),
        (Cell::Text(left), Cell::Text(right)) => Some(left.cmp(right)),
        (Cell::Variant(left), Cell::Variant(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn compared(op: Compare, left: &Cell, right: &Cell) -> Option<bool> {
    Some(match op {
        Compare::Eq => left == right,
        Compare::Ne => left != right,
        Compare::Lt => order(left, right)?.is_lt(),
        Compare::Le => order(left, right)?.is_le(),
        Compare::Gt => order(left, right)?.is_gt(),
        Compare::Ge => order(left, right)?.is_ge(),
    })
}

fn held() -> impl Strategy<Value = Held> {
    let dates = vec![
        None,
        Some("2026-01-01"),
        Some("2026-02-01"),
        Some("2026-03-01"),
        Some("2026-03-15"),
    ];
    let due = proptest::sample::select(dates);
    let title = proptest::sample::select(vec!["a", "b", "other"]);
    let time = || prop_oneof![Just(NOW - 5), Just(NOW), Just(NOW + 5)];
    (
        title,
        due,
        0..4_usize,
        proptest::option::of(time()),
        proptest::option::of(0..3_u8),
        0..3_usize,
        0..3_u8,
        time(),
    )
        .prop_map(
            |(title, due, status, done_at, project, project_level, owner, created_at)| Held {
                title,
                due,
                status,
                done_at,
                project,
                project_level,
                owner,
                created_at,
            },
        )
}

fn world() -> impl Strategy<Value = World> {
    let caller = proptest::option::of((0..3_u8, any::<bool>()));
    (held(), held(), caller, 0..3_usize).prop_map(|(this, new, caller, level)| World {
        this,
        new,
        caller,
        level,
    })
}

fn which() -> impl Strategy<Value = Row> {
    prop_oneof![Just(Row::This), Just(Row::New)]
}

fn any_op() -> impl Strategy<Value = Compare> {
    proptest::sample::select(vec![
        Compare::Eq,
        Compare::Ne,
        Compare::Lt,
        Compare::Le,
        Compare::Gt,
        Compare::Ge,
    ])
}

fn equality() -> impl Strategy<Value = Compare> {
    prop_oneof![Just(Compare::Eq), Just(Compare::Ne)]
}

fn stored(index: usize) -> impl Strategy<Value = Term> {
    which().prop_map(move |row| Term::Field {
        row,
        field: field(index),
    })
}

fn variant() -> impl Strategy<Value = Term> {
    (0..4_usize).prop_map(|index| Term::Value(Value::Variant(EnumId::new(1), VariantId::new(index))))
}

fn text(values: Vec<&'static str>) -> impl Strategy<Value = Term> {
    proptest::sample::select(values).prop_map(|text| Term::Value(Value::Text(text.to_owned())))
}

fn comparison() -> impl Strategy<Value = Atom> {
    let sides = |op, left, right| Atom::Compare { op, left, right };
    let dates = || text(vec!["2026-01-01", "2026-02-01", "2026-03-01"]);
    let offsets = || (-1..=1_i64).prop_map(|offset| Term::Now { offset: offset * 5 });
    prop_oneof![
        (any_op(), stored(STATUS), variant()).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), variant(), stored(STATUS)).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), stored(STATUS), stored(STATUS)).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), stored(DUE), dates()).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), stored(DUE), stored(DUE)).prop_map(move |(op, l, r)| sides(op, l, r)),
        (equality(), stored(TITLE), text(vec!["a", "b"])).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), stored(DONE_AT), offsets()).prop_map(move |(op, l, r)| sides(op, l, r)),
        (any_op(), stored(DONE_AT), stored(CREATED_AT)).prop_map(move |(op, l, r)| sides(op, l, r)),
        (equality(), stored(OWNER), Just(Term::Caller)).prop_map(move |(op, l, r)| sides(op, l, r)),
    ]
}

/// The tasks of the sample, which are shared as `view < edit`.
fn shared_tasks() -> Design {
    let mut design = sample::tasks().design;
    let levels = design.enums[EnumId::new(0)].clone();
    let variants = levels.variants.iter().take(2).cloned().collect();
    let of = design.enums.push(Enum { variants, ..levels });
    let mut tie = design.entities[entity(1)].clone();
    tie.link = Some(Link {
        kind: LinkKind::Shares,
        parent: field(1),
        user: field(2),
        level: field(1),
        of,
        least: None,
    });
    assert_eq!(design.entities.push(tie), entity(LINK));
    design
}

const LINK: usize = 3;

fn linked(path: Path, least: usize) -> Atom {
    Atom::Linked {
        entity: entity(2),
        path,
        link: entity(LINK),
        least: VariantId::new(least),
    }
}

fn atom() -> impl Strategy<Value = Atom> {
    let path = |row, steps: &[usize]| Path {
        row,
        steps: steps.iter().copied().map(field).collect(),
    };
    let owner = move |negated: bool| {
        let pred = Pred::Atom(Atom::IsCaller {
            entity: entity(1),
            path: path(Row::This, &[2]),
        });
        if negated { pred.negate() } else { pred }
    };
    let set = proptest::collection::vec(variant(), 0..3);
    let empty = proptest::sample::select(vec![DUE, DONE_AT, PROJECT]).prop_flat_map(stored);
    prop_oneof![
        Just(Atom::Authenticated),
        (0..2_usize).prop_map(|role| Atom::Role(RoleId::new(role))),
        which().prop_map(move |row| Atom::IsCaller {
            entity: entity(2),
            path: path(row, &[OWNER]),
        }),
        which().prop_map(move |row| Atom::IsCaller {
            entity: entity(2),
            path: path(row, &[PROJECT, 2]),
        }),
        (which(), any::<bool>()).prop_map(move |(row, negated)| Atom::Exists {
            entity: entity(2),
            path: path(row, &[PROJECT]),
            target: entity(1),
            pred: Box::new(owner(negated)),
        }),
        (which(), 0..2_usize).prop_map(move |(row, least)| linked(path(row, &[]), least)),
        (which(), 0..2_usize).prop_map(move |(row, least)| linked(path(row, &[PROJECT]), least)),
        comparison(),
        (stored(STATUS), set).prop_map(|(term, set)| Atom::In { term, set }),
        empty.prop_map(Atom::IsNone),
    ]
}

fn pred() -> impl Strategy<Value = Pred> {
    atom().prop_map(Pred::Atom).prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Pred::All),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Pred::Any),
            inner.prop_map(|pred| Pred::Not(Box::new(pred))),
        ]
    })
}

/// Every way to choose, for spaces that are small enough to go through by hand.
fn all_choices(sizes: &[usize]) -> Option<Vec<Vec<Option<usize>>>> {
    let total = sizes
        .iter()
        .try_fold(1_usize, |total, size| total.checked_mul(*size))?;
    (total <= 3_000).then(|| {
        (0..total)
            .map(|mut number| {
                sizes
                    .iter()
                    .map(|size| {
                        let choice = number % size;
                        number /= size;
                        Some(choice)
                    })
                    .collect()
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_situation_says_what_its_rows_say(pred in pred(), worlds in proptest::collection::vec(world(), 4)) {
        let design = shared_tasks();
        let mut space = Space::new(&design);
        space.cut(entity(2), &pred);
        let formula = space.formula(entity(2), &pred);
        for world in worlds {
            let chosen = world.choices(&design, &space);
            let said = formula.truths(&chosen);
            prop_assert_eq!(said, Truths::of(world.says(&pred)), "{:?}", world);
        }
    }

    #[test]
    fn what_is_settled_is_what_going_through_all_gives(wanted in pred(), unwanted in pred()) {
        let design = shared_tasks();
        let task = entity(2);
        let wants = [(task, &wanted, Want::True), (task, &unwanted, Want::NotTrue)];
        let settled = settle(&mut Space::new(&design), &wants);
        let mut space = Space::new(&design);
        for (entity, pred, _) in &wants {
            space.cut(*entity, pred);
        }
        let goals: Vec<_> = wants.iter().map(|(entity, pred, want)| (space.formula(*entity, pred), want.truths())).collect();
        let sizes: Vec<usize> = space.variables().iter().map(|(_, regions)| regions.len()).collect();
        let Some(all) = all_choices(&sizes) else { return Ok(()) };
        let meets = |chosen: &&Vec<Option<usize>>| goals.iter().all(|(goal, want)| goal.truths(chosen).is_within(*want));
        let cost = |chosen: &Vec<Option<usize>>| chosen.iter().filter(|choice| choice.is_some_and(|choice| choice > 0)).count();
        let smallest = all.iter().filter(meets).map(cost).min();
        match settled {
            Settled::Never => prop_assert_eq!(smallest, None),
            Settled::Found(case) => {
                let plain = |variable: &Variable| space.variables().iter().find(|(known, _)| known == variable).and_then(|(_, regions)| regions.first().cloned());
                let cost = case.choices.iter().filter(|choice| plain(&choice.variable).as_ref() != Some(&choice.region)).count();
                prop_assert_eq!(smallest, Some(cost));
            }
            Settled::Open => prop_assert!(false, "so few situations are gone through"),
        }
    }
}
