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
            world::say(&stopped(&stop));
            return Ok(Exit::Findings);
        }
    };
    let (files, findings, notes) = (made.files, made.findings, made.notes);
    // What was read of it is in what is written now: there is nothing to merge.
    if let Some(there) = existing.migrations.get(SNAPSHOT) {
        lock.files.insert(SNAPSHOT, there.replace("\r\n", "\n"));
    }
    for path in &args.restore {
        restore(&mut lock, &folder, &files, path)?;
    }
    let there = folder.texts(&lock, &files)?;
    let made = regenerate(&lock, GENERATOR, &files, |path| {
        there.get(path).map(str::to_owned)
    });
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
        let notes = notes.iter().flat_map(|note| ["note: ", note, "\n"]);
        notes.collect::<String>() + &told(&made, &findings, &folder, files.len(), args.check)
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
    let name = path.strip_prefix(&folder.0).unwrap_or(path);
    let name = name.to_string_lossy().replace('\\', "/");
    if files.get(&name).is_none() {
        return Err(Failure::usage(
            format!("`{name}` is no file that is generated"),
            "`groma generate` says which files there are; give the path as it stands there",
        ));
    }
    lock.files.remove(&name);
    Ok(())
}

/// The folder of the project.
struct Folder(PathBuf);

impl Folder {
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

/// One line a file of which something is to be said, and how many there are.
fn told(made: &Regenerated, findings: &[Finding], folder: &Folder, files: usize, is_check: bool) -> String {
    let mut text = String::new();
    for change in &made.changes {
        let (word, note) = word(change.kind);
        let _ = writeln!(text, "{word:<10} {}{note}", change.path);
    }
    for finding in findings {
        let _ = writeln!(text, "{:<10} {}: {}", "unused", finding.path, finding.message);
    }
    let changed = made.changes.iter().filter(|change| change.is_made()).count();
    let waiting = waiting(made, findings);
    let verb = if is_check { "would change" } else { "changed" };
    let _ = write!(
        text,
        "{} in {}, {changed} {verb}",
        words::count(files, "file", "files"),
        folder.0.display()
    );
    if waiting > 0 {
        let _ = write!(text, ", {waiting} for you to look at");
    }
    text.push('\n');
    text
}

fn word(kind: ChangeKind) -> (&'static str, String) {
    let plain = |word| (word, String::new());
    let because = |word, note: &str| (word, format!(": {note}"));
    match kind {
        ChangeKind::Added => plain("new"),
        ChangeKind::Updated => plain("changed"),
        ChangeKind::Merged => because("merged", "your edits are in it"),
        ChangeKind::Conflict(places) => (
            "conflict",
            format!(
                ": you and the design changed the same lines, marked in {}",
                words::count(places, "place", "places")
            ),
        ),
        ChangeKind::Removed => plain("removed"),
        ChangeKind::Kept => because(
            "kept",
            "it is no longer generated, but you edited it; it is yours now",
        ),
        ChangeKind::Absent => because(
            "absent",
            "you removed it, and it would read differently now; `--restore` brings it back",
        ),
        ChangeKind::Occupied => because(
            "occupied",
            "a file of yours is there and was not touched; move it, or keep it and do without ours",
        ),
        ChangeKind::Unresolved => because("unresolved", "it still has the marks of an earlier conflict"),
    }
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
    let findings = findings
        .iter()
        .map(|finding| json!({"path": finding.path, "message": finding.message}));
    let changes = made.changes.iter().map(|change| {
        let places = match change.kind {
            ChangeKind::Conflict(places) => Some(places),
            _ => None,
        };
        json!({
            "path": change.path,
            "kind": word(change.kind).0,
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
