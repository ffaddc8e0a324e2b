//! The statements that make the tables of a design, and those that stand in for somebody else's.

use groma_ir::Model;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, Term};
use groma_ir::tables::{Table, TableCheck};

use crate::dialect::quoted;
use crate::schema::{self, table_options, table_parts};
use crate::write::{Context, Style};
use crate::{Dialect, Presence};

/// The tables that are ours, each after those that it points at and before its own indexes. On SQLite each statement
/// does nothing where what it makes is there.
pub fn create_statements(model: &Model, dialect: Dialect) -> Vec<String> {
    schema::of_model(model, dialect).create_statements()
}

/// The mark of a stand-in in the statement that made it, which databases keep.
pub const STAND_IN: &str = "/* stand-in, made by groma */";

/// A table in place of one that somebody else owns and that is not there: of the declaration, and empty.
pub fn stand_in_statement(model: &Model, dialect: Dialect, entity: EntityId) -> String {
    let cx = Context {
        model,
        dialect: dialect.into(),
        presence: &Presence::none(),
        style: Style::Machine,
    };
    let table = schema::table(&cx, model.tables.of(entity));
    let keys: Vec<_> = table.foreign_keys.iter().collect();
    let parts = table_parts(dialect, &table, &keys).join(",\n  ");
    format!(
        "CREATE TABLE {} ({STAND_IN}\n  {parts}\n){}",
        quoted(&table.name),
        table_options(dialect, &table)
    )
}

/// The checks that the table keeps by itself.
pub(crate) fn constraints(table: &Table) -> impl Iterator<Item = (&TableCheck, Pred)> {
    let checks = table.checks.iter();
    checks
        .map(|check| (check, Pred::from_cond(&check.cond)))
        .filter(|(_, pred)| is_of_the_row(pred))
}

/// Whether a condition is about stored fields alone: a table cannot ask for the caller or the time.
fn is_of_the_row(pred: &Pred) -> bool {
    let is_own = |term: &Term| matches!(term, Term::Field { .. } | Term::Value(_));
    !pred.any_atom(&|atom| match atom {
        Atom::Compare { left, right, .. } => !is_own(left) || !is_own(right),
        Atom::IsNone(term) => !is_own(term),
        Atom::In { term, set } => !is_own(term) || !set.iter().all(is_own),
        Atom::IsTrue { .. } => false,
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::ClaimIsTrue(_) => true,
    })
}
