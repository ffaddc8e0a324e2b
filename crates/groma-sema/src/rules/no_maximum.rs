//! W105.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{EntityId, Storage, Type, WriteBy};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// Text and lists that callers write have a maximum.
    ///
    /// ## Why
    /// Without one a single value may be as large as a whole body, in every row, list and index. What the server alone
    /// writes, and what somebody else's table holds, is not meant.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..)
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    Warning NO_MAXIMUM "W105" "no-maximum"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        if entity.storage == Storage::Managed {
            fields(resolved, id, &mut found);
            inputs(resolved, id, &mut found);
        }
    }
    found
}

fn fields(resolved: &Resolved<'_>, id: EntityId, found: &mut Vec<Diagnostic>) {
    for (field, declared) in resolved.design.entities[id].fields.entries() {
        let is_open = declared.write == WriteBy::Caller && !resolved.broken.contains(&(id, field));
        if let Some(endless) = endless(&declared.ty).filter(|_| is_open) {
            let ast = places::field(resolved, id, field).and_then(ast::Field::ty);
            found.push(no_maximum(declared.origin, &declared.name, endless, ast.as_ref()));
        }
    }
}

fn inputs(resolved: &Resolved<'_>, id: EntityId, found: &mut Vec<Diagnostic>) {
    for action in &resolved.design.entities[id].actions {
        for input in &action.inputs {
            if let Some(endless) = endless(&input.ty) {
                found.push(no_maximum(input.origin, &input.name, endless, None));
            }
        }
    }
}

/// What has no end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endless {
    Text,
    Items,
    TextOfItems,
}

fn endless(ty: &Type) -> Option<Endless> {
    match ty {
        Type::Scalar(Scalar::Text(text)) if text.max.is_none() => Some(Endless::Text),
        Type::List(list) if list.max.is_none() => Some(Endless::Items),
        Type::List(list) => endless(&list.item).map(|_| Endless::TextOfItems),
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => None,
    }
}

fn no_maximum(span: Span, name: &str, endless: Endless, ty: Option<&ast::Type>) -> Diagnostic {
    let (message, form) = match endless {
        Endless::Text => (format!("`{name}` has no maximum length"), "text(1..200)"),
        Endless::Items => (format!("`{name}` may have any number of items"), "[..](..20)"),
        Endless::TextOfItems => (
            format!("the items of `{name}` have no maximum length"),
            "[text(1..30)]",
        ),
    };
    let found = Diagnostic::new(&NO_MAXIMUM, ty.map_or(span, AstNode::span), message)
        .help(format!("say how much is enough, such as `{form}`"));
    match ty.and_then(|ty| bounded(ty, endless)) {
        Some((title, edit)) => found.suggestion(title, [edit]),
        None => found,
    }
}

/// The type with a generous maximum, where it has nothing in parentheses yet.
fn bounded(ty: &ast::Type, endless: Endless) -> Option<(&'static str, Edit)> {
    if ty.args().next().is_some() || ty.hole().is_some() {
        return None;
    }
    let end = ty.span().after();
    let behind = if ty.is_optional() {
        Span::at(end.file, end.start.saturating_sub(1))
    } else {
        end
    };
    match endless {
        Endless::Text => Some(("allow 1000 characters", Edit::before(behind, "(..1000)"))),
        Endless::Items => Some(("allow 100 items", Edit::before(behind, "(..100)"))),
        Endless::TextOfItems => None,
    }
}
