//! Which files make up a design, and where what is made from it goes.
//!
//! Knows folders and names. Does not know what the files say.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use groma_diag::Sources;
use groma_files::Lock;

use crate::failure::Failure;
use crate::world;

/// The folder of the design, by convention.
const SPECS: &str = "specs";
/// The folder of what a development server keeps, below the project.
const STATE: &str = ".groma";
/// The endings of the files that a design is written in.
const ENDINGS: [&str; 4] = ["md", "markdown", "mdx", "groma"];
/// Folders that tools fill, by convention: nobody wrote what is in them. Below `specs/` they are names like any other.
const FILLED_BY_TOOLS: [&str; 4] = ["node_modules", "target", "dist", "venv"];

/// A design on disk.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that everything is relative to: the one that holds `specs/`.
    pub(crate) root: PathBuf,
    /// The files of the design, in the order of their paths.
    files: Vec<PathBuf>,
}

impl Project {
    /// The design that the words on the command line mean: a project, its `specs` folder, or single files.
    pub(crate) fn find(given: &[PathBuf]) -> Result<Project, Failure> {
        let project = match given {
            [] => Project::of_folder(Path::new("."))?,
            [folder] if world::is_folder(folder) => Project::of_folder(folder)?,
            paths => Project::of_paths(paths)?,
        };
        if project.files.is_empty() {
            return Err(Failure::NoDesign { folder: project.root });
        }
        Ok(project)
    }

    fn of_folder(folder: &Path) -> Result<Project, Failure> {
        let specs = tidy(&folder.join(SPECS));
        let (root, specs) = if world::is_folder(&specs) {
            (folder.to_owned(), specs)
        } else if world::absolute(folder).ends_with(SPECS) {
            (parent(folder), folder.to_owned())
        } else {
            (folder.to_owned(), folder.to_owned())
        };
        let files = texts_below(&specs)?;
        if specs == root {
            refuse_several(&root, &files)?;
        }
        Ok(Project {
            root,
            files: files.iter().map(|file| tidy(file)).collect(),
        })
    }

    /// Whether a file, by its name, can be one of a design; what is hidden, or made by tools, is none.
    pub(crate) fn is_design(path: &str) -> bool {
        let has_ending = Path::new(path)
            .extension()
            .is_some_and(|found| ENDINGS.iter().any(|ending| found.eq_ignore_ascii_case(ending)));
        let parts = Path::new(path).components();
        let names: Vec<_> = parts
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy()),
                Component::CurDir | Component::ParentDir | Component::RootDir | Component::Prefix(_) => None,
            })
            .collect();
        let is_hidden = names.iter().any(|name| name.starts_with('.'));
        let mut above = names.iter().take_while(|name| *name != SPECS);
        let is_filled = above.any(|name| FILLED_BY_TOOLS.contains(&name.as_ref()));
        has_ending && !is_hidden && !is_filled
    }

    /// Whether a path from the project leads into the folder of the design.
    pub(crate) fn is_specs(path: &str) -> bool {
        Path::new(path).starts_with(SPECS)
    }

    /// Several paths: folders give all their files, files themselves. The first one says where the project is.
    fn of_paths(paths: &[PathBuf]) -> Result<Project, Failure> {
        let mut files = Vec::new();
        for path in paths {
            if world::is_folder(path) {
                files.extend(texts_below(path)?);
            } else {
                files.push(path.clone());
            }
        }
        files.sort();
        files.dedup();
        let root = paths.first().map_or_else(PathBuf::new, |first| root_of(first));
        Ok(Project { root, files })
    }

    /// Reads the design. Pages that we generated ourselves are no part of it.
    ///
    /// Paths are relative to the project, so that everything made from the design is the same wherever it lies.
    pub(crate) fn load(&self) -> Result<Sources, Failure> {
        let mut sources = Sources::new();
        for file in &self.files {
            if let Some(text) = world::read_unless(file, Some(groma_emit::MARK))? {
                sources.add(self.name_of(file), text);
            }
        }
        if sources.is_empty() {
            return Err(Failure::NoDesign {
                folder: self.root.clone(),
            });
        }
        Ok(sources)
    }

    /// The same files under the paths that lead to them from where the user stands, for messages.
    pub(crate) fn as_seen(&self, sources: &Sources) -> Sources {
        renamed(sources, |name| self.path_of(name))
    }

    /// The same files under their paths from the top of the repository, where those who show annotations stand.
    pub(crate) fn as_seen_from_repository(&self, sources: &Sources) -> Sources {
        let Some(top) = world::repository(&self.root) else {
            return self.as_seen(sources);
        };
        renamed(sources, |name| {
            let path = tidy(&world::absolute(&self.path_of(name)));
            path.strip_prefix(&top).map(Path::to_owned).unwrap_or(path)
        })
    }

    /// Where a file of the project lies on disk, by its name in the design.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        tidy(&self.root.join(name))
    }

    /// Whether a path leads into the folder of the design, where it has one of its own.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let specs = self.root.join(SPECS);
        world::is_folder(&specs) && tidy(&world::absolute(path)).starts_with(tidy(&world::absolute(&specs)))
    }

    /// The folder of what a development server keeps.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// The text of the project's `.env` file, if it has one.
    pub(crate) fn dot_env(&self) -> Result<Option<String>, Failure> {
        Ok(world::read_if_there(&self.root.join(".env"))?)
    }

    /// The name of a file in the design: its path from the project, with `/` between the parts.
    pub(crate) fn name_of(&self, file: &Path) -> String {
        let (root, file) = (tidy(&world::absolute(&self.root)), tidy(&world::absolute(file)));
        slashes(file.strip_prefix(&root).unwrap_or(&file))
    }
}

/// A folder in which several projects lie is none itself: their designs are not one.
fn refuse_several(folder: &Path, files: &[PathBuf]) -> Result<(), Failure> {
    let below = files.iter().map(|file| file.strip_prefix(folder).unwrap_or(file));
    let projects = below.filter_map(|file| {
        let mut above = file.ancestors().skip(1);
        above.find(|path| path.ends_with(SPECS)).map(parent)
    });
    let projects: BTreeSet<PathBuf> = projects.collect();
    let mut names = projects.iter().map(|project| slashes(project));
    let (Some(first), Some(second)) = (names.next(), names.next()) else {
        return Ok(());
    };
    let rest = match names.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Failure::usage(
        format!("several projects lie here: `{first}`, `{second}`{rest}"),
        format!("name one, as `{}`", slashes(&tidy(&folder.join(&first)))),
    ))
}

/// The files of a design below a folder.
fn texts_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let whole = tidy(&world::absolute(folder));
    let is_specs = whole.components().any(|part| part.as_os_str() == SPECS);
    let skipped: &[&str] = if is_specs { &[] } else { &FILLED_BY_TOOLS };
    let mut files = world::texts_below(folder, &ENDINGS, skipped)?;
    // What was generated from the design is no part of it.
    let is_generated = |file: &Path| {
        let above = file.ancestors().skip(1);
        let mut below = above.take_while(|above| *above != folder);
        below.any(|above| above.join(Lock::NAME).is_file())
    };
    files.retain(|file| !is_generated(file));
    Ok(files)
}

fn renamed(sources: &Sources, path: impl Fn(&str) -> PathBuf) -> Sources {
    let mut renamed = Sources::new();
    for (_, source) in sources.iter() {
        renamed.add(slashes(&path(source.path())), source.text());
    }
    renamed
}

/// The project of a single file: the folder that holds the `specs` it lies in, or else its own folder.
fn root_of(path: &Path) -> PathBuf {
    let specs = path
        .ancestors()
        .skip(1)
        .find(|folder| folder.file_name().is_some_and(|name| name == SPECS));
    parent(specs.unwrap_or(path))
}

/// The folder that a path lies in; `..` where the path itself does not say.
fn parent(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(_)) if parent.as_os_str().is_empty() => PathBuf::from("."),
        (Some(parent), Some(_)) => parent.to_owned(),
        _ => path.join(".."),
    }
}

/// The path without `.` in it, and without `..` behind a folder that it names.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let is_named = tidy.file_name().is_some();
        match part {
            Component::CurDir => {}
            Component::ParentDir if is_named => drop(tidy.pop()),
            other => tidy.push(other),
        }
    }
    tidy
}

/// The path with `/` between its parts on every system.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/").replacen("//", "/", 1)
}

#[cfg(test)]
mod tests;
