//! W023.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Edit, Span, nearest, only_slip};
use groma_ir::Id;
use groma_ir::design::EntityId;
use groma_syntax::InlineCode;

use super::page::rule;
use super::routes::Spot;
use super::stale_decision::Topics;
use crate::resolve::{Resolved, TopKind};

rule! {
    /// Fields and routes that prose names in backticks exist.
    ///
    /// ## Why
    /// Prose goes on speaking of a field long after it was renamed, and whoever builds a client believes it. Only what
    /// plainly means this design is looked at: `Entity.field` with an entity that exists, and `GET /path` where the path
    /// begins like a route of the design. What stands behind `?` is left out, and the base may be.
    ///
    /// ## Bad
    /// # Notes
    ///
    /// `Note.titel` is shown in lists.
    ///
    /// ```groma
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// ```
    ///
    /// ## Good
    /// # Notes
    ///
    /// `Note.title` is shown in lists.
    ///
    /// ```groma
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// ```
    Warning PROSE_NAME "W023" "prose-name"
}

/// Methods that prose can name.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// What stands behind a dot in the name of a file.
const ENDINGS: [&str; 14] = [
    "md", "groma", "json", "ts", "tsx", "js", "py", "rs", "sql", "html", "yml", "yaml", "toml", "csv",
];
/// Looking for the nearest name is dear: past so many nobody reads on.
const MOST_GUESSES: usize = 100;

pub(crate) fn check(resolved: &Resolved<'_>, spots: &[Spot]) -> Vec<Diagnostic> {
    // While resources are broken, routes may be missing that the author has written.
    let spots = if resolved.routes_are_sound() { spots } else { &[] };
    let known = Known::of(&resolved.design.service.base, spots);
    let topics = Topics::of(resolved);
    let mut found: Vec<Diagnostic> = Vec::new();
    for code in resolved.parsed.iter().flat_map(|file| &file.prose.code) {
        let may_guess = found.len() < MOST_GUESSES;
        if let Some((id, field)) = member(resolved, &code.text) {
            if !topics.has(id, field) && !resolved.damaged.contains(field) {
                found.push(no_member(
                    code,
                    &resolved.design.entities[id].name,
                    field,
                    &members(resolved, id, may_guess),
                ));
            }
        } else if let Some((method, path)) = request(&code.text) {
            let slip = known.look_up(method, path, may_guess);
            found.extend(slip.map(|slip| no_route(code.span, method, path, &slip)));
        }
    }
    found
}

/// `Task.due`: the entity, and the word behind the dot.
fn member<'c>(resolved: &Resolved<'_>, code: &'c str) -> Option<(EntityId, &'c str)> {
    let mut names = code.split('.');
    let (first, second) = (names.next()?, names.next()?);
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_field = second.starts_with(|char: char| char.is_ascii_lowercase()) && !ENDINGS.contains(&second);
    if !is_field || !code.split('.').all(is_name) {
        return None;
    }
    match resolved.top.get(first)?.kind {
        TopKind::Entity(id) => Some((id, second)),
        TopKind::Enum(_) => None,
    }
}

fn members<'r>(resolved: &'r Resolved<'_>, id: EntityId, may_guess: bool) -> Vec<&'r str> {
    let members = resolved
        .map
        .entities
        .get(id.index())
        .map(|source| source.members.keys());
    let names = members.into_iter().flatten().map(String::as_str);
    names.take(if may_guess { 1000 } else { 0 }).collect()
}

/// `GET /tasks?project_id=...`: the method, and the path without what follows it.
fn request(code: &str) -> Option<(&'static str, &str)> {
    let (word, rest) = code.trim().split_once(' ')?;
    let method = METHODS.into_iter().find(|method| *method == word)?;
    let path = rest.trim().split(['?', '#', ' ']).next()?;
    (path.starts_with('/') && path.len() <= 500).then_some((method, path))
}

/// The routes by what prose can say of them.
struct Known {
    /// The methods of a path, by its shape, with the base and without it.
    methods: BTreeMap<String, BTreeSet<&'static str>>,
    /// The first fixed part of each path behind the base.
    heads: BTreeSet<String>,
    /// All paths.
    paths: BTreeSet<String>,
    base: String,
}

/// What is wrong with a route that prose names.
enum Slip {
    /// The path exists, with these methods.
    Method(BTreeSet<&'static str>),
    /// The path does not, and this one is like it.
    Path(Option<String>),
}

impl Known {
    fn of(base: &str, spots: &[Spot]) -> Known {
        let mut known = Known {
            methods: BTreeMap::new(),
            heads: BTreeSet::new(),
            paths: BTreeSet::new(),
            base: base.to_owned(),
        };
        for spot in spots {
            let shape = spot.shape();
            let short = shape.strip_prefix(base).unwrap_or(&shape).to_owned();
            known.heads.extend(
                short
                    .split('/')
                    .find(|part| !part.is_empty() && *part != "{}")
                    .map(str::to_owned),
            );
            for shape in [shape, short] {
                known.methods.entry(shape).or_default().insert(spot.method);
            }
            known.paths.insert(spot.path());
        }
        known
    }

    fn look_up(&self, method: &str, path: &str, may_guess: bool) -> Option<Slip> {
        let path = path.trim_end_matches('/');
        // A part with a digit in it may be fixed, `v2`, or an example of a key.
        let methods = self
            .methods
            .get(&shape(path, false))
            .or_else(|| self.methods.get(&shape(path, true)));
        let wanted = if method == "HEAD" { "GET" } else { method };
        match methods {
            Some(methods) if methods.contains(wanted) || method == "OPTIONS" => None,
            Some(methods) => Some(Slip::Method(methods.clone())),
            None if !self.is_ours(path, may_guess) => None,
            None => {
                let paths = self.paths.iter().take(if may_guess { 1000 } else { 0 });
                Some(Slip::Path(
                    nearest(path, paths.map(String::as_str)).map(str::to_owned),
                ))
            }
        }
    }

    /// Whether the path begins like a route of this design, and not like one of another service.
    fn is_ours(&self, path: &str, may_guess: bool) -> bool {
        let path = shape(path, true);
        let path = path.strip_prefix(&self.base).unwrap_or(&path);
        let head = path.split('/').find(|part| !part.is_empty() && *part != "{}");
        head.is_some_and(|head| {
            let heads = self.heads.iter().take(if may_guess { 1000 } else { 0 });
            self.heads.contains(head) || nearest(head, heads.map(String::as_str)).is_some()
        })
    }
}

/// The path with `{}` for what is no fixed part.
fn shape(path: &str, with_digits: bool) -> String {
    let parts = path.split('/').skip(1).map(|part| {
        let is_open = part.starts_with(['{', ':', '<', '$', '*']) || matches!(part, "..." | "…");
        let is_example = with_digits && part.contains(|char: char| char.is_ascii_digit());
        if is_open || is_example {
            "/{}".to_owned()
        } else {
            format!("/{part}")
        }
    });
    parts.collect()
}

fn no_member(code: &InlineCode, entity: &str, field: &str, members: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(&PROSE_NAME, code.span, format!("there is no `{entity}.{field}`"));
    let start = code
        .span
        .start
        .saturating_add(u32::try_from(entity.len() + 1).unwrap_or(0));
    let end = start.saturating_add(u32::try_from(field.len()).unwrap_or(0));
    let place = Span::new(code.span.file, start, end);
    let sure = only_slip(field, members.iter().copied());
    match sure.or_else(|| nearest(field, members.iter().copied())) {
        Some(meant) => {
            let found = found.help(format!("did you mean `{entity}.{meant}`?"));
            let title = format!("write `{entity}.{meant}`");
            let edit = [Edit::replace(place, meant)];
            if sure.is_some() {
                found.fix(title, edit)
            } else {
                found.suggestion(title, edit)
            }
        }
        None => found.help("name a field that exists, or leave the backticks away"),
    }
}

fn no_route(span: Span, method: &str, path: &str, slip: &Slip) -> Diagnostic {
    let found = Diagnostic::new(&PROSE_NAME, span, format!("there is no route `{method} {path}`"));
    match slip {
        Slip::Method(methods) => {
            let methods: Vec<&str> = methods.iter().copied().collect();
            found.help(format!("the path answers {}", methods.join(", ")))
        }
        Slip::Path(Some(meant)) => found.help(format!("the nearest path is `{meant}`")),
        Slip::Path(None) => found.help("name a route that exists, or leave the backticks away"),
    }
}
