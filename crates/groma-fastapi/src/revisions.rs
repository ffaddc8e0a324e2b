//! Alembic's revisions: the first, and one for each change of the tables behind it.
//!
//! A project keeps the tables that its revisions lead to ([`snapshot`]). Where the design's differ, one more revision is
//! written, from the same differences as `groma migrate plan` makes its files from. A revision that is there is never
//! written again, but for one case: a change that was generated while the design differs from the frozen one is a draft
//! until the next freeze, so that it is one revision however often it is generated. A draft that was edited, or that
//! somebody's own revision follows, is none any more. Where a draft is written anew its id is another one: a database
//! that has the earlier one is refused by Alembic, and does not silently lack what came.

mod both;
mod history;
mod lines;
mod order;
mod snapshot;
mod table;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use groma_files::FileSet;
use groma_migrate::{Question, QuestionKind, Renames, SnapshotError};
use thiserror::Error;

use self::both::{Pair, Tables, changes};
use self::history::{FOLDER, History};
pub use self::snapshot::PATH as SNAPSHOT;
use self::snapshot::{Draft, PATH, Snapshot};
use self::write::revisions;
use crate::cx::Cx;

/// What is known of a project beside its design.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// What was generated last.
    pub generated: Option<&'k FileSet>,
    /// What is there in `migrations/`, by paths from the project's folder.
    pub migrations: Option<&'k FileSet>,
    /// The frozen design, if one is.
    pub frozen: Option<Frozen<'k>>,
    /// Tables and columns of which somebody has said that they go with what is in them: `tasks`, `tasks.notes`.
    pub goes: &'k [String],
}

/// A frozen design.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frozen<'k> {
    /// Its SHA-256.
    pub sha256: &'k str,
    /// Whether it is the design that is generated.
    pub is_this: bool,
}

/// Why no revision can be written.
#[derive(Debug, Error)]
pub enum Stop {
    /// Something has to be said first.
    #[error("the change of the tables leaves {} open", questions_open(.0))]
    Questions(Vec<Question>),
    /// Two revisions are the last.
    #[error("`{one}` and `{other}` are both the last revision, as after a merge of two branches")]
    Heads {
        /// One of them.
        one: String,
        /// Another.
        other: String,
    },
    /// The snapshot is of a revision that is not there.
    #[error("`{PATH}` is of the revision `{revision}`, which is not in `{FOLDER}`")]
    Lost {
        /// The revision.
        revision: String,
    },
    /// There are revisions that were generated, and no snapshot.
    #[error("there is no `{PATH}` that says what the revisions in `{FOLDER}` lead to")]
    NoSnapshot,
    /// The snapshot cannot be read.
    #[error("`{PATH}` cannot be read: {0}")]
    Snapshot(SnapshotError),
}

fn questions_open(questions: &[Question]) -> String {
    match questions.len() {
        1 => String::from("a question"),
        many => format!("{many} questions"),
    }
}

impl Stop {
    /// What to do.
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::Questions(_) => "answer, and generate again",
            Self::Heads { .. } => {
                "remove the one that no database has, take `migrations/schema.json` from the branch of the other one, \
                 and generate again: its change is written behind that; if databases have both, \
                 `alembic merge heads`, and say the id of the merge as `revision` in `migrations/schema.json`"
            }
            Self::Lost { .. } => {
                "bring the file back from version control; or, if no database has any of the revisions, remove them and \
                 `migrations/schema.json`, and generate the first one again"
            }
            Self::NoSnapshot => {
                "generate once from the design that the revisions were generated from: check its specs out, \
                 generate, and come back; or, if no database has them, remove them and generate the first one again"
            }
            Self::Snapshot(_) => {
                "bring it back from version control; where a merge left marks in it, take one side whole, and remove the \
                 revision of the other one if no database has it"
            }
        };
        text.to_owned()
    }
}

/// What there is to say of the revisions that were written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// In lower case, a line each.
    pub notes: Vec<String>,
}

/// Adds the revisions, and the snapshot, to the files of a project.
pub(crate) fn add(cx: &Cx<'_>, known: Known<'_>, files: &mut FileSet) -> Result<Told, Stop> {
    let (none, nothing) = (FileSet::default(), FileSet::default());
    let project = Project {
        known,
        generated: known.generated.unwrap_or(&none),
        there: known.migrations.unwrap_or(&nothing),
    };
    let wanted = Tables::of(&cx.sqlite, &cx.postgres);
    let renames = Renames::of(cx.model);
    let state = project.state(&wanted, &renames)?;
    project.keep(files);
    let mut told = Told::default();
    let Some(state) = state else {
        let change = Change {
            after: project.head(None)?,
            before: Tables::none(),
            goes: known.goes.to_vec(),
        };
        if !wanted.sqlite.tables.is_empty() {
            project.write(&change, (&wanted, &renames), files, &mut told)?;
        }
        return Ok(told);
    };
    if state.tables.same(&wanted) {
        let there = project.there.get(PATH).map(|text| text.replace("\r\n", "\n"));
        files.insert(PATH, there.unwrap_or_else(|| state.text()));
        return Ok(told);
    }
    let change = match state.draft.clone().filter(|draft| project.is_open(draft)) {
        Some(draft) => {
            for id in &draft.revisions {
                if let Some(path) = project.history().path(id) {
                    files.remove(path);
                }
            }
            let mut goes = draft.goes;
            goes.extend(
                known
                    .goes
                    .iter()
                    .filter(|it| !goes.contains(it))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            Change {
                after: draft.after,
                before: draft.before,
                goes,
            }
        }
        None => Change {
            after: project.head(Some(&state))?,
            before: state.tables,
            goes: known.goes.to_vec(),
        },
    };
    project.write(&change, (&wanted, &renames), files, &mut told)?;
    Ok(told)
}

/// A change that is to be written.
struct Change {
    after: Option<String>,
    before: Tables,
    goes: Vec<String>,
}

/// A project as it is.
struct Project<'k> {
    known: Known<'k>,
    generated: &'k FileSet,
    there: &'k FileSet,
}

impl Project<'_> {
    fn history(&self) -> History {
        History::read(self.there.iter())
    }

    /// The revisions that were generated, by paths and texts.
    fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.generated.iter().filter(|(path, _)| path.starts_with(FOLDER))
    }

    /// What is generated goes on being so: nothing that is there is written again.
    fn keep(&self, files: &mut FileSet) {
        for (path, text) in self.own() {
            files.insert(path, text);
        }
    }

    /// The state that the revisions lead to; nothing where there are none of ours yet.
    fn state(&self, wanted: &Tables, renames: &Renames) -> Result<Option<Snapshot>, Stop> {
        if let Some(text) = self.there.get(PATH) {
            return Snapshot::read(text).map(Some).map_err(Stop::Snapshot);
        }
        let mut own = self.own().filter(|(path, _)| self.there.get(path).is_some());
        let Some((_, text)) = own.next() else {
            return Ok(None);
        };
        // A generator before this one wrote no snapshot. Its one revision says the same as the first one would now, or
        // is of another design.
        let first = first(wanted, renames, None);
        let is_same = first.iter().any(|first| body(&first.text) == body(text));
        let id = History::read([("migrations/versions/first.py", text)]);
        match (id.heads().as_slice(), own.next()) {
            ([id], None) if is_same && first.len() == 1 => Ok(Some(Snapshot {
                revision: (*id).to_owned(),
                tables: wanted.clone(),
                draft: None,
            })),
            _ => Err(Stop::NoSnapshot),
        }
    }

    /// The last revision, whoever wrote it.
    fn head(&self, state: Option<&Snapshot>) -> Result<Option<String>, Stop> {
        let history = self.history();
        if let Some(state) = state.filter(|state| history.path(&state.revision).is_none()) {
            let revision = state.revision.clone();
            return Err(Stop::Lost { revision });
        }
        let path = |id: &str| history.path(id).unwrap_or_default().to_owned();
        match history.heads().as_slice() {
            [] => Ok(None),
            [head] => Ok(Some((*head).to_owned())),
            [one, other, ..] => Err(Stop::Heads {
                one: path(one),
                other: path(other),
            }),
        }
    }

    /// Whether a draft is one still: no design was frozen since, nobody edited it, and nothing follows it.
    fn is_open(&self, draft: &Draft) -> bool {
        let history = self.history();
        let is_untouched = |id: &String| {
            let path = history.path(id);
            path.is_some_and(|path| same_text(self.there.get(path), self.generated.get(path)))
        };
        self.known
            .frozen
            .is_some_and(|frozen| frozen.sha256 == draft.frozen)
            && draft.revisions.iter().all(is_untouched)
            && history.heads().as_slice() == draft.revisions.last().map(String::as_str).as_slice()
    }

    fn write(
        &self,
        change: &Change,
        (wanted, renames): (&Tables, &Renames),
        files: &mut FileSet,
        told: &mut Told,
    ) -> Result<(), Stop> {
        let goes: BTreeSet<_> = change.goes.iter().map(|word| place(word)).collect();
        let (pairs, questions) = changes(&change.before, wanted, renames, &goes);
        if questions.iter().any(Question::is_blocking) {
            return Err(Stop::Questions(questions));
        }
        let written = revisions(&change.before, &pairs, change.after.as_deref());
        // Numbers of a draft that is written anew are free again.
        let left = self
            .there
            .iter()
            .filter(|(path, _)| !self.is_ours(path) || files.get(path).is_some());
        let mut ids = Vec::new();
        for (number, revision) in (History::read(left).next_number()..).zip(&written) {
            let path = format!("{FOLDER}{number:04}_{}.py", revision.slug);
            files.insert(path, revision.text.clone());
            ids.push(revision.id.clone());
        }
        told.notes = notes(change, &pairs, &questions);
        let open = self
            .known
            .frozen
            .filter(|frozen| !frozen.is_this && !written.is_empty());
        let draft = open.map(|frozen| Draft {
            revisions: ids.clone(),
            frozen: frozen.sha256.to_owned(),
            goes: change.goes.clone(),
            after: change.after.clone(),
            before: change.before.clone(),
        });
        let revision = ids.pop().or_else(|| change.after.clone());
        match revision {
            Some(revision) => {
                let snapshot = Snapshot {
                    revision,
                    tables: wanted.clone(),
                    draft,
                };
                files.insert(PATH, snapshot.text());
            }
            // The draft that is taken back was the first of all.
            None => drop(files.remove(PATH)),
        }
        Ok(())
    }

    fn is_ours(&self, path: &str) -> bool {
        self.generated.get(path).is_some()
    }
}

/// What is lost, and what rows that are there have to get first.
fn notes(change: &Change, pairs: &[Pair], questions: &[Question]) -> Vec<String> {
    if change.before.sqlite.tables.is_empty() {
        return Vec::new();
    }
    let losses = words::losses(pairs).into_iter();
    let mut notes: Vec<String> = losses
        .map(|loss| format!("the new revision loses {loss}"))
        .collect();
    let values = questions
        .iter()
        .filter(|question| question.kind == QuestionKind::NeedsValue);
    notes.extend(values.map(|question| {
        format!("{question} the new revision stops where there are such rows; write the values in it, or give the field a default")
    }));
    notes
}

/// The first revision, as it would be written now.
fn first(wanted: &Tables, renames: &Renames, after: Option<&str>) -> Vec<write::Revision> {
    let (pairs, _) = changes(&Tables::none(), wanted, renames, &BTreeSet::new());
    revisions(&Tables::none(), &pairs, after)
}

/// What a first revision makes.
fn body(text: &str) -> Option<&str> {
    let from = text.get(text.find("    op.create_table(")?..)?;
    from.get(..from.find("\ndef downgrade(")?)
}

fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n");
    one.map(plain) == other.map(plain) && one.is_some()
}

/// A table, or a column of one.
fn place(word: &str) -> (String, Option<String>) {
    match word.split_once('.') {
        Some((table, column)) => (table.to_owned(), Some(column.to_owned())),
        None => (word.to_owned(), None),
    }
}
