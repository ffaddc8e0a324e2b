//! W507.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Edit, Span, nearest};
use groma_ir::design::EntityId;
use groma_ir::{Design, Id};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use crate::resolve::{Resolved, TopKind};

rule! {
    /// Questions and decisions are about something that exists.
    ///
    /// ## Why
    /// Nobody will answer a question about a field that is gone, and a decision that no longer applies misleads
    /// whoever looks for the reason.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// decision Note.titel = required because "Lists show nothing else."
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// decision Note.title = required because "Lists show nothing else."
    Warning STALE_DECISION "W507" "stale-decision"
}

/// What can be decided of an entity beside its members: its routes, its rules, and what is assumed of them.
const OF_ENTITY: [&str; 15] = [
    "create", "read", "update", "replace", "delete", "list", "share", "shares", "members", "all", "access",
    "routes", "path", "when", "value",
];
/// What can be decided of a field or an input.
const OF_FIELD: [&str; 8] = [
    "on_delete",
    "default",
    "type",
    "bounds",
    "length",
    "unique",
    "index",
    "value",
];
/// What can be decided of a list.
const OF_LIST: [&str; 6] = ["page", "sort", "filter", "search", "include", "shape"];
/// What can be decided of what is written.
const OF_WRITING: [&str; 3] = ["accept", "match", "status"];
/// Looking for the nearest name is dear: past so many nobody reads on.
const MOST_GUESSES: usize = 100;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let declarations = resolved
        .parsed
        .iter()
        .flat_map(groma_syntax::Parsed::declarations);
    let subjects = declarations.flat_map(|declaration| match declaration {
        ast::Declaration::Question(it) => it.affects().map(|path| ("question", path)).collect(),
        ast::Declaration::Decision(it) => it.subject().map(|path| ("decision", path)).into_iter().collect(),
        _ => Vec::new(),
    });
    let topics = Topics::of(resolved);
    let mut found: Vec<Diagnostic> = Vec::new();
    for (what, path) in subjects.collect::<Vec<_>>() {
        let Some((name, gone)) = gone(&topics, &path) else {
            continue;
        };
        let text = name.text();
        if !resolved.damaged.contains(&text) {
            let meant = if found.len() < MOST_GUESSES {
                guess(resolved, &gone, &text)
            } else {
                None
            };
            found.push(stale(
                what,
                name.span(),
                &gone.words(&resolved.design, &text),
                meant,
            ));
        }
    }
    found
}

/// What does not exist.
enum Gone {
    Top,
    Member(EntityId),
    /// What is said of a member, whose path this is, beside what can be.
    Topic(String, &'static [&'static str]),
    Variant(groma_ir::design::EnumId),
}

impl Gone {
    fn words(&self, design: &Design, name: &str) -> String {
        match self {
            Gone::Top => format!("`{name}`"),
            Gone::Member(id) => format!("`{}.{name}`", design.entities[*id].name),
            Gone::Topic(path, _) => format!("`{path}.{name}`"),
            Gone::Variant(id) => format!("`{}.{name}`", design.enums[*id].name),
        }
    }
}

/// The first name of a subject that means nothing.
fn gone(topics: &Topics<'_>, path: &ast::Path) -> Option<(ast::Name, Gone)> {
    let resolved = topics.resolved;
    let mut names = path.names();
    let first = names.next()?;
    let text = first.text();
    if matches!(text.as_str(), "service" | "auth") || text == resolved.design.service.name {
        return None;
    }
    let second = names.next();
    match resolved.top.get(&text).map(|top| top.kind) {
        None => Some((first, Gone::Top)),
        Some(TopKind::Entity(id)) => {
            let second = second?;
            if !topics.has(id, &second.text()) {
                return Some((second, Gone::Member(id)));
            }
            let third = names.next()?;
            let known = topics.below(id, &second.text())?;
            let path = format!("{text}.{}", second.text());
            (!known.contains(&third.text().as_str())).then_some((third, Gone::Topic(path, known)))
        }
        Some(TopKind::Enum(id)) => {
            let variants = resolved.map.variants.get(id.index())?;
            let second = second.filter(|name| !variants.contains_key(&name.text()))?;
            Some((second, Gone::Variant(id)))
        }
    }
}

/// What can stand behind an entity's name: members, by their names or on the wire, verbs, actions, reports.
pub(super) struct Topics<'r> {
    resolved: &'r Resolved<'r>,
    routes: BTreeSet<(EntityId, &'r str)>,
}

impl<'r> Topics<'r> {
    pub(super) fn of(resolved: &'r Resolved<'r>) -> Topics<'r> {
        let actions = resolved.design.entities.entries().flat_map(|(id, entity)| {
            entity
                .actions
                .iter()
                .map(move |action| (id, action.name.as_str()))
        });
        let reports = resolved.design.resources.iter().flat_map(|resource| {
            resource
                .reports
                .iter()
                .map(|report| (resource.entity, report.name.as_str()))
        });
        Topics {
            resolved,
            routes: actions.chain(reports).collect(),
        }
    }

    /// Whether a word behind the entity's name means something.
    /// What can be decided of a member or verb; `None` where that is open, as for what an action asks for.
    fn below(&self, id: EntityId, word: &str) -> Option<&'static [&'static str]> {
        let source = self.resolved.map.entities.get(id.index())?;
        let is_member = |name: &str| source.members.contains_key(name);
        if is_member(word) || word.strip_suffix("_id").is_some_and(is_member) {
            return Some(&OF_FIELD);
        }
        match word {
            "list" => Some(&OF_LIST),
            "create" | "update" | "replace" | "delete" => Some(&OF_WRITING),
            _ => None,
        }
    }

    pub(super) fn has(&self, id: EntityId, word: &str) -> bool {
        let members = self
            .resolved
            .map
            .entities
            .get(id.index())
            .map(|source| &source.members);
        let is_member = |name: &str| members.is_some_and(|members| members.contains_key(name));
        is_member(word)
            || word.strip_suffix("_id").is_some_and(is_member)
            || OF_ENTITY.contains(&word)
            || self.routes.contains(&(id, word))
            || self.is_of_tie(id, word)
    }

    /// `Task.shares`, `Task.level`, `Team.members`, `Team.role`.
    fn is_of_tie(&self, id: EntityId, word: &str) -> bool {
        let design = &self.resolved.design;
        design.entities[id].links.iter().any(|tie| {
            let entity = &design.entities[*tie];
            entity
                .link
                .as_ref()
                .is_some_and(|link| word == link.kind.word() || word == entity.fields[link.level].name)
        })
    }
}

fn guess<'r>(resolved: &'r Resolved<'_>, gone: &Gone, name: &str) -> Option<&'r str> {
    match gone {
        Gone::Topic(_, known) => nearest(name, known.iter().copied()),
        Gone::Top => nearest(name, resolved.top.keys().take(1000).map(String::as_str)),
        Gone::Member(id) => {
            let members = resolved
                .map
                .entities
                .get(id.index())
                .map(|source| source.members.keys());
            let actions = resolved.design.entities[*id]
                .actions
                .iter()
                .map(|action| &action.name);
            nearest(
                name,
                members
                    .into_iter()
                    .flatten()
                    .chain(actions)
                    .take(1000)
                    .map(String::as_str),
            )
        }
        Gone::Variant(id) => {
            let variants = resolved.design.enums[*id].variants.iter();
            nearest(name, variants.take(1000).map(|variant| variant.name.as_str()))
        }
    }
}

fn stale(what: &str, span: Span, gone: &str, meant: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(
        &STALE_DECISION,
        span,
        format!("this {what} is about {gone}, which does not exist"),
    );
    match meant {
        Some(meant) => found
            .help(format!("did you mean `{meant}`?"))
            .suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
        None => found.help(format!("name what it is about now, or remove the {what}")),
    }
}
