//! Row-level security: the role of requests, what policies ask, and the policies.

use groma_sql::schema::{Function, Schema, Table};

use super::{Rank, Work};
use crate::op::Op;

/// The role, before anything speaks of it, and after nothing does any more.
pub(super) fn role(work: &mut Work<'_>, source: &Schema, target: &Schema) {
    let (from, to) = (source.role.clone(), target.role.clone());
    if from == to {
        return;
    }
    let op = Op::SetRole { from, to };
    if target.role.is_some() {
        work.expand(Rank::Role, op);
    } else {
        work.contract(Rank::DropTable, op);
    }
}

/// The fence around a table, exchanged in one go: nobody gets in meanwhile, and nobody is kept out.
pub(super) fn compare(work: &mut Work<'_>, old: Option<&Table>, new: &Table, role: (&Schema, &Schema)) {
    for op in between(old, Some(new), role) {
        work.expand(Rank::Policy, op);
    }
}

/// Takes the fence of a table away that goes, right before that.
pub(super) fn take(work: &mut Work<'_>, table: &Table, role: (&Schema, &Schema)) {
    for op in between(Some(table), None, role) {
        work.contract(Rank::DropTable, op);
    }
}

fn between(old: Option<&Table>, new: Option<&Table>, (source, target): (&Schema, &Schema)) -> Vec<Op> {
    let Some(name) = new.or(old).map(|table| table.name.clone()) else {
        return Vec::new();
    };
    let table = || name.clone();
    let (was, is) = (policies(old), policies(new));
    let mut ops = Vec::new();
    for policy in was.iter().filter(|it| !is.contains(it)) {
        let (table, policy) = (table(), policy.clone());
        ops.push(Op::DropPolicy { table, policy });
    }
    let (had, has) = (functions(old), functions(new));
    for from in had.iter().filter(|it| !has.contains(it)) {
        let to = has.iter().find(|it| it.name == from.name).cloned();
        let (table, from) = (table(), Some(from.clone()));
        ops.push(Op::SetFunction { table, from, to });
    }
    for to in has
        .iter()
        .filter(|it| !had.iter().any(|from| from.name == it.name))
    {
        let (table, to) = (table(), Some(to.clone()));
        ops.push(Op::SetFunction {
            table,
            from: None,
            to,
        });
    }
    for policy in is.iter().filter(|it| !was.contains(it)) {
        let (table, policy) = (table(), policy.clone());
        ops.push(Op::AddPolicy { table, policy });
    }
    let (was, is) = (
        old.is_some_and(|it| it.row_security),
        new.is_some_and(|it| it.row_security),
    );
    let role = target.role.as_ref().or(source.role.as_ref());
    if let (true, Some(role)) = (was != is, role) {
        let (table, role) = (table(), role.name.clone());
        ops.push(Op::Secure { table, role, to: is });
    }
    ops
}

fn policies(table: Option<&Table>) -> &[groma_sql::schema::Policy] {
    table.map_or(&[], |table| &table.policies)
}

fn functions(table: Option<&Table>) -> &[Function] {
    table.map_or(&[], |table| &table.functions)
}

/// A table without its fence, which is put around it when it stands.
pub(super) fn without(table: &Table) -> Table {
    Table {
        row_security: false,
        functions: Vec::new(),
        policies: Vec::new(),
        ..table.clone()
    }
}
