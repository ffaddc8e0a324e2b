//! What a transaction says before its first statement where the rules hold inside the database too.

use groma_ir::Model;
use groma_ir::scalar::StorageClass;
use groma_plan::{Caller, Value, write_string};

use super::Cx;
use crate::schema::doing;
use crate::{Call, Dialect, ParameterType, Sql};

/// Takes on the role that the policies hold, and says who calls and what is done; until the transaction ends.
const STATEMENT: &str = "SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)";

/// Whether the fence stands in the transaction that runs.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Fence {
    /// The design asks for none, or the database has none.
    None,
    /// It has to be put up before the next statement.
    Due,
    /// It is being put up; the statement waits.
    Rising(Call),
    /// It stands.
    Up,
    /// It could not be put up.
    Down,
}

impl Fence {
    pub(super) fn of(sql: &Sql) -> Self {
        let is_asked = sql.model().design.service.row_security.is_some();
        match sql.dialect() {
            Dialect::Postgres if is_asked => Self::Due,
            Dialect::Postgres | Dialect::Sqlite => Self::None,
        }
    }
}

/// The statement that puts it up.
pub(super) fn call(cx: &Cx) -> Call {
    let model = cx.sql.model();
    let role = model.design.service.row_security.clone().unwrap_or_default();
    let plan = cx.plan();
    let does = doing(model, plan.entity, plan.operation);
    Call {
        sql: STATEMENT.into(),
        params: vec![
            Value::Text(role),
            Value::Text(claims(model, &cx.caller, cx.request.world.now, &does)),
        ],
        types: [ParameterType::One(StorageClass::Text); 2].into(),
    }
}

/// Who calls, as JSON.
fn claims(model: &Model, caller: &Caller, now: i64, does: &str) -> String {
    let auth = model.design.auth.as_ref();
    let roles = auth.iter().flat_map(|auth| auth.roles.entries());
    let roles = roles.filter(|(id, _)| caller.facts.roles.contains(*id));
    let claims = auth.iter().flat_map(|auth| auth.claims.iter());
    let claims = claims.zip(&caller.claims);
    let mut out = Vec::from(b"{\"sub\":");
    json(&mut out, &caller.key);
    out.extend_from_slice(b",\"roles\":[");
    for (index, (_, role)) in roles.enumerate() {
        out.extend_from_slice(if index > 0 { b"," } else { b"" });
        write_string(&mut out, &role.name);
    }
    out.extend_from_slice(b"],\"claims\":{");
    for (index, (claim, value)) in claims.enumerate() {
        out.extend_from_slice(if index > 0 { b"," } else { b"" });
        write_string(&mut out, &claim.name);
        out.push(b':');
        json(&mut out, value);
    }
    out.extend_from_slice(b"},\"now\":");
    json(&mut out, &Value::Timestamp(now));
    out.extend_from_slice(b",\"does\":");
    write_string(&mut out, does);
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}

fn json(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(_) | Value::Int(_) => out.extend_from_slice(value.to_wire_text().as_bytes()),
        other => write_string(out, &other.to_wire_text()),
    }
}
