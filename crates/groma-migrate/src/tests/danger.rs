//! What is said about plans.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::expect;
use groma_sql::Dialect;
use groma_sql::schema::Column;

use super::file::{TASKS, planned};
use crate::Phase;
use crate::conversion::loss;
use crate::danger::{CATALOGUE, lints};

#[test]
fn what_a_plan_cannot_avoid_is_said() {
    let new = "
enum State { todo, running was doing, done }
entity Task { id: uuid key; heading: text(1..80) was title; state: State = todo; owner: User = caller; index owner; rank: int? }
";
    let plan = planned(Dialect::Postgres, TASKS, new);
    let mut text = String::new();
    for migration in &plan.migrations {
        for lint in lints(migration) {
            let _ = writeln!(
                text,
                "{:?} {} {:?}: {}",
                migration.phase,
                lint.id.unwrap(),
                lint.level,
                lint.message
            );
        }
    }
    expect![[r#"
        Expand PG33 Danger: the release that runs asks for `tasks.title`, which is `heading` then
        Expand PG35 Note: the release that runs knows what `tasks_title_check` means when it is broken
        Expand PG40 Warning: the release that runs does not know `running` in `tasks.state`, and writes `doing`
        Contract PG60 Warning: it fails where `tasks` breaks `tasks_state_check`
        Contract PG29 Danger: every value of `tasks.note` is gone
    "#]].assert_eq(&text);
}

#[test]
fn the_catalogue_has_each_number_once_and_a_way_out() {
    let ids: BTreeSet<&str> = CATALOGUE.iter().map(|danger| danger.id).collect();
    let wanted: BTreeSet<String> = (1..=62).map(|number| format!("PG{number:02}")).collect();
    assert_eq!(ids, wanted.iter().map(String::as_str).collect());
    assert_eq!(CATALOGUE.len(), 62);
    assert!(
        CATALOGUE
            .iter()
            .all(|danger| !danger.remedy.is_empty() && !danger.what.is_empty())
    );
    for danger in CATALOGUE {
        let text = format!("{} {}", danger.what, danger.remedy);
        let odd = ["*", "PG", "->", "CIC", "probe"]
            .iter()
            .find(|odd| text.contains(**odd));
        assert_eq!(odd, None, "{}: {text}", danger.id);
    }
    let said = include_str!("../danger.rs");
    for id in said.split("say(\"").skip(1).filter_map(|rest| rest.get(..4)) {
        assert!(ids.contains(id), "{id} is in no catalogue");
    }
}

#[test]
fn what_a_narrower_type_takes_away_is_said_and_a_wider_one_takes_nothing() {
    let lost = |dialect, from: &str, to: &str| {
        let entity = |ty: &str| format!("entity Note {{ id: uuid key; value: {ty} }}");
        let plan = planned(dialect, &entity(from), &entity(to));
        assert!(plan.questions.is_empty(), "{from} to {to}: {:?}", plan.questions);
        // A second column that took the place of the first one leaves that to the second migration.
        let expand = plan.migrations.iter().filter(|it| it.phase == Phase::Expand);
        let steps = expand.flat_map(|it| &it.steps);
        let lost: Vec<String> = steps.flat_map(|step| step.lost.clone()).collect();
        let lints: Vec<&str> = plan
            .migrations
            .iter()
            .flat_map(lints)
            .filter_map(|it| it.id)
            .collect();
        let is_sqlite = dialect == Dialect::Sqlite;
        assert_eq!(
            lints.contains(&"PG26"),
            !lost.is_empty() && !is_sqlite,
            "{from} to {to}"
        );
        lost.join("; ")
    };
    expect!["of values of `notes.value`, which become date where they were timestamp with time zone: the time of day"]
        .assert_eq(&lost(Dialect::Postgres, "datetime", "date"));
    expect!["of values of `notes.value`, which become bigint where they were double precision: what stands behind the point"]
        .assert_eq(&lost(Dialect::Postgres, "float", "int"));
    expect![
        "of values of `notes.value`, which become int where they were float: what stands behind the point"
    ]
    .assert_eq(&lost(Dialect::Sqlite, "float", "int"));
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for (from, to) in [
            ("text", "decimal(8,2)"),
            ("decimal(10,4)", "decimal(10,2)"),
            ("float", "decimal(8,2)"),
        ] {
            let said = lost(dialect, from, to);
            assert!(
                said.ends_with("places behind the point that the new type does not have"),
                "{from} to {to}: {said}"
            );
        }
        for from in ["json", "[int]"] {
            assert!(lost(dialect, from, "text").contains("in JSON"), "{from}");
        }
    }
    assert_eq!(lost(Dialect::Postgres, "date", "datetime"), "");
    assert_eq!(lost(Dialect::Postgres, "int", "text"), "");
    assert_eq!(lost(Dialect::Sqlite, "int", "text"), "");
}

#[test]
fn text_that_is_cut_and_places_that_go_are_said() {
    let of = |ty: &str| Column {
        name: String::from("value"),
        ty: ty.to_owned(),
        collation: None,
        not_null: false,
        default: None,
        identity: false,
        fill: None,
        class: None,
        labels: Vec::new(),
        comment: None,
    };
    let loses = |from, to| loss(Dialect::Postgres, &of(from), &of(to)).is_some();
    for (wide, narrow) in [
        ("text", "character varying(8)"),
        ("character varying(9)", "character varying(8)"),
        ("numeric(19,4)", "numeric(19,2)"),
        ("double precision", "numeric(19,2)"),
        ("bigint", "double precision"),
    ] {
        assert!(loses(wide, narrow), "{wide} to {narrow}");
    }
    for (narrow, wide) in [
        ("character varying(8)", "text"),
        ("integer", "bigint"),
        ("bigint", "numeric(19,2)"),
        ("numeric(19,2)", "numeric(19,4)"),
        ("integer", "double precision"),
    ] {
        assert!(!loses(narrow, wide), "{narrow} to {wide}");
    }
}

#[test]
fn columns_that_are_new_have_no_rows_in_the_way() {
    let new = TASKS.replace(
        "index owner",
        "rank: int(1..5)?; level: int(1..5) = 1; helper: User?; index owner; index helper; unique helper",
    );
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let plan = planned(dialect, TASKS, &new);
        let said: Vec<String> = plan
            .migrations
            .iter()
            .flat_map(lints)
            .map(|it| it.message)
            .collect();
        let failing: Vec<&String> = said.iter().filter(|it| it.starts_with("it fails")).collect();
        assert!(failing.is_empty(), "{dialect:?}: {failing:?}");
    }
}

#[test]
fn a_type_that_no_value_can_become_is_asked_about_on_both() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for (from, to) in [
            ("text", "[text]"),
            ("int", "uuid"),
            ("bool", "date"),
            ("uuid", "int"),
            ("int", "[int]"),
            ("time", "datetime"),
        ] {
            let entity = |ty: &str| format!("entity Note {{ id: uuid key; value: {ty} }}");
            let plan = planned(dialect, &entity(from), &entity(to));
            assert!(plan.is_blocked(), "{dialect:?}: {from} to {to}");
        }
    }
    let plan = planned(
        Dialect::Postgres,
        "entity Note { id: uuid key; value: text }",
        "entity Note { id: uuid key; value: [text] }",
    );
    expect!["what becomes of the values of `notes.value`, which are `text` and cannot be made into `list`?"]
        .assert_eq(&plan.questions[0].to_string());
}
