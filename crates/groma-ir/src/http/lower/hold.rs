//! Whether rows can hold on to what a deletion takes along.

use std::collections::{BTreeMap, BTreeSet};

use crate::design::{Design, EntityId, FieldId, OnDelete};

/// The references of a design, by what they refer to.
pub(super) struct References<'a> {
    design: &'a Design,
    to: BTreeMap<EntityId, Vec<(EntityId, FieldId)>>,
}

/// What can hold a deletion up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Hold {
    /// Rows that refer to the deleted row itself.
    on_it: bool,
    /// Rows that refer to what goes with it.
    on_others: bool,
}

/// The rows of an entity that a deletion takes along.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Taken {
    entity: EntityId,
    /// Whether all of their tenant goes.
    with_tenant: bool,
}

impl<'a> References<'a> {
    pub(super) fn of(design: &'a Design) -> Self {
        let mut to: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, entity) in design.entities.entries() {
            for (field, it) in entity.fields.entries() {
                if let Some(target) = it.ty.target() {
                    to.entry(target).or_default().push((id, field));
                }
            }
        }
        Self { design, to }
    }

    /// What can hold up the deletion of a row.
    pub(super) fn hold_on(&self, entity: EntityId) -> Hold {
        let design = self.design;
        let mut hold = Hold::default();
        let first = Taken {
            entity,
            with_tenant: false,
        };
        let (mut taken, mut open) = (BTreeSet::from([first]), vec![first]);
        while let Some(next) = open.pop() {
            for &(referring, field) in self.to.get(&next.entity).into_iter().flatten() {
                let is_near = stands_beside(design, referring, next.entity);
                match design.entities[referring].fields[field].on_delete {
                    Some(OnDelete::Restrict) | None => {
                        // What refers to a row of its tenant goes with the tenant too.
                        let holds = !(next.with_tenant && is_near);
                        hold.on_it |= holds && next == first;
                        hold.on_others |= holds && next != first;
                    }
                    Some(OnDelete::Cascade) => {
                        let is_fence = design.entities[referring].fence == Some(field);
                        let more = Taken {
                            entity: referring,
                            with_tenant: is_fence || next.with_tenant && is_near,
                        };
                        if taken.insert(more) {
                            open.push(more);
                        }
                    }
                    Some(OnDelete::SetNull) => {}
                }
            }
        }
        hold
    }
}

impl Hold {
    /// When a deletion is refused for it.
    pub(super) const fn when(self) -> Option<&'static str> {
        match (self.on_it, self.on_others) {
            (false, false) => None,
            (true, false) => Some("Other rows refer to it and may not be left behind."),
            (false, true) => Some("Other rows refer to what would go with it and may not be left behind."),
            (true, true) => {
                Some("Other rows refer to it, or to what would go with it, and may not be left behind.")
            }
        }
    }
}

/// Whether a row and what it refers to always stand in the same tenant.
fn stands_beside(design: &Design, referring: EntityId, target: EntityId) -> bool {
    match (design.fence(referring), design.fence(target)) {
        (Some(here), Some(there)) => here.tenant == there.tenant,
        _ => false,
    }
}
