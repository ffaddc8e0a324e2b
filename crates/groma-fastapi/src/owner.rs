//! What the owner of a project wrote into it: hooks around operations, and routes of their own.
//!
//! `app/tasks/hooks.py` is the owner's. A function `before_create_task` or `after_create_task` in it turns on the call in
//! `app/tasks/service.py`; without it nothing is called. The routes of `app/tasks/extra.py` are served before those of
//! the design: those of its `router` for whoever has a token, those of its `public_router` for anybody. Reads of Python
//! only which functions and variables stand at the left edge of a file.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::nearest;
use groma_files::FileSet;

use crate::cx::{Cx, Package};
use crate::revisions::Frozen;
use crate::service::function_of;

/// What stands in a project before it is generated, and what it is generated to fit.
#[derive(Clone, Default, Debug)]
pub struct Existing {
    /// Python that was never generated: the owner's own files, by path.
    pub own: FileSet,
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
    /// What is wrong, and what to do about it.
    pub message: String,
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
    /// The functions of `hooks.py`, by the name of the package.
    hooks: BTreeMap<String, BTreeMap<String, Hook>>,
    /// The packages that have an `extra.py`, and which routers it has.
    extra: BTreeMap<String, BTreeSet<&'static str>>,
    /// Whether services are `async`, and so are hooks.
    pub(crate) asynchronous: bool,
}

/// What the routes of `extra.py` are in that need a token.
pub(crate) const ROUTER: &str = "router";
/// What those are in that need none.
pub(crate) const PUBLIC_ROUTER: &str = "public_router";

/// A function of `hooks.py`.
#[derive(Clone, Copy, Debug)]
struct Hook {
    is_async: bool,
}

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
            let parts: Vec<&str> = path.split('/').collect();
            match parts.as_slice() {
                ["app", package, "hooks.py"] => {
                    owner.hooks.insert((*package).to_owned(), functions(text));
                }
                ["app", package, "extra.py"] => {
                    owner.extra.insert((*package).to_owned(), routers(text));
                }
                _ => {}
            }
        }
        owner
    }

    /// Whether a package has this hook.
    pub(crate) fn has_hook(&self, package: &Package, name: &str) -> bool {
        let hooks = self.hooks.get(&package.name);
        hooks.is_some_and(|hooks| hooks.contains_key(name))
    }

    /// Whether a package has routes of the owner's.
    pub(crate) fn has_extra(&self, package: &Package) -> bool {
        let routers = self.extra.get(&package.name);
        routers.is_some_and(|routers| !routers.is_empty())
    }

    /// Whether they are in a variable of this name.
    pub(crate) fn has_router(&self, package: &Package, variable: &str) -> bool {
        let routers = self.extra.get(&package.name);
        routers.is_some_and(|routers| routers.contains(variable))
    }

    /// What of it nothing calls.
    pub(crate) fn findings(&self, cx: &Cx<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, hooks) in &self.hooks {
            let path = format!("app/{name}/hooks.py");
            let Some(package) = cx.packages.iter().find(|package| package.name == *name) else {
                found.push(nowhere(cx, path, name));
                continue;
            };
            let known = callable(cx, package);
            let is_meant = |name: &&String| name.starts_with("before_") || name.starts_with("after_");
            for (name, hook) in hooks.iter().filter(|(name, _)| is_meant(name)) {
                let message = if !known.contains(name) {
                    uncalled(name, &known)
                } else if hook.is_async && !self.asynchronous {
                    format!("`{name}` is `async`, and nothing waits for it; write it with `def`")
                } else if !hook.is_async && self.asynchronous {
                    format!("`{name}` is waited for; write it with `async def`")
                } else {
                    continue;
                };
                let path = path.clone();
                found.push(Finding { path, message });
            }
        }
        for (name, routers) in &self.extra {
            let path = format!("app/{name}/extra.py");
            if !cx.packages.iter().any(|package| package.name == *name) {
                found.push(nowhere(cx, path, name));
            } else if routers.is_empty() {
                let message = "it has no `router`, so it is not served; write `router = APIRouter()`, or \
                     `public_router = APIRouter()` for routes without a token"
                    .into();
                found.push(Finding { path, message });
            }
        }
        found
    }
}

/// The hooks that a package may have.
fn callable(cx: &Cx<'_>, package: &Package) -> BTreeSet<String> {
    let functions = cx.routes(package).map(|(_, route)| function_of(route));
    functions
        .flat_map(|function| [Moment::Before, Moment::After].map(|moment| moment.name(&function)))
        .collect()
}

fn uncalled(name: &str, known: &BTreeSet<String>) -> String {
    let help = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => String::from("operations are called as the functions of `service.py` are"),
    };
    format!("`{name}` is called by nothing, for there is no such operation; {help}")
}

fn nowhere(cx: &Cx<'_>, path: String, name: &str) -> Finding {
    let help = match nearest(name, cx.packages.iter().map(|package| package.name.as_str())) {
        Some(near) => format!("did you mean `app/{near}`?"),
        None => String::from("move what is in it, or remove it"),
    };
    let message = format!("nothing takes from it, for the design has no `{name}`; {help}");
    Finding { path, message }
}

/// The functions at the left edge of a module.
fn functions(text: &str) -> BTreeMap<String, Hook> {
    let mut found = BTreeMap::new();
    for line in code(text) {
        let is_async = line.starts_with("async ");
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some((name, _)) = line.strip_prefix("def ").and_then(|rest| rest.split_once('(')) {
            found.insert(name.trim().to_owned(), Hook { is_async });
        }
    }
    found
}

/// The routers that a module has at its left edge.
fn routers(text: &str) -> BTreeSet<&'static str> {
    let is_given = |name: &&str| {
        code(text).any(|line| {
            let rest = line.strip_prefix(*name).unwrap_or_default().trim_start();
            rest.starts_with(['=', ':'])
        })
    };
    [ROUTER, PUBLIC_ROUTER].into_iter().filter(is_given).collect()
}

/// The lines of a module that stand in no text of three quotes.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split("\"\"\"").step_by(2).flat_map(str::lines)
}
