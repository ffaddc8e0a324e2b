//! Inputs of actions: every value at an edge of the input's type, and at an edge of the field that it is put into.
//!
//! What comes back, now and when it is read again, is held to the schema of the answer: an input that is wider
//! than its field would store what no create and no update takes.

use serde_json::Value as Json;

use groma_ir::design::{Action, ActionId, Assign, InputId, Term, Type};
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{Body, Call, Member, Sample};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, action_call, bring_to, cast};
use crate::judge::fits;
use crate::net::NetError;
use crate::session::Session;
use crate::values;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        let Operation::Action(action) = route.operation else {
            continue;
        };
        let declared = &cx.model.design.entities[route.entity].actions[action];
        for (input, of) in declared.inputs.entries() {
            for sample in edges(cx, id, (action, input), &of.ty) {
                attempt(cx, (id, action, input), sample)?;
            }
        }
    }
    Ok(())
}

/// Values that the input takes: at the edges of its own type, and around those of the fields that it is put into.
fn edges(cx: &Session<'_>, id: RouteId, (action, input): (ActionId, InputId), ty: &Type) -> Vec<Sample> {
    let design = &cx.model.design;
    let entity = &design.entities[cx.model.http.routes[id].entity];
    let mut samples = values::fitting(design, ty);
    for field in targets(&entity.actions[action], input) {
        let target = &entity.fields[field].ty;
        if target == ty {
            continue;
        }
        let within = values::fitting(design, target)
            .into_iter()
            .map(|sample| sample.kept);
        let beyond = values::misfits(design, target)
            .into_iter()
            .filter_map(|misfit| serde_json::from_str::<Json>(&misfit.json).ok());
        let taken = within
            .chain(beyond)
            .filter(|value| !value.is_null() && fits(design, ty, value));
        samples.extend(taken.map(Sample::plain));
    }
    samples.dedup();
    samples
}

/// The fields that an input is put into.
fn targets(action: &Action, input: InputId) -> Vec<groma_ir::design::FieldId> {
    let is_it = |assign: &Assign| matches!(assign, Assign::Term(Term::Input(known)) if *known == input);
    let sets = action.sets.iter().filter(|(_, assign)| is_it(assign));
    sets.map(|(field, _)| *field).collect()
}

/// The action on a row of its own, with one input at an edge; then the row is read again.
fn attempt(
    cx: &mut Session<'_>,
    (id, action, input): (RouteId, ActionId, InputId),
    sample: Sample,
) -> Result<(), NetError> {
    let Some(Cast { actor, row }) = cast(cx, id, Fill::Turn(0))? else {
        return Ok(());
    };
    let declared = &cx.model.design.entities[row.entity].actions[action];
    if let Some(moves) = &declared.moves
        && let Some(from) = moves.from.first()
    {
        let state = cx.model.design.variant_name(moves.of, *from).to_owned();
        bring_to(cx, row, moves.field, &state, actor)?;
    }
    let made = action_call(cx, row, (action, 0), actor);
    if let Some(Body::Members(mut members)) = made.map(|call| call.body) {
        members.retain(|member| !matches!(member, Member::Input(known, _) if *known == input));
        members.push(Member::Input(input, sample));
        let call = Call::new(id, actor).on(row).body(Body::Members(members));
        let label = format!("{}-{}-edge", declared.name, declared.inputs[input].name);
        cx.try_refused(&catalogue::F09, &label, &call)?;
        let reader = cx.reader(row).unwrap_or(actor);
        cx.check_row(&catalogue::F09, &format!("{label}-read-back"), row, reader)?;
    }
    remove(cx, row, actor)
}
