//! What docstrings say of entities and enums: the design's own prose, or a sentence where it has none.

use groma_ir::design::{EntityId, EnumId, Link, LinkKind, Storage};

use crate::cx::Cx;
use crate::names::{article, capital, spaced};
use crate::python::first_sentence;

/// The rows of an entity: `tasks`, `shares of projects`, `members of teams`.
pub(crate) fn rows(cx: &Cx<'_>, entity: EntityId) -> String {
    match tie(cx, entity) {
        Some((link, parent)) => {
            let above = spaced(&cx.model.design.entities[parent].plural);
            format!("{} of {above}", link.kind.word())
        }
        None => spaced(&cx.model.design.entities[entity].plural),
    }
}

/// One row of an entity: `a task`, `a share of a project`, `a member of a team`.
pub(crate) fn row(cx: &Cx<'_>, entity: EntityId) -> String {
    let name = |entity: EntityId| article(&spaced(&cx.model.design.entities[entity].name));
    match tie(cx, entity) {
        Some((link, parent)) => {
            let word = link.kind.word();
            format!("{} of {}", article(word.trim_end_matches('s')), name(parent))
        }
        None => name(entity),
    }
}

/// What an item is, as answers have it.
pub(crate) fn of_item(cx: &Cx<'_>, entity: EntityId) -> String {
    let said = said_of(cx, entity);
    first_sentence(&said).0.to_owned()
}

/// What a row is.
pub(crate) fn of_row(cx: &Cx<'_>, entity: EntityId) -> String {
    let declared = &cx.model.design.entities[entity];
    let said = said_of(cx, entity);
    match declared.storage {
        Storage::Managed => said,
        Storage::ExternalTable | Storage::ExternalId => {
            format!("{said}\n\nThe table is somebody else's: it is read here, and never changed or migrated.")
        }
    }
}

fn said_of(cx: &Cx<'_>, entity: EntityId) -> String {
    let declared = &cx.model.design.entities[entity];
    declared.doc.clone().unwrap_or_else(|| match tie(cx, entity) {
        Some((link, parent)) if link.kind == LinkKind::Shares => {
            format!("With whom {} is shared.", row(cx, parent))
        }
        Some(_) | None => format!("{}.", capital(&row(cx, entity))),
    })
}

/// What an enum is, and where it is declared.
pub(crate) fn of_enum(cx: &Cx<'_>, of: EnumId) -> String {
    let design = &cx.model.design;
    let declared = &design.enums[of];
    let levels = design.entities.entries().find_map(|(id, entity)| {
        let is_its = entity.link.as_ref().is_some_and(|link| link.of == of);
        is_its.then(|| tie(cx, id)).flatten()
    });
    let said = declared.doc.clone().unwrap_or_else(|| match levels {
        Some((link, parent)) => match link.kind {
            LinkKind::Shares => format!("How far {} is shared, the least first.", row(cx, parent)),
            LinkKind::Members => format!("What a member of {} is, the least first.", row(cx, parent)),
        },
        None => format!("{}.", capital(&spaced(&declared.name))),
    });
    let reference = match levels {
        Some((_, parent)) => cx.reference_of(parent),
        None => cx.reference(declared.origin, &declared.name),
    };
    match first_sentence(&said) {
        (first, "") => format!("{first} {reference}"),
        (first, rest) => format!("{first} {reference}\n\n{rest}"),
    }
}

/// What an entity's rows tie people to, where they do.
fn tie<'m>(cx: &Cx<'m>, entity: EntityId) -> Option<(&'m Link, EntityId)> {
    let declared = &cx.model.design.entities[entity];
    let link = declared.link.as_ref()?;
    Some((link, declared.fields[link.parent].ty.target()?))
}
