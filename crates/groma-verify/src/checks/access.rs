//! Who may do what: every user, every route, rows of every owner. What is allowed must succeed, what is not
//! must be refused as the design says, and leave the row as it was.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{Operation, RouteId};

use super::change::keep_states;
use super::lists::check_of;
use super::round_trip::remove;
use crate::call::{ActorId, Call, Key, Sample};
use crate::catalogue;
use crate::fixtures::{
    Fill, action_call, bring_to, compose, creator, filled, fresh_row, fresh_value, lacking, supply, value,
};
use crate::ground::is_caller_reference;
use crate::net::NetError;
use crate::oracle::{Ground, RowId};
use crate::session::Session;
use crate::values;

/// The most rows of an entity that every user tries everything on.
const MOST_ROWS: usize = 7;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        match route.operation {
            Operation::Create => creations(cx, id)?,
            operation if operation.is_on_item() => on_rows(cx, id)?,
            _ => {}
        }
        if route.path.has_caller() {
            in_anothers_name(cx, id)?;
        }
    }
    Ok(())
}

fn creations(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    for actor in cx.everyone() {
        let label = cx.actor(actor).name.clone();
        // Nobody's body is one that a user could send.
        let author = match actor {
            ActorId::NOBODY => creator(cx, id)?
                .or_else(|| cx.users().first().copied())
                .unwrap_or(ActorId::NOBODY),
            actor => actor,
        };
        supply(cx, id, author, 0)?;
        if let Some(call) = compose(cx, id, author, Fill::Least) {
            let check = check_of(cx, actor, &catalogue::Z04);
            let reply = cx.try_call(check, &label, &Call { actor, ..call })?;
            if let Some(row) = reply.row {
                remove(cx, row, actor)?;
            }
        }
    }
    Ok(())
}

fn on_rows(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    for row in typical_rows(cx, route.entity) {
        for actor in cx.everyone() {
            attempt(cx, id, row, actor)?;
        }
    }
    Ok(())
}

/// One user, one route, one row.
fn attempt(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let own = if route.operation.is_write() {
        &catalogue::Z04
    } else {
        &catalogue::Z03
    };
    let check = check_of(cx, actor, own);
    let label = relation(cx, row, actor);
    let Some(call) = body_for(cx, Call::new(id, actor).on(row), Some(row)) else {
        lacking(cx, &[check], id);
        return Ok(());
    };
    let outlasts = matches!(
        route.operation,
        Operation::Get | Operation::Update | Operation::Replace
    );
    if outlasts || !cx.decide(&call).is_success() {
        cx.try_refused(check, &label, &call)?;
        return Ok(());
    }
    // What uses up the row is tried on one like it.
    let Some(twin) = twin(cx, row)? else { return Ok(()) };
    if let Some(call) = body_for(cx, Call::new(id, actor).on(twin), Some(twin)) {
        cx.try_refused(check, &label, &call)?;
    }
    remove(cx, twin, actor)
}

/// Another row of the same owner, in the same state.
fn twin(cx: &mut Session<'_>, row: RowId) -> Result<Option<RowId>, NetError> {
    let maker = match (owner_of(cx, row), cx.route_of(row.entity, Operation::Create)) {
        (None, Some(create)) => creator(cx, create)?,
        (owner, _) => owner,
    };
    let Some(owner) = maker else {
        return Ok(None);
    };
    let Some(twin) = fresh_row(cx, row.entity, owner, Fill::Turn(0))? else {
        return Ok(None);
    };
    let states = &cx.model.design.entities[row.entity].states;
    for states in states {
        let wanted = cx
            .world
            .row(row)
            .cell(states.field)
            .as_str()
            .unwrap_or_default()
            .to_owned();
        bring_to(cx, twin, states.field, &wanted, owner)?;
    }
    Ok(Some(twin))
}

/// Rows that differ in owner, states and which references they hold: one of each kind.
pub(super) fn typical_rows(cx: &Session<'_>, entity: EntityId) -> Vec<RowId> {
    let declared = &cx.model.design.entities[entity];
    let kind = |row: RowId| -> Vec<String> {
        let cells = cx.world.row(row);
        let is_telling = |id: FieldId| {
            let field = &declared.fields[id];
            declared.states_of(id).is_some() || is_caller_reference(&cx.model.design, &field.ty)
        };
        let fields = declared.fields.entries();
        fields
            .map(|(id, field)| match &field.ty {
                _ if is_telling(id) => cells.cell(id).to_string(),
                Type::Reference(_) => cells.cell(id).is_null().to_string(),
                _ => String::new(),
            })
            .collect()
    };
    let mut seen = BTreeSet::new();
    let all: Vec<RowId> = cx
        .world
        .alive(entity)
        .map(|(row, _)| row)
        .filter(|row| seen.insert(kind(*row)))
        .collect();
    spread(cx, all)
}

/// At most so many, taken from the owners in turn.
fn spread(cx: &Session<'_>, rows: Vec<RowId>) -> Vec<RowId> {
    let mut by_owner: Vec<(String, Vec<RowId>)> = Vec::new();
    for row in rows {
        let owner = owner_name(cx, row);
        match by_owner.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, rows)) => rows.push(row),
            None => by_owner.push((owner, vec![row])),
        }
    }
    let mut chosen = Vec::new();
    for turn in 0..MOST_ROWS {
        chosen.extend(by_owner.iter().filter_map(|(_, rows)| rows.get(turn).copied()));
    }
    chosen.truncate(MOST_ROWS);
    chosen
}

/// The user who owns a row.
pub(super) fn owner_of(cx: &Session<'_>, row: RowId) -> Option<ActorId> {
    let owner = cx.model.design.entities[row.entity].owner?;
    let key = cx.world.row(row).cell(owner);
    cx.users().into_iter().find(|actor| {
        cx.who(*actor)
            .is_some_and(|who| cx.world.caller_key(&who.subject) == *key)
    })
}

fn owner_name(cx: &Session<'_>, row: RowId) -> String {
    owner_of(cx, row).map_or_else(|| "row".to_owned(), |owner| cx.actor(owner).name.clone())
}

/// What a user is to a row: `on-own`, `on-other`, with the role's name before it where there is one.
fn relation(cx: &Session<'_>, row: RowId, actor: ActorId) -> String {
    let user = cx.actor(actor);
    let of = if owner_of(cx, row) == Some(actor) {
        "own"
    } else {
        "other"
    };
    match (actor, user.is_plain) {
        (ActorId::NOBODY, _) => "nobody".to_owned(),
        (_, true) => format!("on-{of}"),
        (_, false) => format!("{}-on-{of}", user.name),
    }
}

/// A call with a harmless body, where its route takes one; nothing where none can be made up.
pub(crate) fn body_for(cx: &mut Session<'_>, call: Call, row: Option<RowId>) -> Option<Call> {
    let route = &cx.model.http.routes[call.route];
    match route.operation {
        Operation::Update => Some(harmless(cx, call)),
        Operation::Replace => {
            // Nobody's body is one that a user could send.
            let author = match call.actor {
                ActorId::NOBODY => cx.users().first().copied()?,
                actor => actor,
            };
            let mut fields = match row {
                Some(row) => as_it_is(cx, call.route, row, author),
                None => filled(cx, call.route, author, Fill::Least)?,
            };
            if let Key::Row(row) = call.key {
                keep_states(cx, row, &mut fields);
            }
            Some(call.with(fields))
        }
        Operation::Action(action) => {
            let any = || cx.world.known(route.entity).map(|(row, _)| row).next();
            match row.or_else(any) {
                Some(row) => {
                    let made = action_call(cx, row, (action, 0), call.actor)?;
                    Some(call.body(made.body))
                }
                None if cx.model.design.entities[route.entity].actions[action]
                    .inputs
                    .is_empty() =>
                {
                    Some(call)
                }
                None => None,
            }
        }
        Operation::List | Operation::Create | Operation::Get | Operation::Delete | Operation::Report(_) => {
            Some(call)
        }
    }
}

/// A new value for one field that the caller may write: no reference, no state. Nothing where there is no such
/// field, or where checks ask for more than one value.
fn harmless(cx: &mut Session<'_>, call: Call) -> Call {
    let route = &cx.model.http.routes[call.route];
    let entity = &cx.model.design.entities[route.entity];
    let mut first = None;
    for field in &route.writes {
        let declared = &entity.fields[*field];
        if entity.states_of(*field).is_some() || declared.ty.target().is_some() {
            continue;
        }
        let current = match &call.key {
            Key::Row(row) => cx.world.row(*row).cell(*field).clone(),
            Key::None | Key::Missing(_) => Json::Null,
        };
        let fresh = fresh_value(cx, route.entity, *field, call.actor);
        let mut samples = fresh
            .into_iter()
            .chain(values::fitting(&cx.model.design, &declared.ty));
        let Some(sample) = samples.find(|sample| sample.kept != current) else {
            continue;
        };
        let made = call.clone().with(vec![(*field, sample)]);
        let outcome = cx.decide(&made);
        if outcome.is_success() {
            return made;
        }
        if matches!(outcome.ground, Ground::Check(..)) {
            continue;
        }
        first.get_or_insert(made);
    }
    first.unwrap_or_else(|| call.with(Vec::new()))
}

/// Every writable field with the value that the row has. A reference to a row that the caller cannot see would decide
/// before the row does: references are left empty, or point where the caller can see.
fn as_it_is(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId) -> Vec<(FieldId, Sample)> {
    let route = &cx.model.http.routes[id];
    let entity = &cx.model.design.entities[route.entity];
    let mut fields = Vec::new();
    for field in &route.writes {
        let declared = &entity.fields[*field];
        let own = Sample::plain(cx.world.row(row).cell(*field).clone());
        let sample = match (declared.ty.target(), declared.optional) {
            (Some(_), true) => Sample::plain(Json::Null),
            (Some(_), false) => value(cx, route.entity, *field, actor, 0).unwrap_or(own),
            (None, _) => own,
        };
        fields.push((*field, sample));
    }
    fields
}

/// A path that carries the caller must carry the token's.
fn in_anothers_name(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    let users = cx.users();
    let (Some(alice), Some(bob)) = (users.first().copied(), users.get(1).copied()) else {
        return Ok(());
    };
    let Some(other) = cx.who(bob).map(|who| who.subject.clone()) else {
        return Ok(());
    };
    let entity = cx.model.http.routes[id].entity;
    let mut call = Call::new(id, alice);
    if cx.model.http.routes[id].operation.is_on_item() {
        let row = cx
            .world
            .alive(entity)
            .map(|(row, _)| row)
            .find(|row| owner_of(cx, *row) == Some(bob));
        let Some(row) = row else { return Ok(()) };
        let Some(made) = body_for(cx, call.on(row), Some(row)) else {
            return Ok(());
        };
        call = made;
    } else if cx.model.http.routes[id].operation == Operation::Create
        && let Some(made) = compose(cx, id, alice, Fill::Least)
    {
        call = made;
    }
    call.path_caller = Some(other);
    cx.try_refused(&catalogue::Z02, "in-anothers-name", &call)?;
    Ok(())
}
