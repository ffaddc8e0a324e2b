//! Text to migrations.

use groma_sql::Dialect;

use super::{File, FileStep};
use crate::canonical::Fingerprint;
use crate::plan::Phase;
use crate::split::statements;
use crate::step::Run;

/// Why a file cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct FileError {
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong, and what to write.
    pub what: String,
}

/// What a line of a file is.
enum Line<'t> {
    /// `-- word: what`, of a word that is known.
    Fact(&'t str, &'t str),
    /// `--   SQL`, below `-- down:`.
    Down(&'t str),
    /// Anything else.
    Sql(&'t str),
}

const FACTS: [&str; 16] = [
    "database",
    "phase",
    "from",
    "to",
    "hash",
    "step",
    "run",
    "lock",
    "cost",
    "loses",
    "fails where",
    "count",
    "done",
    "down",
    "not back",
    "groma migration",
];

/// The parts of a step that are SQL, until it ends.
#[derive(Default)]
struct Texts {
    sql: String,
    down: String,
    is_down: bool,
}

pub(super) fn file(text: &str) -> Result<File, FileError> {
    let mut file = File {
        dialect: None,
        phase: Phase::Expand,
        states: None,
        planned: None,
        steps: Vec::new(),
    };
    let (mut from, mut to) = (None, None);
    let (mut now, mut texts) = (None::<FileStep>, Texts::default());
    let mut alone = None;
    for (at, line) in text.lines().enumerate() {
        let wrong = |what: &str| FileError {
            line: at + 1,
            what: what.to_owned(),
        };
        let state = |text: &str| {
            Fingerprint::parse(text).ok_or_else(|| wrong("this is no fingerprint: 32 signs of `0-9a-f`"))
        };
        match read(line, &texts) {
            Line::Fact("step", title) => {
                end(
                    &mut file.steps,
                    now.replace(empty(title)),
                    &std::mem::take(&mut texts),
                );
            }
            Line::Fact("database", name) => {
                let dialect = [("postgres", Dialect::Postgres), ("sqlite", Dialect::Sqlite)];
                let dialect = dialect.into_iter().find(|(known, _)| *known == name);
                let (_, dialect) = dialect.ok_or_else(|| wrong("a database is `postgres` or `sqlite`"))?;
                file.dialect = Some(dialect);
            }
            Line::Fact("phase", name) => {
                file.phase =
                    Phase::from_name(name).ok_or_else(|| wrong("a phase is `expand` or `contract`"))?;
            }
            Line::Fact("from", text) => from = Some(state(text)?),
            Line::Fact("to", text) => to = Some(state(text)?),
            Line::Fact("hash", text) => file.planned = Some(state(text)?),
            Line::Fact("run", text) => {
                let run = run(text).ok_or_else(|| {
                    wrong("write `in transaction 1`, `outside of transactions` or `in batches`")
                })?;
                match &mut now {
                    Some(step) => step.run = run,
                    None => alone = Some(run),
                }
            }
            Line::Fact("down", _) => texts.is_down = true,
            Line::Fact(word, what) => {
                if let Some(step) = &mut now {
                    fact(step, word, what);
                }
            }
            Line::Down(sql) => push(&mut texts.down, sql),
            Line::Sql(sql) => push(&mut texts.sql, sql),
        }
    }
    let is_by_hand = now.is_none();
    let by_hand = || FileStep {
        run: alone.unwrap_or(Run::Together(1)),
        ..empty("what was written by hand")
    };
    end(&mut file.steps, now.or_else(|| Some(by_hand())), &texts);
    if is_by_hand {
        file.steps.retain(|step| !step.sql.is_empty());
    }
    file.states = from.zip(to);
    Ok(file)
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Whether a line says a fact depends on where it stands: inside of a statement it is a part of that.
fn read<'t>(line: &'t str, texts: &Texts) -> Line<'t> {
    let Some(said) = line.strip_prefix("-- ") else {
        return Line::Sql(line);
    };
    if texts.is_down
        && let Some(sql) = said.strip_prefix("  ")
    {
        return Line::Down(sql);
    }
    let (word, what) = said.split_once(':').unwrap_or((said, ""));
    if FACTS.contains(&word.trim()) {
        return Line::Fact(word.trim(), what.trim());
    }
    Line::Sql(line)
}

fn empty(title: &str) -> FileStep {
    FileStep {
        title: title.to_owned(),
        facts: Vec::new(),
        run: Run::Together(1),
        done: None,
        counts: Vec::new(),
        sql: Vec::new(),
        down: Vec::new(),
        lost: Vec::new(),
    }
}

fn fact(step: &mut FileStep, word: &str, what: &str) {
    match word {
        "done" => step.done = Some(what.to_owned()),
        "count" => step.counts.push(what.to_owned()),
        "not back" => step.lost.push(what.to_owned()),
        _ => step.facts.push(format!("{word}: {what}")),
    }
}

fn end(steps: &mut Vec<FileStep>, step: Option<FileStep>, texts: &Texts) {
    if let Some(mut step) = step {
        step.sql = statements(&texts.sql);
        step.down = statements(&texts.down);
        steps.push(step);
    }
}

fn run(text: &str) -> Option<Run> {
    match text {
        "outside of transactions" => Some(Run::Alone),
        "in batches" => Some(Run::Batches),
        _ => Some(Run::Together(text.strip_prefix("in transaction ")?.parse().ok()?)),
    }
}
