//! The API specification in Markdown: an index with the conventions, and one page a resource.
//!
//! Written for people. It says what the routes take and give, who may call them, what can go wrong, what the
//! database is asked, and which cases show that it works. Everything comes from the lowered views; statements
//! come as data through the options.

mod auth;
mod cases;
mod conventions;
mod diagram;
mod endpoint;
mod errors;
mod links;
mod members;
mod open;
mod page;
mod readme;
mod shell;
mod types;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use groma_access::Matrix;
use groma_ir::Model;
use groma_ir::design::EntityId;
use groma_ir::http::{Group, Operation, RouteId};
use groma_ir::spelling::capital;

use crate::example::Examples;
use crate::{FileSet, MARK, Options};

/// Writes the pages.
pub fn emit(model: &Model, options: &Options) -> FileSet {
    let cx = Cx::new(model, options);
    let mut files = FileSet::default();
    files.insert(cx.path("README.md"), readme::readme(&cx));
    for group in &model.http.groups {
        files.insert(cx.path(&links::page_name(group)), page::page(&cx, group));
    }
    files
}

/// What every page is written from.
struct Cx<'a> {
    model: &'a Model,
    options: &'a Options,
    examples: Examples<'a>,
    /// The first group that serves each entity.
    pages: BTreeMap<EntityId, &'a Group>,
    /// Who may do what, decided when a page asks first.
    matrices: OnceCell<Vec<Matrix>>,
}

/// The body of a create as a word for a shell, the shortest that makes a row, with new values each time for what no
/// two rows may share; none for other routes, and when a row of another kind has to be there first.
pub fn first_body(model: &Model, route: RouteId) -> Option<String> {
    let route = &model.http.routes[route];
    let options = Options::default();
    let cx = Cx::new(model, &options);
    (route.operation == Operation::Create)
        .then(|| shell::first_body(&cx, route))
        .flatten()
}

/// The entity of the callers, where it is the design's own and a create works only for callers who have a row of it.
pub fn needs_own_row(model: &Model, route: RouteId) -> Option<groma_ir::design::EntityId> {
    let options = Options::default();
    let create = &model.http.routes[route];
    shell::needs_own_row(&Cx::new(model, &options), create)
}

impl<'a> Cx<'a> {
    fn new(model: &'a Model, options: &'a Options) -> Self {
        let mut pages = BTreeMap::new();
        for group in &model.http.groups {
            pages.entry(group.entity).or_insert(group);
        }
        Self {
            model,
            options,
            examples: Examples::new(model),
            pages,
            matrices: OnceCell::new(),
        }
    }

    /// Who may do what with the rows of each entity that has rules.
    fn matrices(&self) -> &[Matrix] {
        self.matrices
            .get_or_init(|| Matrix::all(&self.model.design, &self.model.access))
    }

    /// One of them as Markdown, its rules linked to where they stand.
    fn matrix(&self, matrix: &Matrix) -> String {
        let place = |place: &str| links::source(self, place).unwrap_or_default();
        crate::matrix::markdown(&self.model.design, matrix, place)
    }

    fn path(&self, name: &str) -> String {
        match self.options.folder.trim_end_matches('/') {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    /// The first line of every page.
    fn comment(&self) -> String {
        format!(
            "{MARK}: edit the design instead, then run `{}`. -->",
            self.options.command
        )
    }
}

/// The title of a group's page: `Tasks`.
fn title(cx: &Cx<'_>, group: &Group) -> String {
    let plural = &cx.model.design.entities[group.entity].plural;
    let title = capital(&plural.replace('_', " "));
    let is_first = links::group_of(cx, group.entity).is_some_and(|first| first.slug == group.slug);
    if is_first {
        title
    } else {
        format!("{title} at {}", group.slug)
    }
}
