//! The second fence on a real Postgres: what it holds then is what it holds when it is made so at once.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use groma_sql::Dialect;
use testkit::postgres::Database;

use crate::{Migration, Run, Step, plan};

/// The statements of a migration as a person would type them.
fn script(migrations: &[Migration]) -> String {
    let mut script = String::new();
    for step in migrations.iter().flat_map(|migration| &migration.steps) {
        let sql = step.sql.iter().map(|sql| sql.replace("$1::text", "NULL::text"));
        script.push_str(&together(step, &sql.collect::<Vec<_>>()));
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
    steps.map(|step| together(step, &step.undo.sql)).collect()
}

/// Statements in one transaction, where their step is.
fn together(step: &Step, statements: &[String]) -> String {
    match step.run {
        Run::Together(_) => format!("BEGIN;\n{}COMMIT;\n", lines(statements)),
        Run::Alone | Run::Batches => lines(statements),
    }
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
  UNION ALL SELECT format('%s %s', oid::regprocedure, prosrc) FROM pg_proc WHERE pronamespace = to_regnamespace('groma_internal') AND prosecdef
  UNION ALL SELECT format('%s %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
  UNION ALL SELECT format('%s %s', relname, relrowsecurity) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = to_regnamespace('public')
) AS lines";

#[test]
fn a_fence_is_put_up_moved_and_taken_down() {
    let open = "entity Task { id: uuid key; owner: User = caller; index owner }
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

/// A column that a view of the fence shows, and that a rule asks for, becomes one of another type: beside, and where it
/// stands.
#[test]
fn a_column_that_rules_look_at_changes_its_type() {
    let with = |rank: &str, value: &str| {
        super::file::model(&format!(
            "service S {{ title \"S\"; base /api; database row_security \"groma_migrate_app\" }}
      entity Task {{ id: uuid key; rank: {rank}; owner: User = caller; index owner }}
      entity Note {{ id: uuid key; task: Task on delete cascade; index task }}
      access Task {{ allow all to owner }}
      access Note {{ allow all to task.owner when task.rank == {value} }}
      resource /tasks for Task
      resource /notes for Note"
        ))
    };
    let models = [with("int", "3"), with("text(1..9)", "\"3\"")];
    let [old, new] = models
        .each_ref()
        .map(|model| groma_sql::schema::of_model(model, Dialect::Postgres));
    let size = crate::Size { rows: 9, bytes: 9 };
    let small = [(String::from("tasks"), size)].into();
    for sizes in [std::collections::BTreeMap::new(), small] {
        let server = Database::new();
        let user = "CREATE TABLE \"user\" (id text PRIMARY KEY); INSERT INTO \"user\" VALUES ('me');";
        run(&server, user);
        run(&server, &lines(&old.create_statements()));
        run(
            &server,
            "INSERT INTO tasks (id, rank, owner_id) VALUES (gen_random_uuid(), 3, 'me');",
        );
        let before = run(&server, &format!("{FENCED};"));
        let is_beside = sizes.is_empty();
        let given = crate::Given {
            sizes,
            ..crate::Given::default()
        };
        let plan = plan(&old, &new, &given);
        assert!(!plan.is_blocked(), "{:?}", plan.questions);
        run(&server, &format!("\\o /dev/null\n{}", script(&plan.migrations)));
        let fresh = Database::new();
        run(&fresh, user);
        run(&fresh, &lines(&new.create_statements()));
        let wanted = run(&fresh, &format!("{FENCED};"));
        assert!(
            wanted.contains("tasks_rule_rows") && wanted.contains("rank"),
            "{wanted}"
        );
        assert_eq!(run(&server, &format!("{FENCED};")), wanted, "{is_beside}");
        assert_eq!(
            run(&server, "SELECT pg_typeof(rank), rank FROM tasks_rule_rows;"),
            "text|3\n"
        );
        run(&server, &format!("\\o /dev/null\n{}", undo(&plan.migrations)));
        assert_eq!(run(&server, &format!("{FENCED};")), before, "{is_beside}: back");
        assert_eq!(
            run(&server, "SELECT pg_typeof(rank), rank FROM tasks_rule_rows;"),
            "bigint|3\n"
        );
    }
}
