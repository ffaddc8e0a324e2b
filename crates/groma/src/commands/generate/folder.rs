//! The folder of a generated project: what is there, and what is written.

use std::path::{Path, PathBuf};

use groma_fastapi::Existing;
use groma_files::{Change, FileSet, Lock, Regenerated};

use super::ASYNC;
use crate::failure::Failure;
use crate::project::Project;
use crate::world::{self, WorldError};

/// The folder of the project.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// A project stands in a folder, beside the design: what stands in its folder is the design.
    pub(super) fn refuse(&self, project: &Project) -> Result<(), Failure> {
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
    pub(super) fn named(&self, text: &str) -> String {
        let migrations = self.0.join("migrations/");
        text.replace("`migrations/", &format!("`{}", migrations.display()))
    }

    /// The name of a file that is generated, which may be given from where the command runs.
    pub(super) fn generated(&self, files: &FileSet, path: &Path) -> Result<String, Failure> {
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
    pub(super) fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(world::read_if_there(&self.0.join(name))?.is_some())
    }

    pub(super) fn lock(&self) -> Result<Lock, Failure> {
        let path = self.0.join(Lock::NAME);
        world::stays_below(&self.0, &path)?;
        let text = match world::read_if_there(&path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Lock::default()),
            Err(
                error @ (WorldError::NotText { .. }
                | WorldError::NotAFile { .. }
                | WorldError::TooLarge { .. }),
            ) => {
                return Err(Failure::Damaged(error));
            }
            Err(error) => return Err(error.into()),
        };
        Lock::parse(&text).map_err(|source| Failure::Generated { path, source })
    }

    /// Refuses a lock that has packages with routes, of all of which nothing is there: it is of another project, or what
    /// it is of was removed, and each of its files would be taken for one that its owner removed.
    pub(super) fn refuse_lock(&self, lock: &Lock, there: &FileSet) -> Result<(), Failure> {
        let files = || {
            lock.files
                .iter()
                .filter(|(path, _)| !lock.without.contains(*path))
        };
        let routers = files().filter_map(|(path, _)| path.strip_suffix("/router.py"));
        let packages: Vec<&str> = routers.collect();
        let is_in_one = |path: &str| {
            packages
                .iter()
                .any(|package| Path::new(path).starts_with(package))
        };
        let mut found = files().filter(|(path, _)| there.get(path).is_some());
        if packages.is_empty() || found.any(|(path, _)| is_in_one(path)) {
            return Ok(());
        }
        Err(Failure::OtherProject {
            path: self.0.join(Lock::NAME),
            packages: packages.iter().map(|package| format!("`{package}`")).collect(),
        })
    }

    /// What there is already: what was generated last, Python that never was, and migrations, whoever wrote them.
    pub(super) fn existing(&self, lock: &Lock) -> Result<Existing, Failure> {
        let mut existing = Existing {
            asynchronous: lock.options.iter().any(|option| option == ASYNC),
            generated: lock.files.clone(),
            migrations: self.below("migrations", &["py", "json"])?,
            ..Existing::default()
        };
        for part in ["app", "tests", "migrations", "scripts"] {
            for (path, text) in self.below(part, &["py"])?.iter() {
                match lock.files.get(path) {
                    None => existing.own.insert(path, text),
                    Some(generated) if generated != text.replace("\r\n", "\n") => {
                        existing.edited.insert(path, text);
                    }
                    Some(_) => {}
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
    pub(super) fn texts(&self, lock: &Lock, files: &FileSet) -> Result<FileSet, Failure> {
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
    pub(super) fn write(&self, made: &Regenerated, before: &Lock) -> Result<(), Failure> {
        let changes = || made.changes.iter().filter(|change| change.is_made());
        let place = |change: &Change| self.0.join(&change.path);
        let mut places: Vec<PathBuf> = changes().map(place).collect();
        if made.lock != *before {
            places.push(self.0.join(Lock::NAME));
        }
        world::can_be_written(&places)?;
        for change in changes() {
            let place = place(change);
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
