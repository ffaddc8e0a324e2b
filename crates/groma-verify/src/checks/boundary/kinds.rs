//! Kinds of requests: what is done, who the caller is to the row, and in which state it is.

use std::collections::BTreeSet;

use groma_ir::access::CallerFacts;
use groma_ir::design::{EntityId, FieldId, Path, Row, Type};
use groma_ir::http::Operation;

use super::search::is_refused;
use crate::call::{Call, Key};
use crate::oracle::Scene;
use crate::session::Session;

/// How many kinds are tried for one entity.
const MOST: usize = 400;
/// How many ways from a row to a person are told apart.
const MOST_WAYS: usize = 6;

/// What is tried of an entity.
pub(super) struct Kinds {
    /// The ways from a row to a person, of one step and of two.
    ways: Vec<Path>,
    tried: BTreeSet<Kind>,
}

/// What a request is like, as far as rules usually ask.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    route: usize,
    /// The field that is written, where it is one.
    written: Option<FieldId>,
    facts: CallerFacts,
    /// Where the ways end at the caller.
    ends: Vec<bool>,
    states: Vec<String>,
}

impl Kinds {
    pub(super) fn of(cx: &Session<'_>, entity: EntityId) -> Self {
        let mut ways = ways_from(cx, entity, &[]);
        for (field, declared) in cx.model.design.entities[entity].fields.entries() {
            if let Some(target) = declared.ty.target().filter(|target| *target != entity) {
                ways.extend(ways_from(cx, target, &[field]));
            }
        }
        ways.truncate(MOST_WAYS);
        Self {
            ways,
            tried: BTreeSet::new(),
        }
    }

    /// Whether the rules refuse a request, and none of its kind was tried.
    pub(super) fn is_new(&self, cx: &Session<'_>, call: &Call) -> bool {
        self.tried.len() < MOST
            && self
                .kind(cx, call)
                .is_some_and(|kind| !self.tried.contains(&kind))
            && is_refused(&cx.decide(call).verdict)
    }

    /// Takes note of a request that is sent.
    pub(super) fn note(&mut self, cx: &Session<'_>, call: &Call) {
        if let Some(kind) = self.kind(cx, call) {
            self.tried.insert(kind);
        }
    }

    fn kind(&self, cx: &Session<'_>, call: &Call) -> Option<Kind> {
        let route = &cx.model.http.routes[call.route];
        let who = cx.who(call.actor);
        let now = jiff::Timestamp::now();
        let written = match (route.operation, call.body.fields().as_slice()) {
            (Operation::Update, [(field, _)]) => Some(*field),
            // What several fields come down to is what each of them does.
            (Operation::Update, _) => return None,
            _ => None,
        };
        let images = cx.world.images(call, who, now)?;
        let (this, _) = images.times.first()?;
        let scene = Scene {
            world: &cx.world,
            who,
            now,
            entity: route.entity,
            this,
            new: this,
            inputs: &[],
        };
        let declared = &cx.model.design.entities[route.entity];
        let states = declared.fields.entries();
        let states = states.filter(|(id, field)| {
            declared.states_of(*id).is_some()
                || matches!(field.ty, Type::Scalar(groma_ir::scalar::Scalar::Bool))
        });
        Some(Kind {
            route: groma_ir::Id::index(call.route),
            written,
            facts: CallerFacts {
                authenticated: who.is_some(),
                roles: who.map(|who| who.roles).unwrap_or_default(),
            },
            ends: self
                .ways
                .iter()
                .map(|way| scene.is_caller(route.entity, way))
                .collect(),
            states: match call.key {
                Key::Row(_) => states
                    .filter_map(|(id, _)| this.get(groma_ir::Id::index(id)).map(ToString::to_string))
                    .collect(),
                Key::None | Key::Missing(_) => Vec::new(),
            },
        })
    }
}

/// The references to callers on the rows of an entity.
fn ways_from(cx: &Session<'_>, entity: EntityId, before: &[FieldId]) -> Vec<Path> {
    let caller = cx.model.design.caller_entity();
    let fields = cx.model.design.entities[entity].fields.entries();
    let people = fields.filter(|(_, field)| field.ty.target().is_some() && field.ty.target() == caller);
    people
        .map(|(field, _)| Path {
            row: Row::This,
            steps: before.iter().copied().chain([field]).collect(),
        })
        .collect()
}
