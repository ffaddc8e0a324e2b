//! What a route asks, one step after the other, and the status of each refusal.

mod changes;
mod draft;

pub(crate) use draft::Draft;

use groma_access::{Course, Want};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{
    ActionId, Assign, Compare, Default, EnumId, FieldId, Path, Row, Term, Type, Value, VariantId, Verb,
};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::Scalar;

use self::changes::{moves, updates};
use crate::cx::Cx;
use crate::names;
use crate::service::function_of;

/// One test function: a route, and what it asks of a request that writes some fields.
#[derive(Clone)]
pub(crate) struct Ask<'m> {
    /// The route.
    pub(crate) route: &'m Route,
    /// The name of the function, without `test_`.
    pub(crate) name: String,
    /// What it asks.
    pub(crate) course: Course,
    /// The status with which each step refuses.
    pub(crate) statuses: Vec<u16>,
    /// The fields that the body has.
    pub(crate) writes: Vec<FieldId>,
    /// What every other step would let pass is refused all the same.
    pub(crate) refuses: Option<Refusal>,
}

/// What no rule says, and refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// Nobody else has the level that somebody must keep.
    LastOfLevel,
    /// The path leads through another row, which the caller may read.
    OtherParent,
}

/// That a field has this value.
pub(crate) fn is(row: Row, field: FieldId, value: Value) -> Pred {
    Pred::Atom(Atom::Compare {
        op: Compare::Eq,
        left: Term::Field { row, field },
        right: Term::Value(value),
    })
}

/// What a route asks: several courses where rules tell fields apart, or where a state is to be reached; and what refuses
/// beside the rules.
pub(crate) fn asks<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let mut all = ruled(cx, route);
    let Some(plain) = all.first().cloned() else {
        return all;
    };
    let is_on_item = route.operation.is_on_item() && route.find.is_none();
    if is_on_item && route.path.parents().next().is_some() {
        all.push(plain.but(Refusal::OtherParent, "below_another"));
    }
    all.extend(last(cx, route, &plain));
    all
}

/// An update or a delete of the last row with a level that somebody must keep.
fn last<'m>(cx: &Cx<'m>, route: &'m Route, plain: &Ask<'m>) -> Option<Ask<'m>> {
    let link = cx.model.design.entities[route.entity].link.as_ref()?;
    let least = link.least.as_ref().filter(|least| least.count == 1)?;
    let level = || Value::Variant(link.of, least.level);
    let mut given = vec![is(Row::This, link.level, level())];
    match route.operation {
        Operation::Delete => {}
        Operation::Update if plain.writes.contains(&link.level) => {
            given.push(is(Row::New, link.level, level()).negate());
        }
        _ => return None,
    }
    // Who leaves, or steps down.
    given.push(Pred::Atom(Atom::IsCaller {
        entity: route.entity,
        path: Path {
            row: Row::This,
            steps: vec![link.user],
        },
    }));
    let name = names::snake(&cx.model.design.enums[link.of].variants[least.level].name);
    let mut ask = plain.but(Refusal::LastOfLevel, &format!("of_the_last_{name}"));
    ask.course
        .given
        .extend(given.into_iter().map(|pred| (pred, Want::True)));
    Some(ask)
}

impl Ask<'_> {
    /// The same request where it is refused for another reason.
    fn but(&self, refusal: Refusal, name: &str) -> Self {
        let mut ask = self.clone();
        ask.name = format!("{}_{name}", self.name);
        ask.refuses = Some(refusal);
        for step in &mut ask.course.steps {
            step.in_parts = false;
        }
        ask
    }
}

fn ruled<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let mut draft = Draft::new(cx, route);
    let name = function_of(route);
    match route.operation {
        Operation::List | Operation::Get | Operation::Report(_) => {
            draft.parents();
            draft.tell(draft.read(), 404);
            vec![draft.finish(name, Vec::new())]
        }
        Operation::Create => vec![create(draft, name)],
        Operation::Delete => {
            draft.parents();
            draft.ask(draft.read(), 404);
            draft.tell(cx.model.access.of(route.entity).delete.clone(), 403);
            vec![draft.finish(name, Vec::new())]
        }
        Operation::Action(id) => vec![act(draft, name, id)],
        Operation::Update => {
            let mut all = updates(cx, route);
            all.extend(moves(cx, route));
            all
        }
        // One that can make the row is about two verbs at once.
        Operation::Replace if route.made.is_some() => Vec::new(),
        Operation::Replace => {
            let rules = cx.model.access.of(route.entity).update.required(&route.writes);
            draft.change(&Pred::all(rules.into_iter().cloned()), &route.writes);
            vec![draft.finish(name, route.writes.clone())]
        }
    }
}

fn create<'m>(mut draft: Draft<'_, 'm>, name: String) -> Ask<'m> {
    let (cx, route) = (draft.cx, draft.route);
    let design = &cx.model.design;
    let writes = route.writes.clone();
    draft.references(Row::This, &writes);
    draft.parents();
    let entity = &design.entities[route.entity];
    let parent = route.path.parents().next_back().map(|parent| parent.field);
    for (id, field) in entity.fields.entries() {
        if Some(id) == parent && field.optional {
            let empty = Atom::IsNone(Term::Field {
                row: Row::This,
                field: id,
            });
            draft.given.push((Pred::Atom(empty), Want::NotTrue));
        } else if Some(id) != parent && !writes.contains(&id) {
            let known = server_made(id, field.default.as_ref(), field.optional, &field.ty);
            draft.given.extend(known.map(|pred| (pred, Want::True)));
        }
    }
    let mut rules = vec![groma_access::granted(
        design,
        &cx.model.access,
        (route.entity, Verb::Create, None),
    )];
    for field in groma_access::singled_out(&cx.model.access, route.entity, Verb::Create) {
        if writes.contains(&field) {
            let asked = (route.entity, Verb::Create, Some(field));
            rules.push(groma_access::granted(design, &cx.model.access, asked));
        }
    }
    draft.tell(Pred::all(rules), 403);
    draft.finish(name, writes)
}

/// What is so of a field that the server fills.
fn server_made(field: FieldId, default: Option<&Default>, optional: bool, ty: &Type) -> Option<Pred> {
    let row = Row::This;
    match (default, ty) {
        (Some(Default::Value(Value::Bool(said))), Type::Scalar(Scalar::Bool)) => {
            let holds = Pred::Atom(Atom::IsTrue { row, field });
            Some(if *said { holds } else { holds.negate() })
        }
        (Some(Default::Value(Value::List(_))), _) => None,
        (Some(Default::Value(value)), _) => Some(is(row, field, value.clone())),
        (None, _) if optional => Some(Pred::Atom(Atom::IsNone(Term::Field { row, field }))),
        (Some(Default::Caller | Default::Now { .. }) | None, _) => None,
    }
}

fn act<'m>(mut draft: Draft<'_, 'm>, name: String, id: ActionId) -> Ask<'m> {
    let (cx, route) = (draft.cx, draft.route);
    let action = &cx.model.design.entities[route.entity].actions[id];
    let rule = cx.model.access.of(route.entity).action(id).clone();
    draft.parents();
    let there = match route.find {
        // To whom either is allowed, the row is there.
        Some(_) => Pred::Any(vec![draft.read(), rule.clone()]),
        None => draft.read(),
    };
    draft.ask(there, 404);
    draft.tell(rule, 403);
    if let Some(moves) = &action.moves {
        draft.tell(one_of(moves.field, moves.of, &moves.from), 409);
    }
    for error in &action.errors {
        let raised = Pred::from_cond(&error.when);
        // What is unknown refuses nothing: it is left out.
        let known = Pred::Any(vec![raised.clone(), raised.clone().negate()]);
        draft.given.push((known, Want::True));
        draft.tell(raised.negate(), error.status);
    }
    for made in &route.makes {
        let Some(link) = &cx.model.design.entities[made.entity].link else {
            continue;
        };
        let set = |wanted: FieldId| {
            let mut sets = made.sets.iter();
            sets.find_map(|(field, value)| (*field == wanted).then_some(value))
        };
        // A scene knows of the caller's own membership; whether another one has it already is left out.
        let (Some(Assign::Term(Term::Field { field, .. })), Some(Assign::Term(Term::Caller)), Some(least)) = (
            set(link.parent),
            set(link.user),
            cx.model.design.enums[link.of].variants.ids().next(),
        ) else {
            continue;
        };
        let tied = Pred::Atom(Atom::Linked {
            entity: route.entity,
            path: Path {
                row: Row::This,
                steps: vec![*field],
            },
            link: made.entity,
            least,
        });
        draft.tell(tied.negate(), 409);
    }
    draft.finish(name, Vec::new())
}

fn one_of(field: FieldId, of: EnumId, set: &[VariantId]) -> Pred {
    let set = set.iter().map(|id| Term::Value(Value::Variant(of, *id)));
    Pred::Atom(Atom::In {
        term: Term::Field {
            row: Row::This,
            field,
        },
        set: set.collect(),
    })
}
