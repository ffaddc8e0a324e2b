//! Requests in which a part of a rule decides alone, found in the oracle at random.

use groma_ir::design::{EntityId, FieldId, Verb};
use groma_ir::http::{Operation, Problem, RouteId};

use super::super::round_trip::remove;
use super::kinds::Kinds;
use super::{Goal, Part, label, meets};
use crate::call::{ActorId, Call, Key, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, action_call, below, filled, is_user, tie_by_actions, value};
use crate::net::NetError;
use crate::oracle::{Effect, RowId, Verdict};
use crate::session::Session;

/// How often something is tried in the oracle, for one entity at a time.
const ROUNDS: usize = 400;
/// How many rows may be changed so that they come into other states.
const MOVES: usize = 90;
/// How often that is tried of an entity of which nothing is open.
const STIRS: usize = 12;
/// How many rows of an entity are kept while looking.
const MOST_ROWS: usize = 60;
/// How often it is tried to tie people to rows, each time.
const TIES: usize = 24;
/// How many values of a body are changed at most.
const MOST_FIELDS: usize = 3;

/// The operation that a verb is about.
pub(super) fn operation(verb: Verb) -> Option<Operation> {
    match verb {
        Verb::Read => Some(Operation::Get),
        Verb::Create => Some(Operation::Create),
        Verb::Update => Some(Operation::Update),
        Verb::Delete => Some(Operation::Delete),
        Verb::Action(action) => Some(Operation::Action(action)),
        Verb::Share => None,
    }
}

/// What is looked for of one entity.
pub(super) struct Search {
    pub(super) entity: EntityId,
    /// What is not met yet.
    pub(super) open: Vec<Goal>,
    /// The kinds of requests that were tried.
    kinds: Kinds,
    /// How many rows were changed.
    moves: usize,
}

impl Search {
    pub(super) fn new(cx: &Session<'_>, entity: EntityId, open: Vec<Goal>) -> Self {
        Self {
            entity,
            open,
            kinds: Kinds::of(cx, entity),
            moves: 0,
        }
    }

    /// Looks for a while; goals that are met are met by a request to the service.
    pub(super) fn go_on(&mut self, cx: &mut Session<'_>) -> Result<(), NetError> {
        tie(cx, self.entity)?;
        for round in 0..ROUNDS {
            if round % 2 == 1 {
                self.on_made_up_row(cx)?;
            } else {
                self.on_known_row(cx)?;
            }
            self.creation(cx)?;
            if round > ROUNDS / 2 && self.moves < MOVES && round.is_multiple_of(8) {
                self.moves += usize::from(wander(cx, self.entity)?);
            }
        }
        Ok(())
    }

    /// Brings a few rows into other states.
    pub(super) fn stir(&mut self, cx: &mut Session<'_>) -> Result<(), NetError> {
        for _ in 0..STIRS {
            if self.moves < MOVES {
                self.moves += usize::from(wander(cx, self.entity)?);
            }
        }
        Ok(())
    }

    fn on_known_row(&mut self, cx: &mut Session<'_>) -> Result<(), NetError> {
        let rows: Vec<RowId> = cx.world.alive(self.entity).map(|(row, _)| row).collect();
        let Some(row) = cx.rng.pick(&rows).copied() else {
            return Ok(());
        };
        for call in self.calls(cx, row) {
            if cx.world.row(row).alive {
                self.attempt(cx, &call)?;
            }
        }
        Ok(())
    }

    /// A row by a user at random, made in the service only if it shows something.
    fn on_made_up_row(&mut self, cx: &mut Session<'_>) -> Result<(), NetError> {
        let Some(made) = body_of_create(cx, self.entity) else {
            return Ok(());
        };
        let Effect::Insert(_, slots) = cx.decide(&made).effect else {
            return Ok(());
        };
        let row = cx.world.imagine(self.entity, &slots);
        let mut useful = self.calls(cx, row);
        useful.retain(|call| self.is_of_use(cx, call));
        cx.world.forget(row);
        if useful.is_empty() {
            return Ok(());
        }
        let Some(row) = cx.try_call(&catalogue::F01, "create", &made)?.row else {
            return Ok(());
        };
        for call in useful {
            if cx.world.row(row).alive {
                self.attempt(cx, &call.on(row))?;
            }
        }
        Ok(())
    }

    fn creation(&mut self, cx: &mut Session<'_>) -> Result<(), NetError> {
        match body_of_create(cx, self.entity) {
            Some(call) => self.attempt(cx, &call),
            None => Ok(()),
        }
    }

    /// One call of each user for each verb.
    fn calls(&self, cx: &mut Session<'_>, row: RowId) -> Vec<Call> {
        let mut calls = Vec::new();
        let actions = cx.model.design.entities[self.entity].actions.ids();
        let verbs: Vec<Verb> = [Verb::Read, Verb::Update, Verb::Delete]
            .into_iter()
            .chain(actions.map(Verb::Action))
            .collect();
        for verb in verbs {
            let route = operation(verb).and_then(|it| cx.route_of(self.entity, it));
            for actor in route.map_or_else(|| cx.users(), |route| cx.guises_of(route)) {
                let field = self.wanted(cx, verb);
                calls.extend(call(cx, row, (verb, field), actor));
            }
        }
        calls
    }

    /// The field that one of the open goals is about.
    fn wanted(&self, cx: &mut Session<'_>, verb: Verb) -> Option<FieldId> {
        let of_verb = self.open.iter().filter(|goal| goal.point.verb == verb);
        let of_verb: Vec<Option<FieldId>> = of_verb.map(|goal| goal.point.field).collect();
        cx.rng.pick(&of_verb).copied().flatten()
    }

    fn is_of_use(&self, cx: &Session<'_>, call: &Call) -> bool {
        !shown(cx, call, &self.open).is_empty() || self.kinds.is_new(cx, call)
    }

    /// Sends a request if it meets an open goal, or is the first of its kind; all goals that it meets are met then.
    fn attempt(&mut self, cx: &mut Session<'_>, call: &Call) -> Result<(), NetError> {
        let met = shown(cx, call, &self.open);
        self.open.retain(|goal| !met.contains(goal));
        let (check, label) = match met.first() {
            Some(first) => (&catalogue::Z13, label(cx, *first)),
            None if self.kinds.is_new(cx, call) => (&catalogue::Z04, "situation".to_owned()),
            None => return Ok(()),
        };
        self.kinds.note(cx, call);
        let reply = cx.try_refused(check, &label, call)?;
        if call.key == Key::None
            && let Some(row) = reply.row
            && cx.world.alive(row.entity).count() > MOST_ROWS
        {
            remove(cx, row, call.actor)?;
        }
        Ok(())
    }
}

fn call(
    cx: &mut Session<'_>,
    row: RowId,
    (verb, wanted): (Verb, Option<FieldId>),
    actor: ActorId,
) -> Option<Call> {
    if verb == Verb::Delete && is_user(cx, row) {
        return None;
    }
    let turn = cx.rng.below(100);
    if let Verb::Action(action) = verb {
        return action_call(cx, row, (action, turn), actor);
    }
    let route = cx.route_of(row.entity, operation(verb)?)?;
    let call = Call::new(route, actor).on(row);
    if verb != Verb::Update {
        return Some(call);
    }
    let writes: Vec<FieldId> = cx.model.http.routes[route].writes.clone();
    let mut fields: Vec<(FieldId, Sample)> = Vec::new();
    let others = cx.rng.below(MOST_FIELDS);
    for at in 0..=others {
        let field = match wanted {
            Some(field) if at == 0 => field,
            _ => *cx.rng.pick(&writes)?,
        };
        let kept = Sample::plain(cx.world.row(row).cell(field).clone());
        let turn = cx.rng.below(1_000);
        let other = value(cx, row.entity, field, actor, turn).filter(|_| !turn.is_multiple_of(4));
        if fields.iter().all(|(known, _)| *known != field) {
            fields.push((field, other.unwrap_or(kept)));
        }
    }
    Some(call.with(fields))
}

/// A body at random by a user at random; what may be left out is, now and then.
fn body_of_create(cx: &mut Session<'_>, entity: EntityId) -> Option<Call> {
    let create: RouteId = cx.route_of(entity, Operation::Create)?;
    let users = cx.users();
    let callers = cx.guises_of(create);
    let actor = *cx.rng.pick(&callers)?;
    let turn = cx.rng.below(1_000);
    let mut fields = filled(cx, create, actor, Fill::Turn(turn))?;
    let declared = &cx.model.design.entities[entity].fields;
    let mut kept = Vec::new();
    for (field, sample) in fields.drain(..) {
        let is_needed = !declared[field].optional && declared[field].default.is_none();
        if !is_needed && cx.rng.below(4) == 0 {
            continue;
        }
        let turn = cx.rng.below(1_000);
        let other = value(cx, entity, field, actor, turn);
        kept.push((field, other.unwrap_or(sample)));
    }
    if let Some(tie) = &cx.model.design.entities[entity].link {
        let person = *cx.rng.pick(&users)?;
        let key = cx.world.caller_key(&cx.who(person)?.subject);
        kept.retain(|(field, _)| *field != tie.user);
        kept.push((tie.user, Sample::plain(key)));
    }
    let turn = cx.rng.below(100);
    Some(below(cx, Call::new(create, actor).with(kept), turn))
}

/// The goals that a request meets, if nothing but the rules decides about it.
fn shown(cx: &Session<'_>, call: &Call, open: &[Goal]) -> Vec<Goal> {
    let route = &cx.model.http.routes[call.route];
    let is_about = |goal: &&Goal| operation(goal.point.verb) == Some(route.operation);
    let about: Vec<Goal> = open.iter().filter(is_about).copied().collect();
    let now = jiff::Timestamp::now();
    let who = cx.who(call.actor);
    let is_seen = match call.key {
        // Who finds a row by what they know of it need not be able to read it.
        Key::Row(row) => route.find.is_some() || cx.world.may_read(row, who, now),
        Key::None | Key::Missing(_) => true,
    };
    if about.is_empty() || !is_of_rules(&cx.decide(call).verdict) {
        return Vec::new();
    }
    let images = cx.world.images(call, who, now);
    let is_due = |goal: &Goal| match goal.part {
        Part::Sight => !is_seen,
        Part::Fact(..) => is_seen || route.operation == Operation::Get,
    };
    let met = |goal: &Goal| {
        let images = images.as_ref();
        is_due(goal) && images.is_some_and(|images| meets(cx, call, images, *goal))
    };
    about.into_iter().filter(met).collect()
}

/// Whether rules decide, or have: what stands in the way of a conflict has been let in.
fn is_of_rules(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Refused { problem, .. } => is_refused(verdict) || *problem == Problem::Conflict,
        Verdict::Item(_) | Verdict::Page(_) | Verdict::Report(_) | Verdict::Empty => true,
    }
}

/// Whether a rule refuses it.
pub(super) fn is_refused(verdict: &Verdict) -> bool {
    let problem = match verdict {
        Verdict::Refused { problem, .. } => problem,
        Verdict::Item(_) | Verdict::Page(_) | Verdict::Report(_) | Verdict::Empty => return false,
    };
    matches!(problem, Problem::Forbidden | Problem::NotFound)
}

/// Ties users to rows at random, at every level: what they may do to other rows hangs on it.
fn tie(cx: &mut Session<'_>, entity: EntityId) -> Result<(), NetError> {
    if cx.model.design.entities[entity].link.is_none() {
        return Ok(());
    }
    tie_by_actions(cx, entity, TIES)?;
    for _ in 0..TIES {
        if let Some(call) = body_of_create(cx, entity)
            && cx.decide(&call).is_success()
        {
            cx.try_call(&catalogue::F01, "create", &call)?;
        }
    }
    Ok(())
}

/// Carries out something on a row, so that rows come into states in which they were not made.
fn wander(cx: &mut Session<'_>, entity: EntityId) -> Result<bool, NetError> {
    let rows: Vec<RowId> = cx.world.alive(entity).map(|(row, _)| row).collect();
    let Some(row) = cx.rng.pick(&rows).copied() else {
        return Ok(false);
    };
    let actions = cx.model.design.entities[entity].actions.ids();
    let mut verbs: Vec<Verb> = actions.map(Verb::Action).collect();
    verbs.push(Verb::Update);
    let Some(verb) = cx.rng.pick(&verbs).copied() else {
        return Ok(false);
    };
    for actor in cx.everyone().into_iter().chain(cx.guises()) {
        let Some(call) = call(cx, row, (verb, None), actor) else {
            continue;
        };
        if cx.decide(&call).is_success() {
            cx.try_call(&catalogue::F10, "wander", &call)?;
            return Ok(true);
        }
    }
    Ok(false)
}
