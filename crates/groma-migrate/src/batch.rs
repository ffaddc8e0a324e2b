//! Writing many rows in small transactions, which can be broken off and begun again at any point.

use groma_sql::schema::{Table, quoted};

/// So many rows at once: locks are held for milliseconds.
const ROWS: u32 = 1000;

/// The statement of one batch: `set` is what is written where `still` holds, which no longer holds of what was written.
/// Rows that somebody else is writing are left for the next pass. It answers its last key, and how many rows it wrote.
pub(crate) fn statement(table: &Table, set: &str, still: &str) -> String {
    let name = quoted(&table.name);
    let Some((key, ty)) = key(table) else {
        return format!(
            "WITH batch AS (\n  SELECT ctid AS place FROM {name}\n  WHERE {still} AND ($1::text IS NULL OR $1::text <> '')\n  \
             LIMIT {ROWS} FOR UPDATE SKIP LOCKED\n), written AS (\n  UPDATE {name} SET {set} WHERE ctid IN (SELECT place FROM batch)\n)\n\
             SELECT place::text, count(*) OVER () FROM batch LIMIT 1"
        );
    };
    format!(
        "WITH batch AS (\n  SELECT {key} FROM {name}\n  WHERE {still} AND ($1::text IS NULL OR {key} > $1::text::{ty})\n  \
         ORDER BY {key} LIMIT {ROWS} FOR UPDATE SKIP LOCKED\n), written AS (\n  UPDATE {name} SET {set} WHERE {key} IN (SELECT {key} FROM batch)\n)\n\
         SELECT {key}::text, count(*) OVER () FROM batch ORDER BY {key} DESC LIMIT 1"
    )
}

/// The only column of the primary key, and its type.
fn key(table: &Table) -> Option<(String, &str)> {
    let [name] = table.primary_key.as_ref()?.columns.as_slice() else {
        return None;
    };
    let column = table.column(name)?;
    Some((quoted(name), &column.ty))
}
