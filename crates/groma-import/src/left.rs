//! What of a database is in no design: each thing is said, so that nobody takes the design for all there is.

use std::collections::BTreeSet;

use groma_migrate::{Affinity, affinity};
use groma_sql::Dialect;
use groma_sql::schema::{Schema, Table};

use crate::entity::{self, Draft, FieldType, is_plain, is_sayable, key_of};
use crate::{Beside, Note};

/// The tables that are in no page, each with the reason.
pub(crate) fn tables(schema: &Schema, beside: &Beside) -> Vec<Note> {
    let left = schema.tables.iter().filter_map(|table| {
        Some(Note {
            table: table.name.clone(),
            column: None,
            text: whole(schema, table, beside)?,
        })
    });
    left.collect()
}

/// Why a table is in no page.
pub(crate) fn whole(schema: &Schema, table: &Table, beside: &Beside) -> Option<String> {
    if entity::is_kept_by_better_auth(table, schema) {
        return Some(String::from(
            "it is Better Auth's, and nothing here asks for it: it is left out",
        ));
    }
    if entity::is_of_a_tool(table, schema) {
        return Some(String::from("a tool keeps it for itself: it is left out"));
    }
    if let Some(whole) = beside.partitions.get(&table.name) {
        return Some(format!(
            "it is a partition of `{whole}`, by which its rows are read: it is left out"
        ));
    }
    if !is_sayable(&table.name) {
        let why = "its name has quotes or control characters, which cannot be written here: it is left out";
        return Some(why.to_owned());
    }
    let mut others = schema.tables.iter();
    if let Some(other) = others.find(|other| entity::is_one_name(&other.name, &table.name))
        && other.name != table.name
    {
        return Some(format!(
            "its name differs from `{}` in the case of letters alone, which no design tells apart: it is left out",
            other.name
        ));
    }
    let Some(key) = key_of(table) else {
        let is_composite = table.primary_key.is_some();
        return Some(String::from(if is_composite {
            "its primary key has several columns, so that no route could name a row: it is left out; with a column `id` \
             as its key, and the others `unique` together, it can be taken over"
        } else {
            "it has no primary key, so that no route could name a row: it is left out"
        }));
    };
    let is_key = match schema.dialect {
        Dialect::Postgres => [
            "bigint",
            "integer",
            "smallint",
            "uuid",
            "text",
            "character varying",
        ]
        .iter()
        .any(|ty| key.ty == *ty || *ty == "character varying" && key.ty.starts_with("character varying(")),
        Dialect::Sqlite => matches!(affinity(&key.ty), Affinity::Integer | Affinity::Text),
    };
    if !is_key || !key.labels.is_empty() || !is_sayable(&key.name) {
        return Some(format!(
            "its key `{}` is of the type `{}`, which is none for a key here: it is left out",
            key.name.escape_debug(),
            key.ty
        ));
    }
    None
}

/// What of a table that is ours stays in the database alone.
pub(crate) fn parts(draft: &mut Draft<'_>, beside: &Beside, stood_for: &BTreeSet<String>) {
    if draft.external {
        return;
    }
    let mut notes = defaults(draft);
    let table = draft.table;
    for check in table
        .checks
        .iter()
        .filter(|check| !stood_for.contains(&check.name))
    {
        let text = format!(
            "its check `{}` stays in the database alone: `{}`; write it as `check` to have the server answer for it",
            check.name, check.expression
        );
        notes.push((None, text));
    }
    for index in &table.indexes {
        let is_whole = index.columns.iter().all(|column| draft.has(&column.name));
        if !is_plain(index) || !is_whole {
            let word = if index.unique { "unique index" } else { "index" };
            let columns: Vec<&str> = index.columns.iter().map(|column| column.name.as_str()).collect();
            let when = index.predicate.as_ref();
            let when = when.map_or_else(String::new, |when| format!(" where `{when}`"));
            let text = format!(
                "its {word} `{}` on `{}`{when} stays in the database alone",
                index.name,
                columns.join(", ")
            );
            notes.push((None, text));
        }
    }
    for key in &table.foreign_keys {
        let is_said = draft.fields.iter().any(|field| {
            matches!(field.ty, FieldType::Reference(_)) && key.columns == [field.column.name.clone()]
        });
        if !is_said {
            let text = format!(
                "its reference `{}` to `{}` stays in the database alone: here a reference is to the key of a table that is \
                 in the design",
                key.name, key.table
            );
            notes.push((None, text));
        }
    }
    for field in &draft.fields {
        if let FieldType::Text(ty, _) = &field.ty {
            let text = format!(
                "its values are no names of an enum here, which are in small letters: it is `{ty}` that has to be one of them"
            );
            notes.push((Some(field.column.name.clone()), text));
        }
    }
    for field in draft.fields.iter().filter(|field| field.unindexed) {
        let text =
            "no index finds rows by it: without `unindexed`, `groma migrate plan` adds one without blocking";
        notes.push((Some(field.column.name.clone()), text.to_owned()));
    }
    if table.row_security {
        let text = "row-level security is on: the server has to connect as the owner of the table, or as a role that its \
                    policies let through; `database row_security` writes policies of the rules";
        notes.push((None, text.to_owned()));
    }
    for policy in &table.policies {
        notes.push((
            None,
            format!("its policy `{}` stays in the database alone", policy.name),
        ));
    }
    let dependents = beside.dependents.iter();
    for (_, what) in dependents.filter(|(of, _)| *of == table.name) {
        notes.push((None, format!("{what} stays in the database alone")));
    }
    for (column, text) in notes {
        draft.note(column.as_deref(), &text);
    }
}

/// Defaults that the design does not have: the server says every field itself.
fn defaults(draft: &Draft<'_>) -> Vec<(Option<String>, String)> {
    let mut notes = Vec::new();
    for field in &draft.fields {
        let counts = field
            .column
            .default
            .as_ref()
            .is_some_and(|default| default.starts_with("nextval("));
        let is_made = field.is_key && (counts || field.column.ty == "uuid");
        if let Some(default) = field
            .column
            .default
            .as_ref()
            .filter(|_| field.default.is_none() && !is_made)
        {
            let text = format!(
                "its default `{default}` is not used by a server, which says every field itself: it is left out"
            );
            notes.push((Some(field.column.name.clone()), text));
        }
        let is_stamp = matches!(&field.ty, FieldType::Plain(ty) if ty == "datetime")
            && matches!(
                field.name.as_str(),
                "created_at" | "updated_at" | "created" | "updated"
            );
        if is_stamp && field.column.default.is_none() && field.column.not_null {
            let text = "the database does not say who sets it: `= now readonly` lets the server do so, and `on update now` at \
                        each change";
            notes.push((Some(field.column.name.clone()), text.to_owned()));
        }
    }
    notes
}

impl Draft<'_> {
    /// Whether a column is a field.
    fn has(&self, column: &str) -> bool {
        self.fields.iter().any(|field| field.column.name == column)
    }
}
