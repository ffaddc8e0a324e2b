//! Random changes on a real Postgres, with rows inside: what it holds then is what it holds when it is made so at once.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use groma_sql::Dialect;
use testkit::postgres::Database;

use super::property::{let_go, pair};
use crate::{Migration, Run, plan, same};

/// Everything of the schema in the search path, as the server prints it.
const HELD: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
  SELECT format('%s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attcollation) AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  UNION ALL SELECT format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
  FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
  UNION ALL SELECT replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '') || i.indisvalid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = current_schema()::regnamespace
) AS lines";

/// The statements of a migration as a person would type them.
fn script(migrations: &[Migration]) -> String {
    let mut script = String::new();
    for step in migrations.iter().flat_map(|migration| &migration.steps) {
        for sql in &step.sql {
            let sql = sql.replace("$1::text", "NULL::text");
            let _ = writeln!(script, "{sql};");
        }
        // What is done is seen to be.
        if step.run != Run::Batches
            && let Some(done) = &step.done
        {
            let _ = writeln!(script, "SELECT 1 / ({done})::int;");
        }
    }
    script
}

fn undo(migrations: &[Migration]) -> String {
    let steps = migrations
        .iter()
        .rev()
        .flat_map(|migration| migration.steps.iter().rev());
    steps
        .flat_map(|step| &step.undo.sql)
        .fold(String::new(), |mut script, sql| {
            let _ = writeln!(script, "{sql};");
            script
        })
}

fn lines(statements: &[String]) -> String {
    statements.iter().fold(String::new(), |mut script, sql| {
        let _ = writeln!(script, "{sql};");
        script
    })
}

/// Runs statements one by one: some refuse to be in a transaction with others.
fn run(server: &Database, script: &str) -> String {
    let mut psql = Command::new("psql")
        .args(["-XAtq", "-v", "ON_ERROR_STOP=1", &server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The user of these databases has the name of the schema that a fence makes, which would come first then.
    let script = format!("SET search_path TO public;\n{script}");
    psql.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let said = psql.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{errors}\n{script}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn postgres_holds_the_target_and_every_row_and_goes_back() {
    pairs(0..100);
}

#[test]
fn postgres_does_so_for_other_pairs() {
    pairs(100..200);
}

fn pairs(seeds: std::ops::Range<u64>) {
    let server = Database::new();
    let (mut tried, mut undone) = (0, 0);
    for seed in seeds {
        let (old, next) = pair(seed);
        let (source, target) = (
            old.schema(Dialect::Postgres),
            next.draft.schema(Dialect::Postgres),
        );
        let plan = plan(&source, &target, &next.given);
        if !plan.questions.is_empty() {
            continue;
        }
        tried += 1;
        let held = |schema: &str| format!("SET search_path TO {schema};\n{HELD};\nSELECT '---';\n");
        // Rows may point at others in any order.
        let before = run(
            &server,
            &format!(
                "DROP SCHEMA IF EXISTS one, two CASCADE; CREATE SCHEMA one; CREATE SCHEMA two;\n\
                 SET search_path TO two; {}\nSET search_path TO one; {}\n\
                 SET session_replication_role TO replica; {}\n{}",
                lines(&target.create_statements()),
                lines(&source.create_statements()),
                lines(&old.rows(Dialect::Postgres, 3)),
                held("one")
            ),
        );
        let counts = next.draft.names();
        let counts = counts.map(|table| format!("SELECT count(*) FROM one.\"{table}\";\n"));
        let said = run(
            &server,
            &format!(
                "SET search_path TO one;\n\\o /dev/null\n{}\\o\n{}{}{}",
                script(&plan.migrations),
                held("one"),
                held("two"),
                counts.collect::<String>()
            ),
        );
        let parts: Vec<&str> = said.split("---\n").collect();
        let [one, two, counts] = parts.as_slice() else {
            panic!("{seed}: {said}")
        };
        assert_eq!(one, two, "{seed}");
        let rows: Vec<&str> = counts.lines().filter(|rows| *rows != "0").collect();
        let stay = old.names().filter(|name| !next.gone.contains(*name)).count();
        assert_eq!(rows, vec!["3"; stay], "{seed}: rows are lost");
        let back = undo(&plan.migrations);
        let after = run(
            &server,
            &format!(
                "SET search_path TO one;\n\\o /dev/null\n{back}\\o\n{}",
                held("one")
            ),
        );
        if same(&let_go(&source, &plan.migrations), &source) {
            undone += 1;
            assert_eq!(after, before, "{seed}: back");
        }
    }
    assert!(
        tried > 50 && undone > 30,
        "too few pairs: {tried}, {undone} there and back"
    );
}

/// The fence, as the server prints it.
const FENCED: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
  SELECT format('%s %s %s %s %s', tablename, policyname, cmd, qual, with_check) AS line FROM pg_policies
  UNION ALL SELECT format('%s %s', oid::regprocedure, prosrc) FROM pg_proc WHERE pronamespace = to_regnamespace('groma')
  UNION ALL SELECT format('%s %s', relname, relrowsecurity) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = to_regnamespace('public')
) AS lines";

#[test]
fn a_fence_is_put_up_moved_and_taken_down() {
    let open = "entity Task { id: uuid key; owner: User = caller on delete cascade; index owner }
      access Task { allow all to owner }
      resource /tasks for Task";
    let fence = "service S { title \"S\"; base /api; database row_security \"groma_migrate_app\" }";
    let fenced = format!("{fence}\n{open}");
    let moved = fenced
        .replace("entity Task", "entity Job was Task")
        .replace("access Task", "access Job")
        .replace("for Task", "for Job");
    let moved = moved.replace("allow all", "allow create, read");
    let other = fenced.replace("Task", "Other");
    let models = [open, &fenced, &moved, &other, open].map(super::file::model);
    let spelled = models
        .each_ref()
        .map(|model| groma_sql::schema::of_model(model, Dialect::Postgres));
    let server = Database::new();
    // What the role reads of somebody else's has to be there.
    run(&server, "CREATE TABLE \"user\" (id text PRIMARY KEY);");
    run(&server, &lines(&spelled[0].create_statements()));
    let mut plans = Vec::new();
    for (at, pair) in spelled.windows(2).enumerate() {
        let given = crate::Given {
            renames: crate::Renames::of(&models[at + 1]),
            goes: [("tasks", None), ("jobs", None), ("others", None)]
                .map(|(table, column)| (table.to_owned(), column))
                .into(),
            ..crate::Given::default()
        };
        let plan = plan(&pair[0], &pair[1], &given);
        assert!(!plan.is_blocked(), "{:?}", plan.questions);
        run(&server, &format!("\\o /dev/null\n{}", script(&plan.migrations)));
        let fresh = Database::new();
        run(&fresh, "CREATE TABLE \"user\" (id text PRIMARY KEY);");
        run(&fresh, &lines(&pair[1].create_statements()));
        let (is, wanted) = (
            run(&server, &format!("{FENCED};")),
            run(&fresh, &format!("{FENCED};")),
        );
        let without_caller = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.starts_with("groma.caller()"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(without_caller(&is), without_caller(&wanted), "{at}");
        plans.push(plan);
    }
    for plan in plans.iter().rev() {
        run(&server, &format!("\\o /dev/null\n{}", undo(&plan.migrations)));
    }
    let left = run(&server, "SELECT count(*) FROM pg_policies;");
    assert_eq!(left, "0\n");
}
