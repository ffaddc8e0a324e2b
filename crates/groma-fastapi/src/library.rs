//! The part of a project that is the same for every design: `project/`, as the Python that it is.
//!
//! Of its modules a project gets the definitions that it uses, and what those use: nothing that a design has no need for
//! is left in it. So it is with the rows that tests take. A definition is a statement at the left edge; what it uses is
//! every name in it that is one of a definition or of an import.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use groma_files::FileSet;

use crate::owner::{Existing, import_words};
use crate::python::waiting;
use source::{Source, counted};

/// A module of the library: its name, and its text.
type File = (&'static str, &'static str);

macro_rules! core {
    ($($name:literal)*) => {
        [$((
            concat!("app.core.", $name),
            include_str!(concat!("../project/app/core/", $name, ".py")),
        )),*]
    };
}

const CORE: [File; 25] = core![
    "answers" "changes" "columns" "cors" "db" "errors" "etags" "extra" "hints" "http" "jwks" "logs" "paging" "params" "paths" "query"
    "rate" "reading" "replies" "responses" "retries" "search" "strict_json" "tokens" "types"
];

/// What is another in a module where services are `async`, and is not the same with `await`s.
const ASYNCHRONOUS: [File; 3] = [
    ("app.core.db", include_str!("../project/asynchronous/db.py")),
    (
        "app.core.replies",
        include_str!("../project/asynchronous/replies.py"),
    ),
    (
        "app.core.retries",
        include_str!("../project/asynchronous/retries.py"),
    ),
];

/// The rows that tests are made of: written for each design, and kept as the library is.
const ROWS: (&str, &str) = ("tests.rows", "tests/rows.py");

/// A definition: of which module, and which of its statements.
type Node = (usize, usize);

/// Adds the modules that the files of a project take from, its owner's own among them.
pub(crate) fn add(files: &mut FileSet, existing: &Existing) {
    let library = CORE.iter().map(|(module, text)| {
        if !existing.asynchronous {
            return Source::parse(text);
        }
        let source = Source::parse(&waiting::text(text));
        match ASYNCHRONOUS.iter().find(|(other, _)| other == module) {
            Some((_, text)) => source.replaced_by(Source::parse(text)),
            None => source,
        }
    });
    let rows = Source::parse(files.get(ROWS.1).unwrap_or_default());
    let sources: Vec<Source> = library.chain([rows]).collect();
    let mut wanted = Wanted::new(&sources);
    for (path, text) in files.iter() {
        let is_python = Path::new(path).extension().is_some_and(|kind| kind == "py");
        if is_python && path != ROWS.1 {
            for (module, name) in source::imported(text) {
                wanted.name(&module, &name);
            }
        }
    }
    for (path, text) in existing.own.iter().chain(existing.edited.iter()) {
        // A project whose lock was lost has all files as the owner's.
        let now = || files.get(path).or_else(|| whole(path));
        wanted.by_owner(
            text,
            existing.generated.get(path).or_else(now).unwrap_or_default(),
        );
    }
    wanted.close();
    let kept = wanted.kept;
    for (at, module) in modules().enumerate() {
        let own: BTreeSet<usize> = kept
            .iter()
            .filter(|(module, _)| *module == at)
            .map(|(_, statement)| *statement)
            .collect();
        if let Some(source) = sources.get(at).filter(|_| !own.is_empty()) {
            files.insert(format!("{}.py", module.replace('.', "/")), source.text(&own));
        }
    }
}

/// All of a module of the library, by the path of its file.
fn whole(path: &str) -> Option<&'static str> {
    let module = path.strip_suffix(".py")?.replace('/', ".");
    CORE.iter()
        .find(|(name, _)| *name == module)
        .map(|(_, text)| *text)
}

/// The names of the modules, in the order of their sources.
fn modules() -> impl Iterator<Item = &'static str> {
    CORE.iter().map(|(module, _)| *module).chain([ROWS.0])
}

/// What is known to be used, and what is still to be looked at.
struct Wanted<'s> {
    sources: &'s [Source],
    modules: BTreeMap<&'static str, usize>,
    kept: BTreeSet<Node>,
    open: Vec<Node>,
}

impl<'s> Wanted<'s> {
    fn new(sources: &'s [Source]) -> Self {
        Self {
            sources,
            modules: modules().enumerate().map(|(at, name)| (name, at)).collect(),
            kept: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    /// A name of a module is used.
    fn name(&mut self, module: &str, name: &str) {
        let Some(at) = self.modules.get(module).copied() else {
            return;
        };
        let statements = self.sources.get(at).map(|source| source.defining(name));
        for statement in statements.into_iter().flatten() {
            self.node((at, statement));
        }
    }

    /// The owner's code uses each name that stands in it more often than was generated, of a module that it imports in
    /// whatever way.
    fn by_owner(&mut self, text: &str, generated: &str) {
        let (imported, now, before) = (import_words(text), counted(text), counted(generated));
        let is_theirs = |name: &str| now.get(name) > before.get(name);
        for (at, module) in modules().enumerate() {
            let short = module.rsplit('.').next().unwrap_or(module);
            let source = self.sources.get(at).filter(|_| imported.contains(short));
            for statement in source
                .into_iter()
                .flat_map(|source| source.defining_any(is_theirs))
            {
                self.node((at, statement));
            }
        }
    }

    fn node(&mut self, node: Node) {
        if self.kept.insert(node) {
            self.open.push(node);
        }
    }

    /// Everything that is used by what is used.
    fn close(&mut self) {
        let sources = self.sources;
        loop {
            while let Some((module, statement)) = self.open.pop() {
                let Some(source) = sources.get(module) else {
                    continue;
                };
                for used in source.uses(statement) {
                    for own in source.defining(used) {
                        self.node((module, own));
                    }
                    if let Some(from) = source.import_of(used) {
                        self.name(from, used);
                    }
                }
            }
            self.registrations();
            if self.open.is_empty() {
                return;
            }
        }
    }

    /// What makes itself known by a decorator is used where something that it mentions is.
    fn registrations(&mut self) {
        for (module, source) in self.sources.iter().enumerate() {
            for statement in source.registrations() {
                let mut mentioned = source.uses(statement).flat_map(|used| source.defining(used));
                if mentioned.any(|other| other != statement && self.kept.contains(&(module, other))) {
                    self.node((module, statement));
                }
            }
        }
    }
}
