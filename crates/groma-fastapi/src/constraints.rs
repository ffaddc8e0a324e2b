//! `__table_args__`: constraints, indexes and options of a table.

use groma_ir::tables::Table;
use groma_sql::schema;

use crate::cx::Cx;
use crate::python::{Doc, Imports, string};

/// How classes of `SQLAlchemy` are called: by themselves, where they are imported, or behind `sa.`.
pub(crate) trait Classes {
    /// The name of a class or a function.
    fn class(&mut self, name: &str) -> String;
}

impl Classes for Imports {
    fn class(&mut self, name: &str) -> String {
        self.name("sqlalchemy", name).to_owned()
    }
}

/// By themselves, but for those that a member of the class is called as: these stand behind `sa.`.
#[derive(Debug)]
pub(crate) struct Unhidden<'i> {
    /// What is imported by name.
    pub(crate) imports: &'i mut Imports,
    /// The members of the class.
    pub(crate) members: &'i [String],
}

impl Classes for Unhidden<'_> {
    fn class(&mut self, name: &str) -> String {
        if !self.members.iter().any(|member| member == name) {
            return self.imports.class(name);
        }
        self.imports.module("sqlalchemy as sa");
        Prefixed.class(name)
    }
}

/// Behind `sa.`, as revisions have them.
#[derive(Debug)]
pub(crate) struct Prefixed;

impl Classes for Prefixed {
    fn class(&mut self, name: &str) -> String {
        format!("sa.{name}")
    }
}

/// The arguments of a table. Somebody else's has none but the mark that it is theirs.
pub(crate) fn arguments(cx: &Cx<'_>, classes: &mut impl Classes, table: &Table) -> Doc {
    let both = cx.sqlite.table(&table.name).zip(cx.postgres.table(&table.name));
    let Some((sqlite, postgres)) = both.filter(|_| table.managed) else {
        let external = Doc::dict([(String::from("\"external\""), Doc::text("True"))]);
        return Doc::dict([(String::from("\"info\""), external)]);
    };
    let mut arguments = constraints(classes, sqlite, postgres);
    let later = cx
        .sqlite
        .tables
        .iter()
        .skip_while(|it| it.name != table.name)
        .skip(1);
    let later: Vec<&str> = later.map(|it| it.name.as_str()).collect();
    for (key, argument) in sqlite
        .foreign_keys
        .iter()
        .zip(arguments.iter_mut().skip(sqlite.uniques.len()))
    {
        // Tables that point at each other have no order in which each is made whole.
        if let Doc::Group { items, .. } = argument
            && later.contains(&key.table.as_str())
        {
            items.push(Doc::named("use_alter", "True"));
        }
    }
    let indexes = sqlite.indexes.iter().zip(&postgres.indexes);
    arguments.extend(indexes.map(|(sqlite, postgres)| index(classes, sqlite, postgres)));
    let mut options = vec![(String::from("\"sqlite_strict\""), Doc::text("True"))];
    if sqlite.columns.iter().any(|column| column.identity) {
        options.push((String::from("\"sqlite_autoincrement\""), Doc::text("True")));
    }
    if let Some(comment) = &postgres.comment {
        options.push((String::from("\"comment\""), Doc::text(string(comment))));
    }
    arguments.push(Doc::dict(options));
    Doc::tuple(arguments)
}

/// The constraints of a table: what is unique, what it refers to, what its rows meet.
pub(crate) fn constraints(
    classes: &mut impl Classes,
    sqlite: &schema::Table,
    postgres: &schema::Table,
) -> Vec<Doc> {
    let mut arguments = Vec::new();
    for unique in &sqlite.uniques {
        let mut parts = strings(&unique.columns);
        parts.push(Doc::named("name", string(&unique.name)));
        arguments.push(Doc::call(classes.class("UniqueConstraint"), parts));
    }
    for key in &sqlite.foreign_keys {
        let to = key.to.iter().map(|column| format!("{}.{column}", key.table));
        let to: Vec<String> = to.collect();
        let mut parts = vec![Doc::list(strings(&key.columns)), Doc::list(strings(&to))];
        parts.push(Doc::named("name", string(&key.name)));
        if key.on_delete != schema::Action::NoAction {
            parts.push(Doc::named("ondelete", string(key.on_delete.sql())));
        }
        arguments.push(Doc::call(classes.class("ForeignKeyConstraint"), parts));
    }
    for (check, dialect) in checks(sqlite, postgres) {
        let named = Doc::named("name", string(&check.name));
        let class = classes.class("CheckConstraint");
        let constraint = Doc::call(class, [Doc::prose(plain(&check.expression)), named]);
        arguments.push(match dialect {
            Some(dialect) => {
                let only = Doc::call(".ddl_if", [Doc::named("dialect", string(dialect))]);
                Doc::join([constraint, only])
            }
            None => constraint,
        });
    }
    arguments
}

/// The checks of a table, and for which database alone each is, in the order in which SQLite has them.
pub(crate) fn checks<'s>(
    sqlite: &'s schema::Table,
    postgres: &'s schema::Table,
) -> Vec<(&'s schema::Check, Option<&'static str>)> {
    let mut checks = Vec::new();
    for check in &sqlite.checks {
        let other = postgres.checks.iter().find(|other| other.name == check.name);
        let is_same = other.is_some_and(|other| other.expression == check.expression);
        checks.push((check, (!is_same).then_some("sqlite")));
        checks.extend(
            other
                .filter(|_| !is_same)
                .map(|other| (other, Some("postgresql"))),
        );
    }
    let is_new = |check: &&schema::Check| !sqlite.checks.iter().any(|known| known.name == check.name);
    let rest = postgres.checks.iter().filter(is_new);
    checks.extend(rest.map(|check| (check, Some("postgresql"))));
    checks
}

fn index(classes: &mut impl Classes, sqlite: &schema::Index, postgres: &schema::Index) -> Doc {
    let mut parts = vec![Doc::text(string(&sqlite.name))];
    parts.extend(index_columns(classes, sqlite));
    parts.extend(index_options(classes, sqlite, postgres));
    Doc::call(classes.class("Index"), parts)
}

/// The columns of an index, as `SQLAlchemy` and Alembic take them.
pub(crate) fn index_columns(classes: &mut impl Classes, index: &schema::Index) -> Vec<Doc> {
    let mut columns = Vec::new();
    for column in &index.columns {
        columns.push(if column.descending {
            let name = Doc::text(string(&format!("{} DESC", column.name)));
            Doc::call(classes.class("text"), [name])
        } else {
            Doc::text(string(&column.name))
        });
    }
    columns
}

/// Whether an index is unique, and of which rows alone it knows.
pub(crate) fn index_options(
    classes: &mut impl Classes,
    sqlite: &schema::Index,
    postgres: &schema::Index,
) -> Vec<Doc> {
    let mut options = Vec::new();
    if sqlite.unique {
        options.push(Doc::named("unique", "True"));
    }
    for (name, index) in [("sqlite_where", sqlite), ("postgresql_where", postgres)] {
        if let Some(predicate) = &index.predicate {
            let text = classes.class("text");
            options.push(Doc::named(name, Doc::call(text, [Doc::prose(plain(predicate))])));
        }
    }
    options
}

pub(crate) fn strings(names: &[String]) -> Vec<Doc> {
    names.iter().map(|name| Doc::text(string(name))).collect()
}

/// SQL without the quotes around names that do not need them: `length("title")` → `length(title)`.
pub(crate) fn plain(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let quote = if from.starts_with('"') { '"' } else { '\'' };
        let inside = from.get(1..).unwrap_or_default();
        let Some(end) = inside.find(quote) else {
            out.push_str(from);
            return out;
        };
        let (quoted, behind) = inside.split_at(end);
        if quote == '"' && is_plain(quoted) && !behind.starts_with("\"\"") {
            out.push_str(quoted);
        } else {
            out.push(quote);
            out.push_str(quoted);
            out.push(quote);
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    out + rest
}

/// Whether a name means the same without quotes, in every database.
fn is_plain(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    let is_word = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    starts && is_word && !RESERVED.contains(&name)
}

/// Words that some database keeps for itself.
#[rustfmt::skip]
const RESERVED: [&str; 182] = [
    "abort", "action", "add", "after", "all", "alter", "always", "analyse", "analyze", "and", "any", "array",
    "as", "asc", "asymmetric", "attach", "authorization", "autoincrement", "before", "begin", "between",
    "binary", "both", "by", "cascade", "case", "cast", "check", "collate", "collation", "column", "commit",
    "concurrently", "conflict", "constraint", "create", "cross", "current", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "database",
    "default", "deferrable", "deferred", "delete", "desc", "detach", "distinct", "do", "drop", "each", "else",
    "end", "escape", "except", "exclude", "exclusive", "exists", "explain", "fail", "false", "fetch", "filter",
    "first", "following", "for", "foreign", "freeze", "from", "full", "generated", "glob", "grant", "group",
    "groups", "having", "if", "ignore", "ilike", "immediate", "in", "index", "indexed", "initially", "inner",
    "insert", "instead", "intersect", "into", "is", "isnull", "join", "key", "last", "lateral", "leading",
    "left", "like", "limit", "localtime", "localtimestamp", "match", "materialized", "natural", "no", "not",
    "nothing", "notnull", "null", "nulls", "of", "offset", "on", "only", "or", "order", "others", "outer",
    "over", "overlaps", "partition", "placing", "plan", "pragma", "preceding", "primary", "query", "raise",
    "range", "recursive", "references", "regexp", "reindex", "release", "rename", "replace", "restrict",
    "returning", "right", "rollback", "row", "rows", "savepoint", "select", "session_user", "similar", "some",
    "symmetric", "system_user", "table", "tablesample", "temp", "temporary", "then", "ties", "to", "trailing",
    "transaction", "trigger", "true", "unbounded", "union", "unique", "update", "user", "using", "vacuum",
    "values", "variadic", "verbose", "view", "virtual", "when", "where", "window", "with", "without",
];
