//! Tables as entities, before they are text.

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::schema::{Action, Column, ForeignKey, Schema, Table};

use crate::Note;
use crate::column::{self, Kind};
use crate::names::{self, Taken};

/// A table on its way into a design.
pub(crate) struct Draft<'s> {
    pub(crate) table: &'s Table,
    /// The name of the entity.
    pub(crate) name: String,
    pub(crate) fields: Vec<Field<'s>>,
    /// Whether it is somebody else's: read, and never migrated.
    pub(crate) external: bool,
    /// Columns together, by the names of their fields.
    pub(crate) uniques: Vec<Vec<String>>,
    pub(crate) indexes: Vec<Vec<String>>,
    pub(crate) notes: Vec<Note>,
}

/// A column on its way.
pub(crate) struct Field<'s> {
    pub(crate) column: &'s Column,
    pub(crate) name: String,
    pub(crate) ty: FieldType,
    pub(crate) is_key: bool,
    pub(crate) default: Option<String>,
    pub(crate) on_delete: Option<&'static str>,
}

/// What a field holds.
pub(crate) enum FieldType {
    Plain(String),
    /// An enum of this name.
    Values(String, Vec<String>),
    /// A row of the entity of this name.
    Reference(String),
}

impl Field<'_> {
    /// The column that the language would give it.
    pub(crate) fn usual_column(&self) -> String {
        match self.ty {
            FieldType::Reference(_) => format!("{}_id", self.name),
            FieldType::Plain(_) | FieldType::Values(..) => self.name.clone(),
        }
    }
}

/// Tables that tools keep for themselves.
const OF_TOOLS: [&str; 8] = [
    "groma_migrations",
    "groma_steps",
    "alembic_version",
    "_prisma_migrations",
    "schema_migrations",
    "flyway_schema_history",
    "spatial_ref_sys",
    "sqlite_sequence",
];
/// Tables that Better Auth keeps beside its users. Its `user` is what others refer to.
const OF_BETTER_AUTH: [&str; 4] = ["session", "account", "verification", "jwks"];

/// The tables of a database, as entities.
pub(crate) fn drafts(schema: &Schema) -> Vec<Draft<'_>> {
    let tables = schema.tables.iter().filter(|table| !is_of_a_tool(table, schema));
    let tables: Vec<&Table> = tables.collect();
    let mut taken = Taken::default();
    let mut enums = Taken::default();
    let names: BTreeMap<&str, String> = tables
        .iter()
        .filter(|table| key_of(table).is_some())
        .map(|table| (table.name.as_str(), taken.free(&names::entity(&table.name))))
        .collect();
    let mut drafts = Vec::new();
    for table in tables {
        drafts.push(draft(schema, table, &names, &mut enums));
    }
    drafts
}

fn is_of_a_tool(table: &Table, schema: &Schema) -> bool {
    let is_better_auth = schema.table("user").is_some() && OF_BETTER_AUTH.contains(&table.name.as_str());
    OF_TOOLS.contains(&table.name.as_str()) || is_better_auth && table.name != "user"
}

/// Better Auth writes its columns in camel case or snake case, and its keys are text.
fn is_of_better_auth(table: &Table) -> bool {
    let has = |names: [&str; 2]| names.iter().any(|name| table.column(name).is_some());
    table.name == "user" && has(["emailVerified", "email_verified"])
}

/// The one column of the primary key.
fn key_of(table: &Table) -> Option<&Column> {
    match table.primary_key.as_ref()?.columns.as_slice() {
        [only] => table.column(only),
        _ => None,
    }
}

fn draft<'s>(
    schema: &'s Schema,
    table: &'s Table,
    names: &BTreeMap<&str, String>,
    enums: &mut Taken,
) -> Draft<'s> {
    let mut draft = Draft {
        table,
        name: names.get(table.name.as_str()).cloned().unwrap_or_default(),
        fields: Vec::new(),
        external: is_of_better_auth(table),
        uniques: Vec::new(),
        indexes: Vec::new(),
        notes: Vec::new(),
    };
    if draft.name.is_empty() {
        draft.note(
            None,
            "it has no primary key of one column, so that no route could name a row: it is left out",
        );
        return draft;
    }
    if draft.external {
        draft.note(None, "it is Better Auth's: it stays with it, and is read here");
    }
    let mut taken = Taken::default();
    let mut stood_for = BTreeSet::new();
    if !is_sayable(&table.name) {
        draft.note(
            None,
            "its name has quotes or control characters, which cannot be written here: it is left out",
        );
        draft.name.clear();
        return draft;
    }
    for column in &table.columns {
        if !is_sayable(&column.name) {
            draft.leave_out(
                column,
                "its name has quotes or control characters, which cannot be written here",
            );
            continue;
        }
        let field = field(schema, table, column, (names, enums, &mut taken), &draft.name);
        match field {
            Ok((field, checks)) => {
                draft.fields.push(field);
                stood_for.extend(checks);
            }
            Err(why) => draft.leave_out(column, &why),
        }
    }
    draft.together();
    for check in table
        .checks
        .iter()
        .filter(|check| !stood_for.contains(&check.name))
    {
        let text = format!(
            "its check `{}` stays in the database alone: `{}`; write it as `check` to have the server answer for it",
            check.name, check.expression
        );
        draft.note(None, &text);
    }
    draft
}

/// Whether a name can stand in a design between quotes.
fn is_sayable(name: &str) -> bool {
    let is_odd = |char: char| char.is_control() || matches!(char, '"' | '\\' | '`');
    (1..=63).contains(&name.len()) && !name.chars().any(is_odd)
}

impl Draft<'_> {
    fn note(&mut self, column: Option<&str>, text: &str) {
        self.notes.push(Note {
            table: self.table.name.clone(),
            column: column.map(String::from),
            text: text.to_owned(),
        });
    }

    /// A column that the language has no type for: its table stays somebody else's, as Groma could not make its rows.
    fn leave_out(&mut self, column: &Column, why: &str) {
        if self.external {
            return;
        }
        let end = "; until then the table is read here, and somebody else's to change";
        self.note(Some(&column.name), &format!("{why}{end}"));
        self.external = true;
    }

    /// Uniques and indexes over fields that are all there.
    fn together(&mut self) {
        let names = |columns: &mut dyn Iterator<Item = &String>| -> Option<Vec<String>> {
            let names = columns.map(|column| {
                let mut fields = self.fields.iter();
                let field = fields.find(|field| &field.column.name == column);
                field.map(|field| field.name.clone())
            });
            names.collect()
        };
        let constraints = self.table.uniques.iter();
        let mut uniques: Vec<Vec<String>> = constraints
            .filter_map(|unique| names(&mut unique.columns.iter()))
            .collect();
        let plain = |index: &&groma_sql::schema::Index| {
            let ascending = index.columns.iter().all(|column| !column.descending);
            index.predicate.is_none() && index.valid && ascending
        };
        let of_index =
            |index: &groma_sql::schema::Index| names(&mut index.columns.iter().map(|column| &column.name));
        let indexes = self.table.indexes.iter().filter(plain);
        let (unique, others): (Vec<_>, Vec<_>) = indexes.partition(|index| index.unique);
        uniques.extend(unique.into_iter().filter_map(of_index));
        uniques.dedup();
        let others = others.into_iter().filter_map(of_index).collect();
        self.indexes = others;
        self.uniques = uniques;
    }
}

type Known<'k, 'n> = (&'k BTreeMap<&'n str, String>, &'k mut Taken, &'k mut Taken);

fn field<'s>(
    schema: &'s Schema,
    table: &'s Table,
    column: &'s Column,
    (names, enums, taken): Known<'_, '_>,
    entity: &str,
) -> Result<(Field<'s>, Vec<String>), String> {
    let is_key = key_of(table).is_some_and(|key| key.name == column.name);
    let (kind, checks) = column::kind(schema.dialect, table, column, is_key)?;
    let default = column::default(column, &kind);
    let reference = table
        .foreign_keys
        .iter()
        .find_map(|key| reference(key, column, names));
    let plain = names::field(&column.name);
    let (name, ty, on_delete) = match (reference, kind) {
        (Some((target, action)), _) if !is_key => {
            let name = plain
                .strip_suffix("_id")
                .filter(|stem| !stem.is_empty())
                .unwrap_or(&plain);
            (name.to_owned(), FieldType::Reference(target), Some(action))
        }
        (_, Kind::Plain(ty)) => (plain, FieldType::Plain(ty), None),
        (_, Kind::Values(values)) => {
            let name = enums.free(&format!("{entity}{}", names::entity(&column.name)));
            (plain, FieldType::Values(name, values), None)
        }
    };
    Ok((
        Field {
            column,
            name: taken.free(&name),
            ty,
            is_key,
            default: default.filter(|_| !is_key && on_delete.is_none()),
            on_delete,
        },
        checks,
    ))
}

/// The entity that a column points at, and what happens when the row there goes.
fn reference(
    key: &ForeignKey,
    column: &Column,
    names: &BTreeMap<&str, String>,
) -> Option<(String, &'static str)> {
    if key.columns != [column.name.clone()] {
        return None;
    }
    let action = match key.on_delete {
        Action::Cascade => "cascade",
        Action::SetNull => "set null",
        Action::NoAction | Action::Restrict | Action::SetDefault => "restrict",
    };
    Some((names.get(key.table.as_str())?.clone(), action))
}
