//! Random changes: what revisions do to a model of the tables. What they do to databases, `xtask/outside` holds them to.

use std::collections::BTreeSet;
use std::path::Path;

use groma_migrate::sample::{Draft, Next, pair};
use groma_migrate::{Question, QuestionKind, Renames, same};
use groma_sql::Dialect;

use super::both::{Tables, changes};
use super::lines::Writer;
use super::order::{back, parts};
use super::table::Uses;
use super::write::revisions;

const PAIRS: u64 = 150;

fn tables(draft: &Draft) -> Tables {
    Tables {
        sqlite: draft.schema(Dialect::Sqlite),
        postgres: draft.schema(Dialect::Postgres),
    }
}

/// What an author says when it is asked: columns and tables go, and a column that rows have no value for gets a default.
fn answered(old: &Draft, next: &mut Next) -> BTreeSet<(String, Option<String>)> {
    while !next.answered(old, Dialect::Postgres).fills.is_empty() {}
    let mut goes = BTreeSet::new();
    loop {
        let (_, questions) = changes(&tables(old), &tables(&next.draft), &next.given.renames, &goes);
        let mut asked = questions.into_iter();
        let Some(question) = asked.find(Question::is_blocking) else {
            return goes;
        };
        let QuestionKind::Renamed { from } = question.kind else {
            panic!("{question}");
        };
        goes.insert(match question.column {
            Some(_) => (question.table, Some(from)),
            None => (from, None),
        });
    }
}

#[test]
fn revisions_lead_to_their_target_and_back() {
    for seed in 0..PAIRS {
        let (old, mut next) = pair(seed);
        let goes = answered(&old, &mut next);
        let (from, to) = (tables(&old), tables(&next.draft));
        let (pairs, _) = changes(&from, &to, &next.given.renames, &goes);
        let parts = parts(&pairs);
        let mut writer = Writer::new(from.clone(), Uses::default());
        writer.all(&parts.main);
        let mut online = Writer::new(writer.at, Uses::default());
        online.online(&parts.online);
        assert!(
            same(&online.at.sqlite, &to.sqlite),
            "{seed}: {:#?}",
            online.at.sqlite
        );
        assert!(
            same(&online.at.postgres, &to.postgres),
            "{seed}: {:#?}",
            online.at.postgres
        );
        let mut down = Writer::new(online.at, Uses::default());
        down.all(&back(&parts.online));
        down.all(&back(&parts.main));
        let is_left = |of: &Tables| {
            of.sqlite
                .tables
                .iter()
                .map(|it| it.name.clone())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(is_left(&down.at), is_left(&from), "{seed}");
        write(seed, (&old, &next), &goes);
    }
}

/// With `GROMA_REVISIONS_OUT` the revisions are written there, with the rows and the tables that there are before and
/// behind them.
fn write(seed: u64, (old, next): (&Draft, &Next), goes: &BTreeSet<(String, Option<String>)>) {
    let Some(out) = std::env::var_os("GROMA_REVISIONS_OUT") else {
        return;
    };
    let folder = Path::new(&out).join("random").join(format!("{seed:03}"));
    std::fs::create_dir_all(&folder).unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let (from, to) = (tables(old), tables(&next.draft));
    let (made, _) = changes(&Tables::none(), &from, &Renames::default(), &BTreeSet::new());
    let first = revisions(&Tables::none(), &made, None);
    let (pairs, _) = changes(&from, &to, &next.given.renames, goes);
    let last = first.last().map(|it| it.id.as_str());
    let change = revisions(&from, &pairs, last);
    for (at, revision) in first.iter().chain(&change).enumerate() {
        put(&format!("{at:04}_{}.py", revision.slug), &revision.text);
    }
    put("first", last.unwrap_or_default());
    for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgresql", Dialect::Postgres)] {
        let sql = |draft: &Draft| draft.schema(dialect).create_statements().join(";\n") + ";\n";
        put(&format!("{name}.before.sql"), &sql(old));
        put(&format!("{name}.behind.sql"), &sql(&next.draft));
        put(
            &format!("{name}.rows.sql"),
            &(old.rows(dialect, 5).join(";\n") + ";\n"),
        );
        put(&format!("{name}.read.sql"), &old.read(dialect));
        put(&format!("{name}.again.sql"), &next.draft.read(dialect));
    }
    let kept = next
        .kept(old)
        .map(|((table, was), (now, is))| format!("{table}.{was} {now}.{is}\n"));
    put("kept", &kept.collect::<String>());
}
