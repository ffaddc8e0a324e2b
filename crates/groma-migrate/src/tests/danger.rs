//! What is said about plans.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::expect;
use groma_sql::Dialect;

use super::file::{TASKS, planned};
use crate::danger::{CATALOGUE, lints};

#[test]
fn what_a_plan_cannot_avoid_is_said() {
    let new = "
enum State { todo, running was doing, done }
entity Task { id: uuid key; heading: text(1..80) was title; state: State = todo; owner: User = caller on delete cascade; index owner; rank: int? }
";
    let plan = planned(Dialect::Postgres, TASKS, new);
    let mut text = String::new();
    for migration in &plan.migrations {
        for lint in lints(migration) {
            let _ = writeln!(
                text,
                "{:?} {} {:?}: {}",
                migration.phase, lint.id, lint.level, lint.message
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
    let said = include_str!("../danger.rs");
    for id in said.split("say(\"").skip(1).filter_map(|rest| rest.get(..4)) {
        assert!(ids.contains(id), "{id} is in no catalogue");
    }
}
