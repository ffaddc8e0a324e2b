//! Random schemas and changes: what a plan does to a model, and to a real SQLite.

use groma_sql::Dialect;
use groma_sql::schema::Schema;

use crate::sample::{Draft, Next, Rng};
use crate::{Migration, Op, plan, same};

const PAIRS: u64 = 400;

pub(super) fn pair(seed: u64) -> (Draft, Next) {
    let mut rng = Rng::new(seed);
    let old = Draft::random(&mut rng);
    let many = 1 + rng.below(8);
    let next = old.change(&mut rng, many);
    (old, next)
}

/// The schema behind the way back.
fn back(from: &Schema, migrations: &[Migration]) -> Schema {
    let mut schema = from.clone();
    for step in migrations
        .iter()
        .rev()
        .flat_map(|migration| migration.steps.iter().rev())
    {
        for op in &step.undo.ops {
            op.apply(&mut schema);
        }
    }
    schema
}

/// The source with what the plan says does not come back.
pub(super) fn let_go(source: &Schema, migrations: &[Migration]) -> Schema {
    let mut schema = source.clone();
    let steps = migrations.iter().flat_map(|migration| &migration.steps);
    let ops: Vec<&Op> = steps.flat_map(|step| &step.ops).collect();
    for op in &ops {
        if let Op::RenameTable { .. } | Op::RenameColumn { .. } | Op::LetGo { .. } = op {
            op.apply(&mut schema);
        }
    }
    for op in ops.iter().rev() {
        if let Op::RenameTable { .. } | Op::RenameColumn { .. } = op {
            op.inverse().apply(&mut schema);
        }
    }
    schema
}

#[test]
fn a_plan_leads_to_its_target_and_its_way_back_to_its_source() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for seed in 0..PAIRS {
            let (old, next) = pair(seed);
            let (source, target) = (old.schema(dialect), next.draft.schema(dialect));
            let plan = plan(&source, &target, &next.given);
            if plan.is_blocked() {
                continue;
            }
            let reached = plan.migrations.last().map_or(&source, |last| &last.reached);
            assert!(
                same(reached, &target),
                "{dialect:?} {seed}: {reached:#?} is not {target:#?}"
            );
            let again = back(&target, &plan.migrations);
            let source_then = let_go(&source, &plan.migrations);
            assert!(
                same(&again, &source_then),
                "{dialect:?} {seed}: back: {again:#?} is not {source_then:#?}"
            );
            if same(&source, &target) {
                assert!(
                    plan.is_empty(),
                    "{dialect:?} {seed}: nothing differs, and there is {plan:#?}"
                );
            }
        }
    }
}

/// What a real SQLite holds, as far as it says so by itself.
fn held(connection: &rusqlite::Connection) -> Vec<String> {
    let all = |sql: &str, names: &[&str]| -> Vec<Vec<String>> {
        let mut statement = connection.prepare(sql).unwrap();
        let names = rusqlite::params_from_iter(names.iter());
        let rows = statement.query_map(names, |row| {
            (0..row.as_ref().column_count())
                .map(|at| Ok(format!("{:?}", row.get::<_, rusqlite::types::Value>(at)?)))
                .collect()
        });
        rows.unwrap().map(Result::unwrap).collect()
    };
    let mut held = Vec::new();
    for table in connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap)
    {
        let parts = [
            "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)",
            "SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(?1)",
            "SELECT list.\"unique\", list.origin, info.name, list.origin = 'c' AND list.name \
             FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info",
        ];
        for sql in parts {
            held.extend(
                all(sql, &[&table])
                    .into_iter()
                    .map(|row| format!("{table}: {row:?}")),
            );
        }
        let sql: String = connection
            .query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [&table], |row| {
                row.get(0)
            })
            .unwrap();
        let checks = sql
            .split("CONSTRAINT ")
            .skip(1)
            .filter(|part| part.contains("CHECK"));
        held.extend(checks.map(|check| {
            format!(
                "{table}: {}",
                check
                    .trim()
                    .trim_end_matches([',', ')', ' ', '\n', 'S', 'T', 'R', 'I', 'C'])
            )
        }));
    }
    held.sort();
    held
}

fn run(connection: &rusqlite::Connection, steps: &[Vec<String>], about: &str) {
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; BEGIN")
        .unwrap();
    for sql in steps.iter().flatten() {
        connection
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{about}: {error}: {sql}"));
    }
    let broken: i64 = connection
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(broken, 0, "{about}: rows point at nothing");
    connection
        .execute_batch("COMMIT; PRAGMA foreign_keys = ON")
        .unwrap();
}

fn made(draft: &Draft) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for sql in draft.schema(Dialect::Sqlite).create_statements() {
        connection.execute_batch(&sql).unwrap();
    }
    connection
}

fn counts(connection: &rusqlite::Connection, draft: &Draft) -> Vec<i64> {
    let count = |table: &str| {
        connection
            .query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))
            .unwrap()
    };
    draft.names().map(count).collect()
}

#[test]
fn sqlite_holds_the_target_and_every_row_and_goes_back() {
    let (mut tried, mut undone) = (0, 0);
    for seed in 0..PAIRS {
        let (old, next) = pair(seed);
        let connection = made(&old);
        for sql in old.rows(Dialect::Sqlite, 3) {
            connection
                .execute_batch(&sql)
                .unwrap_or_else(|error| panic!("{seed}: {error}: {sql}"));
        }
        let (source, target) = (old.schema(Dialect::Sqlite), next.draft.schema(Dialect::Sqlite));
        let plan = plan(&source, &target, &next.given);
        if !plan.questions.is_empty() {
            continue;
        }
        tried += 1;
        let before = held(&connection);
        let stay: Vec<i64> = old
            .names()
            .filter(|name| !next.gone.contains(*name))
            .map(|_| 3)
            .collect();
        for migration in &plan.migrations {
            let steps: Vec<_> = migration.steps.iter().map(|step| step.sql.clone()).collect();
            run(&connection, &steps, &format!("{seed} {:?}", migration.phase));
        }
        assert_eq!(held(&connection), held(&made(&next.draft)), "{seed}");
        let rows: Vec<i64> = counts(&connection, &next.draft)
            .into_iter()
            .filter(|rows| *rows > 0)
            .collect();
        assert_eq!(rows, stay, "{seed}: rows are lost");
        for migration in plan.migrations.iter().rev() {
            let steps: Vec<_> = migration
                .steps
                .iter()
                .rev()
                .map(|step| step.undo.sql.clone())
                .collect();
            run(&connection, &steps, &format!("{seed} back {:?}", migration.phase));
        }
        if same(&let_go(&source, &plan.migrations), &source) {
            undone += 1;
            assert_eq!(held(&connection), before, "{seed}");
        }
    }
    assert!(
        tried > 200 && undone > 100,
        "too few pairs: {tried}, {undone} there and back"
    );
}
