//! The body: a JSON object read in one pass, every mistake with its JSON Pointer.

use std::borrow::Cow;

use groma_ir::Model;
use groma_ir::design::{Default as FieldDefault, FieldId, InputId, Type};
use groma_ir::http::{ErrorCode, MemberKind, Operation, Route, Schema, SchemaKind};

use super::json::{Json, Kind, Syntax};
use super::shape::{ListShape, Shape};
use crate::failure::{Mistake, Mistakes, Place};
use crate::literal::{json_list, literal_of};
use crate::nearest::{hint, shown};
use crate::{Caller, Value, World};

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
    /// It takes none, or an empty object.
    Empty,
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

#[derive(Debug)]
struct MemberPlan {
    name: String,
    target: Target,
    shape: Shape,
    nullable: bool,
    required: bool,
    default: DefaultPlan,
}

#[derive(Debug)]
enum DefaultPlan {
    Value(Value),
    Caller,
    Now(i64),
}

impl BodyPlan {
    pub(crate) fn new(model: &Model, route: &Route) -> Self {
        let Some(schema) = route.body else {
            return match route.operation {
                Operation::Action(_) => Self::Empty,
                _ => Self::Nothing,
            };
        };
        Self::Object(ObjectPlan::new(model, &model.http.schemas[schema]))
    }

    /// The status of a body that does not fit, where one is taken.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Nothing | Self::Empty => None,
            Self::Object(plan) => Some(plan.status),
        }
    }

    /// What the members write, in the order of the schema.
    pub(crate) fn targets(&self) -> Vec<Target> {
        match self {
            Self::Nothing | Self::Empty => Vec::new(),
            Self::Object(plan) => plan.members.iter().map(|member| member.target).collect(),
        }
    }

    /// The name of a member.
    pub(crate) fn member_name(&self, member: usize) -> &str {
        match self {
            Self::Nothing | Self::Empty => "",
            Self::Object(plan) => plan.members.get(member).map_or("", |member| &member.name),
        }
    }

    /// Reads a body; what does not fit is in the mistakes, and then the body means nothing.
    pub(crate) fn read(&self, bytes: &[u8], caller: &Caller, world: &World, mistakes: &mut Mistakes) -> Body {
        let mut found = Mistakes::default();
        let read = match self {
            Self::Nothing => return Body::default(),
            Self::Empty if bytes.is_empty() => return Body::default(),
            Self::Empty => ObjectPlan::EMPTY.read(bytes, caller, world, &mut found),
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
                let detail = format!("{} (byte {})", syntax.detail, syntax.at);
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
                    mistakes.push(self.unknown(&name).at(pointer(&shown(&name))));
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
                mistakes.push(mistake.at(pointer(&member.name)));
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

impl MemberPlan {
    fn read(&self, json: &mut Json<'_>, mistakes: &mut Mistakes) -> Result<Option<Value>, Syntax> {
        if json.kind()? == Kind::Null && (self.nullable || !self.shape.has_null()) {
            json.null()?;
            if !self.nullable {
                mistakes.push(self.shape.refuse_null().at(pointer(&self.name)));
            }
            return Ok(Some(Value::Null));
        }
        match &self.shape {
            Shape::One(one) => match one.read(json)? {
                Ok(value) => Ok(Some(value)),
                Err(mistake) => {
                    mistakes.push(mistake.at(pointer(&self.name)));
                    Ok(None)
                }
            },
            Shape::List(list) => self.read_list(list, json, mistakes),
        }
    }

    fn read_list(
        &self,
        list: &ListShape,
        json: &mut Json<'_>,
        mistakes: &mut Mistakes,
    ) -> Result<Option<Value>, Syntax> {
        if json.kind()? != Kind::Array {
            json.skip()?;
            mistakes.push(ListShape::refuse().at(pointer(&self.name)));
            return Ok(None);
        }
        let mut values = Vec::new();
        let mut count = 0_usize;
        let mut items = json.array()?;
        while json.item(&mut items)? {
            match list.item.read(json)? {
                Ok(value) => values.push(value),
                Err(mistake) if mistakes.has_room() => {
                    let place = Place::Pointer(format!("/{}/{count}", escaped(&self.name)));
                    mistakes.push(mistake.at(place));
                }
                Err(_) => {}
            }
            count += 1;
        }
        if let Some(mistake) = list.check_count(count) {
            mistakes.push(mistake.at(pointer(&self.name)));
        }
        Ok(Some(Value::Json(json_list(&values))))
    }
}

impl Shape {
    fn has_null(&self) -> bool {
        match self {
            Self::One(one) => one.has_null(),
            Self::List(_) => false,
        }
    }

    fn refuse_null(&self) -> Mistake {
        match self {
            Self::One(one) => one.refuse_null(),
            Self::List(_) => ListShape::refuse(),
        }
    }
}

impl ListShape {
    fn refuse() -> Mistake {
        Mistake::new(ErrorCode::ListType, "A list is expected.")
    }

    fn check_count(&self, count: usize) -> Option<Mistake> {
        if count < self.min as usize {
            let detail = format!("At least {} items are expected.", self.min);
            return Some(Mistake::new(ErrorCode::TooShort, detail));
        }
        let max = self.max.filter(|max| count > *max as usize)?;
        Some(Mistake::new(
            ErrorCode::TooLong,
            format!("At most {max} items are expected."),
        ))
    }
}

impl DefaultPlan {
    fn value(&self, caller: &Caller, world: &World) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Caller => caller.key.clone(),
            Self::Now(offset) => Value::Timestamp(world.now.saturating_add(offset.saturating_mul(1_000_000))),
        }
    }
}

fn default_plan(model: &Model, ty: &Type, default: Option<&FieldDefault>) -> DefaultPlan {
    match default {
        None => DefaultPlan::Value(Value::Null),
        Some(FieldDefault::Value(literal)) => DefaultPlan::Value(literal_of(&model.design, ty, literal)),
        Some(FieldDefault::Caller) => DefaultPlan::Caller,
        Some(FieldDefault::Now { offset }) => DefaultPlan::Now(*offset),
    }
}

fn pointer(name: &str) -> Place {
    Place::Pointer(format!("/{}", escaped(name)))
}

/// RFC 6901 §3.
fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        return Cow::Owned(name.replace('~', "~0").replace('/', "~1"));
    }
    Cow::Borrowed(name)
}
