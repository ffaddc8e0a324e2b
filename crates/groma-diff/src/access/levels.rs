//! What ties people to rows, and its levels, of two designs as one.
//!
//! A level includes those below it in its own design; in the joint one others may stand between or above. So where the
//! levels differ, each is taken for exactly itself, and a rule names all of them that will do.

use groma_ir::Id;
use groma_ir::design::{Design, EntityId, Link};

use super::translate::{Levels, Translator};

pub(super) fn join(
    design: &mut Design,
    (old, from_old): (&Design, &mut Translator),
    (new, from_new): (&Design, &mut Translator),
) {
    links(design, old, from_old);
    levels(design, old, from_old);
    levels(design, new, from_new);
}

/// Brings the ties that only the old design has along.
fn links(design: &mut Design, old: &Design, into: &Translator) {
    for (id, declared) in old.entities.entries() {
        let joint = into.entity(id);
        for link in &declared.links {
            let link = into.entity(*link);
            let known = &mut design.entities[joint].links;
            if !known.contains(&link) {
                known.push(link);
            }
        }
        let there = &mut design.entities[joint];
        if let (None, Some(link)) = (&there.link, &declared.link) {
            there.link = Some(Link {
                kind: link.kind,
                parent: into.field(id, link.parent),
                user: into.field(id, link.user),
                level: into.field(id, link.level),
                of: into.declared(link.of),
                least: None,
            });
        }
        let fence = declared.fence.map(|field| into.field(id, field));
        there.fence = there.fence.or(fence);
    }
}

fn levels(design: &Design, side: &Design, into: &mut Translator) {
    let ties = side.entities.entries();
    let ties: Vec<(EntityId, &Link)> = ties
        .filter_map(|(id, entity)| Some((id, entity.link.as_ref()?)))
        .collect();
    for (id, link) in ties {
        let of = design.entities[into.entity(id)]
            .link
            .as_ref()
            .map(|joint| joint.of);
        let joint: Vec<_> = match of {
            Some(of) => design.enums[of].variants.entries().collect(),
            None => Vec::new(),
        };
        let own: Vec<_> = side.enums[link.of]
            .variants
            .iter()
            .map(|level| &level.name)
            .collect();
        let is_same = own.len() == joint.len()
            && own
                .iter()
                .zip(&joint)
                .all(|(own, (_, joint))| **own == joint.name);
        let levels = own.iter().filter_map(|name| {
            let (level, _) = joint.iter().find(|(_, level)| level.name == **name)?;
            let above = joint.get(level.index() + 1).map(|(above, _)| *above);
            Some((*level, above))
        });
        let levels = if is_same {
            Levels::Same
        } else {
            Levels::Other(levels.collect())
        };
        into.levels.insert(id, levels);
    }
}
