//! `access.py`: who may do what with the rows of an entity, a function a rule.
//!
//! A function gives an expression of `SQLAlchemy` over a row and the caller, for the very statement that reads or writes
//! the row. What the caller's token alone decides is decided in Python. Nothing in an expression asks whether a fact is
//! unknown: in normal form what is unknown counts as what is false, as in a `WHERE`.

mod facts;
mod helpers;
mod pred;
mod rules;
mod uses;
mod ways;

pub(crate) use helpers::Helpers;
pub(crate) use pred::{Rows, Writer, now, timedelta};
pub(crate) use rules::{Function, change_functions, function_of, functions};
pub(crate) use uses::{Uses, is_ruled};

use crate::cx::{Cx, Package};
use crate::python::{Block, Doc, Module};
use crate::words;

/// The module; none where no rule of the entity is asked for.
pub(crate) fn write(cx: &Cx<'_>, uses: &Uses, package: &Package) -> Option<String> {
    let entity = &cx.model.design.entities[package.entity];
    let functions = functions(cx, uses, package.entity);
    if functions.is_empty() {
        return None;
    }
    let reference = entity
        .access_origin
        .and_then(|origin| cx.model.design.path(origin));
    let reference = reference.map_or_else(String::new, |path| format!(" @{path}"));
    let rows = words::rows(cx, package.entity);
    let mut doc = format!("Who may do what with {rows}.{reference}");
    if functions.iter().any(|function| function.takes_new) {
        doc.push_str("\n\nWhere a rule speaks of both, `new` is the row as the change leaves it.");
    }
    let mut module = Module::new(doc);
    let mut helpers = Helpers::of(package.entity);
    let written: Vec<Block> = functions
        .iter()
        .map(|function| write_function(cx, uses, &mut module, &mut helpers, function))
        .collect();
    for helper in helpers.write(cx, uses, &mut module.imports) {
        module.push(helper);
    }
    for block in written {
        module.push(block);
    }
    Some(module.text())
}

fn write_function(
    cx: &Cx<'_>,
    uses: &Uses,
    module: &mut Module,
    helpers: &mut Helpers,
    function: &Function,
) -> Block {
    let mut writer = Writer::new(cx, &mut module.imports, helpers, function.rows());
    let mut body = Block::new();
    let may_be_nobody = uses.may_be_nobody(function.entity, function.verb);
    body.inner(|body| {
        body.doc(&function.doc);
        match &function.base {
            Some(base) => facts::decide_upon(&mut writer, body, (base, &function.pred), may_be_nobody),
            None => facts::decide(&mut writer, body, &function.pred, may_be_nobody),
        }
    });
    let used = writer.used;
    let class = writer.class(function.entity);
    let imports = &mut module.imports;
    imports.name("sqlalchemy", "ColumnElement");
    let caller = if may_be_nobody { "Caller | None" } else { "Caller" };
    let parameter = |name: &str, is_used: bool, ty: Doc| {
        let mark = if is_used { "" } else { "_" };
        Doc::join([Doc::text(format!("{mark}{name}: ")), ty])
    };
    let row = Doc::of("type", [Doc::text(class)]);
    let mut parameters = vec![parameter(&function.this, used.this, row.clone())];
    if function.takes_new {
        parameters.push(parameter("new", used.new, row));
    }
    if cx.caller().is_some() {
        imports.name("app.core.auth", "Caller");
        parameters.push(parameter("caller", used.caller, Doc::text(caller)));
    }
    let mut block = Block::new();
    let head = Doc::call(format!("def {}", function.name), parameters);
    block
        .statement("", &head, " -> ColumnElement[bool]:")
        .append(body);
    block
}
