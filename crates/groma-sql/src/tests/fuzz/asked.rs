//! Random requests.

use groma_ir::design::{FieldId, ResourceId, Value};

use super::rng::Rng;
use super::world::{World, value};

/// A request of one caller about one entity.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The caller's place among those of the world.
    pub(super) who: usize,
    pub(super) resource: ResourceId,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A walk through all pages.
    List {
        limit: usize,
        sort: Option<(FieldId, bool)>,
        named: Option<&'static str>,
    },
    Report,
    Get {
        row: usize,
    },
    Delete {
        row: usize,
    },
    Act {
        row: usize,
    },
    Create {
        body: Vec<(FieldId, Value)>,
    },
    Update {
        row: usize,
        body: Vec<(FieldId, Value)>,
    },
    Replace {
        row: usize,
        body: Vec<(FieldId, Value)>,
    },
}

impl Asked {
    pub(super) fn random(rng: &mut Rng, world: &World) -> Self {
        let design = &world.model().design;
        let resources: Vec<ResourceId> = design.resources.ids().collect();
        let resource = *rng.pick(&resources);
        let entity = &design.entities[design.resources[resource].entity];
        let row = rng.below(world.tables[design.resources[resource].entity].len());
        let written =
            |write: Option<&groma_ir::design::Write>| write.map(|it| it.accept.clone()).unwrap_or_default();
        let made = design.resources[resource]
            .create
            .as_ref()
            .map(|it| it.accept.clone())
            .unwrap_or_default();
        let body = |rng: &mut Rng, fields: &[FieldId]| -> Vec<(FieldId, Value)> {
            let values = fields
                .iter()
                .map(|field| (*field, value(rng, design, &entity.fields[*field], &world.tables)));
            values.collect()
        };
        let what = match rng.below(20) {
            0 | 1 => What::List {
                limit: 1 + rng.below(4),
                sort: list_sort(rng, world, resource),
                named: rng.chance(20).then(|| *rng.pick(&["x", "y"])),
            },
            2 => What::Report,
            3..=5 => What::Get { row },
            6..=8 => What::Delete { row },
            9..=11 => What::Act { row },
            12..=14 => {
                let fields: Vec<FieldId> = made
                    .into_iter()
                    .filter(|id| {
                        let field = &entity.fields[*id];
                        (!field.optional && field.default.is_none()) || rng.chance(60)
                    })
                    .collect();
                What::Create {
                    body: body(rng, &fields),
                }
            }
            15..=18 => {
                let fields = rng.some(&written(design.resources[resource].update.as_ref()), 0, 3);
                What::Update {
                    row,
                    body: body(rng, &fields),
                }
            }
            _ => {
                let fields = written(design.resources[resource].replace.as_ref());
                What::Replace {
                    row,
                    body: body(rng, &fields),
                }
            }
        };
        // Nobody comes to what is public at most: anything else is a 401 whatever the rules.
        let asked = Self {
            who: 0,
            resource,
            what,
        };
        let first = usize::from(!asked.is_public(world));
        Self {
            who: first + rng.below(world.callers.len() - first),
            ..asked
        }
    }

    /// Whether its route answers without a token.
    pub(super) fn is_public(&self, world: &World) -> bool {
        let resource = &world.model().design.resources[self.resource];
        let write = |write: Option<&groma_ir::design::Write>| write.map(|it| it.admission);
        let admission = match &self.what {
            What::List { .. } => resource.list.as_ref().map(|it| it.admission),
            What::Report => resource.reports.iter().next().map(|it| it.admission),
            What::Get { .. } => resource.read.as_ref().map(|it| it.admission),
            What::Delete { .. } => resource.delete.as_ref().map(|it| it.admission),
            What::Act { .. } => resource.actions.first().map(|it| it.admission),
            What::Create { .. } => resource.create.as_ref().map(|it| it.admission),
            What::Update { .. } => write(resource.update.as_ref()),
            What::Replace { .. } => write(resource.replace.as_ref()),
        };
        admission.is_some_and(|admission| admission.public)
    }
}

fn list_sort(rng: &mut Rng, world: &World, resource: ResourceId) -> Option<(FieldId, bool)> {
    let list = world.model().design.resources[resource].list.as_ref()?;
    let fields: Vec<FieldId> = list.sort.iter().map(|sort| sort.field).collect();
    (!fields.is_empty() && rng.chance(70)).then(|| (*rng.pick(&fields), rng.chance(50)))
}
