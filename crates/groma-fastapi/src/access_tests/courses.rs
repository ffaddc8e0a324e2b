//! What a route asks, one step after the other, and the status of each refusal.

use std::cell::RefCell;

use groma_access::{Course, Step, Want, ties_itself};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{
    ActionId, Assign, Compare, Default, EntityId, EnumId, FieldId, Path, Row, States, Term, Type, Value,
    VariantId, Verb,
};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::Scalar;

use crate::cx::Cx;
use crate::names;
use crate::service::function_of;

/// How far references are followed to rows with checks.
const LONGEST: usize = 2;

/// One test function: a route, and what it asks of a request that writes some fields.
#[derive(Clone)]
pub(super) struct Ask<'m> {
    /// The route.
    pub(super) route: &'m Route,
    /// The name of the function, without `test_`.
    pub(super) name: String,
    /// What it asks.
    pub(super) course: Course,
    /// The status with which each step refuses.
    pub(super) statuses: Vec<u16>,
    /// The fields that the body has.
    pub(super) writes: Vec<FieldId>,
    /// What every other step would let pass is refused all the same.
    pub(super) refuses: Option<Refusal>,
}

/// What no rule says, and refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// Nobody else has the level that somebody must keep.
    LastOfLevel,
    /// The path leads through another row, which the caller may read.
    OtherParent,
}

/// That a field has this value.
fn is(row: Row, field: FieldId, value: Value) -> Pred {
    Pred::Atom(Atom::Compare {
        op: Compare::Eq,
        left: Term::Field { row, field },
        right: Term::Value(value),
    })
}

/// A course under construction.
struct Draft<'w, 'm> {
    cx: &'w Cx<'m>,
    route: &'m Route,
    given: Vec<(Pred, Want)>,
    steps: Vec<Step>,
    statuses: Vec<u16>,
}

impl<'w, 'm> Draft<'w, 'm> {
    fn new(cx: &'w Cx<'m>, route: &'m Route) -> Self {
        let entity = &cx.model.design.entities[route.entity];
        let checks = entity.checks.iter().map(|check| Pred::from_cond(&check.cond));
        let mut given: Vec<(Pred, Want)> = checks.map(|check| (check, Want::NotFalse)).collect();
        if !route.public {
            given.push((Pred::Atom(Atom::Authenticated), Want::True));
        }
        if route.operation != Operation::Create {
            let ties = ties_itself(&cx.model.design, route.entity);
            given.extend(ties.into_iter().map(|tie| (tie, Want::NotFalse)));
        }
        let mut draft = Self {
            cx,
            route,
            given,
            steps: Vec::new(),
            statuses: Vec::new(),
        };
        draft.sound(&[], route.entity);
        draft
    }

    /// The rows that references lead to meet the checks of their own.
    fn sound(&mut self, way: &[FieldId], entity: EntityId) {
        if way.len() == LONGEST {
            return;
        }
        for (field, declared) in self.cx.model.design.entities[entity].fields.entries() {
            let target = declared.ty.target().filter(|target| self.cx.is_managed(*target));
            let Some(target) = target else { continue };
            let steps: Vec<FieldId> = way.iter().copied().chain([field]).collect();
            for check in &self.cx.model.design.entities[target].checks {
                let broken = Pred::Atom(Atom::Exists {
                    entity: self.route.entity,
                    path: Path {
                        row: Row::This,
                        steps: steps.clone(),
                    },
                    target,
                    pred: Box::new(Pred::from_cond(&check.cond).negate()),
                });
                self.given.push((broken.negate(), Want::True));
            }
            self.sound(&steps, target);
        }
    }

    /// Something that is asked, of which each part is told elsewhere.
    fn ask(&mut self, pred: Pred, status: u16) {
        self.steps.push(Step {
            pred,
            after_too: false,
            in_parts: false,
        });
        self.statuses.push(status);
    }

    /// Something that is asked, of which each part is to be told.
    fn tell(&mut self, pred: Pred, status: u16) {
        self.ask(pred, status);
        if let Some(step) = self.steps.last_mut() {
            step.in_parts = true;
        }
    }

    /// The steps before the rule of an update, and the rule: the change itself must not break it.
    fn change(&mut self, rule: &Pred, writes: &[FieldId]) {
        self.references(Row::New, writes);
        self.parents();
        self.ask(self.read(), 404);
        self.ask(rule.clone(), 403);
        if let Some(step) = self.steps.last_mut() {
            step.after_too = true;
        }
    }

    fn read(&self) -> Pred {
        self.cx.model.access.of(self.route.entity).read.clone()
    }

    /// The row at the end of a way is there for the caller.
    fn readable(&self, row: Row, steps: Vec<FieldId>, target: EntityId) -> Pred {
        Pred::Atom(Atom::Exists {
            entity: self.route.entity,
            path: Path { row, steps },
            target,
            pred: Box::new(self.cx.model.access.of(target).read.clone()),
        })
    }

    /// What the path leads through is there for the caller.
    fn parents(&mut self) {
        let mut way = Vec::new();
        let mut all = Vec::new();
        for parent in self.route.path.parents().rev() {
            way.push(parent.field);
            all.push(self.readable(Row::This, way.clone(), parent.entity));
        }
        if !all.is_empty() {
            self.ask(Pred::All(all), 404);
        }
    }

    /// What a body refers to is there for the caller.
    fn references(&mut self, row: Row, writes: &[FieldId]) {
        let entity = &self.cx.model.design.entities[self.route.entity];
        for field in writes {
            let Some(target) = entity.fields[*field].ty.target() else {
                continue;
            };
            if !self.cx.is_managed(target) {
                continue;
            }
            let there = self.readable(row, vec![*field], target);
            let pred = if entity.fields[*field].optional {
                let empty = Atom::IsNone(Term::Field { row, field: *field });
                Pred::Any(vec![Pred::Atom(empty), there])
            } else {
                there
            };
            let status = self.cx.model.design.service.validation_status;
            self.ask(pred, status);
        }
    }

    /// The whole course of a request that writes these fields.
    fn finish(self, name: String, writes: Vec<FieldId>) -> Ask<'m> {
        let fields = self.cx.model.design.entities[self.route.entity].fields.ids();
        let kept: Vec<FieldId> = fields.filter(|field| !writes.contains(field)).collect();
        let is_new = self.route.operation == Operation::Create;
        Ask {
            course: Course {
                entity: self.route.entity,
                given: self.given,
                steps: self.steps,
                fixed: if is_new { kept.clone() } else { Vec::new() },
                kept,
            },
            route: self.route,
            name,
            statuses: self.statuses,
            writes,
            refuses: None,
        }
    }
}

/// What a route asks: several courses where rules tell fields apart, or where a state is to be reached; and what refuses
/// beside the rules.
pub(super) fn asks<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
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
        let parent = made.sets.iter().find(|(field, _)| *field == link.parent);
        let (Some((_, Assign::Term(Term::Field { field, .. }))), Some(least)) =
            (parent, cx.model.design.enums[link.of].variants.ids().next())
        else {
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

/// An update for each rule that fields have.
fn updates<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let rules = &cx.model.access.of(route.entity).update;
    let mut groups: Vec<(&Pred, Vec<FieldId>)> = Vec::new();
    for field in &route.writes {
        let rule = rules.field(*field);
        match groups.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, fields)) => fields.push(*field),
            None => groups.push((rule, vec![*field])),
        }
    }
    let entity = &cx.model.design.entities[route.entity];
    let mut all = Vec::new();
    for (rule, fields) in &groups {
        let after = after(rule);
        let mut writes: Vec<FieldId> = fields.iter().copied().filter(|id| after.contains(id)).collect();
        if writes.is_empty() {
            let is_plain =
                |id: &&FieldId| entity.states_of(**id).is_none() && entity.fields[**id].ty.target().is_none();
            writes.extend(fields.iter().find(is_plain).or(fields.first()));
        }
        let mut draft = Draft::new(cx, route);
        draft.change(rule, &writes);
        if let Some(step) = draft.steps.last_mut() {
            step.in_parts = true;
        }
        let name = match writes.as_slice() {
            [only] if groups.len() > 1 && **rule != rules.row => {
                let field = names::field(cx.model, route.entity, *only);
                format!("{}_{field}", function_of(route))
            }
            _ => function_of(route),
        };
        all.push(draft.finish(name, writes));
    }
    all
}

/// The fields that a rule reads of the row as the change leaves it.
fn after(rule: &Pred) -> Vec<FieldId> {
    let found = RefCell::new(Vec::new());
    let note = |term: &Term| {
        if let Term::Field { row: Row::New, field } = term {
            found.borrow_mut().push(*field);
        }
    };
    let way = |path: &Path| {
        if path.row == Row::New {
            found.borrow_mut().extend(path.steps.first());
        }
    };
    rule.any_atom(&|atom| {
        match atom {
            Atom::IsCaller { path, .. } | Atom::Linked { path, .. } | Atom::Exists { path, .. } => way(path),
            Atom::Compare { left, right, .. } => [left, right].into_iter().for_each(note),
            Atom::IsNone(term) | Atom::In { term, .. } => note(term),
            Atom::IsTrue { row, field } => note(&Term::Field {
                row: *row,
                field: *field,
            }),
            Atom::Authenticated | Atom::Role(_) | Atom::ClaimIsTrue(_) => {}
        }
        false
    });
    found.into_inner()
}

/// An update for each state that it can be asked to reach.
fn moves<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let entity = &cx.model.design.entities[route.entity];
    let guarded = route.writes.iter().filter_map(|field| entity.states_of(*field));
    guarded.flat_map(|states| moves_of(cx, route, states)).collect()
}

fn moves_of<'m>(cx: &Cx<'m>, route: &'m Route, states: &States) -> Vec<Ask<'m>> {
    let declared = &cx.model.design.enums[states.of];
    let rule = cx.model.access.of(route.entity).update.field(states.field);
    let asks = declared.variants.entries().map(|(to, variant)| {
        let from: Vec<VariantId> = declared
            .variants
            .ids()
            .filter(|from| {
                let mut moves = states.transitions.iter();
                *from == to
                    || moves.any(|step| step.claimed_by.is_none() && step.from == *from && step.to == to)
            })
            .collect();
        let writes = vec![states.field];
        let mut draft = Draft::new(cx, route);
        draft.change(rule, &writes);
        let reached = is(Row::New, states.field, Value::Variant(states.of, to));
        draft.given.push((reached, Want::True));
        draft.tell(one_of(states.field, states.of, &from), 409);
        let name = format!("{}_to_{}", function_of(route), names::snake(&variant.name));
        draft.finish(name, writes)
    });
    asks.collect()
}
