//! What the owner of a project wrote into it: hooks around operations, and routes of their own.
//!
//! `app/tasks/hooks.py` is the owner's. A function `before_create_task` or `after_create_task` in it turns on the call in
//! `app/tasks/service.py`; without it nothing is called. The routes of `app/tasks/extra.py` are served before those of
//! the design: those of its `router` for whoever has a token, those of its `public_router` for anybody. What counts is what
//! is written at the left edge of a file; a name that comes to it in another way is told of.

mod bindings;
mod gone;

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{is_slip, nearest};
use groma_files::FileSet;

use crate::cx::{Cx, Package};
use crate::revisions::Frozen;
use crate::service::function_of;
pub(crate) use bindings::import_words;
use bindings::{Binding, Way, bindings};
pub use gone::gone;

/// What stands in a project before it is generated, and what it is generated to fit.
#[derive(Clone, Default, Debug)]
pub struct Existing {
    /// Python that was never generated: the owner's own files, by path.
    pub own: FileSet,
    /// Python that was generated, where the owner edited it.
    pub edited: FileSet,
    /// Whether whoever talks to the database waits: `async` services on an `AsyncSession`.
    pub asynchronous: bool,
    /// What was generated last.
    pub generated: FileSet,
    /// What is there in `migrations/`, whoever wrote it.
    pub migrations: FileSet,
    /// The frozen design, if one is.
    pub frozen: Option<Frozen>,
    /// Tables and columns of which somebody has said that they go with what is in them: `tasks`, `tasks.notes`.
    pub goes: Vec<String>,
}

/// Something about a file of the owner's that they should look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line of it, where it is about one.
    pub line: Option<usize>,
    /// What becomes of it.
    pub kind: FindingKind,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// What becomes of something that is not as it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingKind {
    /// Nothing takes it up.
    Unused,
    /// It is called, and does not do what it is there for.
    Wrong,
}

impl FindingKind {
    /// Its name, in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Wrong => "wrong",
        }
    }
}

impl Finding {
    /// Where it is: `app/tasks/hooks.py:12`.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.path),
            None => self.path.clone(),
        }
    }
}

/// When a hook is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Moment {
    /// Before anything is decided.
    Before,
    /// When it is done, and before it is committed.
    After,
}

/// The hooks and the routes of the owner.
#[derive(Clone, Default, Debug)]
pub(crate) struct Owner {
    /// What `hooks.py` has, by the name of the package.
    hooks: BTreeMap<String, Vec<Binding>>,
    /// What `extra.py` has, by the name of the package.
    extra: BTreeMap<String, Vec<Binding>>,
    /// What stands in a folder where a file is meant.
    folders: Vec<String>,
    /// Whether services are `async`, and so are hooks.
    pub(crate) asynchronous: bool,
}

/// What the routes of `extra.py` are in that need a token.
pub(crate) const ROUTER: &str = "router";
/// What those are in that need none.
pub(crate) const PUBLIC_ROUTER: &str = "public_router";
const ROUTERS: [&str; 2] = [ROUTER, PUBLIC_ROUTER];

impl Moment {
    /// The name of the hook on an operation: `before_create_task`.
    pub(crate) fn name(self, function: &str) -> String {
        match self {
            Self::Before => format!("before_{function}"),
            Self::After => format!("after_{function}"),
        }
    }
}

impl Owner {
    pub(crate) fn of(existing: &Existing) -> Self {
        let mut owner = Self {
            asynchronous: existing.asynchronous,
            ..Self::default()
        };
        for (path, text) in existing.own.iter() {
            let text = text.trim_start_matches('\u{feff}');
            let parts: Vec<&str> = path.split('/').collect();
            match parts.as_slice() {
                ["app", _, "hooks" | "extra", "__init__.py"] => owner.folders.push(path.to_owned()),
                ["app", package, "hooks.py"] => {
                    owner.hooks.insert((*package).to_owned(), bindings(text));
                }
                ["app", package, "extra.py"] => {
                    owner.extra.insert((*package).to_owned(), bindings(text));
                }
                _ => {}
            }
        }
        owner
    }

    /// Whether a package has this hook.
    pub(crate) fn has_hook(&self, package: &Package, name: &str) -> bool {
        let hooks = self.hooks.get(&package.name);
        hooks.is_some_and(|hooks| has_function(hooks, name))
    }

    /// Whether a package has routes of the owner's.
    pub(crate) fn has_extra(&self, package: &Package) -> bool {
        ROUTERS.iter().any(|variable| self.has_router(package, variable))
    }

    /// Whether they are in a variable of this name.
    pub(crate) fn has_router(&self, package: &Package, variable: &str) -> bool {
        let extra = self.extra.get(&package.name);
        extra.is_some_and(|extra| has_variable(extra, variable))
    }

    /// What of it nothing calls, and what does not work as it is called.
    pub(crate) fn findings(&self, cx: &Cx<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, hooks) in &self.hooks {
            let path = format!("app/{name}/hooks.py");
            match cx.packages.iter().find(|package| package.name == *name) {
                Some(package) => {
                    let known = callable(cx, package);
                    let told = hooks.iter().filter_map(|one| self.hook(cx, hooks, one, &known));
                    found.extend(told.map(|told| told.at(&path)));
                }
                None => found.push(nowhere(cx, &path, name)),
            }
        }
        for path in &self.folders {
            let file = path.replace("/__init__.py", ".py");
            let message = format!(
                "nothing calls what is in a folder; write it into `{file}`, or import the rest there"
            );
            found.push(Told(None, FindingKind::Unused, message).at(path));
        }
        for (name, extra) in &self.extra {
            let path = format!("app/{name}/extra.py");
            if cx.packages.iter().any(|package| package.name == *name) {
                found.extend(unserved(extra).into_iter().map(|told| told.at(&path)));
            } else {
                found.push(nowhere(cx, &path, name));
            }
        }
        found
    }

    /// What is to be told of a name in `hooks.py`.
    fn hook(&self, cx: &Cx<'_>, hooks: &[Binding], one: &Binding, known: &BTreeSet<String>) -> Option<Told> {
        let name = &one.name;
        let told = |kind, message| Some(Told(Some(one.line), kind, message));
        if name == "*" {
            let message = format!(
                "a hook that `*` brings is not called; import by name what is meant, and write a hook here with `{}`",
                self.def()
            );
            return told(FindingKind::Unused, message);
        }
        if !name.starts_with("before_") && !name.starts_with("after_") {
            let first = name.split('_').next().unwrap_or_default().to_lowercase();
            let is_slip = |word| first.starts_with(word) || is_slip(&first, word);
            let is_hook = has_function(hooks, name) && ["before", "after"].into_iter().any(is_slip);
            let near = meant(name, known).filter(|_| is_hook)?;
            let message = format!("`{name}` is called by nothing; did you mean `{near}`?");
            return told(FindingKind::Unused, message);
        }
        let is_there = has_function(hooks, name);
        let Way::Function { is_async } = one.way else {
            // What is called otherwise may be anything.
            let is_meant = meant(name, known).is_some();
            return (!is_there && is_meant).then(|| {
                Told(
                    Some(one.line),
                    FindingKind::Unused,
                    self.elsewhere(cx, one, known),
                )
            });
        };
        if one.is_nested && is_there {
            None
        } else if one.is_nested || !known.contains(name) {
            told(FindingKind::Unused, self.elsewhere(cx, one, known))
        } else if is_async && !self.asynchronous {
            let message = format!(
                "`{name}` is `async`, and nothing waits for it, so {}; write it as `def {name}(session: Session, ...)`, \
                 with the `Session` of `sqlmodel`",
                if name.starts_with("before_") {
                    "its operation fails"
                } else {
                    "it does nothing"
                }
            );
            told(FindingKind::Wrong, message)
        } else if !is_async && self.asynchronous {
            let message = format!(
                "`{name}` is waited for, and cannot be: its operation fails; write it as `async def {name}(session: AsyncSession, ...)`, with \
                 the `AsyncSession` of `sqlalchemy.ext.asyncio`"
            );
            told(FindingKind::Wrong, message)
        } else {
            None
        }
    }

    /// How a function is written.
    fn def(&self) -> &'static str {
        if self.asynchronous { "async def" } else { "def" }
    }

    /// Why a hook is not called.
    fn elsewhere(&self, cx: &Cx<'_>, one: &Binding, known: &BTreeSet<String>) -> String {
        let name = &one.name;
        if known.contains(name) {
            return format!(
                "`{name}` {}, so it is not called; write `{} {name}(...)` at the left edge, which may call something else",
                came(one),
                self.def()
            );
        }
        let mut packages = cx.packages.iter();
        if let Some(other) = packages.find(|package| callable(cx, package).contains(name)) {
            let other = &other.name;
            return format!("`{name}` is not called from here; move it to `app/{other}/hooks.py`");
        }
        let help = match meant(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => String::from("operations are called as the functions of `service.py` are"),
        };
        format!("`{name}` is called by nothing, for there is no such operation; {help}")
    }
}

/// Something to be told of a line, or of a whole file.
struct Told(Option<usize>, FindingKind, String);

impl Told {
    fn at(self, path: &str) -> Finding {
        let Self(line, kind, message) = self;
        Finding {
            path: path.to_owned(),
            line,
            kind,
            message,
        }
    }
}

/// Whether a function is written at the left edge.
fn has_function(module: &[Binding], name: &str) -> bool {
    let is_it = |one: &Binding| matches!(one.way, Way::Function { .. }) && !one.is_nested;
    module.iter().any(|one| one.name == name && is_it(one))
}

/// Whether a variable gets its value at the left edge.
fn has_variable(module: &[Binding], name: &str) -> bool {
    let is_it = |one: &Binding| one.way == Way::Value && !one.is_nested;
    module.iter().any(|one| one.name == name && is_it(one))
}

/// The hook that is meant by another name: one of the same words, or of almost the same letters.
fn meant<'k>(name: &str, known: &'k BTreeSet<String>) -> Option<&'k str> {
    let words = |name: &str| name.split('_').map(str::to_owned).collect::<BTreeSet<String>>();
    let same = known.iter().find(|hook| words(hook) == words(name));
    let same = same.map(String::as_str);
    same.or_else(|| nearest(name, known.iter().map(String::as_str)))
}

/// The hooks that a package may have.
fn callable(cx: &Cx<'_>, package: &Package) -> BTreeSet<String> {
    let functions = cx.routes(package).map(|(_, route)| function_of(route));
    functions
        .flat_map(|function| [Moment::Before, Moment::After].map(|moment| moment.name(&function)))
        .collect()
}

/// How a name came to a module, other than it should.
fn came(one: &Binding) -> &'static str {
    match one.way {
        _ if one.is_nested => "stands below another statement",
        Way::Import => "is imported",
        Way::Function { .. } => "is a function",
        Way::Class => "is a class",
        Way::Value => "is a variable",
    }
}

/// What of `extra.py` is not served.
fn unserved(extra: &[Binding]) -> Vec<Told> {
    let is_router = |one: &&Binding| one.name == "*" || ROUTERS.contains(&one.name.as_str());
    let others = extra.iter().filter(is_router);
    let others = others.filter(|one| !has_variable(extra, &one.name));
    let told: Vec<Told> = others
        .map(|one| {
            let message = if one.name == "*" {
                String::from(
                    "a router that `*` brings is not served; import by name what is meant, and write `router = \
                     APIRouter()` and `router.include_router(...)` with it",
                )
            } else {
                format!(
                    "`{0}` {1}, so it is not served; write `{0} = APIRouter()` at the left edge, and \
                     `{0}.include_router(...)` with what is to be in it",
                    one.name,
                    came(one)
                )
            };
            Told(Some(one.line), FindingKind::Unused, message)
        })
        .collect();
    if told.is_empty() && !ROUTERS.iter().any(|variable| has_variable(extra, variable)) {
        let message = "it has no `router`, so it is not served; write `router = APIRouter()`, or \
             `public_router = APIRouter()` for routes without a token";
        return vec![Told(None, FindingKind::Unused, message.to_owned())];
    }
    told
}

fn nowhere(cx: &Cx<'_>, path: &str, name: &str) -> Finding {
    let help = match nearest(name, cx.packages.iter().map(|package| package.name.as_str())) {
        Some(near) => format!("did you mean `app/{near}`?"),
        None => String::from("move what is in it, or remove it"),
    };
    let message = format!("nothing takes from it, for the design has no `{name}`; {help}");
    Told(None, FindingKind::Unused, message).at(path)
}
