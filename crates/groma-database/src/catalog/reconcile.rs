//! Expressions: what Postgres prints is not what was written, though it means the same.
//!
//! Where the text of a wanted expression differs from what a live table has, the server is asked how it would print the
//! wanted one: on temporary tables, in a transaction that is rolled back. Each text is asked for once, however many
//! tables have it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use groma_migrate::{Adapted, adapted};
use groma_sql::Dialect;
use groma_sql::schema::{Column, Schema, Table, quoted};
use tokio_postgres::Client;

use super::postgres::begin;
use crate::error::{DatabaseError, postgres};

/// A wanted schema as the live one fulfils it.
pub async fn adapted_to_postgres(
    client: &Client,
    wanted: &Schema,
    live: &Schema,
) -> Result<Adapted, DatabaseError> {
    // How an expression is printed depends on the types of its columns: so those come first.
    let known = adapted(wanted, wanted, live).known;
    let spelled = reconciled(client, &known, live).await?;
    Ok(adapted(&known, &spelled, live))
}

/// The wanted schema, with each expression as the server prints it, and with the collations of the live one: an order of
/// texts that is another one is still an order. Comments are not compared.
pub async fn reconciled(client: &Client, wanted: &Schema, live: &Schema) -> Result<Schema, DatabaseError> {
    let mut wanted = wanted.clone();
    for table in &mut wanted.tables {
        if let Some(live) = live.table(&table.name) {
            take_collations(table, live);
            table.forget_comments(live);
        }
    }
    if let (Some(wanted), Some(live)) = (&mut wanted.role, &live.role) {
        take_order(&mut wanted.reads, &live.reads);
    }
    if wanted.dialect == Dialect::Sqlite {
        return Ok(wanted);
    }
    let asked = asked(&wanted, live);
    let printed = print(client, &asked).await?;
    for table in &mut wanted.tables {
        if let Some(live) = live.table(&table.name) {
            take_over(table, live, &printed);
        }
    }
    Ok(wanted)
}

/// An expression, and what its printed form depends on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Asked {
    kind: Kind,
    /// The columns that stand in it: name and type.
    columns: Vec<(String, String)>,
    text: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Check,
    Predicate,
    /// A default of a column of this type.
    Default(String),
}

type Printed = BTreeMap<Asked, Option<String>>;

fn take_collations(table: &mut Table, live: &Table) {
    for column in &mut table.columns {
        if let Some(live) = live.column(&column.name).filter(|live| live.ty == column.ty) {
            column.collation.clone_from(&live.collation);
        }
    }
}

/// What a role reads, in whatever order it was granted.
fn take_order(wanted: &mut Vec<(String, Vec<String>)>, live: &[(String, Vec<String>)]) {
    let pairs = |reads: &[(String, Vec<String>)]| -> BTreeSet<(String, String)> {
        let pairs = reads
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(|column| (table.clone(), column.clone())));
        pairs.collect()
    };
    if pairs(wanted) == pairs(live) {
        live.clone_into(wanted);
    }
}

/// Everything whose text the live table does not have. Constraints of others have names of their own, so that one is
/// looked for by what it says.
fn asked(wanted: &Schema, live: &Schema) -> BTreeSet<Asked> {
    let pairs = wanted.tables.iter();
    let pairs = pairs.filter_map(|table| Some((table, live.table(&table.name)?)));
    let mut all = BTreeSet::new();
    for (table, live) in pairs {
        for check in &table.checks {
            let is_there = live
                .checks
                .iter()
                .any(|found| found.expression == check.expression);
            all.extend((!is_there).then(|| condition(live, Kind::Check, &check.expression)));
        }
        for predicate in table.indexes.iter().filter_map(|index| index.predicate.as_ref()) {
            let mut there = live.indexes.iter().filter_map(|index| index.predicate.as_ref());
            let is_there = there.any(|found| found == predicate);
            all.extend((!is_there).then(|| condition(live, Kind::Predicate, predicate)));
        }
        for (column, found) in &defaults(table, live) {
            all.extend(
                (column.default.as_ref() != Some(found))
                    .then(|| default(column))
                    .flatten(),
            );
        }
    }
    all
}

fn defaults<'a>(table: &'a Table, live: &'a Table) -> Vec<(&'a Column, &'a String)> {
    let pairs = table.columns.iter().filter(|column| column.default.is_some());
    let pairs = pairs.filter_map(|column| Some((column, live.column(&column.name)?.default.as_ref()?)));
    pairs.collect()
}

fn condition(live: &Table, kind: Kind, text: &str) -> Asked {
    let used = live
        .columns
        .iter()
        .filter(|column| text.contains(column.name.as_str()));
    Asked {
        kind,
        columns: used
            .map(|column| (column.name.clone(), column.ty.clone()))
            .collect(),
        text: text.to_owned(),
    }
}

fn default(column: &Column) -> Option<Asked> {
    Some(Asked {
        kind: Kind::Default(column.ty.clone()),
        columns: Vec::new(),
        text: column.default.clone()?,
    })
}

/// How the server prints what was asked; nothing of what it does not take.
async fn print(client: &Client, asked: &BTreeSet<Asked>) -> Result<Printed, DatabaseError> {
    if asked.is_empty() {
        return Ok(Printed::new());
    }
    let doing = || postgres("ask how the database prints expressions");
    begin(client, "").await.map_err(doing())?;
    let mut script = String::from("SET LOCAL client_min_messages = error;");
    for (at, asked) in asked.iter().enumerate() {
        script.push_str(&attempt(&scratch(at, asked)));
    }
    let rows = match client.batch_execute(&script).await {
        Ok(()) => client.query_typed(READ, &[]).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK").await.map_err(doing())?;
    let mut printed: Vec<Option<String>> = vec![None; asked.len()];
    for row in rows.map_err(doing())? {
        let at: Option<usize> = row.get::<_, &str>(0).parse().ok();
        if let Some(place) = at.and_then(|at| printed.get_mut(at)) {
            *place = row.get(1);
        }
    }
    Ok(asked.iter().cloned().zip(printed).collect())
}

/// The comment of a scratch table is the number of what it was made for.
const READ: &str = "\
SELECT obj_description(c.oid, 'pg_class'),
  coalesce(pg_get_expr(o.conbin, c.oid), pg_get_expr(i.indpred, c.oid), pg_get_expr(d.adbin, c.oid))
FROM pg_class c
LEFT JOIN pg_constraint o ON o.conrelid = c.oid
LEFT JOIN pg_index i ON i.indrelid = c.oid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid
WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r' AND obj_description(c.oid, 'pg_class') IS NOT NULL";

/// The statements that make a scratch table with the expression.
fn scratch(at: usize, asked: &Asked) -> Vec<String> {
    let columns = asked.columns.iter();
    let mut columns: Vec<String> = columns
        .map(|(name, ty)| format!("{} {ty}", quoted(name)))
        .collect();
    let name = format!("groma_scratch_{at}");
    let mut after = Vec::new();
    match &asked.kind {
        Kind::Check => columns.push(format!("CHECK ({})", asked.text)),
        Kind::Default(ty) => columns.push(format!("d {ty} DEFAULT {}", asked.text)),
        Kind::Predicate => after.push(format!(
            "CREATE INDEX ON pg_temp.{name} ((1)) WHERE {}",
            asked.text
        )),
    }
    let mut all = vec![format!("CREATE TEMP TABLE {name} ({})", columns.join(", "))];
    all.append(&mut after);
    all.push(format!("COMMENT ON TABLE pg_temp.{name} IS '{at}'"));
    all
}

/// Statements that are done together or not at all, and whose failure is no failure.
pub(super) fn attempt(statements: &[String]) -> String {
    let mut block = String::from("DO $groma$ BEGIN ");
    for statement in statements {
        let _ = write!(block, "EXECUTE {}; ", literal(statement));
    }
    block.push_str("EXCEPTION WHEN OTHERS THEN NULL; END $groma$;");
    block
}

fn literal(text: &str) -> String {
    // The block's own quotes must not end in the middle of it, whatever a design says.
    let text = text
        .replace('\\', "\\\\")
        .replace('\'', "''")
        .replace("$groma$", "$\\x67roma$");
    format!("E'{text}'")
}

/// Takes over the spelling of the server, or of the live table where the server prints the wanted expression so.
fn take_over(table: &mut Table, live: &Table, printed: &Printed) {
    let prints = |asked: &Asked| printed.get(asked).cloned().flatten();
    for check in &mut table.checks {
        // Also where no check of the live table says so: two that differ are to differ in what they say alone.
        let said = prints(&condition(live, Kind::Check, &check.expression));
        check.expression = said.unwrap_or_else(|| std::mem::take(&mut check.expression));
    }
    for predicate in table
        .indexes
        .iter_mut()
        .filter_map(|index| index.predicate.as_mut())
    {
        let said = prints(&condition(live, Kind::Predicate, predicate));
        let mut there = live.indexes.iter().filter_map(|found| found.predicate.as_ref());
        if let Some(found) = there.find(|found| Some(*found) == said.as_ref()) {
            predicate.clone_from(found);
        }
    }
    for column in &mut table.columns {
        let found = live.column(&column.name).and_then(|found| found.default.clone());
        if found.is_some() && default(column).and_then(|asked| prints(&asked)) == found {
            column.default = found;
        }
    }
    for policy in &mut table.policies {
        let found = live.policies.iter().find(|found| found.name == policy.name);
        if let Some(found) = found {
            take_call(&mut policy.using, found.using.as_ref());
            take_call(&mut policy.check, found.check.as_ref());
        }
    }
}

/// Policies ask functions, and the call of one is printed as it was written but for quotes that no name needs.
fn take_call(wanted: &mut Option<String>, live: Option<&String>) {
    if wanted.as_deref().map(bare) == live.map(String::as_str).map(bare) {
        *wanted = live.cloned();
    }
}

/// A call without the quotes around plain words. `"a.b"` is one name, and not `a.b`.
fn bare(call: &str) -> String {
    let is_of_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let pieces = call.split('"').enumerate().map(|(at, piece)| {
        let is_quoted = at % 2 == 1;
        if is_quoted && !piece.chars().all(is_of_word) {
            format!("\"{piece}\"")
        } else {
            piece.to_owned()
        }
    });
    pieces.collect()
}
