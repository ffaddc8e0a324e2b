//! Things to do as statements of Alembic, which run on both databases.
//!
//! What is done to one table stands in one `batch_alter_table`: SQLite makes the table anew once, Postgres alters it
//! statement by statement. What only one of them does stands behind an `if`.

mod columns;
mod constraints;

use groma_migrate::{Op, in_the_way};
use groma_sql::Dialect;
use groma_sql::schema::{Index, IndexColumn, Unique};

use self::constraints::indexes;

use super::both::{Pair, Tables};
use super::order::Do;
use super::table::{Uses, index, sql_name};
use crate::constraints::{plain, strings};
use crate::python::{Doc, string};

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The database that alone runs it.
    pub(super) only: Option<Dialect>,
    pub(super) what: What,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Something that a batch can do to a table: `op.drop_index("i", "tasks")` or `batch.drop_index("i")`.
    Alter {
        table: String,
        function: &'static str,
        before: Vec<Doc>,
        behind: Vec<Doc>,
        /// Whether SQLite makes the table anew for it.
        rebuilds: bool,
        /// The column that it makes or changes.
        column: Option<String>,
    },
    /// Anything else.
    Plain(Doc),
    /// Outside of transactions.
    Apart(Vec<Doc>),
}

/// Writes statements, following what they do to the tables.
pub(super) struct Writer {
    pub(super) at: Tables,
    pub(super) lines: Vec<Line>,
    pub(super) uses: Uses,
    /// Whether something stops at rows.
    pub(super) refuses: bool,
}

const KEYED: [(&str, Dialect); 2] = [("sqlite", Dialect::Sqlite), ("postgresql", Dialect::Postgres)];

/// What `SQLAlchemy` calls a database.
pub(super) fn name_of(dialect: Dialect) -> &'static str {
    let found = KEYED.iter().find(|(_, known)| *known == dialect);
    found.map_or("", |(name, _)| name)
}

impl Writer {
    pub(super) fn new(at: Tables, uses: Uses) -> Self {
        Self {
            at,
            lines: Vec::new(),
            uses,
            refuses: false,
        }
    }

    /// All statements of a part that is done in one transaction.
    pub(super) fn all(&mut self, done: &[Do]) {
        for it in done {
            match it {
                Do::Change(pair) => self.change(pair, &[]),
                Do::Unproved(pair) => self.change(pair, &[("postgresql_not_valid", "True")]),
                Do::Refuse(pair) => self.refuse(pair),
                Do::Validate { .. } => {}
            }
            if let Do::Change(pair) | Do::Unproved(pair) = it {
                self.at.apply(pair);
            }
        }
    }

    /// What reads whole tables: on Postgres others write meanwhile, and what was begun and broken off is done anew.
    pub(super) fn online(&mut self, done: &[Do]) {
        let mut apart = Vec::new();
        let mut attached = Vec::new();
        let mut rest = Vec::new();
        for it in done {
            match it {
                Do::Validate { table, name } => {
                    apart.push(execute(&format!(
                        "ALTER TABLE {} VALIDATE CONSTRAINT {}",
                        sql_name(table),
                        sql_name(name)
                    )));
                }
                Do::Change(pair) => match pair.op() {
                    Op::AddIndex { table, index } => {
                        apart.extend(concurrent(table, index, pair));
                        self.change_for(Dialect::Sqlite, pair);
                    }
                    Op::AddUnique { table, unique } => {
                        apart.extend(concurrent(table, &as_index(unique), pair));
                        attached.push(execute(&format!(
                            "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
                            table = sql_name(table),
                            name = sql_name(&unique.name)
                        )));
                        self.change_for(Dialect::Sqlite, pair);
                    }
                    _ => rest.push(it.clone()),
                },
                Do::Unproved(_) | Do::Refuse(_) => rest.push(it.clone()),
            }
        }
        let postgres = |what| Line {
            only: Some(Dialect::Postgres),
            what,
        };
        let mut lines: Vec<Line> = Vec::new();
        if !apart.is_empty() {
            lines.push(postgres(What::Apart(apart)));
        }
        lines.extend(attached.into_iter().map(|doc| postgres(What::Plain(doc))));
        lines.append(&mut self.lines);
        self.lines = lines;
        self.all(&rest);
    }

    /// The same for one of the databases.
    fn change_for(&mut self, dialect: Dialect, pair: &Pair) {
        let mut own = pair.clone();
        match dialect {
            Dialect::Sqlite => own.postgres = None,
            Dialect::Postgres => own.sqlite = None,
        }
        if own.sqlite.is_some() || own.postgres.is_some() {
            self.change(&own, &[]);
        }
        self.at.apply(pair);
    }

    fn plain(&mut self, only: Option<Dialect>, doc: Doc) {
        let what = What::Plain(doc);
        self.lines.push(Line { only, what });
    }

    fn alter(&mut self, only: Option<Dialect>, table: &str, alter: Alter) {
        self.lines.push(Line {
            only,
            what: What::Alter {
                table: table.to_owned(),
                function: alter.function,
                before: alter.before,
                behind: alter.behind,
                rebuilds: alter.rebuilds && only != Some(Dialect::Postgres),
                column: alter.column,
            },
        });
    }

    /// One statement where both databases say it alike, else one for each.
    fn by_dialect(&mut self, said: Vec<(Dialect, String)>, make: impl Fn(&str) -> Doc) {
        if let [(_, one), (_, other)] = said.as_slice()
            && one == other
        {
            return self.plain(None, make(one));
        }
        for (dialect, sql) in said {
            self.plain(Some(dialect), make(&sql));
        }
    }

    /// Stops where rows would make it fail.
    fn refuse(&mut self, pair: &Pair) {
        let obstacles: Vec<_> = pair
            .sides()
            .filter_map(|(dialect, op)| Some((dialect, in_the_way(dialect, op)?)))
            .collect();
        let Some((_, first)) = obstacles.first() else {
            return;
        };
        self.refuses = true;
        let what = first.what.clone();
        let said = obstacles.iter().map(|(dialect, it)| (*dialect, plain(&it.count)));
        self.by_dialect(said.collect(), |count| {
            Doc::call(
                "stop_at_rows",
                [Doc::prose(bound(count)), Doc::prose(what.clone())],
            )
        });
    }

    /// One change; `options` go with a constraint.
    fn change(&mut self, pair: &Pair, options: &[(&str, &str)]) {
        match pair.op() {
            Op::CreateTable(_) | Op::DropTable(_) | Op::RenameTable { .. } => self.table(pair),
            Op::AddColumn { .. }
            | Op::DropColumn { .. }
            | Op::RenameColumn { .. }
            | Op::Retype { .. }
            | Op::SetNotNull { .. }
            | Op::DropNotNull { .. }
            | Op::LetGo { .. }
            | Op::SetDefault { .. }
            | Op::SetIdentity { .. }
            | Op::Fill { .. }
            | Op::RenameValue { .. } => self.of_column(pair),
            Op::SetComment { .. } => self.comment(pair),
            Op::SetPrimaryKey { .. }
            | Op::AddUnique { .. }
            | Op::DropUnique { .. }
            | Op::AddForeignKey { .. }
            | Op::DropForeignKey { .. }
            | Op::AddCheck { .. }
            | Op::DropCheck { .. }
            | Op::RenameConstraint { .. }
            | Op::AddIndex { .. }
            | Op::DropIndex { .. }
            | Op::RenameIndex { .. } => self.constraint(pair, options),
            Op::Mirror { .. }
            | Op::Convert { .. }
            | Op::AtOnce { .. }
            | Op::SetRole { .. }
            | Op::SetFunction { .. }
            | Op::Secure { .. }
            | Op::AddPolicy { .. }
            | Op::DropPolicy { .. } => {
                unreachable!("columns change where they stand, and there is no second fence")
            }
        }
    }

    /// What a database keeps about a table or a column.
    fn comment(&mut self, pair: &Pair) {
        let Op::SetComment {
            table, column, to, ..
        } = pair.op()
        else {
            unreachable!("only comments come here")
        };
        let text = to.as_deref().map(|text| Doc::text(string(text)));
        let mut parts = strings(std::slice::from_ref(table));
        let function = match (column, text) {
            (Some(column), text) => {
                parts.push(Doc::text(string(column)));
                parts.push(Doc::named("comment", text.unwrap_or_else(|| "None".into())));
                "op.alter_column"
            }
            (None, Some(text)) => {
                parts.push(text);
                "op.create_table_comment"
            }
            (None, None) => "op.drop_table_comment",
        };
        self.plain(pair.only(), Doc::call(function, parts));
    }

    fn table(&mut self, pair: &Pair) {
        let only = pair.only();
        if let (Some(Op::CreateTable(sqlite)), Some(Op::CreateTable(postgres))) =
            (&pair.sqlite, &pair.postgres)
        {
            let doc = self.uses.create((sqlite, postgres));
            self.plain(only, doc);
            for (sqlite, postgres) in sqlite.indexes.iter().zip(&postgres.indexes) {
                self.plain(only, create_index(pair.op().table(), sqlite, postgres));
            }
        }
        if let Op::DropTable(table) = pair.op() {
            let name = strings(std::slice::from_ref(&table.name));
            self.plain(only, Doc::call("op.drop_table", name));
        }
        if let Op::RenameTable { from, to } = pair.op() {
            let names = strings(&[from.clone(), to.clone()]);
            self.plain(only, Doc::call("op.rename_table", names));
        }
    }
}

/// What a batch does, in the making.
struct Alter {
    function: &'static str,
    before: Vec<Doc>,
    behind: Vec<Doc>,
    rebuilds: bool,
    column: Option<String>,
}

impl Alter {
    fn new(function: &'static str) -> Self {
        Self {
            function,
            before: Vec::new(),
            behind: Vec::new(),
            rebuilds: true,
            column: None,
        }
    }

    /// What is done to an index, for which SQLite makes no table anew.
    fn index(function: &'static str, name: &str) -> Self {
        Self {
            rebuilds: false,
            ..Self::new(function).named(name)
        }
    }

    fn named(mut self, name: &str) -> Self {
        self.before.push(Doc::text(string(name)));
        self
    }

    fn behind(mut self, parts: Vec<Doc>) -> Self {
        self.behind = parts;
        self
    }

    fn of(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}

/// What Postgres makes while others write. One that was broken off is there and is no good: it goes first.
fn concurrent(table: &str, it: &Index, pair: &Pair) -> [Doc; 2] {
    let names = strings(&[it.name.clone(), table.to_owned()]);
    let alone = || Doc::named("postgresql_concurrently", "True");
    let mut drop = names.clone();
    drop.extend([Doc::named("if_exists", "True"), alone()]);
    let (sqlite, postgres) = indexes(pair, it);
    let mut parts = names;
    parts.extend(index(sqlite, postgres));
    parts.retain(|part| !part.flat().starts_with("sqlite_"));
    parts.push(alone());
    [
        Doc::call("op.drop_index", drop),
        Doc::call("op.create_index", parts),
    ]
}

fn create_index(table: &str, sqlite: &Index, postgres: &Index) -> Doc {
    let mut parts = strings(&[sqlite.name.clone(), table.to_owned()]);
    parts.extend(index(sqlite, postgres));
    Doc::call("op.create_index", parts)
}

fn as_index(unique: &Unique) -> Index {
    let columns = unique.columns.iter();
    Index {
        name: unique.name.clone(),
        columns: columns
            .map(|name| IndexColumn {
                name: name.clone(),
                descending: false,
            })
            .collect(),
        unique: true,
        predicate: None,
        valid: true,
    }
}

fn execute(sql: &str) -> Doc {
    Doc::call("op.execute", [Doc::prose(bound(&plain(sql)))])
}

/// SQL in which no colon is taken for the name of a value.
fn bound(sql: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = sql.chars().peekable();
    while let Some(char) = chars.next() {
        let is_name = chars
            .peek()
            .is_some_and(|next| next.is_alphanumeric() || *next == '_');
        if char == ':' && is_name && before != ':' && !before.is_alphanumeric() && before != '_' {
            out.push('\\');
        }
        out.push(char);
        before = char;
    }
    out
}
