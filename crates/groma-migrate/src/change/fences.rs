//! Row-level security: the role of requests, what policies ask, and the policies.

use groma_sql::schema::{Function, FunctionKind, Schema, Table};

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
    let moved = moved(work, new);
    let (early, late) = match (old, moved) {
        (Some(old), Some(before)) => views(old, new, &before),
        _ => (Vec::new(), Vec::new()),
    };
    let is_apart = !early.is_empty() || !late.is_empty();
    let exchanged = if is_apart {
        between(old.map(plain).as_ref(), Some(&plain(new)), role)
    } else {
        between(old, Some(new), role)
    };
    for op in early {
        work.expand(Rank::View, op);
    }
    for op in exchanged.into_iter().chain(late) {
        work.expand(Rank::Policy, op);
    }
}

/// Whether the new fence can be put up as soon as the table is changed: it asks for nothing that is still to come.
pub(super) fn stands_already(old: &Table, new: &Table, (source, target): (&Schema, &Schema)) -> bool {
    let has_columns = new
        .columns
        .iter()
        .all(|column| old.column(&column.name).is_some());
    has_columns
        && target
            .tables
            .iter()
            .all(|table| source.table(&table.name).is_some())
}

/// The fence around a table of which columns take each other's place: what looks at them goes before, and comes back, as
/// the other table has it, after.
pub(super) fn around(old: &Table, new: &Table, role: (&Schema, &Schema)) -> (Vec<Op>, Vec<Op>) {
    let (early, mut late) = views(old, new, &new.name);
    let mut exchanged = between(Some(&plain(old)), Some(&plain(new)), role);
    exchanged.append(&mut late);
    (early, exchanged)
}

/// A table without the views of its fence.
fn plain(table: &Table) -> Table {
    let functions = table.functions.iter().filter(|it| !is_view(it));
    Table {
        functions: functions.cloned().collect(),
        ..table.clone()
    }
}

/// What a table was called before, where a view of it could not stay as it is: it, or a column of it, gets another name
/// or another type.
fn moved(work: &Work<'_>, table: &Table) -> Option<String> {
    let renamed = work.expand.iter().find_map(|(_, op)| match op {
        Op::RenameTable { from, to } if *to == table.name => Some(from.clone()),
        _ => None,
    });
    let changes = work.expand.iter().any(|(_, op)| match op {
        Op::RenameColumn { table: of, .. } | Op::Retype { table: of, .. } => *of == table.name,
        _ => false,
    });
    renamed.or_else(|| changes.then(|| table.name.clone()))
}

/// Views go first and come last, so that on the way back they go first and come last too.
fn views(old: &Table, new: &Table, before: &str) -> (Vec<Op>, Vec<Op>) {
    let goes = old.functions.iter().filter(|it| is_view(it));
    let goes = goes.map(|from| Op::SetFunction {
        table: before.to_owned(),
        from: Some(from.clone()),
        to: None,
    });
    let comes = new.functions.iter().filter(|it| is_view(it));
    let comes = comes.map(|to| Op::SetFunction {
        table: new.name.clone(),
        from: None,
        to: Some(to.clone()),
    });
    (goes.collect(), comes.collect())
}

fn is_view(function: &Function) -> bool {
    matches!(function.kind, FunctionKind::Rows { .. })
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
