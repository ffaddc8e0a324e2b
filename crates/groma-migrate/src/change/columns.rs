//! The columns of one table.

use groma_sql::Dialect;
use groma_sql::schema::{Column, Schema, Table};

use super::questions::{self, QuestionKind};
use super::{Rank, Work, beside, constraints};
use crate::conversion::{Conversion, conversion, said};
use crate::op::{Op, Way};

pub(super) fn compare(work: &mut Work<'_>, (old, new): (&Table, &Table), schemas: (&Schema, &Schema)) {
    let gone: Vec<&Column> = old
        .columns
        .iter()
        .filter(|it| new.column(&it.name).is_none())
        .collect();
    let come: Vec<&Column> = new
        .columns
        .iter()
        .filter(|it| old.column(&it.name).is_none())
        .collect();
    let left = |column: &&&Column| {
        let place = (new.name.clone(), column.name.clone());
        !work.beside.contains(&place)
    };
    let asked: Vec<&Column> = gone.iter().filter(left).copied().collect();
    questions::columns(work, &new.name, &asked, &come);
    for column in &new.columns {
        match old.column(&column.name) {
            // Another collation alone is let be: pages are in the order of the column's own.
            Some(was) if (&was.ty, &was.class) != (&column.ty, &column.class) => {
                let way = beside::hindrance(work, schemas, (old, was, column));
                retyped(work, &new.name, (was, column), way);
            }
            Some(was) => one(work, &new.name, was, column),
            None => added(work, new, column),
        }
    }
    for column in gone {
        dropped(work, old, new, column);
    }
}

fn added(work: &mut Work<'_>, table: &Table, column: &Column) {
    let add = |column: Column| Op::AddColumn {
        table: table.name.clone(),
        column,
    };
    let is_key = table
        .primary_key
        .as_ref()
        .is_some_and(|key| key.columns.contains(&column.name));
    let says_value = column.default.is_some() || column.identity || !column.not_null;
    if says_value || is_key {
        return work.expand(Rank::AddColumn, add(column.clone()));
    }
    // The release before says no value for it, so that the database has to, or has to do without, until that has ended.
    if let Some(fill) = &column.fill {
        let fill = match work.dialect {
            Dialect::Postgres => fill.clone(),
            // It takes an expression in parentheses alone.
            Dialect::Sqlite => format!("({fill})"),
        };
        let meanwhile = Column {
            default: Some(fill.clone()),
            ..column.clone()
        };
        work.expand(Rank::AddColumn, add(meanwhile));
        return work.contract(Rank::Relax, default(&table.name, &column.name, Some(&fill), None));
    }
    let empty = Column {
        not_null: false,
        ..column.clone()
    };
    work.expand(Rank::AddColumn, add(empty));
    let op = Op::SetNotNull {
        table: table.name.clone(),
        column: column.name.clone(),
    };
    work.contract(Rank::Tighten, op);
    if !work.is_empty(&table.name) {
        work.ask(&table.name, Some(&column.name), QuestionKind::NeedsValue);
    }
}

fn default(table: &str, column: &str, from: Option<&String>, to: Option<&String>) -> Op {
    Op::SetDefault {
        table: table.to_owned(),
        column: column.to_owned(),
        from: from.cloned(),
        to: to.cloned(),
    }
}

fn one(work: &mut Work<'_>, table: &str, old: &Column, new: &Column) {
    let column = || (table.to_owned(), new.name.clone());
    defaults(work, table, old, new);
    if old.identity != new.identity {
        let (table, column) = column();
        let to = new.identity;
        work.expand(Rank::Relax, Op::SetIdentity { table, column, to });
    }
    nullable(work, table, old, new);
}

fn nullable(work: &mut Work<'_>, table: &str, old: &Column, new: &Column) {
    let (table, column) = (table.to_owned(), new.name.clone());
    match (old.not_null, new.not_null) {
        (true, false) => work.expand(Rank::Relax, Op::DropNotNull { table, column }),
        (false, true) => {
            if let Some(with) = new.fill.clone() {
                let (table, column) = (table.clone(), column.clone());
                work.expand(Rank::Value, Op::Fill { table, column, with });
            }
            if let Some(with) = new.fill.clone() {
                let (table, column) = (table.clone(), column.clone());
                work.contract(Rank::Value, Op::Fill { table, column, with });
            }
            work.contract(Rank::Tighten, Op::SetNotNull { table, column });
        }
        (true, true) | (false, false) => {}
    }
}

fn defaults(work: &mut Work<'_>, table: &str, old: &Column, new: &Column) {
    let (from, to) = (old.default.as_ref(), new.default.as_ref());
    if from == to {
        return;
    }
    let op = default(table, &new.name, from, to);
    if to.is_some() {
        work.expand(Rank::Relax, op);
    } else {
        // The release before may leave the column out.
        work.contract(Rank::Relax, op);
    }
}

fn retyped(work: &mut Work<'_>, table: &str, (old, new): (&Column, &Column), way: Option<Way>) {
    let conversion = conversion(work.dialect, old, new);
    if conversion == Conversion::None {
        let kind = QuestionKind::NoConversion {
            from: said(old).to_owned(),
            to: said(new).to_owned(),
        };
        return work.ask(table, Some(&new.name), kind);
    }
    work.retyped.insert((table.to_owned(), new.name.clone()));
    let (was, is) = (old.default.as_ref(), new.default.as_ref());
    if was.is_some() {
        work.expand(Rank::Retype, default(table, &new.name, was, None));
    }
    let op = Op::Retype {
        table: table.to_owned(),
        from: old.clone(),
        to: new.clone(),
        way: way.filter(|_| conversion != Conversion::Free && work.dialect == Dialect::Postgres),
    };
    work.expand(Rank::Retype, op);
    if is.is_some() {
        work.expand(Rank::Retype, default(table, &new.name, None, is));
    }
    if old.identity != new.identity {
        let op = Op::SetIdentity {
            table: table.to_owned(),
            column: new.name.clone(),
            to: new.identity,
        };
        work.expand(Rank::Retype, op);
    }
    nullable(work, table, old, new);
}

fn dropped(work: &mut Work<'_>, old: &Table, new: &Table, column: &Column) {
    let table = || new.name.clone();
    let is_key = old
        .primary_key
        .as_ref()
        .is_some_and(|key| key.columns.contains(&column.name));
    // The new release leaves it out.
    let mut column = column.clone();
    if column.not_null && column.default.is_none() && !column.identity && !is_key {
        let op = Op::LetGo {
            table: table(),
            column: column.name.clone(),
        };
        work.expand(Rank::Relax, op);
        column.not_null = false;
    }
    let name = column.name.clone();
    constraints::free(work, old, |columns| columns.contains(&name));
    constraints::dependents(work, old, new, &name);
    let table = table();
    work.contract(Rank::DropColumn, Op::DropColumn { table, column });
}
