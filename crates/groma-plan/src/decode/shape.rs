//! The types of values, made ready to check: what a body's member, a query parameter or a key must be.

use groma_ir::Id;
use groma_ir::design::{Design, Type};
use groma_ir::http::ErrorCode;
use groma_ir::scalar::Scalar;
use regex::Regex;

use super::json::{Json, Kind, Syntax};
use super::{number, text};
use crate::Value;
use crate::failure::Mistake;

/// What a value must be.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// One value.
    One(One),
    /// A list of them.
    List(ListShape),
}

/// A list and its bounds.
#[derive(Clone, Debug)]
pub(crate) struct ListShape {
    pub(crate) item: One,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
}

/// What one value must be.
#[derive(Clone, Debug)]
pub(crate) enum One {
    /// A scalar, with its pattern made ready.
    Scalar(Scalar, Pattern),
    /// One of these names.
    Enum(Vec<String>),
}

/// A regular expression that was compiled at start.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    None,
    Compiled(Regex),
    /// One that does not compile lets nothing pass; the checker reports it before it gets here.
    Broken,
}

impl Shape {
    /// The shape of a type; a reference is what the key it points at is.
    pub(crate) fn of(design: &Design, ty: &Type) -> Self {
        match ty {
            Type::List(list) => Self::List(ListShape {
                item: One::of(design, &list.item),
                min: list.min,
                max: list.max,
            }),
            Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => Self::One(One::of(design, ty)),
        }
    }
}

impl One {
    pub(crate) fn of(design: &Design, ty: &Type) -> Self {
        let mut ty = ty;
        // The checker refuses a key that refers back to itself; the bound only makes sure that this ends.
        for _ in 0..=design.entities.len() {
            match ty {
                Type::Scalar(scalar) => return Self::of_scalar(scalar),
                Type::Enum(id) => {
                    let variants = design.enums[*id].variants.iter();
                    return Self::Enum(variants.map(|variant| variant.name.clone()).collect());
                }
                Type::Reference(target) => {
                    let target = &design.entities[*target];
                    ty = &target.fields[target.key].ty;
                }
                Type::List(list) => ty = &list.item,
            }
        }
        Self::Enum(Vec::new())
    }

    pub(crate) fn of_scalar(scalar: &Scalar) -> Self {
        let pattern = match scalar {
            Scalar::Text(text) => text.pattern.as_deref().map_or(Pattern::None, compile),
            _ => Pattern::None,
        };
        Self::Scalar(scalar.clone(), pattern)
    }

    /// Reads a value of a body.
    pub(crate) fn read(&self, json: &mut Json<'_>) -> Result<Result<Value, Mistake>, Syntax> {
        let Self::Scalar(scalar, _) = self else {
            return self.read_string(json, enum_mistake);
        };
        match scalar {
            Scalar::Int(bounds) => number::read_int(json, *bounds),
            Scalar::Float(bounds) => number::read_float(json, *bounds),
            Scalar::Bool => read_bool(json),
            Scalar::Json => read_any(json),
            Scalar::Text(_) | Scalar::Email | Scalar::Slug { .. } | Scalar::Secret(_) => {
                self.read_string(json, |_| wrong_type(ErrorCode::StringType, "Text is expected."))
            }
            Scalar::Url => self.read_string(json, |_| wrong_type(ErrorCode::UrlType, "A URL is expected.")),
            Scalar::Uuid => self.read_string(json, |_| {
                wrong_type(ErrorCode::UuidType, "A UUID is expected as text.")
            }),
            Scalar::Decimal { .. } => self.read_string(json, |_| {
                wrong_type(ErrorCode::DecimalType, "A decimal number is expected as text.")
            }),
            Scalar::Date => self.read_string(json, |_| {
                wrong_type(ErrorCode::DateType, "A date is expected as text.")
            }),
            Scalar::Time => self.read_string(json, |_| {
                wrong_type(ErrorCode::TimeType, "A time is expected as text.")
            }),
            Scalar::DateTime => self.read_string(json, |_| {
                wrong_type(ErrorCode::DatetimeType, "A date and time is expected as text.")
            }),
        }
    }

    fn read_string(
        &self,
        json: &mut Json<'_>,
        wrong: impl Fn(&Self) -> Mistake,
    ) -> Result<Result<Value, Mistake>, Syntax> {
        if json.kind()? != Kind::String {
            json.skip()?;
            return Ok(Err(wrong(self)));
        }
        let text = json.string()?;
        Ok(self.parse(&text))
    }

    /// Reads a value of a path or a query, where everything is text.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, Mistake> {
        let (scalar, pattern) = match self {
            Self::Enum(names) => return self.parse_enum(names, text),
            Self::Scalar(scalar, pattern) => (scalar, pattern),
        };
        match scalar {
            Scalar::Text(bounds) => text::parse_text(bounds, pattern, text),
            Scalar::Int(bounds) => number::parse_int(*bounds, text),
            Scalar::Float(bounds) => number::parse_float(*bounds, text),
            Scalar::Decimal { precision, scale } => number::parse_decimal(*precision, *scale, text),
            Scalar::Bool => parse_bool(text),
            Scalar::Uuid => text::parse_uuid(text),
            Scalar::Date => text::parse_date(text),
            Scalar::Time => text::parse_time(text),
            Scalar::DateTime => text::parse_timestamp(text),
            Scalar::Email => text::parse_email(text),
            Scalar::Url => text::parse_url(text),
            Scalar::Slug { min, max } => text::parse_slug((*min, *max), text),
            Scalar::Json => Ok(Value::Json(text.to_owned())),
            Scalar::Secret(_) => Ok(Value::Text(text.to_owned())),
        }
    }

    fn parse_enum(&self, names: &[String], text: &str) -> Result<Value, Mistake> {
        if names.iter().any(|name| name == text) {
            return Ok(Value::Text(text.to_owned()));
        }
        Err(enum_mistake(self))
    }

    /// What a null is where none may stand: a value of another type.
    pub(crate) fn refuse_null(&self) -> Mistake {
        let Ok(mut json) = Json::new(b"null") else {
            return enum_mistake(self);
        };
        match self.read(&mut json) {
            Ok(Err(mistake)) => mistake,
            Ok(Ok(_)) | Err(_) => enum_mistake(self),
        }
    }

    /// Whether `null` is a value of the type itself.
    pub(crate) fn has_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::Json, _))
    }
}

/// The key's type of the entity whose rows are the callers.
pub(crate) fn caller_key(design: &Design) -> Option<One> {
    let entity = &design.entities[design.caller_entity()?];
    debug_assert!(entity.key.index() < entity.fields.len());
    Some(One::of(design, &entity.fields[entity.key].ty))
}

fn compile(pattern: &str) -> Pattern {
    match regex::RegexBuilder::new(pattern).size_limit(1 << 20).build() {
        Ok(regex) => Pattern::Compiled(regex),
        Err(_) => Pattern::Broken,
    }
}

fn read_bool(json: &mut Json<'_>) -> Result<Result<Value, Mistake>, Syntax> {
    if json.kind()? == Kind::Bool {
        return Ok(Ok(Value::Bool(json.bool()?)));
    }
    json.skip()?;
    Ok(Err(wrong_type(
        ErrorCode::BoolType,
        "`true` or `false` is expected.",
    )))
}

fn read_any(json: &mut Json<'_>) -> Result<Result<Value, Mistake>, Syntax> {
    let compact = json.compact()?;
    if compact.has_nul {
        return Ok(Err(text::nul()));
    }
    Ok(Ok(Value::Json(compact.text)))
}

fn parse_bool(text: &str) -> Result<Value, Mistake> {
    match text {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ => Err(Mistake::new(
            ErrorCode::BoolParsing,
            "`true` or `false` is expected.",
        )),
    }
}

fn wrong_type(code: ErrorCode, detail: &'static str) -> Mistake {
    Mistake::new(code, detail)
}

fn enum_mistake(one: &One) -> Mistake {
    let One::Enum(names) = one else {
        return Mistake::new(ErrorCode::Enum, "Another value is expected.");
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Mistake::new(
        ErrorCode::Enum,
        format!("One of {} is expected.", quoted.join(", ")),
    )
}
