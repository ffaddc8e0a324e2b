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

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::EntityId;
use groma_ir::http::Group;

use crate::example::Examples;
use crate::files::MARK;
use crate::{FileSet, Options};

/// Writes the pages.
pub fn emit(model: &Model, options: &Options) -> FileSet {
    let mut pages = BTreeMap::new();
    for group in &model.http.groups {
        pages.entry(group.entity).or_insert(group);
    }
    let cx = Cx {
        model,
        options,
        examples: Examples::new(model),
        pages,
    };
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
}

impl Cx<'_> {
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
    let title = crate::markdown::capitalized(&plural.replace('_', " "));
    let is_first = links::group_of(cx, group.entity).is_some_and(|first| first.slug == group.slug);
    if is_first {
        title
    } else {
        format!("{title} at {}", group.slug)
    }
}
