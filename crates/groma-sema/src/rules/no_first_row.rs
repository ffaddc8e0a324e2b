//! W122.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Design, Entity, EntityId, Field, Storage};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// A first row can be made.
    ///
    /// ## Why
    /// Where every row must point at another one of its kind, there is nothing that the first could point at: `create`
    /// answers 400 for ever. The same holds for two kinds that must point at each other.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Folder {
    ///   id: uuid key
    ///   parent: Folder on delete restrict
    ///   owner: User = caller readonly
    /// }
    /// access Folder {
    ///   allow create to authenticated
    /// }
    /// resource /folders for Folder {
    ///   create
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Folder {
    ///   id: uuid key
    ///   parent: Folder? on delete restrict
    ///   owner: User = caller readonly
    /// }
    /// access Folder {
    ///   allow create to authenticated
    /// }
    /// resource /folders for Folder {
    ///   create
    /// }
    Warning NO_FIRST_ROW "W122" "no-first-row"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let stuck = stuck(design);
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for id in &stuck {
        if !resolved.is_sound(design.entities[*id].origin) || !said.insert(*id) {
            continue;
        }
        // One circle is one finding, whichever of its entities comes first.
        let mut open = vec![*id];
        while let Some(at) = open.pop() {
            let wanted = needs(&design.entities[at]).map(|(_, target)| target);
            open.extend(wanted.filter(|target| stuck.contains(target) && said.insert(*target)));
        }
        let entity = &design.entities[*id];
        let first = resolved.fields(*id).find_map(|(field, declared, _)| {
            let target = need(declared).filter(|target| stuck.contains(target))?;
            Some((field, declared, target))
        });
        if let Some((field, declared, target)) = first {
            let place = places::field_name(resolved, *id, field);
            found.push(no_first_row(place, entity, declared, &design.entities[target]));
        }
    }
    found
}

/// The entities whose rows are made here, and need one another before the first of them is there.
fn stuck(design: &Design) -> BTreeSet<EntityId> {
    let made: BTreeSet<EntityId> = design
        .resources
        .iter()
        .filter(|resource| resource.create.is_some())
        .map(|resource| resource.entity)
        .filter(|id| design.entities[*id].storage == Storage::Managed)
        .collect();
    let edges = made.iter().map(|id| {
        let targets = needs(&design.entities[*id]).map(|(_, target)| target);
        (*id, targets.filter(|target| made.contains(target)).collect())
    });
    // What needs nothing that is stuck is not; and what nothing stuck needs is not the cause.
    let left = ending_nowhere(&edges.collect());
    let left = ending_nowhere(&reversed(&left));
    left.into_keys().collect()
}

/// Which entity needs which.
type Edges = BTreeMap<EntityId, BTreeSet<EntityId>>;

/// What is left when all is taken away, one after the other, that leads to nothing that is left.
fn ending_nowhere(edges: &Edges) -> Edges {
    let back = reversed(edges);
    let mut ahead: BTreeMap<EntityId, usize> = edges.iter().map(|(id, to)| (*id, to.len())).collect();
    let mut open: Vec<EntityId> = edges
        .iter()
        .filter(|(_, to)| to.is_empty())
        .map(|(id, _)| *id)
        .collect();
    let mut gone = BTreeSet::new();
    while let Some(id) = open.pop() {
        gone.insert(id);
        for before in back.get(&id).into_iter().flatten() {
            if let Some(count) = ahead.get_mut(before) {
                *count -= 1;
                if *count == 0 {
                    open.push(*before);
                }
            }
        }
    }
    let left = edges.iter().filter(|(id, _)| !gone.contains(id));
    left.map(|(id, to)| (*id, to.difference(&gone).copied().collect()))
        .collect()
}

fn reversed(edges: &Edges) -> Edges {
    let mut back: Edges = edges.keys().map(|id| (*id, BTreeSet::new())).collect();
    for (from, to) in edges {
        for to in to {
            back.entry(*to).or_default().insert(*from);
        }
    }
    back
}

/// The references without which no row is made, and what they point at.
fn needs(entity: &Entity) -> impl Iterator<Item = (&Field, EntityId)> {
    entity
        .fields
        .iter()
        .filter_map(|field| Some((field, need(field)?)))
}

fn need(field: &Field) -> Option<EntityId> {
    field
        .ty
        .target()
        .filter(|_| !field.optional && field.default.is_none())
}

fn no_first_row(place: Span, entity: &Entity, field: &Field, target: &Entity) -> Diagnostic {
    let (name, wanted) = (&entity.name, &target.name);
    let why = if name == wanted {
        format!("its `{}` wants one that is there already", field.name)
    } else {
        format!(
            "its `{}` wants a `{wanted}`, and none of these is made without a `{name}`",
            field.name
        )
    };
    Diagnostic::new(
        &NO_FIRST_ROW,
        place,
        format!("no first `{name}` can be made: {why}"),
    )
    .help(format!("make `{}` optional by `?`", field.name))
}
