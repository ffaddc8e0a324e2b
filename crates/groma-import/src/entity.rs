//! Tables as entities, before they are text.

use std::collections::{BTreeMap, BTreeSet};

use groma_migrate::{Affinity, affinity};
use groma_sql::Dialect;
use groma_sql::schema::{Action, Column, ForeignKey, Index, Schema, Table};

use crate::column::{self, Kind};
use crate::names::{self, Taken};
use crate::{Beside, Note, left};

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
    /// A reference that no index finds.
    pub(crate) unindexed: bool,
}

/// What a field holds.
pub(crate) enum FieldType {
    Plain(String),
    /// Text of a type that matches a pattern.
    Text(String, String),
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
            FieldType::Plain(_) | FieldType::Text(..) | FieldType::Values(..) => self.name.clone(),
        }
    }
}

/// Tables that tools keep for themselves.
const OF_TOOLS: [&str; 11] = [
    "groma_migrations",
    "groma_replies",
    "groma_steps",
    "alembic_version",
    "_prisma_migrations",
    "django_migrations",
    "__drizzle_migrations",
    "schema_migrations",
    "flyway_schema_history",
    "spatial_ref_sys",
    "sqlite_sequence",
];
/// Tables that Better Auth keeps beside its users. Its `user` is what others refer to.
const OF_BETTER_AUTH: [&str; 4] = ["session", "account", "verification", "jwks"];

/// The tables of a database, as entities.
pub(crate) fn drafts<'s>(schema: &'s Schema, beside: &Beside) -> Vec<Draft<'s>> {
    let tables = schema.tables.iter();
    let tables: Vec<&Table> = tables
        .filter(|table| left::whole(schema, table, beside).is_none())
        .collect();
    let mut taken = Taken::default();
    let names = tables
        .iter()
        .map(|table| (table.name.as_str(), taken.free(&names::entity(&table.name))));
    let database = Database {
        schema,
        names: names.collect(),
        beside,
    };
    let mut enums = Taken::default();
    let drafts = tables.into_iter();
    drafts.map(|table| draft(&database, table, &mut enums)).collect()
}

/// What the fields of a table depend on beside it.
struct Database<'s, 'b> {
    schema: &'s Schema,
    /// The names of entities by those of their tables.
    names: BTreeMap<&'s str, String>,
    beside: &'b Beside,
}

pub(crate) fn is_of_a_tool(table: &Table, schema: &Schema) -> bool {
    OF_TOOLS.contains(&table.name.as_str()) || is_kept_by_better_auth(table, schema)
}

pub(crate) fn is_kept_by_better_auth(table: &Table, schema: &Schema) -> bool {
    schema.table("user").is_some_and(is_of_better_auth) && OF_BETTER_AUTH.contains(&table.name.as_str())
}

/// Better Auth writes its columns in camel case or snake case, and its keys are text.
fn is_of_better_auth(table: &Table) -> bool {
    let has = |names: [&str; 2]| names.iter().any(|name| table.column(name).is_some());
    table.name == "user" && has(["emailVerified", "email_verified"])
}

/// The one column of the primary key.
pub(crate) fn key_of(table: &Table) -> Option<&Column> {
    match table.primary_key.as_ref()?.columns.as_slice() {
        [only] => table.column(only),
        _ => None,
    }
}

fn draft<'s>(database: &Database<'s, '_>, table: &'s Table, enums: &mut Taken) -> Draft<'s> {
    let names = &database.names;
    let mut draft = Draft {
        table,
        name: names.get(table.name.as_str()).cloned().unwrap_or_default(),
        fields: Vec::new(),
        external: is_of_better_auth(table),
        uniques: Vec::new(),
        indexes: Vec::new(),
        notes: Vec::new(),
    };
    if draft.external {
        draft.note(None, "it is Better Auth's: it stays with it, and is read here");
    }
    let mut taken = Taken::default();
    let mut stood_for = BTreeSet::new();
    for column in &table.columns {
        let place = (table.name.clone(), column.name.clone());
        if let Some(other) = alike(table, column) {
            let why = format!(
                "its name differs from `{other}` in the case of letters alone, which no design tells apart"
            );
            draft.leave_out(database.schema.dialect, column, &why);
            continue;
        }
        if let Some(how) = database.beside.generated.get(&place) {
            let text = format!("the database computes it, by `{how}`: it is left out");
            draft.note(Some(&column.name), &text);
            continue;
        }
        match field(database, table, column, (&mut *enums, &mut taken), &draft.name) {
            Ok((field, checks)) => {
                if let Some(why) = column::only_read(database.schema.dialect, column) {
                    draft.stays(column, &why);
                }
                draft.fields.push(field);
                stood_for.extend(checks);
            }
            Err(why) => draft.leave_out(database.schema.dialect, column, &why),
        }
    }
    let key = draft
        .fields
        .iter()
        .find(|field| field.is_key && field.on_delete.is_none());
    if let Some(key) = key.map(|key| key.column)
        && let Some(remedy) = uncounted(database, table, key)
    {
        let why =
            format!("nothing counts it up, so that nobody could make a row: {remedy}, then import again");
        draft.stays(key, &why);
    }
    draft.together();
    left::parts(&mut draft, database.beside, &stood_for);
    draft
}

/// What makes a key count up, where it is a number that nothing counts.
fn uncounted(database: &Database<'_, '_>, table: &Table, key: &Column) -> Option<&'static str> {
    match database.schema.dialect {
        Dialect::Postgres => {
            column::is_uncounted(key).then_some("`ALTER COLUMN .. ADD GENERATED BY DEFAULT AS IDENTITY`")
        }
        Dialect::Sqlite => {
            let is_counted =
                key.ty.eq_ignore_ascii_case("INTEGER") && !database.beside.uncounted.contains(&table.name);
            let is_number = affinity(&key.ty) == Affinity::Integer;
            (is_number && !is_counted)
                .then_some("make the table anew with `INTEGER PRIMARY KEY`, which is the number of the row")
        }
    }
}

/// The column that stands in a design for this one too: names that differ in the case of letters are one there. The key
/// goes first.
fn alike<'t>(table: &'t Table, column: &Column) -> Option<&'t str> {
    let is_alike = |other: &&Column| is_one_name(&other.name, &column.name);
    let key = key_of(table).filter(is_alike);
    let other = key.or_else(|| table.columns.iter().find(is_alike))?;
    (other.name != column.name).then_some(other.name.as_str())
}

/// Whether no design tells two names of a database apart.
pub(crate) fn is_one_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Whether a name can stand in a design between quotes.
pub(crate) fn is_sayable(name: &str) -> bool {
    let is_odd = |char: char| char.is_control() || matches!(char, '"' | '\\' | '`');
    (1..=63).contains(&name.len()) && !name.chars().any(is_odd)
}

/// What happens to rows that refer to somebody else's is the database's to know, and no word of a design.
pub(crate) fn forget_keys_of_others(drafts: &mut [Draft<'_>]) {
    let external = drafts.iter().filter(|draft| draft.external);
    let external: BTreeSet<String> = external.map(|draft| draft.name.clone()).collect();
    for field in drafts.iter_mut().flat_map(|draft| &mut draft.fields) {
        if matches!(&field.ty, FieldType::Reference(target) if external.contains(target)) {
            field.on_delete = None;
        }
    }
}

impl Draft<'_> {
    pub(crate) fn note(&mut self, column: Option<&str>, text: &str) {
        self.notes.push(Note {
            table: self.table.name.clone(),
            column: column.map(String::from),
            text: text.to_owned(),
        });
    }

    /// A column that the language has no type for. Where a row can be made without it, the rest is ours; where it
    /// cannot, its table stays somebody else's. SQLite has no types that say how to read what stands there, and where
    /// one cannot be written, the others are better read as somebody else's too.
    fn leave_out(&mut self, dialect: Dialect, column: &Column, why: &str) {
        let fills_itself = !column.not_null || column.default.is_some() || column.identity;
        let is_key = key_of(self.table).is_some_and(|key| key.name == column.name);
        if fills_itself && !is_key && dialect == Dialect::Postgres {
            let end = "it is left out, and new rows get in it what the database gives them";
            if !is_of_better_auth(self.table) {
                self.note(Some(&column.name), &format!("{why}: {end}"));
            }
            return;
        }
        self.stays(column, why);
    }

    /// A column for which its table stays somebody else's: each is said, so that all of them can be mended at once.
    fn stays(&mut self, column: &Column, why: &str) {
        if !is_of_better_auth(self.table) {
            let end = "until then the table is read here, and somebody else's to change";
            self.note(Some(&column.name), &format!("{why}; {end}"));
        }
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
        let of_index = |index: &Index| names(&mut index.columns.iter().map(|column| &column.name));
        let indexes = self.table.indexes.iter().filter(|index| is_plain(index));
        let (unique, others): (Vec<_>, Vec<_>) = indexes.partition(|index| index.unique);
        uniques.extend(unique.into_iter().filter_map(of_index));
        uniques.sort();
        uniques.dedup();
        let others = others.into_iter().filter_map(of_index).collect();
        self.indexes = others;
        self.uniques = uniques;
        for field in &mut self.fields {
            let begins = |all: &Vec<String>| all.first() == Some(&field.name);
            let is_found = self.indexes.iter().any(begins) || self.uniques.iter().any(begins);
            field.unindexed = field.on_delete.is_some() && !field.is_key && !is_found;
        }
    }
}

/// Whether an index is one that the language has a word for.
pub(crate) fn is_plain(index: &Index) -> bool {
    let ascending = index.columns.iter().all(|column| !column.descending);
    index.predicate.is_none() && index.valid && ascending
}

fn field<'s>(
    database: &Database<'s, '_>,
    table: &'s Table,
    column: &'s Column,
    (enums, taken): (&mut Taken, &mut Taken),
    entity: &str,
) -> Result<(Field<'s>, Vec<String>), String> {
    if !is_sayable(&column.name) {
        return Err(String::from(
            "its name has quotes or control characters, which cannot be written here",
        ));
    }
    let is_key = key_of(table).is_some_and(|key| key.name == column.name);
    let plain = names::field(&column.name);
    let mut keys = table.foreign_keys.iter();
    let reference = keys.find_map(|key| reference(database, key, column));
    let (name, ty, on_delete, (default, checks)) = if let Some((target, action)) = reference {
        let name = plain.strip_suffix("_id").filter(|stem| !stem.is_empty());
        let name = name.unwrap_or(&plain).to_owned();
        let said_nowhere = (None, Vec::new());
        (name, FieldType::Reference(target), Some(action), said_nowhere)
    } else {
        let (kind, checks) = column::kind(database.schema.dialect, table, column, is_key)?;
        let default = column::default(column, &kind).filter(|_| !is_key);
        let ty = match kind {
            Kind::Plain(ty) => FieldType::Plain(ty),
            Kind::Text(ty, pattern) => FieldType::Text(ty, pattern),
            Kind::Values(values) => {
                let name = enums.free(&format!("{entity}{}", names::entity(&column.name)));
                FieldType::Values(name, values)
            }
        };
        (plain, ty, None, (default, checks))
    };
    let field = Field {
        column,
        name: taken.free(&name),
        ty,
        is_key,
        default,
        on_delete,
        unindexed: false,
    };
    Ok((field, checks))
}

/// The entity that a column points at, and what happens when the row there goes.
fn reference(
    database: &Database<'_, '_>,
    key: &ForeignKey,
    column: &Column,
) -> Option<(String, &'static str)> {
    let target = database.schema.table(&key.table)?;
    let is_by_key = key_of(target).is_some_and(|there| key.to == [there.name.clone()]);
    if key.columns != [column.name.clone()] || !is_by_key {
        return None;
    }
    let action = match key.on_delete {
        Action::Cascade => "cascade",
        Action::SetNull => "set null",
        Action::NoAction | Action::Restrict => "restrict",
        Action::SetDefault => return None,
    };
    Some((database.names.get(key.table.as_str())?.clone(), action))
}
