//! Random schemas, changes of them and rows that fit both, for tests of whatever plans and applies migrations.
//!
//! A [`Draft`] is to a schema what a design is: [`Draft::schema`] spells it for a dialect. [`Draft::change`] makes the next
//! one of it, and says what was renamed. [`Draft::rows`] fills its tables with rows that stay right through every change:
//! no value is missing or stands twice, and enums hold their first value.

mod answers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use groma_sql::Dialect;
use groma_sql::schema::{
    Action, Check, Column, ForeignKey, Index, IndexColumn, PrimaryKey, Schema, Table, Unique, quoted,
};

use crate::Given;
pub use answers::{Answered, brought_back};

/// Numbers that look random and are the same each time.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// Tables as an author thinks of them.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    tables: Vec<DraftTable>,
    /// How many names were given out: none is given out twice.
    names: usize,
}

#[derive(Clone, Debug)]
struct DraftTable {
    name: String,
    columns: Vec<DraftColumn>,
    uniques: BTreeSet<String>,
    indexes: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct DraftColumn {
    name: String,
    kind: Kind,
    optional: bool,
    has_default: bool,
}

#[derive(Clone, PartialEq, Debug)]
enum Kind {
    Int,
    Text(u32),
    Enum(Vec<String>),
    Bool,
    Decimal(u8),
    Timestamp,
    Ref(String, Action),
}

/// What becomes of a draft.
#[derive(Clone, Debug)]
pub struct Next {
    /// The draft.
    pub draft: Draft,
    /// What is known of the change, and said only when a plan asks: see [`Next::answered`].
    pub given: Given,
    /// Tables that are gone.
    pub gone: BTreeSet<String>,
}

/// A draft and the next one of it, the same for the same seed.
pub fn pair(seed: u64) -> (Draft, Next) {
    let mut rng = Rng::new(seed);
    let old = Draft::random(&mut rng);
    let many = 1 + rng.below(8);
    let next = old.change(&mut rng, many);
    (old, next)
}

impl Draft {
    /// A few tables.
    pub fn random(rng: &mut Rng) -> Self {
        let mut draft = Self::default();
        for _ in 0..2 + rng.below(3) {
            draft.add_table(rng);
        }
        draft
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    fn add_table(&mut self, rng: &mut Rng) {
        let name = self.name("table");
        let mut table = DraftTable {
            name,
            columns: Vec::new(),
            uniques: BTreeSet::new(),
            indexes: BTreeSet::new(),
        };
        for _ in 0..=rng.below(5) {
            let column = self.column(rng);
            table.columns.push(column);
        }
        self.tables.push(table);
    }

    fn column(&mut self, rng: &mut Rng) -> DraftColumn {
        let kind = match rng.below(7) {
            0 => Kind::Int,
            1 => Kind::Text(10 + u32::try_from(rng.below(90)).unwrap_or(0)),
            2 => Kind::Enum((0..2 + rng.below(3)).map(|_| self.name("value")).collect()),
            3 => Kind::Bool,
            4 => Kind::Decimal(2),
            5 => Kind::Timestamp,
            _ => match self.tables.get(rng.below(self.tables.len())) {
                Some(table) => Kind::Ref(
                    table.name.clone(),
                    if rng.one_in(2) {
                        Action::Cascade
                    } else {
                        Action::NoAction
                    },
                ),
                None => Kind::Int,
            },
        };
        DraftColumn {
            name: self.name("column"),
            optional: matches!(kind, Kind::Ref(..)) || rng.one_in(2),
            has_default: !matches!(kind, Kind::Ref(..) | Kind::Timestamp) && rng.one_in(2),
            kind,
        }
    }

    /// This draft with so many changes.
    pub fn change(&self, rng: &mut Rng, many: usize) -> Next {
        let mut next = Next {
            draft: self.clone(),
            given: Given::default(),
            gone: BTreeSet::new(),
        };
        for _ in 0..many {
            next.once(self, rng);
        }
        next
    }

    /// The tables of a dialect.
    pub fn schema(&self, dialect: Dialect) -> Schema {
        Schema {
            dialect,
            tables: self
                .tables
                .iter()
                .map(|table| table.spelled(self, dialect))
                .collect(),
            role: None,
        }
    }

    /// Statements that put so many rows into each table.
    pub fn rows(&self, dialect: Dialect, many: usize) -> Vec<String> {
        let mut statements = Vec::new();
        for table in &self.tables {
            for row in 0..many {
                statements.push(table.row(dialect, row));
            }
        }
        statements
    }

    /// The names of the tables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|table| table.name.as_str())
    }
}

impl Next {
    fn once(&mut self, first: &Draft, rng: &mut Rng) {
        let at = rng.below(self.draft.tables.len());
        let Some(name) = self.draft.tables.get(at).map(|table| table.name.clone()) else {
            return;
        };
        match rng.below(14) {
            0 => self.draft.add_table(rng),
            1 if self.draft.tables.len() > 1 => self.drop_table(&name),
            2 => self.rename_table(first, &name),
            3 | 4 => {
                let column = self.draft.column(rng);
                // A row that points at its own table is one that is there already.
                self.table(at, |table| table.columns.push(column));
            }
            _ => self.on_column(first, at, rng),
        }
    }

    fn table(&mut self, at: usize, change: impl FnOnce(&mut DraftTable)) {
        if let Some(table) = self.draft.tables.get_mut(at) {
            change(table);
        }
    }

    fn drop_table(&mut self, name: &str) {
        let points = |column: &DraftColumn| matches!(&column.kind, Kind::Ref(to, _) if to == name);
        let mut others = self.draft.tables.iter().filter(|table| table.name != name);
        // What points there goes too, and no table is left without a column.
        if others.any(|table| table.columns.iter().all(points)) {
            return;
        }
        self.draft.tables.retain(|table| table.name != name);
        for table in &mut self.draft.tables {
            let points: Vec<String> = table
                .columns
                .iter()
                .filter(|column| matches!(&column.kind, Kind::Ref(to, _) if to == name))
                .map(|column| column.name.clone())
                .collect();
            for column in &points {
                table.drop_column(column);
            }
        }
        let renames = &mut self.given.renames;
        let old = renames.tables.remove(name);
        renames.columns.retain(|(table, _), _| table != name);
        renames.values.retain(|(table, _), _| table != name);
        self.gone.insert(old.unwrap_or_else(|| name.to_owned()));
    }

    fn rename_table(&mut self, first: &Draft, name: &str) {
        let is_old = first.tables.iter().any(|table| table.name == name);
        if !is_old {
            return;
        }
        let new = self.draft.name("table");
        for table in &mut self.draft.tables {
            if table.name == name {
                table.name.clone_from(&new);
            }
            for column in &mut table.columns {
                if let Kind::Ref(to, _) = &mut column.kind
                    && to == name
                {
                    to.clone_from(&new);
                }
            }
        }
        let renames = &mut self.given.renames;
        renames.tables.insert(new.clone(), name.to_owned());
        renames.columns = moved(&renames.columns, name, &new);
        renames.values = moved(&renames.values, name, &new);
    }

    fn on_column(&mut self, first: &Draft, at: usize, rng: &mut Rng) {
        let fresh = self.draft.name("column");
        let value = self.draft.name("value");
        let renames = &mut self.given.renames;
        let Some(table) = self.draft.tables.get_mut(at) else {
            return;
        };
        let which = rng.below(table.columns.len());
        let table_name = table.name.clone();
        let Some(column) = table.columns.get_mut(which) else {
            return;
        };
        let name = column.name.clone();
        let old_table = renames.tables.get(&table_name).unwrap_or(&table_name);
        let is_old = first
            .tables
            .iter()
            .any(|table| table.name == *old_table && table.columns.iter().any(|it| it.name == name));
        match rng.below(8) {
            0 => table.drop_column(&name),
            1 if is_old => {
                column.name.clone_from(&fresh);
                table.renamed(&name, &fresh);
                let place = (table_name.clone(), name.clone());
                let values = renames.values.remove(&place);
                renames.columns.insert((table_name.clone(), fresh.clone()), name);
                renames
                    .values
                    .extend(values.map(|values| ((table_name, fresh), values)));
            }
            2 => column.optional = !column.optional || matches!(column.kind, Kind::Ref(..)),
            3 => {
                column.has_default =
                    !column.has_default && !matches!(column.kind, Kind::Ref(..) | Kind::Timestamp);
            }
            4 => column.retype(),
            5 => match &mut column.kind {
                Kind::Enum(values) if values.len() > 1 && rng.one_in(2) => drop(values.pop()),
                Kind::Enum(values) => values.push(value),
                Kind::Ref(_, action) => *action = Action::SetNull,
                Kind::Text(length) => *length += 7,
                _ => {}
            },
            // Rows that are there share what a new column is filled with.
            6 if is_old && !matches!(column.kind, Kind::Enum(_) | Kind::Bool | Kind::Ref(..)) => {
                if !table.uniques.remove(&name) {
                    table.uniques.insert(name);
                }
            }
            _ => {
                if !table.indexes.remove(&name) {
                    table.indexes.insert(name);
                }
            }
        }
    }
}

fn moved<V: Clone>(
    map: &BTreeMap<(String, String), V>,
    from: &str,
    to: &str,
) -> BTreeMap<(String, String), V> {
    let place = |table: &String| {
        if table == from {
            to.to_owned()
        } else {
            table.clone()
        }
    };
    map.iter()
        .map(|((table, column), value)| ((place(table), column.clone()), value.clone()))
        .collect()
}

impl DraftColumn {
    fn retype(&mut self) {
        self.kind = match &self.kind {
            Kind::Int => Kind::Text(50),
            Kind::Text(length) if *length > 20 => Kind::Text(20),
            Kind::Text(_) | Kind::Bool => Kind::Int,
            Kind::Decimal(scale) if *scale < 6 => Kind::Decimal(scale + 2),
            other => other.clone(),
        };
    }

    fn ty(&self, dialect: Dialect) -> String {
        let (sqlite, postgres) = match &self.kind {
            Kind::Int => ("INTEGER", String::from("bigint")),
            Kind::Text(_) | Kind::Enum(_) => ("TEXT", String::from("text")),
            Kind::Bool => ("INTEGER", String::from("boolean")),
            Kind::Decimal(scale) => ("INTEGER", format!("numeric(12,{scale})")),
            Kind::Timestamp => ("TEXT", String::from("timestamp with time zone")),
            Kind::Ref(..) => ("TEXT", String::from("uuid")),
        };
        match dialect {
            Dialect::Sqlite => sqlite.to_owned(),
            Dialect::Postgres => postgres,
        }
    }

    fn default(&self) -> Option<String> {
        let default = match &self.kind {
            Kind::Int | Kind::Decimal(_) => String::from("0"),
            Kind::Text(_) => String::from("'0'"),
            Kind::Enum(values) => format!("'{}'", values.first()?),
            Kind::Bool => String::from("FALSE"),
            Kind::Timestamp | Kind::Ref(..) => return None,
        };
        self.has_default.then_some(default)
    }

    fn spelled(&self, dialect: Dialect) -> Column {
        let ty = self.ty(dialect);
        let default = self.default();
        let now = match dialect {
            Dialect::Sqlite => "'2026-11-22T10:00:00.000000Z'",
            Dialect::Postgres => "now()",
        };
        let fill = (self.kind == Kind::Timestamp).then(|| now.to_owned());
        Column {
            name: self.name.clone(),
            collation: (ty == "text").then(|| String::from("C")),
            ty,
            not_null: !self.optional,
            fill: default.clone().or(fill),
            default,
            identity: false,
            class: None,
            labels: Vec::new(),
            comment: None,
        }
    }

    fn check(&self, dialect: Dialect) -> Option<String> {
        let name = quoted(&self.name);
        match &self.kind {
            Kind::Enum(values) => {
                let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
                Some(format!("{name} IN ({})", values.join(", ")))
            }
            Kind::Text(length) => Some(format!("length({name}) <= {length}")),
            Kind::Bool if dialect == Dialect::Sqlite => Some(format!("{name} IN (FALSE, TRUE)")),
            _ => None,
        }
    }

    fn value(&self, dialect: Dialect, row: usize) -> String {
        match &self.kind {
            Kind::Int | Kind::Decimal(_) => row.to_string(),
            Kind::Text(_) => format!("'{row}'"),
            Kind::Enum(values) => format!("'{}'", values.first().map_or("", String::as_str)),
            Kind::Bool => String::from(if row.is_multiple_of(2) { "TRUE" } else { "FALSE" }),
            Kind::Timestamp if dialect == Dialect::Sqlite => format!("'2026-11-22T10:00:0{row}.000000Z'"),
            Kind::Timestamp => format!("'2026-11-22T10:00:0{row}Z'"),
            Kind::Ref(..) => format!("'{}'", key(row)),
        }
    }
}

fn key(row: usize) -> String {
    format!("00000000-0000-7000-8000-{row:012}")
}

impl DraftTable {
    fn drop_column(&mut self, name: &str) {
        if self.columns.len() < 2 {
            return;
        }
        self.columns.retain(|column| column.name != name);
        self.uniques.remove(name);
        self.indexes.remove(name);
    }

    fn renamed(&mut self, from: &str, to: &str) {
        for names in [&mut self.uniques, &mut self.indexes] {
            if names.remove(from) {
                names.insert(to.to_owned());
            }
        }
    }

    fn spelled(&self, draft: &Draft, dialect: Dialect) -> Table {
        let name = |column: &str, what: &str| {
            let mut name = self.name.clone();
            let _ = write!(name, "_{column}_{what}");
            name
        };
        let id = Column {
            name: String::from("id"),
            ty: DraftColumn::ty(&reference(), dialect),
            collation: None,
            not_null: true,
            default: None,
            identity: false,
            fill: None,
            class: None,
            labels: Vec::new(),
            comment: None,
        };
        let columns = self.columns.iter().map(|column| column.spelled(dialect));
        let keys = self.columns.iter().filter_map(|column| match &column.kind {
            Kind::Ref(to, action) if draft.names().any(|name| name == to) => Some(ForeignKey {
                name: name(&column.name, "fkey"),
                columns: vec![column.name.clone()],
                table: to.clone(),
                to: vec![String::from("id")],
                on_delete: *action,
                validated: true,
            }),
            _ => None,
        });
        let checks = self.columns.iter().filter_map(|column| {
            Some(Check {
                name: name(&column.name, "check"),
                expression: column.check(dialect)?,
                validated: true,
            })
        });
        Table {
            name: self.name.clone(),
            columns: std::iter::once(id).chain(columns).collect(),
            primary_key: Some(PrimaryKey {
                name: format!("{}_pkey", self.name),
                columns: vec![String::from("id")],
            }),
            uniques: self
                .uniques
                .iter()
                .map(|column| Unique {
                    name: name(column, "key"),
                    columns: vec![column.clone()],
                })
                .collect(),
            foreign_keys: keys.collect(),
            checks: checks.collect(),
            indexes: self
                .indexes
                .iter()
                .map(|column| Index {
                    name: name(column, "idx"),
                    columns: vec![IndexColumn {
                        name: column.clone(),
                        descending: false,
                    }],
                    unique: false,
                    predicate: None,
                    valid: true,
                })
                .collect(),
            row_security: false,
            functions: Vec::new(),
            policies: Vec::new(),
            comment: None,
        }
    }

    fn row(&self, dialect: Dialect, row: usize) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.value(dialect, row))
            .collect();
        format!(
            "INSERT INTO {} (\"id\", {}) VALUES ('{}', {})",
            quoted(&self.name),
            names.join(", "),
            key(row),
            values.join(", ")
        )
    }
}

fn reference() -> DraftColumn {
    DraftColumn {
        name: String::from("id"),
        kind: Kind::Ref(String::new(), Action::Cascade),
        optional: false,
        has_default: false,
    }
}
