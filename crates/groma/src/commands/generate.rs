//! `groma generate`: the design as a project that its owner edits and that can be generated again.

mod folder;
mod told;

use std::path::Path;

use folder::Folder;
use groma_fastapi::{Existing, Frozen, SNAPSHOT, gone};
use groma_files::{Change, ChangeKind, FileSet, Lock, Regenerated, regenerate, unsettled};
use groma_ir::Model;
use serde_json::json;
use told::{Told, as_json, differences, waiting};

use crate::Exit;
use crate::cli::{GenerateArgs, Target};
use crate::compile;
use crate::failure::Failure;
use crate::lock;
use crate::project::Project;
use crate::world;

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
            if args.json {
                world::print(&folder.named(&told::stopped_as_json(&stop)));
            } else {
                world::say(&folder.named(&told::stopped(&stop)));
            }
            return Ok(Exit::Findings);
        }
    };
    let (files, mut findings, mut notes) = (made.files, made.findings, made.notes);
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
    folder.refuse_lock(&before, &there)?;
    let mut made = regenerate(&lock, GENERATOR, &files, |path| {
        there.get(path).map(str::to_owned)
    });
    findings.extend(gone(
        &before.files,
        &files,
        &owners(&existing.own, &there, &files, &made),
    ));
    made.changes.extend(in_conflict(&existing.own));
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

/// What is to be there that is not as it is generated: files of the owner's own, and those that they edited.
fn owners(own: &FileSet, there: &FileSet, files: &FileSet, made: &Regenerated) -> FileSet {
    let mut found = own.clone();
    let changes = made.changes.iter();
    let changes = changes.filter_map(|change| Some((change.path.as_str(), change.after.as_deref()?)));
    for (path, text) in there.iter().chain(changes) {
        found.insert(path, text.replace("\r\n", "\n"));
    }
    for change in made.changes.iter().filter(|change| change.after.is_none()) {
        found.remove(&change.path);
    }
    for (path, text) in files.iter() {
        if found.get(path) == Some(text) {
            found.remove(path);
        }
    }
    found
}

/// The files of hooks and routes of the owner's that have marks of a conflict.
fn in_conflict(own: &FileSet) -> impl Iterator<Item = Change> {
    let is_read = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(parts.as_slice(), ["app", _, "hooks.py" | "extra.py"])
    };
    let read = own.iter().filter(move |(path, _)| is_read(path));
    let marked = read.filter(|(_, text)| !unsettled(text).is_empty());
    marked.map(|(path, text)| Change {
        path: path.to_owned(),
        kind: ChangeKind::Unresolved,
        before: Some(text.to_owned()),
        after: Some(text.to_owned()),
    })
}

/// Whether generating would change anything.
fn is_behind(made: &Regenerated, lock: &Lock) -> bool {
    made.changes.iter().any(Change::is_made) || made.lock.files != lock.files
}

/// Lets a file that its owner removed be generated as a new one; one of theirs that is there is put together with it.
fn restore(lock: &mut Lock, folder: &Folder, files: &FileSet, path: &Path) -> Result<(), Failure> {
    let name = folder.generated(files, path)?;
    let is_there = folder.has(&name)?;
    if lock.files.get(&name).is_some() && is_there {
        return Err(Failure::usage(
            format!("`{name}` is there: there is nothing to bring back"),
            "to have it as it is generated, without what you edited, remove it first",
        ));
    }
    lock.without.remove(&name);
    lock.files.remove(&name);
    if is_there {
        // Of what both have in common nothing is known.
        lock.files.insert(name, "");
    }
    Ok(())
}

/// Says that a file is the owner's for good: one that they removed, or that never was ours.
fn leave_away(lock: &mut Lock, folder: &Folder, files: &FileSet, path: &Path) -> Result<(), Failure> {
    let name = folder.generated(files, path)?;
    if lock.files.get(&name).is_some() && folder.has(&name)? {
        return Err(Failure::usage(
            format!("`{name}` is there: it would be generated on"),
            "remove it first, or move it to where it is to be",
        ));
    }
    lock.without.insert(name);
    Ok(())
}
