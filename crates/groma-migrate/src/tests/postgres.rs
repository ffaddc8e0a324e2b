//! The second fence on a real Postgres: what it holds then is what it holds when it is made so at once.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use groma_sql::Dialect;
use testkit::postgres::Database;

use crate::{Migration, Run, plan};

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
