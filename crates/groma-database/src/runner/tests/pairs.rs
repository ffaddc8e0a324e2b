//! Random changes of tables with rows inside, through all that a migration goes through: planned, written to a file, read
//! again, applied. What is there then is what was wanted, and undone what was there before; no row is lost, and no value
//! but those of which the plan says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use groma_migrate::file::File;
use groma_migrate::sample::{Draft, Next, brought_back, pair};
use groma_migrate::{Migration, read_snapshot, snapshot};
use groma_sql::Dialect;
use groma_sql::schema::Schema;
use rusqlite::Connection;
use testkit::postgres::Database;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::quick;
use crate::catalog::tests::kit::connect;
use crate::catalog::{differences, of_postgres, of_sqlite, reconciled};
use crate::runner::{Orders, Script, apply, sqlite, undo};

/// So many rows are in each table.
const ROWS: usize = 3;
const PAIRS: u64 = 200;

/// What columns hold, by table and name.
type Values = BTreeMap<(String, String), String>;

/// A change as it is applied.
struct Change {
    old: Draft,
    next: Next,
    migrations: Vec<Migration>,
    files: Vec<(String, File)>,
    fills: Vec<String>,
    questions: usize,
}

impl Change {
    fn of(seed: u64, dialect: Dialect) -> Self {
        let (old, mut next) = pair(seed);
        let answered = next.answered(&old, dialect);
        assert!(
            !answered.plan.is_blocked(),
            "{seed}: {:?}",
            answered.plan.questions
        );
        let migrations = answered.plan.migrations;
        let files = migrations.iter().enumerate().map(|(at, migration)| {
            let text = File::of(migration).text();
            let file = File::parse(&text).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
            assert!(
                !file.is_edited(),
                "{seed}: what is read is what was planned\n{text}"
            );
            (format!("{at:04}"), file)
        });
        Self {
            files: files.collect(),
            old,
            next,
            migrations,
            fills: answered.fills,
            questions: answered.answers,
        }
    }

    fn scripts(&self) -> Vec<Script> {
        self.files
            .iter()
            .map(|(name, file)| Script::of(name, file))
            .collect()
    }

    /// The scripts of the way back, the last first.
    fn back(&self) -> Vec<Script> {
        self.files
            .iter()
            .rev()
            .map(|(name, file)| Script::back(name, file))
            .collect()
    }

    fn ours(&self) -> BTreeSet<String> {
        self.next
            .draft
            .names()
            .chain(self.old.names())
            .map(str::to_owned)
            .collect()
    }

    /// Holds values before and after against each other: those of each column that is there, under its old name.
    fn compare(&self, before: &Values, after: &Values, about: &str) {
        for (was, is) in self.next.kept(&self.old) {
            let of = |values: &Values, (table, column): (&str, &str)| {
                values.get(&(table.to_owned(), column.to_owned())).cloned()
            };
            let (old, new) = (of(before, was), of(after, is));
            assert!(
                old.is_some() && old == new,
                "{about}: {was:?} was {old:?}, and {is:?} is {new:?}"
            );
        }
    }

    /// The same on the way back.
    fn compare_back(&self, before: &Values, again: &Values, about: &str) {
        for (was, _) in self.next.kept(&self.old) {
            let place = (was.0.to_owned(), was.1.to_owned());
            assert_eq!(before.get(&place), again.get(&place), "{about}: back: {was:?}");
        }
    }

    /// That what does not come back is told: whether rows have a value in a column that was let go.
    fn returned(&self, source: &Schema) -> Schema {
        let returned = brought_back(source, &self.migrations);
        if snapshot(&returned) != snapshot(source) {
            let steps = self.migrations.iter().flat_map(|migration| &migration.steps);
            assert!(steps.flat_map(|step| &step.undo.lost).count() > 0);
        }
        returned
    }
}

fn assert_same(wanted: &Schema, live: &Schema, about: &str) {
    let names = |schema: &Schema| -> BTreeSet<String> {
        schema.tables.iter().map(|table| table.name.clone()).collect()
    };
    assert_eq!(names(wanted), names(live), "{about}");
    let differ = differences(wanted, live);
    assert!(differ.is_empty(), "{about}: {differ:#?}");
    // And so says the form in which schemas are kept.
    let kept = read_snapshot(&snapshot(live)).unwrap();
    assert!(groma_migrate::same(&kept, live), "{about}");
}

fn tables_of_sqlite(connection: &Connection) -> Schema {
    let mut schema = of_sqlite(connection).unwrap().schema;
    schema.tables.retain(|table| table.name != "groma_migrations");
    schema
}

fn values_of_sqlite(connection: &Connection, draft: &Draft) -> Values {
    let mut statement = connection.prepare(&draft.read(Dialect::Sqlite)).unwrap();
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn sqlite_holds_what_was_wanted_and_what_was_there_before() {
    let (mut tried, mut questions) = (0, 0);
    for seed in 0..PAIRS {
        let change = Change::of(seed, Dialect::Sqlite);
        let (source, target) = (
            change.old.schema(Dialect::Sqlite),
            change.next.draft.schema(Dialect::Sqlite),
        );
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for sql in source
            .create_statements()
            .iter()
            .chain(&change.old.rows(Dialect::Sqlite, ROWS))
        {
            connection.execute_batch(sql).unwrap();
        }
        let before = values_of_sqlite(&connection, &change.old);
        let (scripts, ours, patience) = (change.scripts(), change.ours(), quick());
        for end in 1..=scripts.len() {
            let orders = Orders {
                scripts: &scripts[..end],
                ours: &ours,
                patience: &patience,
            };
            sqlite::apply(&connection, &orders, &mut |_| {})
                .unwrap_or_else(|error| panic!("{seed}: {error}"));
            for sql in change.fills.iter().filter(|_| end == 1) {
                connection.execute_batch(sql).unwrap();
            }
        }
        assert_same(&target, &tables_of_sqlite(&connection), &format!("{seed}"));
        change.compare(
            &before,
            &values_of_sqlite(&connection, &change.next.draft),
            &format!("{seed}"),
        );
        for back in change.back() {
            sqlite::undo(&connection, &back, &mut |_| {})
                .unwrap_or_else(|error| panic!("{seed}: back: {error}"));
        }
        assert_same(
            &change.returned(&source),
            &tables_of_sqlite(&connection),
            &format!("{seed}: back"),
        );
        change.compare_back(
            &before,
            &values_of_sqlite(&connection, &change.old),
            &format!("{seed}"),
        );
        tried += 1;
        questions += change.questions;
    }
    assert_eq!(tried, PAIRS);
    assert!(questions > 100, "only {questions} questions were asked");
}

async fn values_of_postgres(client: &Client, draft: &Draft) -> Values {
    let rows = client.simple_query(&draft.read(Dialect::Postgres)).await.unwrap();
    let text = |row: &tokio_postgres::SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    let rows = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(((text(row, 0), text(row, 1)), text(row, 2))),
        _ => None,
    });
    rows.collect()
}

async fn assert_holds(client: &Client, wanted: &Schema, about: &str) {
    let live = of_postgres(client).await.unwrap().schema;
    let wanted = reconciled(client, wanted, &live).await.unwrap();
    assert_same(&wanted, &live, about);
    assert!(groma_migrate::same(&wanted, &live), "{about}");
}

/// There and back on an empty database, which is empty again then but for what is left.
async fn there_and_back(client: &Client, seed: u64) -> usize {
    let change = Change::of(seed, Dialect::Postgres);
    let (source, target) = (
        change.old.schema(Dialect::Postgres),
        change.next.draft.schema(Dialect::Postgres),
    );
    let mut setup = vec![String::from(
        "DROP SCHEMA IF EXISTS public, groma CASCADE; CREATE SCHEMA public; SET search_path TO public",
    )];
    setup.extend(source.create_statements());
    // Rows may point at others in any order.
    setup.push(String::from("SET session_replication_role TO replica"));
    setup.extend(change.old.rows(Dialect::Postgres, ROWS));
    setup.push(String::from("RESET session_replication_role"));
    client.batch_execute(&setup.join(";\n")).await.unwrap();
    let before = values_of_postgres(client, &change.old).await;
    let (scripts, ours, patience) = (change.scripts(), change.ours(), quick());
    for end in 1..=scripts.len() {
        let orders = Orders {
            scripts: &scripts[..end],
            ours: &ours,
            patience: &patience,
        };
        let applied = apply(client, &orders, &mut |_| {}).await;
        applied.unwrap_or_else(|error| panic!("{seed}: {error:?}"));
        for sql in change.fills.iter().filter(|_| end == 1) {
            client.batch_execute(sql).await.unwrap();
        }
    }
    assert_holds(client, &target, &format!("{seed}")).await;
    change.compare(
        &before,
        &values_of_postgres(client, &change.next.draft).await,
        &format!("{seed}"),
    );
    for back in change.back() {
        let orders = Orders {
            scripts: &scripts,
            ours: &ours,
            patience: &patience,
        };
        let undone = undo(client, &back, (&orders, &mut |_| {})).await;
        undone.unwrap_or_else(|error| panic!("{seed}: back: {error:?}"));
    }
    assert_holds(client, &change.returned(&source), &format!("{seed}: back")).await;
    change.compare_back(
        &before,
        &values_of_postgres(client, &change.old).await,
        &format!("{seed}"),
    );
    change.questions
}

async fn on_postgres(seeds: Range<u64>) {
    let database = Database::new();
    let client = connect(&database).await;
    let (mut tried, mut questions) = (0, 0);
    for seed in seeds {
        questions += there_and_back(&client, seed).await;
        tried += 1;
    }
    assert_eq!(tried, PAIRS / 2);
    assert!(questions > 50, "only {questions} questions were asked");
}

#[tokio::test]
async fn postgres_holds_what_was_wanted_and_what_was_there_before() {
    on_postgres(0..PAIRS / 2).await;
}

#[tokio::test]
async fn postgres_does_so_for_as_many_others() {
    on_postgres(PAIRS / 2..PAIRS).await;
}
