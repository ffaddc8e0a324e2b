//! The body: a JSON object read in one pass, every mistake with its JSON Pointer.

mod member;

use groma_ir::Model;
use groma_ir::design::{FieldId, InputId};
use groma_ir::http::{ErrorCode, MemberKind, Operation, Route, Schema, SchemaKind};

use super::json::{Json, Kind, Syntax};
use super::shape::Shape;
use crate::failure::{Mistake, Mistakes, Place};
use crate::nearest::{hint, shown};
use crate::{Caller, Value, World};
use member::{MemberPlan, default_plan};

/// What a body says, member by member of its schema.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Body {
    /// The values, in the order of the schema; nothing where a member of a patch is absent.
    pub values: Vec<Option<Value>>,
    /// Which members were sent, whatever their value.
    pub sent: Vec<bool>,
}

impl Body {
    /// A value by its index.
    pub fn value(&self, index: usize) -> Option<&Value> {
        self.values.get(index).and_then(Option::as_ref)
    }

    /// Whether a member was sent.
    pub fn is_sent(&self, index: usize) -> bool {
        self.sent.get(index).copied().unwrap_or(false)
    }
}

/// How a route reads its body.
#[derive(Debug)]
pub(crate) enum BodyPlan {
    /// It takes none; one that is sent is not looked at.
    Nothing,
    /// It takes none, or an empty object; the status of any other.
    Empty(u16),
    /// It takes an object.
    Object(ObjectPlan),
}

/// How an object is read.
#[derive(Debug)]
pub(crate) struct ObjectPlan {
    members: Vec<MemberPlan>,
    /// Absent members stay absent (RFC 7396).
    is_patch: bool,
    /// The status of a body that does not fit.
    status: u16,
}

/// What a member of a body writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A field of the row.
    Field(FieldId),
    /// An input of the action.
    Input(InputId),
}

impl BodyPlan {
    pub(crate) fn new(model: &Model, route: &Route) -> Self {
        let Some(schema) = route.body else {
            return match route.operation {
                Operation::Action(_) => Self::Empty(model.design.service.validation_status),
                _ => Self::Nothing,
            };
        };
        Self::Object(ObjectPlan::new(model, &model.http.schemas[schema]))
    }

    /// The status of a body that does not fit, where one is taken.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Nothing => None,
            Self::Empty(status) => Some(*status),
            Self::Object(plan) => Some(plan.status),
        }
    }

    /// What the members write, in the order of the schema.
    pub(crate) fn targets(&self) -> Vec<Target> {
        match self {
            Self::Nothing | Self::Empty(_) => Vec::new(),
            Self::Object(plan) => plan.members.iter().map(|member| member.target).collect(),
        }
    }

    /// The name of a member.
    pub(crate) fn member_name(&self, member: usize) -> &str {
        match self {
            Self::Nothing | Self::Empty(_) => "",
            Self::Object(plan) => plan.members.get(member).map_or("", |member| &member.name),
        }
    }

    /// Reads a body; what does not fit is in the mistakes, and then the body means nothing.
    pub(crate) fn read(&self, bytes: &[u8], caller: &Caller, world: &World, mistakes: &mut Mistakes) -> Body {
        let mut found = Mistakes::default();
        let read = match self {
            Self::Nothing => return Body::default(),
            Self::Empty(_) if bytes.is_empty() => return Body::default(),
            Self::Empty(_) => ObjectPlan::EMPTY.read(bytes, caller, world, &mut found),
            Self::Object(plan) => plan.read(bytes, caller, world, &mut found),
        };
        match read {
            Ok(body) => {
                found
                    .into_errors()
                    .into_iter()
                    .for_each(|error| mistakes.push(error));
                body
            }
            Err(syntax) => {
                let detail = format!("{} (byte {}).", syntax.detail.trim_end_matches('.'), syntax.at);
                let mistake = Mistake::new(ErrorCode::JsonInvalid, detail);
                mistakes.push_malformed(mistake.at(Place::Pointer(String::new())));
                Body::default()
            }
        }
    }
}

impl ObjectPlan {
    const EMPTY: Self = Self {
        members: Vec::new(),
        is_patch: false,
        status: 400,
    };

    fn new(model: &Model, schema: &Schema) -> Self {
        let (members, is_patch) = match &schema.kind {
            SchemaKind::Input(members) => (members.as_slice(), false),
            SchemaKind::Patch(members) => (members.as_slice(), true),
            SchemaKind::Item(_)
            | SchemaKind::Page { .. }
            | SchemaKind::Array(_)
            | SchemaKind::Report(_)
            | SchemaKind::Problem
            | SchemaKind::ValidationProblem => (&[][..], false),
        };
        let plans = members.iter().filter_map(|member| {
            let (target, ty) = match &member.kind {
                MemberKind::Field(field, ty) => (Target::Field(*field), ty),
                MemberKind::Input(input, ty) => (Target::Input(*input), ty),
                MemberKind::Embedded(..)
                | MemberKind::Measure(..)
                | MemberKind::PerVariant(..)
                | MemberKind::PerBool(..) => return None,
            };
            Some(MemberPlan {
                name: member.name.clone(),
                target,
                shape: Shape::of(&model.design, ty),
                nullable: member.nullable,
                required: member.required,
                default: default_plan(model, ty, member.default.as_ref()),
                refused: member.refused.clone(),
            })
        });
        Self {
            members: plans.collect(),
            is_patch,
            status: model.design.service.validation_status,
        }
    }

    fn read(
        &self,
        bytes: &[u8],
        caller: &Caller,
        world: &World,
        mistakes: &mut Mistakes,
    ) -> Result<Body, Syntax> {
        let mut json = Json::new(bytes)?;
        let mut body = Body {
            values: vec![None; self.members.len()],
            sent: vec![false; self.members.len()],
        };
        if json.kind()? != Kind::Object {
            json.skip()?;
            json.end()?;
            let mistake = Mistake::new(ErrorCode::ModelAttributesType, "An object is expected.");
            mistakes.push(mistake.at(Place::Pointer(String::new())));
            return Ok(body);
        }
        self.read_members(&mut json, &mut body, mistakes)?;
        json.end()?;
        if !self.is_patch {
            self.fill(&mut body, caller, world, mistakes);
        }
        Ok(body)
    }

    fn read_members(
        &self,
        json: &mut Json<'_>,
        body: &mut Body,
        mistakes: &mut Mistakes,
    ) -> Result<(), Syntax> {
        let mut members = json.object()?;
        while let Some(name) = json.member(&mut members)? {
            json.kind()?;
            let known = self
                .members
                .iter()
                .enumerate()
                .find(|(_, member)| member.name == name);
            let Some((index, member)) = known else {
                json.skip()?;
                if mistakes.has_room() {
                    mistakes.push(self.unknown(&name).at(Place::member(&shown(&name))));
                }
                continue;
            };
            let value = member.read(json, mistakes)?;
            if let (Some(slot), Some(sent)) = (body.values.get_mut(index), body.sent.get_mut(index)) {
                *slot = value;
                *sent = true;
            }
        }
        Ok(())
    }

    /// Puts defaults into what was not sent, and says what is missing.
    fn fill(&self, body: &mut Body, caller: &Caller, world: &World, mistakes: &mut Mistakes) {
        let slots = body.values.iter_mut().zip(&body.sent);
        for (member, (slot, _)) in self.members.iter().zip(slots).filter(|(_, (_, sent))| !**sent) {
            if member.required {
                let mistake = Mistake::new(ErrorCode::Missing, format!("`{}` is required.", member.name));
                mistakes.push(mistake.at(Place::member(&member.name)));
            } else {
                *slot = Some(member.default.value(caller, world));
            }
        }
    }

    fn unknown(&self, name: &str) -> Mistake {
        let names = self.members.iter().map(|member| member.name.as_str());
        let detail = format!("There is no member `{}` here{}", shown(name), hint(name, names));
        Mistake::new(ErrorCode::ExtraForbidden, detail)
    }
}
