//! One member of a body.

use groma_ir::Model;
use groma_ir::design::{Default as FieldDefault, Type};
use groma_ir::http::ErrorCode;

use super::Target;
use crate::decode::json::{Json, Kind, Syntax};
use crate::decode::shape::{ListShape, Shape};
use crate::failure::{Mistake, Mistakes, Place};
use crate::literal::{json_list, literal_of};
use crate::{Caller, Value, World};

/// How a member is read.
#[derive(Debug)]
pub(super) struct MemberPlan {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) shape: Shape,
    pub(super) nullable: bool,
    pub(super) required: bool,
    pub(super) default: DefaultPlan,
    /// Texts that would fit and are refused.
    pub(super) refused: Vec<String>,
}

/// What an absent member becomes.
#[derive(Debug)]
pub(super) enum DefaultPlan {
    Value(Value),
    Caller,
    Now(i64),
}

impl MemberPlan {
    pub(super) fn read(&self, json: &mut Json<'_>, mistakes: &mut Mistakes) -> Result<Option<Value>, Syntax> {
        if json.kind()? == Kind::Null && (self.nullable || !self.shape.has_null()) {
            json.null()?;
            if !self.nullable {
                mistakes.push(self.shape.refuse_null().at(Place::member(&self.name)));
            }
            return Ok(Some(Value::Null));
        }
        match &self.shape {
            Shape::One(one) => match one.read(json)? {
                Ok(Value::Text(text)) if self.refused.contains(&text) => {
                    let detail = format!("No path could lead to a resource with the key `{text}`.");
                    let mistake = Mistake::new(ErrorCode::ValueError, detail);
                    mistakes.push(mistake.at(Place::member(&self.name)));
                    Ok(None)
                }
                Ok(value) => Ok(Some(value)),
                Err(mistake) => {
                    mistakes.push(mistake.at(Place::member(&self.name)));
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
            mistakes.push(ListShape::refuse().at(Place::member(&self.name)));
            return Ok(None);
        }
        let mut values = Vec::new();
        let mut count = 0_usize;
        let mut items = json.array()?;
        while json.item(&mut items)? {
            match list.item.read(json)? {
                Ok(value) => values.push(value),
                Err(mistake) if mistakes.has_room() => {
                    mistakes.push(mistake.at(Place::item(&self.name, count)));
                }
                Err(_) => {}
            }
            count += 1;
        }
        if let Some(mistake) = list.check_count(count) {
            mistakes.push(mistake.at(Place::member(&self.name)));
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
    pub(super) fn value(&self, caller: &Caller, world: &World) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Caller => caller.key.clone(),
            Self::Now(offset) => Value::Timestamp(world.now.saturating_add(offset.saturating_mul(1_000_000))),
        }
    }
}

/// What an absent member of a type becomes.
pub(super) fn default_plan(model: &Model, ty: &Type, default: Option<&FieldDefault>) -> DefaultPlan {
    match default {
        None => DefaultPlan::Value(Value::Null),
        Some(FieldDefault::Value(literal)) => DefaultPlan::Value(literal_of(&model.design, ty, literal)),
        Some(FieldDefault::Caller) => DefaultPlan::Caller,
        Some(FieldDefault::Now { offset }) => DefaultPlan::Now(*offset),
    }
}
