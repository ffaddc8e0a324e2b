//! Whether a request to a route could bring a row that breaks a check at all, as far as the analysis of rules knows.
//!
//! A check that no route can break holds by construction: nothing can be tried on it from outside.

use groma_access::{Settled, Space, Want, settle};
use groma_ir::Model;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Action, Assign, Compare, Default, EntityId, FieldId, Path, Row, Term, Value};
use groma_ir::http::{Operation, Route};

/// Whether a row that a request brings may break a check, where all were kept before.
pub(super) fn may_break(model: &Model, route: &Route) -> bool {
    let entity = &model.design.entities[route.entity];
    let conds: Vec<Pred> = entity
        .checks
        .iter()
        .map(|check| Pred::from_cond(&check.cond))
        .collect();
    let (set, after) = match route.operation {
        Operation::Create => (Vec::new(), given(model, route)),
        Operation::Update | Operation::Replace => (route.writes.clone(), Pred::ALWAYS),
        Operation::Action(action) => {
            let action = &entity.actions[action];
            (written(action), left(route.entity, action))
        }
        Operation::Delete | Operation::List | Operation::Get | Operation::Report(_) => return false,
    };
    let is_new = route.operation == Operation::Create;
    let row = if is_new { Row::This } else { Row::New };
    conds.iter().any(|broken| {
        let broken = broken.clone().on_row(row).negate();
        let mut wants = vec![
            (route.entity, &broken, Want::True),
            (route.entity, &after, Want::True),
        ];
        let mut space = Space::new(&model.design);
        if !is_new {
            wants.extend(conds.iter().map(|cond| (route.entity, cond, Want::NotFalse)));
            for field in entity.fields.ids().filter(|field| !set.contains(field)) {
                space.keep(route.entity, field);
            }
        }
        !matches!(settle(&mut space, &wants), Settled::Never)
    })
}

/// What a new row holds in the fields that no body gives.
pub(super) fn given(model: &Model, create: &Route) -> Pred {
    let entity = create.entity;
    let fields = model.design.entities[entity].fields.entries();
    let made = fields.filter(|(id, field)| !create.writes.contains(id) && field.generated.is_none());
    Pred::all(made.map(|(id, field)| {
        let stored = Term::Field {
            row: Row::This,
            field: id,
        };
        match &field.default {
            Some(Default::Caller) => {
                let is_caller = Pred::Atom(Atom::IsCaller {
                    entity,
                    path: Path {
                        row: Row::This,
                        steps: vec![id],
                    },
                });
                let is_nobodys = Pred::all([
                    Pred::Atom(Atom::Authenticated).negate(),
                    Pred::Atom(Atom::IsNone(stored)),
                ]);
                if field.optional {
                    Pred::any([is_caller, is_nobodys])
                } else {
                    is_caller
                }
            }
            Some(Default::Value(value)) if *value != Value::None => equals(stored, value.clone()),
            None | Some(Default::Value(_)) if field.optional => Pred::Atom(Atom::IsNone(stored)),
            None | Some(Default::Value(_) | Default::Now { .. }) => Pred::ALWAYS,
        }
    }))
}

/// The fields that an action writes.
fn written(action: &Action) -> Vec<FieldId> {
    let moved = action.moves.iter().map(|moves| moves.field);
    action.sets.iter().map(|(field, _)| *field).chain(moved).collect()
}

/// What is known of the row that an action leaves, and of the one that it takes.
fn left(entity: EntityId, action: &Action) -> Pred {
    let field = |row: Row, field: FieldId| Term::Field { row, field };
    let mut all = Vec::new();
    if let Some(moves) = &action.moves {
        let state = |variant| Value::Variant(moves.of, variant);
        all.push(equals(field(Row::New, moves.field), state(moves.to)));
        all.push(Pred::Atom(Atom::In {
            term: field(Row::This, moves.field),
            set: moves
                .from
                .iter()
                .map(|variant| Term::Value(state(*variant)))
                .collect(),
        }));
    }
    for (at, (set, assign)) in action.sets.iter().enumerate() {
        // The last assignment counts.
        let is_last = action.sets.iter().skip(at + 1).all(|(later, _)| later != set);
        let new = field(Row::New, *set);
        all.push(match assign {
            Assign::Term(Term::Value(Value::None)) if is_last => Pred::Atom(Atom::IsNone(new)),
            Assign::Term(Term::Value(value)) if is_last => equals(new, value.clone()),
            Assign::Term(Term::Caller) if is_last => Pred::Atom(Atom::IsCaller {
                entity,
                path: Path {
                    row: Row::New,
                    steps: vec![*set],
                },
            }),
            Assign::Term(Term::Now { .. }) if is_last => Pred::Atom(Atom::IsNone(new)).negate(),
            Assign::Term(_) | Assign::Not(_) => Pred::ALWAYS,
        });
    }
    Pred::all(all)
}

fn equals(term: Term, value: Value) -> Pred {
    Pred::Atom(Atom::Compare {
        op: Compare::Eq,
        left: term,
        right: Term::Value(value),
    })
}
