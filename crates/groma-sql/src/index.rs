//! Which index serves a statement: told to people, and checked against the database's own plan in tests.

use groma_ir::design::FieldId;
use groma_ir::tables::Table;

/// The index that finds rows by these fields and gives them in this order; the table's key is one too.
pub(crate) fn serving(table: &Table, equal: &[FieldId], order: &[FieldId]) -> Option<String> {
    if equal.contains(&table.key) {
        return Some(format!("primary key of {}", table.name));
    }
    let mut best: Option<(usize, String)> = None;
    for (name, columns) in candidates(table) {
        let score = score(&columns, equal, order);
        if score > 0 && best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The indexes that find rows by one of these fields first.
pub(crate) fn beginning(table: &Table, equal: &[FieldId]) -> Vec<String> {
    let all = candidates(table).into_iter();
    all.filter(|(_, columns)| columns.first().is_some_and(|first| equal.contains(first)))
        .map(|(name, _)| name)
        .collect()
}

fn candidates(table: &Table) -> Vec<(String, Vec<FieldId>)> {
    let indexes = table.indexes.iter().map(|index| {
        (
            index.name.clone(),
            index.columns.iter().map(|column| column.field).collect(),
        )
    });
    let whole = table.uniques.iter().filter(|unique| unique.when.is_none());
    let uniques = whole.map(|unique| (unique.name.clone(), unique.fields.clone()));
    let key = (format!("primary key of {}", table.name), vec![table.key]);
    indexes.chain(uniques).chain([key]).collect()
}

/// How far an index carries: columns that are equal, then columns of the order.
fn score(columns: &[FieldId], equal: &[FieldId], order: &[FieldId]) -> usize {
    let held = columns.iter().take_while(|column| equal.contains(column)).count();
    if held == 0 && !equal.is_empty() {
        return 0;
    }
    let wanted: Vec<&FieldId> = order.iter().filter(|field| !equal.contains(field)).collect();
    let ordered = columns
        .iter()
        .skip(held)
        .zip(wanted)
        .take_while(|(column, wanted)| column == wanted)
        .count();
    held * 8 + ordered
}
