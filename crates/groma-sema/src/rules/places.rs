//! Where things stand in the text, and edits that put something there or take it away.

use groma_diag::{Edit, Sources, Span};
use groma_ir::Id;
use groma_ir::design::{EntityId, FieldId, Resource, ResourceId};
use groma_syntax::ast::{self, AstNode, FlagKind};

use crate::resolve::Resolved;

/// The tree of a field; `None` for one that `timestamps` added.
pub(crate) fn field<'r>(
    resolved: &'r Resolved<'_>,
    entity: EntityId,
    field: FieldId,
) -> Option<&'r ast::Field> {
    let source = resolved.map.entities.get(entity.index())?;
    source.fields.get(field.index())?.as_ref()
}

/// The name of a field where it is declared, or all of its declaration.
pub(crate) fn field_name(resolved: &Resolved<'_>, entity: EntityId, id: FieldId) -> Span {
    let name = field(resolved, entity, id).and_then(ast::Field::name);
    name.map_or(resolved.design.entities[entity].fields[id].origin, |name| {
        name.span()
    })
}

/// The flag of a field, `unique` or `readonly`.
pub(crate) fn flag(resolved: &Resolved<'_>, entity: EntityId, id: FieldId, kind: FlagKind) -> Option<Span> {
    let flag = field(resolved, entity, id)?.flag(kind)?;
    Some(flag.span())
}

/// The tree of a resource.
pub(crate) fn resource<'r>(resolved: &'r Resolved<'_>, id: ResourceId) -> Option<&'r ast::Resource> {
    resolved.map.resources.get(id.index())
}

/// Resources with their trees.
pub(crate) fn resources<'r>(
    resolved: &'r Resolved<'_>,
) -> impl Iterator<Item = (ResourceId, &'r Resource, &'r ast::Resource)> {
    let trees = &resolved.map.resources;
    let resources = resolved.design.resources.entries().zip(trees);
    resources.map(|((id, resource), tree)| (id, resource, tree))
}

/// The path of a resource where it is declared.
pub(crate) fn route(resolved: &Resolved<'_>, id: ResourceId) -> Span {
    let route = resource(resolved, id).and_then(ast::Resource::route);
    route.map_or(resolved.design.resources[id].origin, |route| route.span())
}

/// The clauses of an operation that a resource gives a block.
pub(crate) fn clauses(resource: &ast::Resource, operation: &str) -> Vec<ast::Clause> {
    let blocks = resource.items().filter_map(|item| match item {
        ast::ResourceItem::Operations(it) if it.names().any(|name| name.is(operation)) => Some(it),
        _ => None,
    });
    blocks.flat_map(|block| block.clauses()).collect()
}

/// What a name in `accept` of an operation stands for, where it is said.
pub(crate) fn accepted(resource: &ast::Resource, operation: &str, field: &str) -> Option<Span> {
    let lists = clauses(resource, operation)
        .into_iter()
        .filter_map(|clause| match clause {
            ast::Clause::Accept(accept) => Some(accept),
            _ => None,
        });
    lists
        .flat_map(|accept| accept.paths())
        .find(|path| path.is(field))
        .map(|path| path.span())
}

/// Puts a line at the end of a block that ends in `}`: on a line of its own, or behind a semicolon where the block
/// ends on the line of its last member.
pub(crate) fn at_end(sources: &Sources, block: Span, line: &str) -> Vec<Edit> {
    let Some(body) = sources.slice(block).strip_suffix('}') else {
        return Vec::new();
    };
    let brace = Span::at(block.file, block.end.saturating_sub(1));
    let indent = body.rfind('\n').and_then(|at| body.get(at + 1..));
    if let Some(indent) = indent.filter(|indent| indent.trim().is_empty()) {
        return vec![Edit::before(brace, format!("  {line}\n{indent}"))];
    }
    let kept = body.trim_end();
    let gap = u32::try_from(body.len() - kept.len()).unwrap_or(0);
    let place = Span::at(block.file, brace.start.saturating_sub(gap));
    let text = match (kept.ends_with('{'), gap) {
        (true, 0) => format!(" {line} "),
        (true, _) => format!(" {line}"),
        (false, _) => format!("; {line}"),
    };
    vec![Edit::before(place, text)]
}

/// Takes a range away, with its line if nothing else stands on it.
pub(crate) fn without(sources: &Sources, span: Span) -> Edit {
    let text = sources.text(span.file);
    let (start, end) = (span.start as usize, span.end as usize);
    let before = text.get(..start).unwrap_or_default();
    let behind = text.get(end..).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = behind.find('\n').map_or(behind.len(), |at| at + 1);
    let is_alone = before.get(line..).unwrap_or_default().trim().is_empty()
        && behind.get(..rest).unwrap_or_default().trim().is_empty();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    if is_alone {
        return Edit::delete(Span::new(span.file, offset(line), offset(end + rest)));
    }
    Edit::delete(span)
}

/// Takes a word away, with the blank before it.
pub(crate) fn without_word(sources: &Sources, word: Span) -> Edit {
    let before = sources
        .text(word.file)
        .get(..word.start as usize)
        .unwrap_or_default();
    let blank = u32::from(before.ends_with(' '));
    Edit::delete(Span::new(word.file, word.start - blank, word.end))
}

/// A name of the design with its article: `` an `Item` ``.
pub(crate) fn a(name: &str) -> String {
    let is_spoken = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} `{name}`", if is_spoken { "an" } else { "a" })
}

/// What a value of a type looks like: `` `2026-12-31` ``.
pub(crate) fn such_as(wanted: &str) -> String {
    String::from(match wanted {
        "date" => "a date such as `2026-12-31`, without quotes",
        "time" => "a time such as `09:30`, without quotes",
        "datetime" => "a time stamp such as `2026-12-31T09:30:00Z`, without quotes",
        "bool" => "`true` or `false`",
        "int" => "a whole number such as `3`",
        "decimal" | "float" => "a number such as `9.99`",
        "text" | "email" | "url" | "slug" | "uuid" => "text in quotes",
        _ => return format!("a value of the type `{wanted}`"),
    })
}
