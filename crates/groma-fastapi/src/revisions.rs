//! Alembic's revisions: the first, and one for each change of the tables behind it.
//!
//! A project keeps the tables that its revisions lead to ([`snapshot`]). Where the design's differ, one more revision is
//! written, from the same differences as `groma migrate plan` makes its files from. A revision that is there is never
//! written again, but for one case: a change that was generated while the design differs from the frozen one is a draft
//! until the next freeze, so that it is one revision however often it is generated. Where nothing was ever frozen nothing
//! is a draft: nobody has said which databases have what. A draft that was edited, or that somebody's own revision
//! follows, is none any more. Where a draft is written anew its id is another one: a database
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
use groma_sql::replies::is_of_server;
use thiserror::Error;

use self::both::{Pair, Tables, changes};
use self::history::{FOLDER, History};
pub use self::snapshot::PATH as SNAPSHOT;
use self::snapshot::{Draft, PATH, Snapshot};
use self::write::revisions;
use crate::cx::Cx;
use crate::owner::Existing;

/// A frozen design.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frozen {
    /// Its SHA-256.
    pub sha256: String,
    /// Whether it is the design that is generated.
    pub is_this: bool,
}

/// Why no revision can be written.
#[derive(Debug, Error)]
pub enum Stop {
    /// Something has to be said first.
    #[error("the change of the tables leaves {} open", questions_open(.0))]
    Questions(Vec<Question>),
    /// No table of the project is one of the design.
    #[error("the revisions are of another design: {}, and none of these is in this one", named(.0))]
    OtherDesign(Vec<String>),
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
    /// A revision that others follow is not there.
    #[error("`{path}` is not there, and `{follower}` comes behind it")]
    Gone {
        /// Its file.
        path: String,
        /// The file of one that follows.
        follower: String,
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
            Self::OtherDesign(_) => {
                "generate this design into a folder of its own; or say of each table that it goes: `--goes NAME`"
            }
            Self::Heads { .. } => {
                "remove the one that no database has, take `migrations/schema.json` from the branch of the other one, \
                 and generate again: its change is written behind that; if databases have both, \
                 `alembic merge heads`, and say the id of the merge as `revision` in `migrations/schema.json`"
            }
            Self::Lost { .. } | Self::Gone { .. } => {
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

/// Adds the revisions, and the snapshot, to the files of a project; what is to be known of them.
pub(crate) fn add(cx: &Cx<'_>, existing: &Existing, files: &mut FileSet) -> Result<Vec<String>, Stop> {
    let project = Project(existing);
    project.whole()?;
    let wanted = Tables::of(&cx.sqlite, &cx.postgres);
    let renames = Renames::of(cx.model);
    let state = project.state(&wanted, &renames)?;
    let before = state.as_ref().map_or_else(Tables::none, |state| {
        state
            .draft
            .as_ref()
            .map_or(&state.tables, |draft| &draft.before)
            .clone()
    });
    let mut notes = said_of_nothing(&existing.goes, &before, &wanted);
    project.keep(files);
    let change = match state {
        None if wanted.sqlite.tables.is_empty() => return Ok(notes),
        None => Change {
            after: project.head(None)?,
            before: Tables::none(),
            goes: existing.goes.clone(),
            draft: Vec::new(),
        },
        Some(state) if state.tables.same(&wanted) => {
            let there = existing
                .migrations
                .get(PATH)
                .map(|text| text.replace("\r\n", "\n"));
            files.insert(PATH, there.unwrap_or_else(|| state.text()));
            return Ok(notes);
        }
        Some(state) => {
            of_this_design(&state.tables, (&wanted, &renames), &existing.goes)?;
            project.change(state, files)?
        }
    };
    notes.extend(project.write(&change, (&wanted, &renames), files)?);
    Ok(notes)
}

/// Words of what goes that mean nothing: it was not there, or it stays.
fn said_of_nothing(goes: &[String], before: &Tables, wanted: &Tables) -> Vec<String> {
    let is_in = |tables: &Tables, word: &str| {
        let (table, column) = place(word);
        let table = tables.sqlite.table(&table);
        table.is_some_and(|table| column.is_none_or(|column| table.column(&column).is_some()))
    };
    let note = |word: &String| {
        if is_in(wanted, word) {
            Some(format!("`--goes {word}` says nothing: the design has it"))
        } else if is_in(before, word) {
            None
        } else {
            Some(format!(
                "`--goes {word}` says nothing: the tables have no such thing"
            ))
        }
    };
    goes.iter().filter_map(note).collect()
}

/// Whether a table of before is there still, under whatever name, or all of them go by somebody's word.
fn of_this_design(
    before: &Tables,
    (wanted, renames): (&Tables, &Renames),
    goes: &[String],
) -> Result<(), Stop> {
    // Tables that the server keeps for itself are in every design.
    let names = |tables: &Tables| -> Vec<String> {
        let all = tables.sqlite.tables.iter().map(|table| table.name.clone());
        all.filter(|name| !is_of_server(name)).collect()
    };
    let (before, wanted) = (names(before), names(wanted));
    let stays = |name: &String| wanted.contains(name) || renames.tables.values().any(|old| old == name);
    let is_told = before.iter().all(|name| goes.contains(name));
    if before.iter().any(stays) || is_told {
        Ok(())
    } else {
        Err(Stop::OtherDesign(before))
    }
}

/// Some tables by name.
fn named(tables: &[String]) -> String {
    let mut names: Vec<String> = tables.iter().take(3).map(|name| format!("`{name}`")).collect();
    if tables.len() > names.len() {
        names.push(format!("{} more", tables.len() - names.len()));
    }
    groma_ir::words::list(names, "and")
}

/// A change that is to be written.
struct Change {
    after: Option<String>,
    before: Tables,
    goes: Vec<String>,
    /// The revisions of the draft that is written anew by it.
    draft: Vec<String>,
}

/// A project as it is.
struct Project<'e>(&'e Existing);

impl Project<'_> {
    fn history(&self) -> History {
        History::read(self.0.migrations.iter())
    }

    /// What is to be written behind the state that the revisions lead to; a draft goes, to be written anew.
    fn change(&self, state: Snapshot, files: &mut FileSet) -> Result<Change, Stop> {
        let mut goes = self.0.goes.clone();
        let Some(draft) = state.draft.clone().filter(|draft| self.is_open(draft)) else {
            return Ok(Change {
                after: self.head(Some(&state))?,
                before: state.tables,
                goes,
                draft: Vec::new(),
            });
        };
        let history = self.history();
        for path in draft.revisions.iter().filter_map(|id| history.path(id)) {
            files.remove(path);
        }
        goes.extend(draft.goes);
        goes.sort();
        goes.dedup();
        Ok(Change {
            after: draft.after,
            before: draft.before,
            goes,
            draft: draft.revisions,
        })
    }

    /// Whether each revision that was generated is there still, or followed by none.
    fn whole(&self) -> Result<(), Stop> {
        let gone = self
            .own()
            .filter(|(path, _)| self.0.migrations.get(path).is_none());
        let history = self.history();
        for (path, text) in gone {
            let follower = History::read([(path, text)])
                .heads()
                .first()
                .and_then(|id| history.follower(id).map(str::to_owned));
            if let Some(follower) = follower {
                let path = path.to_owned();
                return Err(Stop::Gone { path, follower });
            }
        }
        Ok(())
    }

    /// The revisions that were generated, by paths and texts.
    fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .generated
            .iter()
            .filter(|(path, _)| path.starts_with(FOLDER))
    }

    /// What is generated goes on being so: nothing that is there is written again.
    fn keep(&self, files: &mut FileSet) {
        for (path, text) in self.own() {
            files.insert(path, text);
        }
    }

    /// The state that the revisions lead to; nothing where there are none of ours yet.
    fn state(&self, wanted: &Tables, renames: &Renames) -> Result<Option<Snapshot>, Stop> {
        if let Some(text) = self.0.migrations.get(PATH) {
            return Snapshot::read(text).map(Some).map_err(Stop::Snapshot);
        }
        let mut own = self
            .own()
            .filter(|(path, _)| self.0.migrations.get(path).is_some());
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
            path.is_some_and(|path| same_text(self.0.migrations.get(path), self.0.generated.get(path)))
        };
        self.0
            .frozen
            .as_ref()
            .is_some_and(|frozen| frozen.sha256 == draft.frozen)
            && draft.revisions.iter().all(is_untouched)
            && history.heads().as_slice() == draft.revisions.last().map(String::as_str).as_slice()
    }

    fn write(
        &self,
        change: &Change,
        (wanted, renames): (&Tables, &Renames),
        files: &mut FileSet,
    ) -> Result<Vec<String>, Stop> {
        let goes: BTreeSet<_> = change.goes.iter().map(|word| place(word)).collect();
        let (pairs, questions) = changes(&change.before, wanted, renames, &goes);
        if questions.iter().any(Question::is_blocking) {
            return Err(Stop::Questions(questions));
        }
        let written = revisions(&change.before, &pairs, change.after.as_deref());
        // Numbers of a draft that is written anew are free again.
        let left = self
            .0
            .migrations
            .iter()
            .filter(|(path, _)| !self.is_ours(path) || files.get(path).is_some());
        let mut ids = Vec::new();
        for (number, revision) in (History::read(left).next_number()..).zip(&written) {
            let path = format!("{FOLDER}{number:04}_{}.py", revision.slug);
            files.insert(path, revision.text.clone());
            ids.push(revision.id.clone());
        }
        let open = self
            .0
            .frozen
            .as_ref()
            .filter(|frozen| !frozen.is_this && !written.is_empty());
        let draft = open.map(|frozen| Draft {
            revisions: ids.clone(),
            frozen: frozen.sha256.clone(),
            goes: change.goes.clone(),
            after: change.after.clone(),
            before: change.before.clone(),
        });
        let anew = (change.draft != ids).then(|| self.written_anew(change)).flatten();
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
        Ok(anew
            .into_iter()
            .chain(notes(change, &pairs, &questions))
            .collect())
    }

    /// What a database that has a draft has to be told.
    fn written_anew(&self, change: &Change) -> Option<String> {
        let history = self.history();
        let path = history.path(change.draft.first()?)?;
        let after = change.after.as_deref().unwrap_or("base");
        Some(format!(
            "the draft `{path}` is written anew under another id, as what it changes is not frozen yet; a database that has it \
             goes back first: bring its file back from version control, `alembic downgrade {after}`, and generate again"
        ))
    }

    fn is_ours(&self, path: &str) -> bool {
        self.0.generated.get(path).is_some()
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
    let gone = words::values_gone(pairs).into_iter();
    notes.extend(gone.map(|rows| {
        format!("the new revision stops where {rows}, which it may not be any more; write other values in it")
    }));
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
