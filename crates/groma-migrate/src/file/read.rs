//! Text to migrations.

use groma_sql::Dialect;

use super::{File, FileStep};
use crate::before::Before;
use crate::canonical::Fingerprint;
use crate::lint::allowed_by;
use crate::plan::Phase;
use crate::split::{Part, What, parts, statements};
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

const FACTS: [&str; 19] = [
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
    "way",
    "avoids",
    "lint",
    "fails where",
    "count",
    "done",
    "down",
    "not back",
    "groma migration",
];

pub(super) fn file(text: &str) -> Result<File, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find('\0') {
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        return Err(wrong(
            line,
            "a NUL stands here, which no database takes; take it out",
        ));
    }
    let text = text.replace("\r\n", "\n");
    let dialect = head(&text);
    let mut reader = Reader {
        file: File {
            dialect: None,
            phase: Phase::Expand,
            before: Before::default(),
            states: None,
            planned: None,
            steps: Vec::new(),
        },
        is_for: dialect,
        from: None,
        to: None,
        step: empty(BY_HAND),
        is_named: false,
        down: None,
        last: 0,
    };
    for Part { line, what } in parts(&text, dialect) {
        match what {
            What::Comment(said) => reader.comment(line, said)?,
            What::Statement(sql) => reader.statement(line, sql)?,
            What::Inside(said) => {
                if let Some((word, _)) = known(said) {
                    let what = format!(
                        "`-- {word}:` stands inside of a statement; end that with `;` before it, or begin the \
                         comment with another word"
                    );
                    return Err(wrong(line, &what));
                }
            }
            What::Return => {
                let what = "a carriage return stands here without a line feed: Postgres ends a line there, SQLite \
                            does not; write a line feed";
                return Err(wrong(line, what));
            }
            What::Nested if dialect.is_none() => {
                let what = "a comment starts inside of a comment, which Postgres nests and SQLite does not; take it \
                            out, or say `-- database: postgres` or `-- database: sqlite` on top";
                return Err(wrong(line, what));
            }
            What::Nested => {}
        }
    }
    reader.end();
    reader.file.states = reader.from.zip(reader.to);
    Ok(reader.file)
}

/// The database that the lines on top name: how the others are read rests on it.
fn head(text: &str) -> Option<Dialect> {
    let head = text
        .lines()
        .take_while(|line| line.trim().is_empty() || line.starts_with("--"));
    let mut facts = head.filter_map(known);
    let (_, name) = facts.find(|(word, _)| *word == "database")?;
    dialect(name)
}

fn dialect(name: &str) -> Option<Dialect> {
    match name {
        "postgres" => Some(Dialect::Postgres),
        "sqlite" => Some(Dialect::Sqlite),
        _ => None,
    }
}

const BY_HAND: &str = "what was written by hand";

/// A file on the way.
struct Reader {
    file: File,
    /// The database that it was cut up for.
    is_for: Option<Dialect>,
    from: Option<Fingerprint>,
    to: Option<Fingerprint>,
    /// The step that is read.
    step: FileStep,
    /// Whether a line said that it starts.
    is_named: bool,
    /// What undoes it, once a line said that this follows.
    down: Option<String>,
    /// The last line of what undoes it.
    last: usize,
}

impl Reader {
    fn statement(&mut self, line: usize, sql: String) -> Result<(), FileError> {
        if self.down.is_some() {
            let what = "a statement stands below `-- down:`, where it would be run and not undo anything; write \
                        what undoes a step as `--   SQL`, and what is run above it";
            return Err(wrong(line, what));
        }
        self.step.sql.push(sql);
        Ok(())
    }

    fn comment(&mut self, line: usize, said: &str) -> Result<(), FileError> {
        if let Some(down) = &mut self.down {
            let behind = said.strip_prefix("--").unwrap_or(said);
            if behind.trim().is_empty() || behind.starts_with("   ") {
                down.push_str(behind.get(3..).unwrap_or_default());
                down.push('\n');
                self.last = line;
                return Ok(());
            }
        }
        self.step.allowed.extend(allowed_by(said));
        if let Some(before) = said.strip_prefix("-- ").and_then(Before::from_words) {
            self.file.before = before;
        }
        let Some((word, what)) = known(said) else {
            if self.down.is_some() && line == self.last + 1 {
                let what = "this line below `-- down:` is neither SQL nor known; write what undoes a step as \
                            `--   SQL`, with three blanks, and other comments below an empty line";
                return Err(wrong(line, what));
            }
            return Ok(());
        };
        self.last = line;
        self.fact(word, what).map_err(|what| wrong(line, what))
    }

    fn fact(&mut self, word: &str, what: &str) -> Result<(), &'static str> {
        let state = || Fingerprint::parse(what).ok_or("this is no fingerprint: 32 signs of `0-9a-f`");
        match word {
            "groma migration" => {}
            "step" => {
                self.end();
                self.step = empty(what);
                self.is_named = true;
            }
            "database" => {
                self.file.dialect = Some(dialect(what).ok_or("a database is `postgres` or `sqlite`")?);
                if self.file.dialect != self.is_for {
                    return Err("the database is said once, on top of the file");
                }
            }
            "phase" => {
                self.file.phase = Phase::from_name(what).ok_or("a phase is `expand` or `contract`")?;
            }
            "from" => self.from = Some(state()?),
            "to" => self.to = Some(state()?),
            "hash" => self.file.planned = Some(state()?),
            "run" => {
                let known = "write `in transaction 1`, `outside of transactions` or `in batches`";
                self.step.run = Run::from_words(what).ok_or(known)?;
            }
            "down" => {
                let down = self.down.get_or_insert_default();
                down.push_str(what);
                down.push('\n');
            }
            "done" => self.step.done = Some(what.to_owned()),
            "count" => self.step.counts.push(what.to_owned()),
            "not back" => self.step.lost.push(what.to_owned()),
            _ => self.step.facts.push(format!("{word}: {what}")),
        }
        Ok(())
    }

    /// Ends the step that is read. What stands above the first one is one too, if it does anything.
    fn end(&mut self) {
        let mut step = std::mem::replace(&mut self.step, empty(BY_HAND));
        let down = self.down.take().unwrap_or_default();
        step.down = statements(&down, self.is_for);
        let says = FileStep {
            run: Run::Together(1),
            ..step.clone()
        };
        if self.is_named || says != empty(BY_HAND) {
            self.file.steps.push(step);
        }
    }
}

fn wrong(line: usize, what: &str) -> FileError {
    FileError {
        line,
        what: what.to_owned(),
    }
}

/// The known word that a comment starts with, and what it says of it.
fn known(comment: &str) -> Option<(&str, &str)> {
    let said = comment.strip_prefix("-- ")?;
    let (word, what) = said.split_once(':').unwrap_or((said, ""));
    FACTS.contains(&word.trim()).then_some((word.trim(), what.trim()))
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
        allowed: Vec::new(),
    }
}
