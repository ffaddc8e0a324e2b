//! Bodies with one mistake: each member missing, null, of another type, over its edge, or malformed.

use groma_ir::design::{FieldId, Type};
use groma_ir::http::{ErrorCode, Member as Declared, MemberKind, Operation, Problem, RouteId, SchemaKind};
use groma_ir::scalar::Scalar;

use super::access::body_for;
use super::round_trip::remove;
use super::runs;
use crate::call::{ActorId, Body, Call, Fault, Member, Mistake};
use crate::catalogue::{self, Check};
use crate::fixtures::{
    Cast, Fill, action_call, cast, cast_for, compose, creator, edge_values, lacking, may_write, onlooker,
};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::values::{self, Misfit};

/// A body route, and a row to send to where it needs one.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    pub(super) route: RouteId,
    pub(super) actor: ActorId,
    pub(super) row: Option<RowId>,
    /// A body without a mistake.
    pub(super) base: Vec<Member>,
}

/// The checks that a route without a bench leaves untried.
const CHECKS: [&Check; 6] = [
    &catalogue::V01,
    &catalogue::V02,
    &catalogue::V03,
    &catalogue::V04,
    &catalogue::V05,
    &catalogue::V07,
];

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for bench in benches(cx, &CHECKS)? {
        for member in members(cx, bench.route) {
            one_by_one(cx, &bench, &member)?;
            edges(cx, &bench, &member)?;
        }
    }
    Ok(())
}

/// Values at the very edge fit: a bound that is off by one, or counted in bytes, refuses them.
fn edges(cx: &mut Session<'_>, bench: &Bench, member: &Declared) -> Result<(), NetError> {
    let route = &cx.model.http.routes[bench.route];
    let (MemberKind::Field(field, ty), Operation::Create | Operation::Update) =
        (&member.kind, route.operation)
    else {
        return Ok(());
    };
    if !matches!(ty, Type::Scalar(_) | Type::List(_)) {
        return Ok(());
    }
    let Some(bench) = writing(cx, bench, *field)? else {
        return Ok(());
    };
    for sample in edge_values(cx, route.entity, *field, bench.actor) {
        let call = bench.call(bench.body(cx, &member.name, vec![Member::Field(*field, sample)]));
        if cx.decide(&call).is_success() {
            let reply = cx.try_call(&catalogue::V03, &format!("{}-edge", member.name), &call)?;
            if let (Some(row), None) = (reply.row, bench.row) {
                remove(cx, row, bench.actor)?;
            }
        }
    }
    Ok(())
}

/// The bench, or one whose actor may write a field.
fn writing(cx: &mut Session<'_>, bench: &Bench, field: FieldId) -> Result<Option<Bench>, NetError> {
    let Some(row) = bench.row else {
        return Ok(Some(bench.clone()));
    };
    if may_write(cx, (bench.route, field), bench.actor, row) {
        return Ok(Some(bench.clone()));
    }
    let other = cast_for(cx, bench.route, field, Fill::Turn(0))?;
    Ok(other.map(|Cast { actor, row }| Bench {
        actor,
        row: Some(row),
        ..bench.clone()
    }))
}

/// Every route that takes a body, with a valid one; the checks are not tried where there is none.
pub(super) fn benches(cx: &mut Session<'_>, checks: &[&'static Check]) -> Result<Vec<Bench>, NetError> {
    let mut all = Vec::new();
    for (id, route) in cx.routes() {
        if route.body.is_none() {
            continue;
        }
        let found = if route.operation.is_on_item() {
            let part = cast(cx, id, Fill::Turn(0))?.or_else(|| onlooker(cx, id));
            part.map(|Cast { actor, row }| (actor, Some(row)))
        } else {
            creator(cx, id)?.map(|actor| (actor, None))
        };
        let bench = found.and_then(|(actor, row)| {
            let base = base(cx, id, actor, row)?;
            Some(Bench {
                route: id,
                actor,
                row,
                base,
            })
        });
        match bench {
            Some(bench) => all.push(bench),
            None => lacking(cx, checks, id),
        }
    }
    Ok(all)
}

fn base(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: Option<RowId>) -> Option<Vec<Member>> {
    let fields = |fields: Vec<_>| {
        fields
            .into_iter()
            .map(|(field, sample)| Member::Field(field, sample))
            .collect()
    };
    match (cx.model.http.routes[id].operation, row) {
        (Operation::Update, _) => Some(Vec::new()),
        (Operation::Action(action), Some(row)) => match action_call(cx, row, (action, 0), actor)?.body {
            Body::Members(members) => Some(members),
            Body::None | Body::Raw(_) => Some(Vec::new()),
        },
        (Operation::Create, _) => {
            compose(cx, id, actor, Fill::Least).map(|call| fields(call.body.into_fields()))
        }
        (_, Some(row)) => {
            let call = body_for(cx, Call::new(id, actor).on(row), Some(row))?;
            Some(fields(call.body.into_fields()))
        }
        _ => None,
    }
}

/// The members that a route's body may hold.
pub(super) fn members(cx: &Session<'_>, id: RouteId) -> Vec<Declared> {
    let Some(schema) = cx.model.http.routes[id].body else {
        return Vec::new();
    };
    match &cx.model.http.schemas[schema].kind {
        SchemaKind::Input(members) | SchemaKind::Patch(members) => members.clone(),
        _ => Vec::new(),
    }
}

/// The type of a member of a body.
pub(super) fn type_of(member: &Declared) -> Option<&Type> {
    match &member.kind {
        MemberKind::Field(_, ty) | MemberKind::Input(_, ty) => Some(ty),
        _ => None,
    }
}

impl Bench {
    /// The base body without a member, and with others.
    pub(super) fn body(&self, cx: &Session<'_>, without: &str, with: Vec<Member>) -> Body {
        let mut members: Vec<Member> = self
            .base
            .iter()
            .filter(|member| name_of(cx, self.route, member) != without)
            .cloned()
            .collect();
        members.extend(with);
        Body::Members(members)
    }

    /// A call with a body.
    pub(super) fn call(&self, body: Body) -> Call {
        let call = Call::new(self.route, self.actor).body(body);
        match self.row {
            Some(row) => call.on(row),
            None => call,
        }
    }

    /// A refusal of the body for these mistakes.
    pub(super) fn fault(&self, cx: &Session<'_>, mistakes: Vec<Mistake>, about: Option<&Declared>) -> Fault {
        let entity = cx.model.http.routes[self.route].entity;
        let field = about.and_then(|member| match member.kind {
            MemberKind::Field(field, _) => Some((entity, field)),
            _ => None,
        });
        Fault {
            problem: Problem::InvalidBody {
                status: cx.model.design.service.validation_status,
            },
            mistakes,
            field,
        }
    }

    /// Proves that the row is as it was.
    pub(super) fn prove(
        &self,
        cx: &mut Session<'_>,
        check: &'static Check,
        label: &str,
        call: &Call,
    ) -> Result<(), NetError> {
        match self.row {
            Some(row) => cx.prove_unchanged(check, label, call, row),
            None => Ok(()),
        }
    }
}

/// The wire name of a member of a body.
pub(super) fn name_of(cx: &Session<'_>, id: RouteId, member: &Member) -> String {
    let route = &cx.model.http.routes[id];
    let entity = &cx.model.design.entities[route.entity];
    match (member, route.operation) {
        (Member::Field(field, _), _) => entity.fields[*field].wire.clone(),
        (Member::Input(input, _), Operation::Action(action)) => {
            entity.actions[action].inputs[*input].name.clone()
        }
        (Member::Input(..), _) => String::new(),
        (Member::Raw(name, _), _) => name.clone(),
    }
}

fn one_by_one(cx: &mut Session<'_>, bench: &Bench, member: &Declared) -> Result<(), NetError> {
    let Some(ty) = type_of(member) else { return Ok(()) };
    let mut last = None;
    if member.required {
        let body = bench.body(cx, &member.name, Vec::new());
        let mistake = Mistake::at_member(ErrorCode::Missing, &member.name);
        last = Some(send(
            cx,
            bench,
            member,
            (&catalogue::V01, "missing"),
            body,
            mistake,
        )?);
    }
    if !member.nullable && *ty != Type::Scalar(Scalar::Json) {
        let mistake = Mistake::at_member(values::type_code(&cx.model.design, ty), &member.name);
        let body = raw(cx, bench, member, "null");
        last = Some(send(cx, bench, member, (&catalogue::V01, "null"), body, mistake)?);
    }
    for misfit in chosen_misfits(cx, bench, ty) {
        let at = Mistake::at_member(misfit.code, &member.name);
        let mistake = Mistake {
            at: format!("{}{}", at.at, misfit.below),
            ..at
        };
        let body = raw(cx, bench, member, &misfit.json);
        last = Some(send(
            cx,
            bench,
            member,
            (misfit.check, &misfit.name),
            body,
            mistake,
        )?);
    }
    numbers(cx, bench, member, ty)?;
    match last {
        Some(call) => bench.prove(cx, &catalogue::V03, &member.name, &call),
        None => Ok(()),
    }
}

/// Every misfit; of each kind one, where the body is that of a replace, which reads what a create reads.
fn chosen_misfits(cx: &Session<'_>, bench: &Bench, ty: &Type) -> Vec<Misfit> {
    let mut all = values::misfits(&cx.model.design, ty);
    if cx.model.http.routes[bench.route].operation == Operation::Replace {
        let mut seen: Vec<&'static str> = Vec::new();
        all.retain(|misfit| {
            let is_new = !seen.contains(&misfit.check.id);
            seen.push(misfit.check.id);
            is_new
        });
    }
    all
}

fn raw(cx: &Session<'_>, bench: &Bench, member: &Declared, json: &str) -> Body {
    bench.body(
        cx,
        &member.name,
        vec![Member::Raw(member.name.clone(), json.to_owned())],
    )
}

fn send(
    cx: &mut Session<'_>,
    bench: &Bench,
    member: &Declared,
    (check, name): (&'static Check, &str),
    body: Body,
    mistake: Mistake,
) -> Result<Call, NetError> {
    let call = bench
        .call(body)
        .wrong(bench.fault(cx, vec![mistake], Some(member)));
    if runs(cx, check) {
        cx.try_call(check, &format!("{}-{name}", member.name), &call)?;
    }
    Ok(call)
}

/// Numbers that no 64 bits hold.
fn numbers(cx: &mut Session<'_>, bench: &Bench, member: &Declared, ty: &Type) -> Result<(), NetError> {
    for (name, json) in values::huge(&cx.model.design, ty) {
        let call = bench
            .call(raw(cx, bench, member, &json))
            .wrong(bench.fault(cx, Vec::new(), Some(member)));
        cx.try_call(&catalogue::V07, &format!("{}-{name}", member.name), &call)?;
    }
    Ok(())
}
