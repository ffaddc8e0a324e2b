//! Rows that a request makes beside its own, and those that must stay.

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::Id;
use groma_ir::design::{Assign, Creation, InputId, VariantId};
use groma_ir::http::Problem;

use super::decide::Ground;
use super::{Outcome, RowId, Scene, World};
use crate::call::Call;
use crate::tokens::Identity;

impl World<'_> {
    /// Takes note of the rows that a call has made beside the one that it made or changed. Their keys are not known.
    pub(crate) fn make_beside(&mut self, call: &Call, who: Option<&Identity>, row: RowId) -> Vec<RowId> {
        let inputs = inputs(call);
        let made: Vec<_> = self.model.http.routes[call.route]
            .makes
            .iter()
            .map(|creation| {
                let scene = Scene {
                    inputs: &inputs,
                    ..Scene::of(self, who, Timestamp::now(), row)
                };
                (creation.entity, cells(scene, creation))
            })
            .collect();
        made.into_iter()
            .map(|(entity, cells)| self.insert(entity, cells))
            .collect()
    }

    /// Whether a row that a call makes beside would be there twice.
    pub(super) fn refuse_beside(&self, call: &Call, scene: Scene<'_>) -> Option<Outcome> {
        let makes = &self.model.http.routes[call.route].makes;
        let inputs = inputs(call);
        let is_there = |creation: &&Creation| {
            let scene = Scene {
                inputs: &inputs,
                ..scene
            };
            let made = cells(scene, creation);
            let uniques = &self.design().entities[creation.entity].uniques;
            self.alive(creation.entity).any(|(_, row)| {
                uniques.iter().any(|unique| {
                    unique
                        .fields
                        .iter()
                        .all(|field| made.get(field.index()) == Some(row.cell(*field)))
                })
            })
        };
        makes
            .iter()
            .find(is_there)
            .map(|_| Outcome::refused(Problem::Conflict, Ground::Route))
    }

    /// That a row is the last of those of which so many must stay, and would not stay so.
    pub(super) fn refuse_leaving(&self, row: RowId, after: Option<&[Json]>) -> Option<Outcome> {
        let link = self.design().entities[row.entity].link.as_ref()?;
        let least = link.least?;
        let name = |level: VariantId| Json::from(self.design().variant_name(link.of, level));
        let has_level = |cells: &[Json]| cells.get(link.level.index()) == Some(&name(least.level));
        let own = self.row(row);
        if !has_level(&own.cells) || after.is_some_and(has_level) {
            return None;
        }
        let others = self.alive(row.entity).filter(|(id, other)| {
            *id != row && has_level(&other.cells) && other.cell(link.parent) == own.cell(link.parent)
        });
        let left = u32::try_from(others.count()).unwrap_or(u32::MAX);
        (left < least.count).then(|| Outcome::refused(Problem::InvalidState, Ground::Route))
    }
}

fn inputs(call: &Call) -> Vec<(InputId, Json)> {
    let given = call.body.inputs().into_iter();
    given.map(|(id, value)| (id, value.clone())).collect()
}

/// What a row beside holds; its key is the server's own, and unknown.
fn cells(scene: Scene<'_>, creation: &Creation) -> Vec<Json> {
    let entity = &scene.world.design().entities[creation.entity];
    let value = |field| {
        let (_, assign) = creation.sets.iter().find(|(set, _)| *set == field)?;
        Some(match assign {
            Assign::Term(term) => scene.term(term),
            Assign::Not(of) => scene
                .this
                .get(of.index())
                .and_then(Json::as_bool)
                .map_or(Json::Null, |value| Json::Bool(!value)),
        })
    };
    let fields = entity.fields.ids();
    fields.map(|field| value(field).unwrap_or(Json::Null)).collect()
}
