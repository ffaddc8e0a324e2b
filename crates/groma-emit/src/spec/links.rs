//! Links between the pages, and back to the sources of the design.

use groma_ir::design::EntityId;
use groma_ir::http::Group;

use super::Cx;
use crate::markdown::link;

/// A path as seen from a folder: `../db/task.md`.
pub(super) fn relative(folder: &str, path: &str) -> String {
    let parts = |path: &str| {
        path.split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .map(str::to_owned)
            .collect()
    };
    let (from, to): (Vec<String>, Vec<String>) = (parts(folder), parts(path));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| String::from(".."));
    let down = to.iter().skip(shared).cloned();
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A place such as `specs/db/task.md:41` as `[@specs/db/task.md:41](../db/task.md#L41)`; nothing for what no
/// file declares.
pub(super) fn source(cx: &Cx<'_>, place: &str) -> Option<String> {
    let (path, line) = place.rsplit_once(':')?;
    let target = relative(&cx.options.folder, path);
    Some(link(
        &format!("@{place}"),
        &format!("{}#L{line}", encoded(&target)),
    ))
}

/// Prose of the author, with its `@specs/db/task.md#Task` leading there.
pub(super) fn prose(cx: &Cx<'_>, text: &str) -> String {
    let text = crate::markdown::prose(text);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || ",;:()[]`\"'<>".contains(c))
            .unwrap_or(after.len());
        let (word, tail) = after.split_at(end);
        let name = word.trim_end_matches(['.', '!', '?']);
        match reference(cx, name.trim_start_matches('@')) {
            Some(target) if !before.ends_with(['`', '[']) => {
                out.push_str(&link(name, &target));
                out.push_str(word.get(name.len()..).unwrap_or_default());
            }
            Some(_) | None => out.push_str(word),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The target of `specs/db/task.md#Task`, when that is a file of the design.
fn reference(cx: &Cx<'_>, name: &str) -> Option<String> {
    let design = &cx.model.design;
    let (path, declared) = name.split_once('#').unwrap_or((name, ""));
    design.files.iter().find(|file| file.path == path)?;
    let target = encoded(&relative(&cx.options.folder, path));
    let entities = design.entities.iter().map(|entity| (&entity.name, entity.origin));
    let enums = design
        .enums
        .iter()
        .map(|declared| (&declared.name, declared.origin));
    let line = entities
        .chain(enums)
        .find(|(name, _)| *name == declared)
        .map(|(_, origin)| design.line(origin));
    Some(line.map_or_else(|| target.clone(), |line| format!("{target}#L{line}")))
}

/// The file name of a group's page.
pub(super) fn page_name(group: &Group) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let slug: String = group
        .slug
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    // README.md is the index, also where file names know no case.
    if slug.eq_ignore_ascii_case("readme") {
        String::from("readme-resource.md")
    } else {
        format!("{slug}.md")
    }
}

/// The first group that serves an entity.
pub(super) fn group_of<'a>(cx: &Cx<'a>, entity: EntityId) -> Option<&'a Group> {
    cx.pages.get(&entity).copied()
}

/// An entity with its article, linked to its page where it has one: `an Author`.
pub(super) fn an_entity(cx: &Cx<'_>, id: EntityId) -> String {
    let name = cx.model.design.entities[id].name.to_lowercase();
    let article = if name.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {}", entity(cx, id))
}

/// The name of an entity, linked to its page where it has one.
pub(super) fn entity(cx: &Cx<'_>, entity: EntityId) -> String {
    let name = &cx.model.design.entities[entity].name;
    match group_of(cx, entity) {
        Some(group) => link(name, &page_name(group)),
        None => name.clone(),
    }
}

fn encoded(path: &str) -> String {
    path.replace(' ', "%20").replace('(', "%28").replace(')', "%29")
}
