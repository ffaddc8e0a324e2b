//! What tables do otherwise than their form says: which of it no server of a design could run on.

use groma_database::catalog::{Catalog, Quirk, QuirkKind};
use groma_ir::Model;
use groma_ir::design::{Default as FieldDefault, Type};
use groma_ir::scalar::Scalar;
use groma_sql::Dialect;
use groma_sql::schema::{Schema, Table, looked_up, quoted};

use super::{Fit, History, SchemaDifference};

/// Adds what the tables of a design do otherwise. What they have beside the design may do what it likes.
pub(in crate::store) fn add_quirks(
    fit: &mut Fit,
    model: &Model,
    (wanted, live): (&Schema, &Catalog),
    history: &History,
) {
    if fit.is_empty {
        return;
    }
    let is_name = |one: &str, other: &str| match wanted.dialect {
        Dialect::Postgres => one == other,
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
    };
    let mut untyped = Vec::new();
    for table in &wanted.tables {
        let all = live.facts.iter().filter(|(name, _)| is_name(name, &table.name));
        for quirk in all.flat_map(|(_, facts)| &facts.quirks) {
            let mut columns = table.columns.iter();
            let column = columns.find(|column| is_name(&column.name, &quirk.name));
            let said = quirk.of(&table.name);
            match (quirk.kind, column) {
                (QuirkKind::Collation | QuirkKind::Computed, None) => {}
                (QuirkKind::Uncounted, Some(column)) if !column.ty.eq_ignore_ascii_case("INTEGER") => {}
                (QuirkKind::Deferrable, _)
                    if !is_counted_on(table, live.schema.table(&table.name), quirk) => {}
                (QuirkKind::Collation, Some(column)) if is_plain(model, &table.name, &column.name) => {
                    fit.noted.push(format!("{said}: so does every search in it"));
                }
                (QuirkKind::Before, _) if is_meant(table, live, quirk, history) => {
                    fit.noted
                        .push(format!("{said}: what is written may be another row, or none"));
                }
                (QuirkKind::Before, _) => {
                    let remedy = remedy(wanted.dialect, history);
                    let said = format!("{said}: drop it{remedy}");
                    fit.differences.push(SchemaDifference::Otherwise(said));
                }
                (QuirkKind::Beside, _) if is_meant(table, live, quirk, history) => {}
                (QuirkKind::Beside, _) => fit.noted.push(format!(
                    "{said}: no answer shows what it does; drop it where nobody means it"
                )),
                (QuirkKind::Public, _) => fit.noted.push(format!(
                    "{said}: say `REVOKE ALL ON {} FROM PUBLIC`, and grant it to whom it is meant for",
                    quoted(&table.name)
                )),
                (QuirkKind::Untyped, _) => untyped.push(format!("{:?}", table.name)),
                _ => fit.differences.push(SchemaDifference::Otherwise(said)),
            }
        }
    }
    if !untyped.is_empty() {
        fit.noted.push(format!(
            "tables that are not `STRICT` take values of any type, and a row with one of another type is answered with 500: {}; \
             let none but this server write to them, or make them anew with `STRICT`",
            untyped.join(", ")
        ));
    }
}

/// Whether a trigger is as the last migration left it: made by one, or taken over by `adopt` or `drift --ignore`.
fn is_meant(table: &Table, live: &Catalog, quirk: &Quirk, history: &History) -> bool {
    let part = format!("trigger {}", quirk.name);
    let said = live.beside.get(&(table.name.clone(), part.clone()));
    live.schema.dialect == Dialect::Postgres && history.may_have_left_beside(&table.name, part, said)
}

/// What else can be done about a trigger; the record of SQLite knows nothing of them.
fn remedy(dialect: Dialect, history: &History) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres if history.is_kept => {
            ", or say by `groma migrate drift --ignore` that it is meant so"
        }
        Dialect::Postgres => ", or take it over by `groma migrate adopt`",
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
