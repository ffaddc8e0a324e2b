//! Entities as pages of Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::entity::{Draft, Field, FieldType};
use crate::names::Taken;
use crate::{Beside, Imported, Note};

/// A page for each entity, one for the service, and what was left out; of whole tables it is known already.
pub(crate) fn pages(drafts: Vec<Draft<'_>>, beside: &Beside, left: Vec<Note>) -> Imported {
    let mut imported = Imported {
        notes: left,
        ..Imported::default()
    };
    let mut taken = Taken::default();
    for draft in drafts {
        let path = format!("specs/db/{}.md", taken.free(&file_name(&draft.table.name)));
        imported.pages.insert(path, page(&draft, beside));
        imported.notes.extend(draft.notes);
    }
    imported.notes.sort();
    imported.pages.insert(
        String::from("specs/imported.md"),
        overview(&imported.notes, &imported.pages),
    );
    imported
}

fn file_name(table: &str) -> String {
    let plain = |char: char| {
        if char.is_ascii_alphanumeric() {
            char.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    table.chars().map(plain).collect()
}

fn page(draft: &Draft<'_>, beside: &Beside) -> String {
    let mut out = format!("# {}\n\n", draft.name);
    let comment = beside.tables.get(&draft.table.name);
    let about = comment.map_or_else(
        || format!("The table `{}`.", draft.table.name),
        |comment| prose(comment),
    );
    let _ = writeln!(out, "{about}\n\n```groma");
    let external = if draft.external { "external " } else { "" };
    let _ = writeln!(
        out,
        "entity {} {external}table \"{}\" {{",
        draft.name, draft.table.name
    );
    for field in &draft.fields {
        let key = (draft.table.name.clone(), field.column.name.clone());
        if let Some(comment) = beside.columns.get(&key) {
            let _ = writeln!(out, "  ## {}", prose(comment));
        }
        let _ = writeln!(out, "  {}", line(draft, field));
    }
    if !draft.external {
        for fields in draft.uniques.iter().filter(|fields| fields.len() > 1) {
            let _ = writeln!(out, "  unique {}", fields.join(", "));
        }
        for fields in &draft.indexes {
            let _ = writeln!(out, "  index {}", fields.join(", "));
        }
    }
    out.push_str("}\n```\n");
    for field in &draft.fields {
        if let FieldType::Values(name, values) = &field.ty {
            let _ = write!(out, "\n```groma\nenum {name} {{ {} }}\n```\n", values.join(", "));
        }
    }
    out
}

/// A text of the database on one line, so that nothing in it starts a fence, a heading or a reference.
fn prose(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").replace("```", "` ` `").replace('@', "(at)");
    line.trim_start_matches(['#', '`', '>', '-', '~', ' ']).to_owned()
}

/// `title: text(..200)? = "x" unique column "TITLE"`.
fn line(draft: &Draft<'_>, field: &Field<'_>) -> String {
    let ty = match &field.ty {
        FieldType::Plain(ty) | FieldType::Text(ty, _) => ty,
        FieldType::Values(name, _) | FieldType::Reference(name) => name,
    };
    let mut parts = vec![format!("{}: {ty}", field.name)];
    if !field.column.not_null && !field.is_key {
        parts = vec![format!("{}: {ty}?", field.name)];
    }
    if let FieldType::Text(_, pattern) = &field.ty {
        parts.push(format!("matches {pattern}"));
    }
    if let Some(default) = field.default.as_ref().filter(|_| !draft.external) {
        parts.push(format!("= {default}"));
    }
    if field.is_key {
        parts.push(String::from("key"));
    }
    let alone = [field.name.clone()];
    if !draft.external && !field.is_key && draft.uniques.iter().any(|fields| *fields == alone) {
        parts.push(String::from("unique"));
    }
    if let Some(action) = field.on_delete.filter(|_| !draft.external) {
        parts.push(format!("on delete {action}"));
    }
    if field.unindexed && !draft.external {
        parts.push(String::from("unindexed"));
    }
    if field.usual_column() != field.column.name {
        parts.push(format!("column \"{}\"", field.column.name));
    }
    parts.join(" ")
}

fn overview(notes: &[Note], pages: &BTreeMap<String, String>) -> String {
    let mut out = String::from(
        "# Imported\n\nWritten by `groma import` from a database. What the tables do not say is still open: who calls (`auth`), who may \
         do what\n(`access`), which routes there are (`resource`). `groma explain language` is the language on one page.\n",
    );
    let _ = writeln!(out, "\n```groma\nservice Imported {{\n  base /api\n}}\n```");
    let _ = writeln!(out, "\n## Tables\n");
    for path in pages.keys() {
        let name = path.trim_start_matches("specs/");
        let _ = writeln!(out, "- [{name}]({name})");
    }
    if !notes.is_empty() {
        let _ = writeln!(out, "\n## To decide\n");
    }
    for note in notes {
        let place = match &note.column {
            Some(column) => format!("{}.{column}", note.table),
            None => note.table.clone(),
        };
        let _ = writeln!(out, "- {}", prose(&format!("{place}: {}", note.text)));
    }
    out
}
