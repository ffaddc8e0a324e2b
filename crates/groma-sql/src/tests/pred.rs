//! Predicates as SQL mean what the tree means: compared with the smallest evaluator there is, on random rows.

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Compare, EntityId, FieldId, Path, Row as Which, Term, Value as Literal};
use groma_ir::sample;
use groma_plan::Value;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::pred::{After, Scope, Source};
use crate::write::{Context, Slot, Style, Writer};
use crate::{Dialect, Presence, create_statements, sqlite};

const TITLE: usize = 1;
const NOTES: usize = 2;
const PROJECT: usize = 8;
const OWNER: usize = 9;

/// A row: its title and notes, whose its project is, and whose it is.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    title: String,
    notes: Option<String>,
    project_of: Option<String>,
    owner: String,
}

fn held() -> impl Strategy<Value = Held> {
    let name = || prop_oneof![Just("ada".to_owned()), Just("bob".to_owned())];
    let text = || prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("c".to_owned())];
    (
        text(),
        proptest::option::of(text()),
        proptest::option::of(name()),
        name(),
    )
        .prop_map(|(title, notes, project_of, owner)| Held {
            title,
            notes,
            project_of,
            owner,
        })
}

fn field(index: usize) -> FieldId {
    FieldId::new(index)
}

fn entity(index: usize) -> EntityId {
    EntityId::new(index)
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![Just(Which::This), Just(Which::New)]
}

fn term() -> impl Strategy<Value = Term> {
    prop_oneof![
        (which(), prop_oneof![Just(TITLE), Just(NOTES)]).prop_map(|(row, index)| Term::Field {
            row,
            field: field(index)
        }),
        "[abc]".prop_map(|text| Term::Value(Literal::Text(text))),
    ]
}

fn atom() -> impl Strategy<Value = Atom> {
    let ops = [
        Compare::Eq,
        Compare::Ne,
        Compare::Lt,
        Compare::Le,
        Compare::Gt,
        Compare::Ge,
    ];
    let compare = (proptest::sample::select(ops.to_vec()), term(), term())
        .prop_map(|(op, left, right)| Atom::Compare { op, left, right });
    let is_in =
        (term(), proptest::collection::vec(term(), 0..3)).prop_map(|(term, set)| Atom::In { term, set });
    let path = |steps: &'static [usize]| {
        which().prop_map(move |row| Atom::IsCaller {
            entity: entity(2),
            path: Path {
                row,
                steps: steps.iter().map(|step| field(*step)).collect(),
            },
        })
    };
    let exists = which().prop_map(|row| Atom::Exists {
        entity: entity(2),
        path: Path {
            row,
            steps: vec![field(PROJECT)],
        },
        target: entity(1),
        pred: Box::new(Pred::Atom(Atom::IsCaller {
            entity: entity(1),
            path: Path {
                row: Which::This,
                steps: vec![field(2)],
            },
        })),
    });
    prop_oneof![
        compare,
        is_in,
        term().prop_map(Atom::IsNone),
        path(&[OWNER]),
        path(&[PROJECT, 2]),
        exists
    ]
}

fn pred() -> impl Strategy<Value = Pred> {
    atom().prop_map(Pred::Atom).prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Pred::All),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Pred::Any),
            inner.prop_map(|pred| Pred::Not(Box::new(pred))),
        ]
    })
}

/// One that decides is enough; otherwise one that is unknown makes all of it so.
fn joined(values: impl Iterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let values: Vec<Option<bool>> = values.collect();
    if values.contains(&Some(decides)) {
        return Some(decides);
    }
    if values.contains(&None) {
        None
    } else {
        Some(!decides)
    }
}

/// True, false, or unknown.
fn evaluate(pred: &Pred, this: &Held, new: &Held) -> Option<bool> {
    match pred {
        Pred::All(preds) => joined(preds.iter().map(|pred| evaluate(pred, this, new)), false),
        Pred::Any(preds) => joined(preds.iter().map(|pred| evaluate(pred, this, new)), true),
        Pred::Not(pred) => evaluate(pred, this, new).map(|holds| !holds),
        Pred::Atom(atom) => {
            let row = |which: Which| if which == Which::This { this } else { new };
            let value = |term: &Term| match term {
                Term::Field {
                    row: which,
                    field: at,
                } if at.index() == TITLE => Some(row(*which).title.clone()),
                Term::Field { row: which, .. } => row(*which).notes.clone(),
                Term::Value(Literal::Text(text)) => Some(text.clone()),
                _ => unreachable!("no other term is drawn"),
            };
            match atom {
                Atom::Compare { op, left, right } => {
                    let (left, right) = (value(left)?, value(right)?);
                    Some(match op {
                        Compare::Eq => left == right,
                        Compare::Ne => left != right,
                        Compare::Lt => left < right,
                        Compare::Le => left <= right,
                        Compare::Gt => left > right,
                        Compare::Ge => left >= right,
                    })
                }
                Atom::In { term, set } if set.is_empty() => {
                    let _ = term;
                    Some(false)
                }
                Atom::In { term, set } => {
                    let value_of = value(term)?;
                    let members: Vec<Option<String>> = set.iter().map(value).collect();
                    if members.contains(&Some(value_of)) {
                        return Some(true);
                    }
                    if members.contains(&None) {
                        None
                    } else {
                        Some(false)
                    }
                }
                Atom::IsNone(term) => Some(value(term).is_none()),
                Atom::IsCaller { path, .. } if path.steps.len() == 1 => Some(row(path.row).owner == "ada"),
                Atom::IsCaller { path, .. } | Atom::Exists { path, .. } => {
                    Some(row(path.row).project_of.as_deref() == Some("ada"))
                }
                _ => unreachable!("no other atom is drawn"),
            }
        }
    }
}

fn database(this: &Held) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    for statement in create_statements(&sample::tasks(), Dialect::Sqlite) {
        db.execute_batch(&statement).unwrap();
    }
    db.execute_batch(
        "INSERT INTO projects (id, name, owner_id) VALUES ('p-ada', 'p', 'ada'), ('p-bob', 'p', 'bob')",
    )
    .unwrap();
    let project = this.project_of.as_ref().map(|name| format!("p-{name}"));
    db.execute(
        "INSERT INTO tasks (id, title, notes, priority, tags, status, project_id, owner_id, created_at, updated_at)
         VALUES ('i', ?, ?, 'low', '[]', 'todo', ?, ?, 'x', 'x')",
        rusqlite::params![this.title, this.notes, project, this.owner],
    )
    .unwrap();
    db
}

/// The row after a change is what the body says.
fn by_body() -> After {
    let members = [TITLE, NOTES, PROJECT, OWNER];
    After {
        sources: members
            .iter()
            .enumerate()
            .map(|(at, index)| (field(*index), Source::Slot(Slot::Body(at))))
            .collect(),
    }
}

/// The same row, of which some is known from the design: texts that it says, and the caller as the owner.
fn by_design(new: &Held, known: [bool; 3]) -> After {
    let mut after = by_body();
    let literal = |text: Option<&String>| Source::Literal(text.cloned().map_or(Value::Null, Value::Text));
    for (index, source) in [(0, literal(Some(&new.title))), (1, literal(new.notes.as_ref()))] {
        if known[index] {
            after.sources[index].1 = source;
        }
    }
    if known[2] && new.owner == "ada" {
        after.sources[3].1 = Source::Slot(Slot::Caller);
    }
    after
}

/// What the database makes of a predicate; `new` is what the body says.
fn asked(pred: &Pred, this: &Held, new: &Held, leads: bool) -> Option<bool> {
    let after = by_body();
    let scope = Scope {
        leads,
        ..Scope::before(entity(2), "t", &after)
    };
    run(this, new, |writer| writer.pred(pred, scope))
}

/// What the database makes of an expression over a row of tasks.
fn run(this: &Held, new: &Held, write: impl FnOnce(&mut Writer<'_>)) -> Option<bool> {
    let model = sample::tasks();
    let presence = Presence::none();
    let cx = Context {
        model: &model,
        dialect: Dialect::Sqlite.into(),
        presence: &presence,
        style: Style::Machine,
    };
    let mut writer = Writer::new(cx);
    writer.push("SELECT ");
    write(&mut writer);
    writer.push(" FROM tasks AS t");
    let template = writer.finish();
    let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    let body = [
        text(Some(new.title.clone())),
        text(new.notes.clone()),
        text(new.project_of.as_ref().map(|name| format!("p-{name}"))),
        text(Some(new.owner.clone())),
    ];
    let db = database(this);
    let mut statement = db
        .prepare(&template.sql)
        .unwrap_or_else(|error| panic!("{error}: {}", template.sql));
    for (index, slot) in template.slots.iter().enumerate() {
        let value = match slot {
            Slot::Caller => Value::Text("ada".to_owned()),
            Slot::Body(at) => body[*at].clone(),
            other => panic!("{other:?}"),
        };
        match sqlite::bound(&value) {
            sqlite::Bound::Text(text) => statement.raw_bind_parameter(index + 1, text.as_ref()).unwrap(),
            _ => statement
                .raw_bind_parameter(index + 1, rusqlite::types::Null)
                .unwrap(),
        }
    }
    let mut rows = statement.raw_query();
    rows.next().unwrap().unwrap().get(0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn sql_means_what_the_tree_means(pred in pred(), this in held(), new in held()) {
        prop_assert_eq!(asked(&pred, &this, &new, false), evaluate(&pred, &this, &new));
        // Where predicates lead a search, false and unknown are one: both find nothing.
        let leading = asked(&pred, &this, &new, true) == Some(true);
        prop_assert_eq!(leading, evaluate(&pred, &this, &new) == Some(true));
    }

    #[test]
    fn the_normal_form_means_the_same_in_all_three_values(pred in pred(), this in held(), new in held()) {
        let normal = pred.normal();
        prop_assert_eq!(evaluate(&normal, &this, &new), evaluate(&pred, &this, &new), "{:?}", normal);
        prop_assert!(is_normal(&normal), "{:?}", normal);
        prop_assert_eq!(normal.normal(), normal);
    }

    #[test]
    fn what_a_change_settles_holds_for_the_same_rows(
        pred in pred(), this in held(), new in held(), known in any::<[bool; 3]>(), is_after in any::<bool>(),
    ) {
        let after = by_design(&new, known);
        let scope = if is_after {
            Scope::after(entity(2), "t", &after)
        } else {
            Scope::before(entity(2), "t", &after)
        };
        let whole = run(&this, &new, |writer| writer.pred(&pred, scope));
        let settled = run(&this, &new, |writer| {
            let settled = writer.settled(&pred, scope);
            writer.pred(&settled, scope);
        });
        prop_assert_eq!(settled == Some(true), whole == Some(true));
        let error = run(&this, &new, |writer| {
            if writer.is_never_unknown(&pred, scope) {
                writer.pred(&pred, scope);
            } else {
                writer.known(&pred, scope);
            }
        });
        prop_assert_eq!(error, Some(whole == Some(true)));
    }
}

/// Whether `Not` stands before single facts alone, and constants stand alone.
fn is_normal(pred: &Pred) -> bool {
    let is_part = |part: &Pred| !part.is_always() && !part.is_never() && is_normal(part);
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.len() != 1 && parts.iter().all(is_part),
        Pred::Not(part) => matches!(**part, Pred::Atom(ref atom) if !matches!(atom, Atom::Compare { .. })),
        Pred::Atom(_) => true,
    }
}
