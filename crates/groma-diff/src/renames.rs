//! The old design in the names of the new one, where the new one says what things were called before.
//!
//! What was renamed is the same thing, and not one that is gone and another that came. What goes over the wire or stands
//! in the database keeps its old name: that it has another one now is what the comparison is to find.

use groma_ir::design::{Design, Entity, EntityId, Enum};
use groma_ir::{Arena, Model};

/// The old model, its entities and fields called as they are in the new design.
pub(crate) fn of_things(old: &Model, new: &Design) -> Model {
    let mut renamed = old.clone();
    let design = &mut renamed.design;
    for id in design.entities.ids() {
        let name = new_name(&old.design, new, &design.entities[id].name);
        design.entities[id].name = name;
    }
    for id in design.entities.ids() {
        let Some(now) = new
            .entities
            .iter()
            .find(|now| now.name == design.entities[id].name)
        else {
            continue;
        };
        fields(&mut design.entities[id], now);
        levels(design, id, new, now);
    }
    renamed
}

/// The old model with the values of its enums called as in the new design too.
pub(crate) fn of_values(old: &Model, new: &Design) -> Model {
    let mut renamed = old.clone();
    for id in renamed.design.enums.ids() {
        let of = &mut renamed.design.enums[id];
        let Some(now) = new.enums.iter().find(|now| now.name == of.name) else {
            continue;
        };
        for (old, new) in values(of, now) {
            if let Some(id) = variant(of, &old) {
                of.variants[id].name = new;
            }
        }
    }
    renamed
}

/// The values of an enum that have another name now: the old and the new one.
pub(crate) fn values(old: &Enum, new: &Enum) -> Vec<(String, String)> {
    let has = |of: &Enum, name: &str| variant(of, name).is_some();
    let renamed = new.variants.iter().filter_map(|now| {
        let was = now.was.as_ref()?;
        (has(old, was) && !has(old, &now.name)).then(|| (was.clone(), now.name.clone()))
    });
    renamed.collect()
}

fn variant(of: &Enum, name: &str) -> Option<groma_ir::design::VariantId> {
    let mut variants = of.variants.entries();
    variants
        .find(|(_, variant)| variant.name == name)
        .map(|(id, _)| id)
}

/// What an entity of the old design is called now.
fn new_name(old: &Design, new: &Design, name: &str) -> String {
    let is_known = |name: &str| old.entities.iter().any(|old| old.name == name);
    let mut renamed = new.entities.iter().filter(|now| {
        let was = now.was.as_ref().and_then(|was| was.name.as_deref());
        was == Some(name) && !is_known(&now.name)
    });
    renamed.next().map_or(name, |now| now.name.as_str()).to_owned()
}

fn fields(old: &mut Entity, new: &Entity) {
    for now in &new.fields {
        let was = now.was.as_ref().and_then(|was| was.name.as_deref());
        if let Some(id) = was.and_then(|was| old.field(was))
            && old.field(&now.name).is_none()
        {
            old.fields[id].name.clone_from(&now.name);
        }
    }
}

/// The levels of a tie are called after what it ties.
fn levels(old: &mut Design, id: EntityId, new: &Design, now: &Entity) {
    if let (Some(was), Some(is)) = (&old.entities[id].link, &now.link) {
        let enums: &mut Arena<_, Enum> = &mut old.enums;
        enums[was.of].name.clone_from(&new.enums[is.of].name);
    }
}
