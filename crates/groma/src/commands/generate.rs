//! `groma generate`: the design as a project that its owner edits and that can be generated again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use groma_fastapi::{Existing, Finding, Frozen, SNAPSHOT, Stop};
use groma_files::{Change, ChangeKind, FileSet, Lock, Regenerated, diff, regenerate};
use groma_ir::Model;
use serde_json::json;

use crate::Exit;
use crate::cli::{GenerateArgs, Target};
use crate::compile;
use crate::failure::Failure;
use crate::lock;
use crate::project::Project;
use crate::words;
use crate::world::{self, CYAN, RED};

/// What writes the lock.
const GENERATOR: &str = concat!("groma ", env!("CARGO_PKG_VERSION"));

/// What the lock calls a project whose services are `async`.
const ASYNC: &str = "async";

pub(super) fn run(args: &GenerateArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.design.as_slice())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    let folder = Folder(args.dir.clone());
    folder.refuse(&project)?;
    let mut lock = folder.lock()?;
    let before = lock.clone();
    choose(&mut lock, args);
    let existing = Existing {
        frozen: frozen(&project, &model)?,
        goes: args.goes.clone(),
        ..folder.existing(&lock)?
    };
    let made = match args.target {
        Target::Fastapi => groma_fastapi::emit(&model, &existing),
    };
    let made = match made {
        Ok(made) => made,
        Err(stop) => {
            world::say(&folder.named(&stopped(&stop)));
            return Ok(Exit::Findings);
        }
    };
    let (files, findings, mut notes) = (made.files, made.findings, made.notes);
    // What was read of it is in what is written now: there is nothing to merge.
    if let Some(there) = existing.migrations.get(SNAPSHOT) {
        lock.files.insert(SNAPSHOT, there.replace("\r\n", "\n"));
    }
    for path in &args.restore {
        restore(&mut lock, &folder, &files, path)?;
    }
    for path in &args.without {
        leave_away(&mut lock, &folder, &files, path)?;
    }
    let there = folder.texts(&lock, &files)?;
    let made = regenerate(&lock, GENERATOR, &files, |path| {
        there.get(path).map(str::to_owned)
    });
    let is_project = |change: &Change| change.path == "pyproject.toml" && change.is_made();
    if before != Lock::default() && before.options != lock.options && made.changes.iter().any(is_project) {
        notes.push(String::from(
            "the services need other packages now, as `pyproject.toml` says: `pip install -e . --group dev`",
        ));
    }
    let is_dry = args.check || args.diff;
    if !is_dry {
        folder.write(&made, &before)?;
    }
    let report = if args.json {
        let mut report = as_json(&made, &findings, &folder, files.len(), !is_dry);
        if let Some(report) = report.as_object_mut() {
            report.insert(String::from("notes"), json!(notes));
        }
        format!("{report:#}\n")
    } else if args.diff {
        differences(&made)
    } else {
        let told = Told {
            made: &made,
            findings: &findings,
            notes: &notes,
        };
        let next = if before == Lock::default() && !is_dry {
            format!("next: {}\n", folder.0.join("README.md").display())
        } else {
            String::new()
        };
        told.text(&folder, files.len(), args.check) + &next
    };
    world::print(&report);
    Ok(Exit::when(
        waiting(&made, &findings) > 0 || args.check && is_behind(&made, &lock),
    ))
}

/// What is chosen now holds until something else is.
fn choose(lock: &mut Lock, args: &GenerateArgs) {
    if args.asynchronous || args.sync {
        lock.options.retain(|option| option != ASYNC);
    }
    if args.asynchronous {
        lock.options.push(ASYNC.to_owned());
    }
}

/// The SHA-256 of the frozen design, if one is, and whether it is this one.
fn frozen(project: &Project, model: &Model) -> Result<Option<Frozen>, Failure> {
    if !lock::is_there(project) {
        return Ok(None);
    }
    let sha256 = lock::of(project)?.sha256;
    let is_this = sha256 == lock::hash(model);
    Ok(Some(Frozen { sha256, is_this }))
}

/// Why nothing was written.
fn stopped(stop: &Stop) -> String {
    let style = world::stderr_style();
    let mut text = format!("{}: {stop}\n", style.strong(RED, "error"));
    if let Stop::Questions(questions) = stop {
        for question in questions {
            let _ = writeln!(text, "  question: {question}\n    help: {}", question.remedy());
        }
    }
    let _ = writeln!(
        text,
        "  {}: {}; nothing was written",
        style.strong(CYAN, "help"),
        stop.remedy()
    );
    text
}

/// How much there is for the owner to look at.
fn waiting(made: &Regenerated, findings: &[Finding]) -> usize {
    let changes = made.changes.iter();
    findings.len() + changes.filter(|change| change.kind.needs_attention()).count()
}

/// Whether generating would change anything.
fn is_behind(made: &Regenerated, lock: &Lock) -> bool {
    made.changes.iter().any(Change::is_made) || made.lock.files != lock.files
}

/// Lets a file that its owner removed be generated as a new one.
fn restore(lock: &mut Lock, folder: &Folder, files: &FileSet, path: &Path) -> Result<(), Failure> {
    let name = folder.generated(files, path)?;
    if lock.files.get(&name).is_some() && folder.has(&name)? {
        return Err(Failure::usage(
            format!("`{name}` is there: there is nothing to bring back"),
            "to have it as it is generated, without what you edited, remove it first",
        ));
    }
    lock.without.remove(&name);
    lock.files.remove(&name);
    Ok(())
}

/// Says that a file that its owner removed is to stay away, whatever it would be.
fn leave_away(lock: &mut Lock, folder: &Folder, files: &FileSet, path: &Path) -> Result<(), Failure> {
    let name = folder.generated(files, path)?;
    if folder.has(&name)? {
        return Err(Failure::usage(
            format!("`{name}` is there: it would be generated on"),
            "remove it first, or move it to where it is to be",
        ));
    }
    lock.without.insert(name);
    Ok(())
}

/// The folder of the project.
struct Folder(PathBuf);

impl Folder {
    /// A project stands in a folder, beside the design: what stands in its folder is the design.
    fn refuse(&self, project: &Project) -> Result<(), Failure> {
        let dir = self.0.display();
        if self.0.exists() && !world::is_folder(&self.0) {
            let why = format!("`{dir}` is a file");
            return Err(Failure::usage(
                why,
                "give the folder of the project, such as `backend`",
            ));
        }
        if project.holds(&self.0) {
            let why = format!("`{dir}` lies in the folder of the design, where every page is the design");
            return Err(Failure::usage(why, "give a folder beside it, such as `backend`"));
        }
        Ok(())
    }

    /// The same text, with where the migrations of the project are from here.
    fn named(&self, text: &str) -> String {
        let migrations = self.0.join("migrations/");
        text.replace("`migrations/", &format!("`{}", migrations.display()))
    }

    /// The name of a file that is generated, which may be given from where the command runs.
    fn generated(&self, files: &FileSet, path: &Path) -> Result<String, Failure> {
        let name = path.strip_prefix(&self.0).unwrap_or(path);
        let name = name.to_string_lossy().replace('\\', "/");
        match files.get(&name) {
            Some(_) => Ok(name),
            None => Err(Failure::usage(
                format!("`{name}` is no file that is generated"),
                "`groma generate` says which files there are; give the path as it stands there",
            )),
        }
    }

    /// Whether a file is there.
    fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(world::read_if_there(&self.0.join(name))?.is_some())
    }

    fn lock(&self) -> Result<Lock, Failure> {
        let path = self.0.join(Lock::NAME);
        world::stays_below(&self.0, &path)?;
        let Some(text) = world::read_if_there(&path)? else {
            return Ok(Lock::default());
        };
        Lock::parse(&text).map_err(|source| Failure::Generated { path, source })
    }

    /// What there is already: what was generated last, Python that never was, and migrations, whoever wrote them.
    fn existing(&self, lock: &Lock) -> Result<Existing, Failure> {
        let mut existing = Existing {
            asynchronous: lock.options.iter().any(|option| option == ASYNC),
            generated: lock.files.clone(),
            migrations: self.below("migrations", &["py", "json"])?,
            ..Existing::default()
        };
        for part in ["app", "tests"] {
            for (path, text) in self.below(part, &["py"])?.iter() {
                if lock.files.get(path).is_none() {
                    existing.own.insert(path, text);
                }
            }
        }
        Ok(existing)
    }

    /// The files below a folder of the project whose names end so.
    fn below(&self, part: &str, endings: &[&str]) -> Result<FileSet, Failure> {
        let mut found = FileSet::default();
        for place in world::texts_below(&self.0.join(part), endings, &["__pycache__"])? {
            let name = place.strip_prefix(&self.0).unwrap_or(&place);
            let name = name.to_string_lossy().replace('\\', "/");
            found.insert(name, world::read(&place)?);
        }
        Ok(found)
    }

    /// What is there now of the files that were or are generated.
    fn texts(&self, lock: &Lock, files: &FileSet) -> Result<FileSet, Failure> {
        let mut there = FileSet::default();
        for (path, _) in lock.files.iter().chain(files.iter()) {
            let place = self.0.join(path);
            world::stays_below(&self.0, &place)?;
            if let Some(text) = world::read_if_there(&place)? {
                there.insert(path, text);
            }
        }
        Ok(there)
    }

    /// The lock comes last: what was written before it is found to be so when this is done once more.
    fn write(&self, made: &Regenerated, before: &Lock) -> Result<(), Failure> {
        for change in made.changes.iter().filter(|change| change.is_made()) {
            let place = self.0.join(&change.path);
            match &change.after {
                Some(text) => world::write(&place, text)?,
                None => world::remove_with_empty_folders(&place, &self.0)?,
            }
        }
        if made.lock != *before {
            world::write(&self.0.join(Lock::NAME), &made.lock.text())?;
        }
        Ok(())
    }
}

/// What there is to say to a person.
struct Told<'a> {
    made: &'a Regenerated,
    findings: &'a [Finding],
    notes: &'a [String],
}

impl Told<'_> {
    /// One line a file of which something is to be said, then what else is, and how many files there are.
    fn text(&self, folder: &Folder, files: usize, is_check: bool) -> String {
        let mut text = String::new();
        for change in &self.made.changes {
            let (word, note) = word(change);
            let _ = writeln!(text, "{word:<10} {}{note}", change.path);
        }
        for finding in self.findings {
            let (kind, place) = (finding.kind.name(), finding.place());
            let _ = writeln!(text, "{kind:<10} {place}: {}", finding.message);
        }
        for note in self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let done = tally(self.made, waiting(self.made, self.findings));
        let written = if is_check { "; nothing was written" } else { "" };
        let _ = writeln!(
            text,
            "{} in {}: {done}{written}",
            words::count(files, "file", "files"),
            folder.0.display()
        );
        text
    }
}

/// How many files are new, changed and so on: `3 new, 1 removed`.
fn tally(made: &Regenerated, waiting: usize) -> String {
    let count = |kinds: fn(ChangeKind) -> bool| {
        let changes = made.changes.iter().filter(|change| change.is_made());
        changes.filter(|change| kinds(change.kind)).count()
    };
    let is_changed = |kind| {
        use ChangeKind::{Conflict, Merged, Updated};
        matches!(kind, Updated | Merged | Conflict(_))
    };
    let counts = [
        (count(|kind| kind == ChangeKind::Added), "new"),
        (count(is_changed), "changed"),
        (count(|kind| kind == ChangeKind::Removed), "removed"),
        (waiting, "for you to look at"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, what)| format!("{count} {what}")).collect();
    if said.is_empty() {
        String::from("nothing changed")
    } else {
        said.join(", ")
    }
}

fn word(change: &Change) -> (&'static str, String) {
    let plain = |word| (word, String::new());
    let because = |word, note: &str| (word, format!(": {note}"));
    match change.kind {
        ChangeKind::Added => plain("new"),
        ChangeKind::Updated => plain("changed"),
        ChangeKind::Merged => because("merged", "your edits are in it"),
        ChangeKind::Conflict(_) => (
            "conflict",
            format!(
                "{}: you changed the same lines as what is generated now; settle what stands between `<<<<<<<` and \
                 `>>>>>>>`, and generate again",
                marks(change.after.as_deref())
            ),
        ),
        ChangeKind::Removed => plain("removed"),
        ChangeKind::Kept => because(
            "kept",
            "it is no longer generated, but you edited it; it is yours now",
        ),
        ChangeKind::Absent => (
            "absent",
            format!(
                ": you removed it, and it would read differently now; bring it back with `--restore {path}`, or say \
                 `--without {path}` to hear no more of it",
                path = change.path
            ),
        ),
        ChangeKind::Occupied => because(
            "occupied",
            "a file of yours is there and is not touched, which is said once; to have ours, move it and generate again",
        ),
        ChangeKind::Unresolved => (
            "unresolved",
            format!(
                "{}: the marks of an earlier conflict stand in it; it was left as it is",
                marks(change.before.as_deref())
            ),
        ),
    }
}

/// The lines at which conflicts are marked: `:12, 40`.
fn marks(text: Option<&str>) -> String {
    let lines = text.unwrap_or_default().lines().zip(1..);
    let marked = lines.filter(|(line, _)| line.starts_with("<<<<<<<"));
    let numbers: Vec<String> = marked.map(|(_, number): (_, usize)| number.to_string()).collect();
    format!(":{}", numbers.join(", "))
}

fn differences(made: &Regenerated) -> String {
    let changes = made.changes.iter().filter(|change| change.is_made());
    changes
        .map(|change| diff(&change.path, change.before.as_deref(), change.after.as_deref()))
        .collect()
}

fn as_json(
    made: &Regenerated,
    findings: &[Finding],
    folder: &Folder,
    files: usize,
    is_written: bool,
) -> serde_json::Value {
    let findings = findings.iter().map(|finding| {
        json!({
            "path": finding.path,
            "line": finding.line,
            "kind": finding.kind.name(),
            "message": finding.message,
        })
    });
    let changes = made.changes.iter().map(|change| {
        let places = match change.kind {
            ChangeKind::Conflict(places) => Some(places),
            _ => None,
        };
        json!({
            "path": change.path,
            "kind": word(change).0,
            "places": places,
            "needs_attention": change.kind.needs_attention(),
        })
    });
    json!({
        "folder": folder.0.display().to_string(),
        "files": files,
        "written": is_written,
        "changes": changes.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    })
}
