//! A revision as a module of Python.

use std::fmt::Write as _;

use groma_migrate::Fingerprint;
use groma_sql::Dialect;

use super::both::{Pair, Tables};
use super::lines::{Line, What, Writer, name_of};
use super::order::{Do, back, parts};
use super::table::{TYPES, Uses};
use super::words;
use crate::python::{Block, Doc, Module, string};

/// A revision that is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Revision {
    /// What Alembic knows it by.
    pub(super) id: String,
    /// What its file is called behind the number.
    pub(super) slug: String,
    /// The text of the file.
    pub(super) text: String,
}

/// The revisions that a change takes: one, and another where tables that are there are read as a whole, which Postgres
/// does outside of the transaction.
pub(super) fn revisions(from: &Tables, pairs: &[Pair], down: Option<&str>) -> Vec<Revision> {
    let parts = parts(pairs);
    let mut written = Vec::new();
    let mut at = from.clone();
    let slug = if from.sqlite.tables.is_empty() {
        String::from("first")
    } else {
        words::slug(pairs)
    };
    let mut down = down.map(str::to_owned);
    if !parts.main.is_empty() {
        let doc = if from.sqlite.tables.is_empty() {
            String::from(FIRST)
        } else {
            main_doc(pairs, !parts.online.is_empty())
        };
        let revision = Draft {
            doc,
            part: &parts.main,
            is_online: false,
        };
        let (text, reached) = revision.write(&at, &mut down);
        at = reached;
        written.push(Revision {
            slug: slug.clone(),
            ..text
        });
    }
    if !parts.online.is_empty() {
        let doc = if written.is_empty() {
            format!("{}\n\n{ONLINE}", words::title(pairs))
        } else {
            format!("{}\n\n{ONLINE}", "What reads whole tables of the change before.")
        };
        let revision = Draft {
            doc,
            part: &parts.online,
            is_online: true,
        };
        let (text, _) = revision.write(&at, &mut down);
        let slug = if written.is_empty() {
            slug
        } else {
            format!("{slug}_online")
        };
        written.push(Revision { slug, ..text });
    }
    written
}

const FIRST: &str = "The tables of the design as it was first generated.";
const ONLINE: &str = "On Postgres others read and write meanwhile; broken off, it is run again as it is.";

fn main_doc(pairs: &[Pair], has_more: bool) -> String {
    let mut doc = words::title(pairs);
    let losses = words::losses(pairs);
    if !losses.is_empty() {
        let _ = write!(doc, "\n\nLoses {}.", losses.join("; "));
    }
    if has_more {
        doc.push_str("\n\nThe next revision belongs to it: it holds the rows that are there to what is new.");
    }
    doc
}

/// A revision in the making.
struct Draft<'p> {
    doc: String,
    part: &'p [Do],
    is_online: bool,
}

impl Draft<'_> {
    /// The revision behind this one, which is `down` then; and the tables that it leads to.
    fn write(&self, from: &Tables, down: &mut Option<String>) -> (Revision, Tables) {
        let mut up = Writer::new(from.clone(), Uses::default());
        if self.is_online {
            up.online(self.part);
        } else {
            up.all(self.part);
        }
        let mut back_again = Writer::new(up.at.clone(), up.uses.clone());
        back_again.all(&back(self.part));
        let upgrade = function("upgrade", "Makes the change.", &up.lines, &up.at);
        let downgrade = function("downgrade", &self.way_back(), &back_again.lines, from);
        let refuses = up.refuses || back_again.refuses;
        let uses = back_again.uses;
        let mut body = Module::new(self.doc.clone());
        let mut blocks: Vec<Block> = types(&uses).into_iter().collect();
        blocks.extend([upgrade, downgrade]);
        if refuses {
            let mut block = Block::new();
            block.lines(STOP);
            blocks.push(block);
        }
        let all: String = blocks.iter().map(Block::text).collect();
        let id = id(down.as_deref(), &all);
        let mut head = Block::new();
        head.line(&format!("revision: str = {}", string(&id)));
        head.line(&format!(
            "down_revision: str | None = {}",
            down.as_deref().map_or_else(|| String::from("None"), string)
        ));
        head.line("branch_labels: Sequence[str] | None = None");
        head.line("depends_on: Sequence[str] | None = None");
        body.imports.name("collections.abc", "Sequence");
        body.imports.name("alembic", "op");
        if all.contains("sa.") {
            body.imports.module("sqlalchemy as sa");
        }
        if uses.types.contains("JSON") {
            body.imports.name("sqlalchemy.dialects", "postgresql");
        }
        body.push(head);
        for block in blocks {
            body.push(block);
        }
        *down = Some(id.clone());
        let revision = Revision {
            id,
            slug: String::new(),
            text: body.text(),
        };
        (revision, up.at)
    }

    fn way_back(&self) -> String {
        let back: Vec<Pair> = back(self.part)
            .into_iter()
            .filter_map(|it| match it {
                Do::Change(pair) => Some(pair),
                _ => None,
            })
            .collect();
        match words::losses(&back).as_slice() {
            [] => String::from("Takes it back."),
            losses => format!("Takes it back; loses {}.", losses.join("; ")),
        }
    }
}

/// What a database is stamped with: another one as soon as anything in the revision is, so that a database that has an
/// earlier draft of it is told apart.
fn id(down: Option<&str>, body: &str) -> String {
    let text = format!("{}\n{body}", down.unwrap_or_default());
    let mark = Fingerprint::of(&text);
    mark.as_str().chars().take(12).collect()
}

fn types(uses: &Uses) -> Option<Block> {
    let mut block = Block::new();
    if uses.types.is_empty() {
        return None;
    }
    block.comment("What is text or a number of a fixed form on SQLite.");
    for (_, name, definition) in TYPES {
        if uses.types.contains(name) {
            let annotation = if name == "REAL" {
                ": sa.types.TypeEngine[float]"
            } else {
                ""
            };
            block.line(&format!("{name}{annotation} = {definition}"));
        }
    }
    Some(block)
}

fn function(name: &str, doc: &str, lines: &[Line], tables: &Tables) -> Block {
    let mut statements = Block::new();
    statements.inner(|block| body(block, lines, tables));
    let text = statements.text();
    let mut block = Block::new();
    block.line(&format!("def {name}() -> None:")).inner(|block| {
        block.doc(doc);
        if text.contains("dialect == ") {
            block.line("dialect = op.get_context().dialect.name");
        }
    });
    block.append(statements);
    block
}

/// Statements that belong together.
enum Segment<'l> {
    /// What is done to one table.
    Batch(&'l str, Vec<&'l Line>),
    Single(&'l Line),
}

impl Segment<'_> {
    fn only(&self) -> Option<Dialect> {
        match self {
            Self::Single(line) => line.only,
            Self::Batch(_, lines) => {
                let first = lines.first().and_then(|line| line.only);
                first.filter(|_| lines.iter().all(|line| line.only == first))
            }
        }
    }
}

fn segments(lines: &[Line]) -> Vec<Segment<'_>> {
    let mut segments: Vec<Segment<'_>> = Vec::new();
    for line in lines {
        let What::Alter {
            table,
            column,
            function,
            ..
        } = &line.what
        else {
            segments.push(Segment::Single(line));
            continue;
        };
        // SQLite knows a column that a batch makes only when the batch is done.
        let is_made = |known: &&Line| matches!(&known.what, What::Alter { function: "add_column", column: made, .. } if made == column);
        match segments.last_mut() {
            Some(Segment::Batch(of, known))
                if *of == table.as_str() && !(*function == "alter_column" && known.iter().any(is_made)) =>
            {
                known.push(line);
            }
            _ => segments.push(Segment::Batch(table, vec![line])),
        }
    }
    segments
}

fn body(block: &mut Block, lines: &[Line], tables: &Tables) {
    let mut open: Option<Dialect> = None;
    for segment in segments(&apart(lines)) {
        let only = segment.only();
        if let Some(dialect) = only.filter(|_| only != open) {
            block.line(&condition(open, dialect));
        }
        open = only;
        match only {
            Some(_) => {
                block.inner(|block| one(block, &segment, tables, only));
            }
            None => one(block, &segment, tables, only),
        }
    }
}

/// What one of the databases does alone, one database behind the other where that is the same for both.
fn apart(lines: &[Line]) -> Vec<Line> {
    let mut sorted = lines.to_vec();
    for run in sorted.chunk_by_mut(|one, other| one.only.is_some() && other.only.is_some()) {
        run.sort_by_key(|line| line.only != Some(Dialect::Postgres));
    }
    sorted
}

/// Behind what the other database does, it is for the one that is left.
fn condition(before: Option<Dialect>, dialect: Dialect) -> String {
    match before {
        Some(Dialect::Postgres) => String::from("else:"),
        Some(Dialect::Sqlite) | None => format!("if dialect == {}:", string(name_of(dialect))),
    }
}

fn one(block: &mut Block, segment: &Segment<'_>, tables: &Tables, known: Option<Dialect>) {
    match segment {
        Segment::Single(line) => match &line.what {
            What::Plain(doc) => {
                block.statement("", doc, "");
            }
            What::Apart(docs) => {
                block.line("with op.get_context().autocommit_block():");
                block.inner(|block| {
                    for doc in docs {
                        block.statement("", doc, "");
                    }
                });
            }
            What::Alter { .. } => {}
        },
        Segment::Batch(table, lines) => {
            let rebuilds = |line: &&Line| matches!(line.what, What::Alter { rebuilds: true, .. });
            if !lines.iter().any(rebuilds) {
                return altered(block, lines, known, Some(*table));
            }
            let mut options = vec![(String::from("\"sqlite_strict\""), Doc::text("True"))];
            let counted = tables.sqlite.table(table);
            if counted.is_some_and(|it| it.columns.iter().any(|column| column.identity)) {
                options.push((String::from("\"sqlite_autoincrement\""), Doc::text("True")));
            }
            let head = Doc::call(
                "op.batch_alter_table",
                [
                    Doc::text(string(table)),
                    Doc::named("table_kwargs", Doc::dict(options)),
                ],
            );
            block.statement("with ", &head, " as batch:");
            block.inner(|block| altered(block, lines, known, None));
        }
    }
}

/// What is done to a table: by itself, or in a batch.
fn altered(block: &mut Block, lines: &[&Line], known: Option<Dialect>, table: Option<&str>) {
    let mut open = known;
    for line in lines {
        let What::Alter {
            function,
            before,
            behind,
            ..
        } = &line.what
        else {
            continue;
        };
        let mut parts = before.clone();
        parts.extend(table.map(|table| Doc::text(string(table))));
        parts.extend(behind.clone());
        let module = if table.is_some() { "op" } else { "batch" };
        let doc = Doc::call(format!("{module}.{function}"), parts);
        if let Some(dialect) = line.only.filter(|_| line.only != open) {
            block.line(&condition(open.filter(|_| known.is_none()), dialect));
        }
        open = line.only;
        if line.only.is_some() && line.only != known {
            block.inner(|block| {
                block.statement("", &doc, "");
            });
        } else {
            block.statement("", &doc, "");
        }
    }
}

const STOP: &str = r#"
def stop_at_rows(count: str, what: str) -> None:
    """Stops before anything that rows which are there would make fail."""
    rows = op.get_bind().scalar(sa.text(count))
    if rows:
        raise RuntimeError(f"{what} in {rows} rows: mend them, here or by hand, and upgrade again")
"#;
