//! Migrations as people read and edit them.

use std::fmt::Write as _;

use expect_test::{ExpectFile, expect, expect_file};
use groma_diag::Sources;
use groma_ir::Model;
use groma_sql::{Dialect, schema};

use crate::before::Before;
use crate::chain::{ChainError, order};
use crate::file::{File, name};
use crate::split::{normalised, statements};
use crate::{Given, Phase, Plan, Renames, Size, fingerprint, plan, read_snapshot, same, snapshot};

const AUTH: &str = r#"
auth { issuer "https://id.example.org" jwks "/jwks"; audience "notes"; algorithms EdDSA; caller User from claim sub }
entity User external table "user" { id: text(1..64) key }
"#;

pub(super) fn model(text: &str) -> Model {
    let mut sources = Sources::new();
    sources.add("design.groma", format!("{AUTH}{text}"));
    let compiled = groma_sema::compile(&sources);
    match compiled.design {
        Some(design) => Model::new(design),
        None => panic!("{:#?}", compiled.diagnostics),
    }
}

pub(super) fn planned(dialect: Dialect, old: &str, new: &str) -> Plan {
    let (old, new) = (model(old), model(new));
    let given = Given {
        renames: Renames::of(&new),
        sizes: [(
            String::from("tasks"),
            Size {
                rows: 1200,
                bytes: 1 << 20,
            },
        )]
        .into(),
        ..Given::default()
    };
    plan(
        &schema::of_model(&old, dialect),
        &schema::of_model(&new, dialect),
        &given,
    )
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written where it is passed"
)]
fn check(plan: &Plan, expected: ExpectFile) {
    let mut text = String::new();
    for question in &plan.questions {
        let _ = writeln!(text, "-- ? {question}\n-- {}", question.remedy());
    }
    for migration in &plan.migrations {
        let file = File::of(migration);
        let read = File::parse(&file.text()).unwrap();
        assert_eq!(read.hash(), file.hash(), "a file is read as it was written");
        assert!(!read.is_edited());
        let lines = file.text();
        // What the states are called says nothing to a reader.
        let lines = lines.lines().filter(|line| {
            !["-- from", "-- to:", "-- hash"]
                .iter()
                .any(|it| line.starts_with(it))
        });
        text.extend(lines.map(|line| format!("{line}\n")));
    }
    expected.assert_eq(&text);
}

pub(super) const TASKS: &str = "
enum State { todo, doing, done }
entity Task { id: uuid key; title: text(1..80); state: State = todo; note: text(..500)?; owner: User = caller; index owner }
";

#[test]
fn renames_and_new_values_and_what_goes() {
    let new = "
enum State { todo, running was doing, done, dropped }
entity Task { id: uuid key; heading: text(1..80) was title; state: State = todo; seen: datetime = now readonly; owner: User = caller; index owner; unique owner, heading }
";
    check(
        &planned(Dialect::Postgres, TASKS, new),
        expect_file!["golden/postgres.sql"],
    );
}

#[test]
fn a_sentence_about_a_thing_is_kept_where_a_database_keeps_it() {
    let said = TASKS
        .replace(
            "entity Task {",
            "## What's to be done, e.g. today. It ends.\nentity Task {\n ",
        )
        .replace("note: text", "\n  ## For\n  ## whoever does it\n  note: text");
    let other = said.replace("e.g. today", "one day");
    let less = said.replace("  ## For\n  ## whoever does it\n", "");
    let sql = |old: &str, new: &str| {
        let plan = planned(Dialect::Postgres, old, new);
        let steps = plan.migrations.iter().flat_map(|migration| &migration.steps);
        let lines = steps.map(|step| {
            let locks: Vec<_> = step.locks.iter().map(|lock| lock.mode.name()).collect();
            format!(
                "{}; {}; undone by {}\n",
                locks.join(", "),
                step.sql.join("; "),
                step.undo.sql.join("; ")
            )
        });
        lines.collect::<String>()
    };
    expect![[r#"
        SHARE UPDATE EXCLUSIVE; COMMENT ON TABLE "tasks" IS 'What''s to be done, e.g. today.'; undone by COMMENT ON TABLE "tasks" IS NULL
        SHARE UPDATE EXCLUSIVE; COMMENT ON COLUMN "tasks"."note" IS 'For whoever does it'; undone by COMMENT ON COLUMN "tasks"."note" IS NULL

        SHARE UPDATE EXCLUSIVE; COMMENT ON TABLE "tasks" IS 'What''s to be done, one day.'; undone by COMMENT ON TABLE "tasks" IS 'What''s to be done, e.g. today.'

        SHARE UPDATE EXCLUSIVE; COMMENT ON COLUMN "tasks"."note" IS NULL; undone by COMMENT ON COLUMN "tasks"."note" IS 'For whoever does it'
    "#]].assert_eq(&[sql(TASKS, &said), sql(&said, &other), sql(&said, &less)].join("\n"));
    let made = planned(Dialect::Postgres, "", &said);
    let made: Vec<&String> = made.migrations[0]
        .steps
        .iter()
        .flat_map(|step| &step.sql)
        .collect();
    assert!(
        made.contains(&&String::from(
            "COMMENT ON COLUMN \"tasks\".\"note\" IS 'For whoever does it'"
        )),
        "{made:#?}"
    );
    assert!(planned(Dialect::Sqlite, TASKS, &said).is_empty());
}

#[test]
fn sqlite_makes_tables_anew() {
    let new = TASKS
        .replace("note: text(..500)?; ", "")
        .replace("text(1..80)", "text(1..90)");
    check(
        &planned(Dialect::Sqlite, TASKS, &new),
        expect_file!["golden/sqlite.sql"],
    );
}

#[test]
fn a_rename_is_never_guessed() {
    let new = TASKS.replace("title: text(1..80)", "heading: text(1..80)");
    let plan = planned(Dialect::Postgres, TASKS, &new);
    assert!(plan.is_blocked());
    let questions: Vec<String> = plan.questions.iter().map(ToString::to_string).collect();
    expect![[r#"
        is `tasks.heading` what `tasks.title` was, or does that go with its values?
        what do rows of `tasks` that are there get in `heading`, which may not be empty?"#]]
    .assert_eq(&questions.join("\n"));
}

#[test]
fn statements_end_where_they_end() {
    let text = "-- a; b\nSELECT ';' || $x$;$x$ || \";\" /* ; /* ; */ */ ; SELECT E'\\';' ;\n;CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN d THEN 1 END; END; SELECT 1";
    let all = statements(text, None);
    assert_eq!(
        all,
        [
            "SELECT ';' || $x$;$x$ || \";\"",
            "SELECT E'\\';'",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN d THEN 1 END; END",
            "SELECT 1",
        ]
    );
}

#[test]
fn comments_blanks_and_line_ends_do_not_count() {
    let plan = planned(
        Dialect::Postgres,
        TASKS,
        &TASKS.replace("doing, done", "doing, done, late"),
    );
    let file = File::of(plan.migrations.first().unwrap());
    let text = file.text();
    let changed = text
        .replace("-- cost", "-- Cost, says Jo")
        .replace('\n', "\r\n")
        .replace(" CHECK (", "   CHECK ( /* so */ ");
    assert_eq!(
        File::parse(&changed.replace("( /*", "(/*").replace("*/ ", "*/"))
            .unwrap()
            .hash(),
        file.hash()
    );
    let edited = File::parse(&text.replace("'late'", "'later'")).unwrap();
    assert!(edited.is_edited());
    assert_eq!(normalised("SELECT  1 -- one\n , 'a  b'", None), "SELECT 1,'a  b'");
}

#[test]
fn what_is_written_by_hand_is_one_step() {
    let file = File::parse("-- run: outside of transactions\nVACUUM tasks;\nANALYZE tasks;\n").unwrap();
    assert_eq!(file.states, None);
    let [step] = file.steps.as_slice() else {
        panic!("{file:#?}")
    };
    assert_eq!(step.sql, ["VACUUM tasks", "ANALYZE tasks"]);
    assert_eq!(step.run, crate::Run::Alone);
    let wrong = File::parse("-- phase: later\n").unwrap_err();
    assert_eq!(wrong.to_string(), "line 1: a phase is `expand` or `contract`");
}

#[test]
fn states_give_the_order_and_two_heads_are_an_error() {
    let empty = schema::Schema {
        dialect: Dialect::Postgres,
        tables: Vec::new(),
        role: None,
    };
    let start = fingerprint(&empty);
    let [one, two, three] = ["a: int", "a: int; b: int?", "a: int; c: bool?"].map(|fields| {
        schema::of_model(
            &model(&format!("entity Note {{ id: uuid key; {fields} }}")),
            Dialect::Postgres,
        )
    });
    let step = |from: &schema::Schema, to: &schema::Schema| {
        let plan = plan(from, to, &Given::default());
        File::of(plan.migrations.first().unwrap())
    };
    let files = vec![
        (
            name("20261122T100000Z", "Add b!", Phase::Expand),
            step(&one, &two),
        ),
        (
            name("20261122T110000Z", "first", Phase::Expand),
            step(&empty, &one),
        ),
        (
            String::from("20261122T105000Z_by_hand.sql"),
            File::parse("SELECT 1").unwrap(),
        ),
    ];
    let (ordered, at) = order(&files, &start).unwrap();
    let names: Vec<&str> = ordered.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "20261122T105000Z_by_hand.sql",
            "20261122T110000Z_first.sql",
            "20261122T100000Z_add_b.sql"
        ]
    );
    assert_eq!(at, fingerprint(&two));
    let mut forked = files.clone();
    forked.push((String::from("20261122T120000Z_c.sql"), step(&one, &three)));
    assert!(matches!(order(&forked, &start), Err(ChainError::TwoHeads { .. })));
    assert!(matches!(order(&files[..1], &start), Err(ChainError::Gap { .. })));
}

#[test]
fn a_snapshot_is_read_as_it_was_written() {
    let schema = schema::of_model(&model(TASKS), Dialect::Postgres);
    let read = read_snapshot(&snapshot(&schema)).unwrap();
    assert!(same(&read, &schema));
    assert_eq!(fingerprint(&read), fingerprint(&schema));
    assert!(read_snapshot("{").is_err());
}

fn refused(text: &str) -> String {
    File::parse(text).unwrap_err().to_string()
}

#[test]
fn a_line_inside_of_a_statement_says_nothing_of_the_file() {
    let insert = "INSERT INTO posts VALUES ('Hello\n-- done: all\n-- down: no\nBye')";
    let body =
        "CREATE FUNCTION f() RETURNS int AS $$\n-- step: one\n-- cost: none\nSELECT 1;\n$$ LANGUAGE sql";
    let text = format!("-- loses: nothing\n{insert};\n/*\n-- step: two\n*/\n{body};\n");
    let file = File::parse(&text).unwrap();
    let [step] = file.steps.as_slice() else {
        panic!("{file:#?}")
    };
    assert_eq!(step.sql, [insert, body]);
    assert_eq!((step.done.as_ref(), step.down.len()), (None, 0));
    assert_eq!(step.facts, ["loses: nothing"]);
    assert_eq!(
        refused("SELECT 1\n-- down:\n--   SELECT 2;\n"),
        "line 2: `-- down:` stands inside of a statement; end that with `;` before it, or begin the comment with \
         another word"
    );
}

#[test]
fn what_stands_above_the_first_step_is_run_too() {
    let file = File::parse("SELECT 1;\n-- step: more\nSELECT 2;\n").unwrap();
    let sql: Vec<&String> = file.steps.iter().flat_map(|step| &step.sql).collect();
    assert_eq!(sql, ["SELECT 1", "SELECT 2"]);
}

#[test]
fn what_undoes_a_step_is_read_or_refused() {
    let file = File::parse("CREATE TABLE x (a int);\n-- down: DROP TABLE x;\n--   SELECT 'a\n--\n--   b';\n")
        .unwrap();
    assert_eq!(file.steps[0].down, ["DROP TABLE x", "SELECT 'a\n\nb'"]);
    assert!(refused("SELECT 1;\n-- down:\nDROP TABLE x;\n").starts_with("line 3: a statement stands below"));
    assert!(
        refused("SELECT 1;\n-- down:\n-- DROP TABLE x;\n").starts_with("line 3: this line below `-- down:`")
    );
    assert!(File::parse("SELECT 1;\n-- down:\n--   SELECT 2;\n\n-- so much for that\n").is_ok());
}

#[test]
fn what_is_warned_of_cannot_be_taken_out() {
    let new = TASKS
        .replace("note: text(..500)?; ", "")
        .replace("text(1..80)", "text(1..90)");
    let plan = planned(Dialect::Sqlite, TASKS, &new);
    let text: Vec<String> = plan.migrations.iter().map(|it| File::of(it).text()).collect();
    for word in ["-- loses:", "-- not back:", "-- fails where:", "-- count:"] {
        let found = text.iter().find(|text| text.contains(word)).unwrap();
        let lines = found.lines().filter(|line| !line.starts_with(word));
        let without = lines.collect::<Vec<_>>().join("\n");
        assert!(File::parse(&without).unwrap().is_edited(), "{word}");
        assert!(!File::parse(found).unwrap().is_edited());
    }
}

#[test]
fn what_databases_read_in_two_ways_is_refused() {
    assert!(refused("SELECT 1;\n-- so\rDROP TABLE x;\n").starts_with("line 2: a carriage return"));
    assert_eq!(
        File::parse("SELECT 'a\rb';").unwrap().steps[0].sql,
        ["SELECT 'a\rb'"]
    );
    assert_eq!(normalised("SELECT 1 -- so\r, 2", None), "SELECT 1,2");
    let nested = "SELECT 1; /* /* */ SELECT 2; /* */ */";
    assert!(refused(nested).starts_with("line 1: a comment starts inside of a comment"));
    let of = |database: &str| {
        let file = File::parse(&format!("-- database: {database}\n{nested}")).unwrap();
        file.steps[0].sql.clone()
    };
    assert_eq!(of("postgres"), ["SELECT 1"]);
    assert_eq!(of("sqlite"), ["SELECT 1", "SELECT 2", "*/"]);
    assert!(refused("SELECT 1;\n-- database: sqlite\n").starts_with("line 2: the database is said once"));
}

#[test]
fn marks_that_are_not_seen_are_skipped_or_refused() {
    let file = File::parse("\u{feff}-- phase: contract\nSELECT 1;").unwrap();
    assert_eq!(
        (file.phase, file.steps[0].sql.as_slice()),
        (Phase::Contract, &[String::from("SELECT 1")][..])
    );
    assert!(refused("SELECT 1;\nSELECT '\0';").starts_with("line 2: a NUL stands here"));
}

/// The head of a file claims what the table of releases says of its changes, and no more.
#[test]
fn the_head_says_what_becomes_of_the_release_before() {
    let old = "
enum State { todo, done }
entity Folder { id: uuid key }
entity Task { id: uuid key; title: text(1..80); state: State = todo; rank: int = 1; folder: Folder; index folder }
";
    for (from, to, before) in [
        ("rank: int = 1", "rank: int = 1; note: text(..9)?", Before::Serves),
        ("; rank: int = 1", "", Before::Serves),
        ("1..80", "1..60", Before::Serves),
        ("todo, done", "todo, finished was done", Before::Serves),
        ("folder: Folder", "folder: Folder on delete cascade", Before::Runs),
        (
            "title: text(1..80)",
            "heading: text(1..80) was title",
            Before::Breaks,
        ),
        ("entity Task", "entity Job was Task", Before::Breaks),
        ("rank: int = 1", "rank: text(..9) = \"1\"", Before::Shows),
    ] {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let plan = planned(dialect, old, &old.replace(from, to));
            let [first, ..] = plan.migrations.as_slice() else {
                panic!("{dialect:?}, {to}: {:?}", plan.questions);
            };
            if first.phase == Phase::Contract {
                continue;
            }
            let text = File::of(first).text();
            assert!(
                text.contains(&format!("\n-- {}\n", before.words())),
                "{to}: {text}"
            );
            assert_eq!(File::parse(&text).unwrap().text(), text);
        }
    }
}
