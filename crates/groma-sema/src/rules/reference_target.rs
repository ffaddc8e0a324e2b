//! E022.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Edit, Span, is_slip, nearest, only_slip};
use groma_ir::Id;
use groma_syntax::{Parsed, Reference, ast};

use super::page::rule;
use crate::resolve::{Resolved, TopKind};

rule! {
    /// What prose refers to by `@specs/...` exists: the file, and what stands behind `#` in it.
    ///
    /// ## Why
    /// A reference is how a reader, or an agent, finds the rest of the design; one that leads nowhere is found only by
    /// whoever needed it. Behind `#` stands a heading as GitHub writes its anchor, or the name of a declaration. Pages
    /// below `specs/api` are generated, and files that are no part of a design are not looked for.
    ///
    /// ## Bad
    /// # Notes
    ///
    /// A note is described in @specs/page.md#Note.
    ///
    /// ```groma
    /// entity Memo {
    ///   id: uuid key
    /// }
    /// ```
    ///
    /// ## Good
    /// # Notes
    ///
    /// A note is described in @specs/page.md#Note.
    ///
    /// ```groma
    /// entity Note {
    ///   id: uuid key
    /// }
    /// ```
    Error REFERENCE_TARGET "E022" "reference-target"
}

/// The folder by which references name the design.
const ROOT: &str = "specs/";
/// What is generated there.
const GENERATED: &str = "specs/api";
/// Looking for the nearest name is dear: past so many nobody reads on.
const MOST_GUESSES: usize = 100;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let files = Files::of(resolved);
    let mut anchors: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut found: Vec<Diagnostic> = Vec::new();
    for reference in resolved.parsed.iter().flat_map(|file| &file.prose.references) {
        let may_guess = found.len() < MOST_GUESSES;
        let Some(at) = files.find(&reference.path) else {
            if !files.is_elsewhere(&reference.path) {
                let meant = files.nearest(&reference.path).filter(|_| may_guess);
                found.push(no_file(reference, meant));
            }
            continue;
        };
        let (Some(anchor), Some(parsed)) = (&reference.anchor, resolved.parsed.get(at)) else {
            continue;
        };
        let known = anchors.entry(at).or_insert_with(|| anchors_of(resolved, parsed));
        if !known.contains(anchor) && !known.contains(&anchor.to_lowercase()) {
            let names = || {
                known
                    .iter()
                    .map(String::as_str)
                    .take(if may_guess { 1000 } else { 0 })
            };
            let meant = Meant::of(only_slip(anchor, names()), || nearest(anchor, names()));
            found.push(no_anchor(reference, anchor, meant));
        }
    }
    found
}

/// The files of a design by the names that references use.
struct Files {
    /// The index of a file among those parsed.
    by_name: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
}

impl Files {
    fn of(resolved: &Resolved<'_>) -> Files {
        let mut files = Files {
            by_name: BTreeMap::new(),
            folders: BTreeSet::from([ROOT.trim_end_matches('/').to_owned()]),
        };
        for (at, parsed) in resolved.parsed.iter().enumerate() {
            for name in names(resolved.sources.path(parsed.file)) {
                for (end, _) in name.match_indices('/').take(16) {
                    files.folders.extend(name.get(..end).map(str::to_owned));
                }
                files.by_name.insert(name, at);
            }
        }
        files
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.by_name.get(path).copied()
    }

    /// Whether the reference is to a folder, a generated page, or a file of a kind that designs are not made of.
    fn is_elsewhere(&self, path: &str) -> bool {
        let folder = path.trim_end_matches('/');
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let is_other = name.rsplit_once('.').is_some_and(|(_, ending)| {
            !matches!(
                ending.to_ascii_lowercase().as_str(),
                "md" | "markdown" | "mdx" | "groma"
            )
        });
        let is_generated = folder
            .strip_prefix(GENERATED)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.folders.contains(folder) || is_generated || is_other
    }

    /// The file that was meant: by its name, since folders and endings are alike in all of them.
    fn nearest(&self, path: &str) -> Option<Meant<'_>> {
        let files = || self.by_name.keys().map(String::as_str).take(1000);
        let (folder, stem) = parts(path);
        let mut moved = files().filter(|file| parts(file).1 == stem);
        if let (Some(file), None) = (moved.next(), moved.next()) {
            return Some(Meant {
                name: file,
                is_sure: false,
            });
        }
        let beside = files().filter(|file| parts(file).0 == folder);
        let mut slips = beside.filter(|file| is_slip(stem, parts(file).1));
        if let (Some(file), None) = (slips.next(), slips.next()) {
            return Some(Meant {
                name: file,
                is_sure: true,
            });
        }
        let meant = nearest(stem, files().map(|file| parts(file).1))?;
        let mut called = files().filter(|file| parts(file).1 == meant);
        let name = called.next().filter(|_| called.next().is_none())?;
        Some(Meant { name, is_sure: false })
    }
}

/// The folder of a path, and its name without the ending.
fn parts(path: &str) -> (&str, &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

/// What was probably meant.
#[derive(Clone, Copy)]
struct Meant<'n> {
    name: &'n str,
    /// Whether it is a slip of the pen away, and nothing else is.
    is_sure: bool,
}

impl<'n> Meant<'n> {
    fn of(sure: Option<&'n str>, guess: impl FnOnce() -> Option<&'n str>) -> Option<Meant<'n>> {
        let is_sure = sure.is_some();
        let name = sure.or_else(guess)?;
        Some(Meant { name, is_sure })
    }

    /// Offers it, at `place` and with what stands before it in a reference.
    fn offer(self, found: Diagnostic, place: Span, mark: char) -> Diagnostic {
        let name = self.name;
        let found = found.help(format!("did you mean `{mark}{name}`?"));
        let (title, edit) = (format!("write `{name}`"), [Edit::replace(place, name)]);
        if self.is_sure {
            found.fix(title, edit)
        } else {
            found.suggestion(title, edit)
        }
    }
}

/// The names of a file: from the first and from the last folder `specs` on, or as if it lay in one.
fn names(path: &str) -> BTreeSet<String> {
    let path = path.replace('\\', "/");
    let starts: Vec<usize> = path
        .match_indices(ROOT)
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || path.get(..*at).is_some_and(|before| before.ends_with('/')))
        .collect();
    let ends = [starts.first(), starts.last()].into_iter().flatten();
    let names: BTreeSet<String> = ends.filter_map(|at| path.get(*at..)).map(str::to_owned).collect();
    if names.is_empty() {
        return BTreeSet::from([format!("{ROOT}{}", path.trim_start_matches(['.', '/']))]);
    }
    names
}

/// What can stand behind `#`: headings, repeated ones numbered, and the names of declarations and their members.
fn anchors_of(resolved: &Resolved<'_>, parsed: &Parsed) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for heading in &parsed.prose.headings {
        let seen = times.entry(heading.slug.as_str()).or_insert(0);
        anchors.insert(match *seen {
            0 => heading.slug.clone(),
            again => format!("{}-{again}", heading.slug),
        });
        *seen += 1;
    }
    for declaration in parsed.declarations() {
        let Some(name) = name(&declaration) else { continue };
        if let (ast::Declaration::Entity(_), Some(top)) = (&declaration, resolved.top.get(&name))
            && let TopKind::Entity(id) = top.kind
        {
            let members = resolved
                .map
                .entities
                .get(id.index())
                .map(|source| source.members.keys());
            anchors.extend(
                members
                    .into_iter()
                    .flatten()
                    .map(|member| format!("{name}.{member}")),
            );
        }
        anchors.insert(name);
    }
    anchors
}

fn name(declaration: &ast::Declaration) -> Option<String> {
    match declaration {
        ast::Declaration::Service(it) => it.name().map(|name| name.text()),
        ast::Declaration::Auth(_) => Some(String::from("auth")),
        ast::Declaration::Enum(it) => it.name().map(|name| name.text()),
        ast::Declaration::Entity(it) => it.name().map(|name| name.text()),
        ast::Declaration::Access(it) => it.subject().map(|path| path.text()),
        ast::Declaration::Resource(it) => it.route().map(|route| route.text()),
        ast::Declaration::Question(_) | ast::Declaration::Decision(_) => None,
    }
}

fn no_file(reference: &Reference, meant: Option<Meant<'_>>) -> Diagnostic {
    let path = &reference.path;
    let start = reference.span.start.saturating_add(1);
    let end = start.saturating_add(u32::try_from(path.len()).unwrap_or(0));
    let place = Span::new(reference.span.file, start, end);
    let found = Diagnostic::new(
        &REFERENCE_TARGET,
        place,
        format!("there is no file `{path}` in the design"),
    );
    match meant {
        Some(meant) => meant.offer(found, place, '@'),
        None => found.help("write the path from the folder of the design on, such as `@specs/db/note.md`"),
    }
}

fn no_anchor(reference: &Reference, anchor: &str, meant: Option<Meant<'_>>) -> Diagnostic {
    let place = reference.anchor_span.unwrap_or(reference.span);
    let message = format!(
        "`{}` has no heading and no declaration `{anchor}`",
        reference.path
    );
    let found = Diagnostic::new(&REFERENCE_TARGET, place, message);
    match meant {
        Some(meant) => meant.offer(found, place, '#'),
        None => found.help("name a heading, as GitHub writes its anchor, or a declaration"),
    }
}
