//! Items: members, their values and order, and the headers beside them.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use groma_ir::design::FieldId;
use groma_ir::http::{Member, MemberKind, SchemaId, SchemaKind};

use super::{Symptom, Trial, excerpt, fit};
use crate::call::Ask;
use crate::catalogue;
use crate::net::Answer;
use crate::oracle::{RowId, Scene, Slot, World, holds_pred, key_text, same_json};
use crate::tokens::Identity;

/// Every way in which an answer that holds an item differs from the right one.
pub(super) fn symptoms(trial: Trial<'_>, slots: &[Slot], answer: &Answer) -> Vec<Symptom> {
    let mut symptoms: Vec<Symptom> = content_type(answer).into_iter().collect();
    let (Some(Json::Object(item)), Some(schema)) = (answer.json(), trial.route().success.body) else {
        symptoms.push(Symptom::new("body", "a JSON object", excerpt(answer)).of(&catalogue::F02));
        return symptoms;
    };
    let expected = Expected {
        world: trial.world,
        schema,
        ask: &trial.call.ask,
        who: trial.who,
        since: trial.since,
    };
    symptoms.extend(item_symptoms(expected, slots, &item));
    let (design, http) = (trial.world.design(), &trial.world.model.http);
    symptoms.extend(fit::misfits(design, http, schema, &Json::Object(item.clone())));
    symptoms.extend(location(trial, &item, answer));
    symptoms.extend(etag(trial, answer));
    symptoms
}

/// An item as it should be.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) schema: SchemaId,
    pub(crate) ask: &'a Ask,
    pub(crate) who: Option<&'a Identity>,
    pub(crate) since: Timestamp,
}

impl<'a> Expected<'a> {
    fn members(&self) -> &'a [Member] {
        match &self.world.model.http.schemas[self.schema].kind {
            SchemaKind::Item(members) => members,
            _ => &[],
        }
    }

    /// A stored row as its item shows it, nothing embedded.
    pub(crate) fn shown(&self, row: RowId) -> Json {
        let cells = self.world.row(row).cells.iter().cloned();
        let slots: Vec<Slot> = cells.map(Slot::Known).collect();
        let member = |member: &Member| match &member.kind {
            MemberKind::Field(field, _) => Some((member.name.clone(), self.seen(&slots, *field)?.known())),
            _ => None,
        };
        Json::Object(self.members().iter().filter_map(member).collect())
    }

    /// What a row shows of a field: nothing, where the caller is none of those who see it.
    fn seen(&self, slots: &[Slot], field: FieldId) -> Option<Slot> {
        let slot = slots.get(groma_ir::Id::index(field))?.clone();
        let entity = self.world.model.http.schemas[self.schema].entity?;
        let Some(guard) = self.world.model.access.of(entity).guard(field) else {
            return Some(slot);
        };
        let cells: Vec<Json> = slots.iter().map(Slot::known).collect();
        let scene = Scene {
            world: self.world,
            who: self.who,
            now: self.since,
            entity,
            this: &cells,
            new: &cells,
            inputs: &[],
        };
        let is_seen = holds_pred(scene, guard);
        Some(if is_seen { slot } else { Slot::Known(Json::Null) })
    }

    /// The members that the query leaves, in the design's order.
    fn asked(&self) -> Vec<&'a Member> {
        let is_asked = |member: &&Member| match &member.kind {
            MemberKind::Embedded(field, _) => self.ask.include.contains(field),
            _ => self.ask.fields.is_empty() || self.ask.fields.contains(&member.name),
        };
        self.members().iter().filter(is_asked).collect()
    }
}

/// Every way in which an item differs: which members, in which order, with which values.
pub(crate) fn item_symptoms(
    expected: Expected<'_>,
    slots: &[Slot],
    item: &Map<String, Json>,
) -> Vec<Symptom> {
    let asked = expected.asked();
    let mut symptoms = names(expected, &asked, item);
    for member in asked {
        if let Some(value) = item.get(&member.name) {
            symptoms.extend(value_symptom(expected, member, slots, value));
        }
    }
    symptoms
}

fn names(expected: Expected<'_>, asked: &[&Member], item: &Map<String, Json>) -> Vec<Symptom> {
    let wanted: Vec<&str> = asked.iter().map(|member| member.name.as_str()).collect();
    let given: Vec<&str> = item.keys().map(String::as_str).collect();
    if wanted == given {
        return Vec::new();
    }
    let entity = expected.world.model.http.schemas[expected.schema].entity;
    let hidden = entity
        .into_iter()
        .flat_map(|entity| expected.world.design().entities[entity].fields.iter());
    let leaked: Vec<&str> = hidden
        .filter(|field| !field.leaves())
        .map(|field| field.wire.as_str())
        .collect();
    if let Some(name) = given.iter().find(|name| leaked.contains(name)) {
        return vec![
            Symptom::new(*name, format!("no member `{name}`"), format!("members {given:?}"))
                .of(&catalogue::Z08),
        ];
    }
    vec![
        Symptom::new(
            "members",
            format!("members {wanted:?}"),
            format!("members {given:?}"),
        )
        .of(&catalogue::F02),
    ]
}

fn value_symptom(expected: Expected<'_>, member: &Member, slots: &[Slot], value: &Json) -> Option<Symptom> {
    match &member.kind {
        MemberKind::Field(field, _) => {
            let slot = &expected.seen(slots, *field)?;
            let got = format!("{}: {value}", member.name);
            (!slot.accepts(value, expected.since)).then(|| {
                Symptom::new(
                    member.name.clone(),
                    format!("{}: {}", member.name, slot.describe()),
                    got,
                )
            })
        }
        MemberKind::Embedded(field, schema) => {
            let reference = expected.seen(slots, *field)?.known();
            let target = expected.world.model.http.schemas[*schema].entity?;
            let row = expected.world.find_alive(target, &reference);
            let row = row.filter(|row| expected.world.may_read(*row, expected.who, expected.since));
            let wanted = row.map_or(Json::Null, |row| {
                Expected {
                    schema: *schema,
                    ..expected
                }
                .shown(row)
            });
            (!same_json(&wanted, value)).then(|| {
                let symptom = Symptom::new(
                    member.name.clone(),
                    format!("{}: {wanted}", member.name),
                    format!("{}: {value}", member.name),
                );
                if wanted.is_null() {
                    symptom.of(&catalogue::Z07)
                } else {
                    symptom
                }
            })
        }
        _ => None,
    }
}

/// `application/json`, where a body is.
pub(super) fn content_type(answer: &Answer) -> Option<Symptom> {
    let is_json = answer.media_type() == Some("application/json");
    (!is_json).then(|| {
        Symptom::new(
            "content-type",
            "`Content-Type: application/json`",
            format!("{:?}", answer.header("content-type")),
        )
        .of(&catalogue::F02)
    })
}

fn location(trial: Trial<'_>, item: &Map<String, Json>, answer: &Answer) -> Option<Symptom> {
    let route = trial.route();
    if !trial.success().location {
        return None;
    }
    let resource = &trial.world.design().resources[route.resource];
    let by = &trial.world.design().entities[route.entity].fields[resource.by].wire;
    let key = item.get(by).map(key_text).unwrap_or_default();
    let got = answer.header("location");
    let tail = format!("/{}", crate::net::encode(&key));
    let is_right = got.is_some_and(|got| got.starts_with('/') && got.ends_with(&tail));
    (!is_right).then(|| {
        Symptom::new(
            "location",
            format!("`Location` of the new item, ending in `{tail}`"),
            format!("{got:?}"),
        )
        .of(&catalogue::F02)
    })
}

fn etag(trial: Trial<'_>, answer: &Answer) -> Option<Symptom> {
    let got = answer.header("etag");
    let is_strong = |tag: &str| tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"');
    let is_right = !trial.route().etag || got.is_some_and(is_strong);
    (!is_right).then(|| Symptom::new("etag", "a strong `ETag`", format!("{got:?}")).of(&catalogue::C01))
}
