//! What tables do otherwise than their form says: which of it no server of a design could run on.

use groma_database::catalog::{Catalog, Quirk, QuirkKind};
use groma_ir::Model;
use groma_ir::design::{Default as FieldDefault, Type};
use groma_ir::scalar::Scalar;
use groma_sql::Dialect;
use groma_sql::schema::{Schema, Table, looked_up};

use super::{Fit, SchemaDifference};

/// Adds what the tables of a design do otherwise. What they have beside the design may do what it likes.
pub(in crate::store) fn add_quirks(fit: &mut Fit, model: &Model, (wanted, live): (&Schema, &Catalog)) {
    if fit.is_empty {
        return;
    }
    let is_name = |one: &str, other: &str| match wanted.dialect {
        Dialect::Postgres => one == other,
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
    };
    for table in &wanted.tables {
        let all = live.facts.iter().filter(|(name, _)| is_name(name, &table.name));
        for quirk in all.flat_map(|(_, facts)| &facts.quirks) {
            let mut columns = table.columns.iter();
            let column = columns.find(|column| is_name(&column.name, &quirk.name));
            let difference = SchemaDifference::Otherwise(quirk.of(&table.name));
            match (quirk.kind, column) {
                (QuirkKind::Collation | QuirkKind::Computed, None) => {}
                (QuirkKind::Uncounted, Some(column)) if !column.ty.eq_ignore_ascii_case("INTEGER") => {}
                (QuirkKind::Deferrable, _)
                    if !is_counted_on(table, live.schema.table(&table.name), quirk) => {}
                (QuirkKind::Collation, Some(column)) if is_plain(model, &table.name, &column.name) => {
                    fit.loose.push(difference);
                }
                _ => fit.differences.push(difference),
            }
        }
    }
}

/// Whether a constraint that is there is one that the design has, by whatever name.
fn is_counted_on(wanted: &Table, there: Option<&Table>, quirk: &Quirk) -> bool {
    let keys = |table: &Table| -> Vec<(String, Vec<String>)> {
        let key = table
            .primary_key
            .iter()
            .map(|key| (key.name.clone(), key.columns.clone()));
        let uniques = table.uniques.iter();
        let uniques = uniques.map(|unique| (unique.name.clone(), unique.columns.clone()));
        key.chain(uniques).collect()
    };
    let wanted = keys(wanted);
    let mut there = there.map(keys).unwrap_or_default().into_iter();
    there.any(|(name, columns)| name == quirk.name && wanted.iter().any(|(_, wanted)| *wanted == columns))
}

/// Whether nothing but what a caller looks for goes by a column: no key, no reference, no rule, and nothing that is to be
/// unique or secret.
fn is_plain(model: &Model, table: &str, column: &str) -> bool {
    let Some(table) = model.tables.iter().find(|it| it.name == table) else {
        return false;
    };
    let Some(column) = table.columns.iter().find(|it| it.name == column) else {
        return false;
    };
    let id = column.field;
    let field = &model.design.entities[table.entity].fields[id];
    let is_text = matches!(
        field.ty,
        Type::Scalar(Scalar::Text(_) | Scalar::Email | Scalar::Url)
    );
    let is_callers = matches!(field.default, Some(FieldDefault::Caller));
    let access = model.access.of(table.entity);
    let writes = [&access.create, &access.update].into_iter();
    let writes =
        writes.flat_map(|rule| std::iter::once(&rule.row).chain(rule.fields.iter().map(|(_, rule)| rule)));
    let shown = access.shown.iter().map(|(_, rule)| rule);
    let mut rules = [&access.delete, &access.share]
        .into_iter()
        .chain(writes)
        .chain(shown)
        .chain(&access.actions);
    is_text
        && !is_callers
        && id != table.key
        && !table.uniques.iter().any(|unique| unique.fields.contains(&id))
        && !looked_up(model, table.entity).contains(&id)
        && !rules.any(|rule| rule.fields().contains(&id))
}
