//! Reads a body: strict JSON, then each member by its type.

use std::fmt;

use regex::Regex;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use groma_ir::design::{Design, Type};
use groma_ir::http::{Member, MemberKind};
use groma_ir::scalar::{Scalar, Text};

use super::Bug;
use crate::call::Sample;

/// JSON in which no name comes twice.
pub(super) struct Strict(pub(super) Json);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Json::Null))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Strict, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(Strict(Json::Array(items)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Strict, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = from.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a name comes twice"));
            }
        }
        Ok(Strict(Json::Object(object)))
    }
}

pub(super) fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

type Errors = Vec<(String, String)>;

/// The members of a body by their types.
pub(super) fn read(
    design: &Design,
    declared: &[Member],
    body: &Map<String, Json>,
    has: &dyn Fn(Bug) -> bool,
) -> Result<Vec<(Member, Sample)>, Errors> {
    let mut errors = Vec::new();
    let mut values = Vec::new();
    for member in declared {
        let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
            unreachable!()
        };
        let at = format!("/{}", member.name);
        match body.get(&member.name) {
            None if member.required && !has(Bug::TakesMissing) => errors.push(("missing".into(), at)),
            None => {}
            Some(value) => match check(design, ty, member.nullable, value, has) {
                Ok(kept) => values.push((
                    member.clone(),
                    Sample {
                        sent: value.to_string(),
                        kept,
                    },
                )),
                Err((code, below)) => errors.push((code, format!("{at}{below}"))),
            },
        }
    }
    for name in body
        .keys()
        .filter(|name| !declared.iter().any(|member| member.name == **name))
    {
        let is_taken = has(Bug::IgnoresUnknownMembers) || has(Bug::TakesOwnerFromBody) && name == "owner_id";
        if !is_taken {
            let at = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            errors.push(("extra_forbidden".into(), at));
        }
    }
    if has(Bug::ReportsFirstMistakeOnly) {
        errors.truncate(1);
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

type Checked = Result<Json, (String, String)>;

fn check(design: &Design, ty: &Type, nullable: bool, value: &Json, has: &dyn Fn(Bug) -> bool) -> Checked {
    if value.is_null() && nullable {
        return Ok(Json::Null);
    }
    match ty {
        Type::Scalar(scalar) => scalar_value(scalar, value, has),
        Type::Reference(target) => {
            let target = &design.entities[*target];
            check(design, &target.fields[target.key].ty, false, value, has)
        }
        Type::Enum(of) => {
            let fold = |text: &str| {
                if has(Bug::TakesEnumInAnyCase) {
                    text.to_lowercase()
                } else {
                    text.to_owned()
                }
            };
            let names = &design.enums[*of].variants;
            let found = value
                .as_str()
                .and_then(|text| names.iter().find(|variant| variant.name == fold(text)));
            found
                .map(|variant| Json::from(variant.name.as_str()))
                .ok_or(("enum".into(), String::new()))
        }
        Type::List(list) => {
            let Json::Array(items) = value else {
                return Err(("list_type".into(), String::new()));
            };
            if list.max.is_some_and(|max| items.len() > max as usize) {
                return Err(("too_long".into(), String::new()));
            }
            if items.len() < list.min as usize {
                return Err(("too_short".into(), String::new()));
            }
            let kept = items.iter().enumerate().map(|(at, item)| {
                check(design, &list.item, false, item, has)
                    .map_err(|(code, below)| (code, format!("/{at}{below}")))
            });
            kept.collect()
        }
    }
}

fn scalar_value(scalar: &Scalar, value: &Json, has: &dyn Fn(Bug) -> bool) -> Checked {
    let wrong = |code: &str| Err((code.to_owned(), String::new()));
    match scalar {
        Scalar::Text(text) => match value {
            Json::String(given) => text_value(text, given, has),
            Json::Number(number) if has(Bug::CoercesText) => text_value(text, &number.to_string(), has),
            _ => wrong("string_type"),
        },
        Scalar::Int(bounds) => match value.as_i64() {
            None if value.is_u64() => wrong("less_than_equal"),
            None => wrong("int_type"),
            Some(int) if int < bounds.effective().0 => wrong("greater_than_equal"),
            Some(int) if int > bounds.effective().1 => wrong("less_than_equal"),
            Some(int) => Ok(int.into()),
        },
        Scalar::Float(bounds) => match value.as_f64() {
            None => wrong("float_type"),
            Some(float) if bounds.min.is_some_and(|min| float < min) => wrong("greater_than_equal"),
            Some(float) if bounds.max.is_some_and(|max| float > max) => wrong("less_than_equal"),
            Some(_) => Ok(value.clone()),
        },
        Scalar::Bool if value.is_boolean() => Ok(value.clone()),
        Scalar::Bool => wrong("bool_type"),
        Scalar::Json => Ok(value.clone()),
        _ => match value.as_str() {
            Some(_) if has(Bug::TakesAnyDate) && *scalar == Scalar::Date => Ok(value.clone()),
            Some(text) => check_text(scalar, text).map_err(|code| (code.to_owned(), String::new())),
            None => wrong(type_code(scalar)),
        },
    }
}

fn type_code(scalar: &Scalar) -> &'static str {
    match scalar {
        Scalar::Uuid => "uuid_type",
        Scalar::Decimal { .. } => "decimal_type",
        Scalar::Date => "date_type",
        Scalar::Time => "time_type",
        Scalar::DateTime => "datetime_type",
        Scalar::Url => "url_type",
        _ => "string_type",
    }
}

fn text_value(text: &Text, given: &str, has: &dyn Fn(Bug) -> bool) -> Checked {
    let kept = if text.trim && !has(Bug::KeepsUntrimmed) {
        given.trim()
    } else {
        given
    };
    let length = if has(Bug::CountsBytes) {
        kept.len()
    } else {
        kept.chars().count()
    };
    let extra = usize::from(has(Bug::OffByOneLength));
    let code = if kept.contains('\0') {
        "string_pattern_mismatch"
    } else if length < text.min as usize {
        "string_too_short"
    } else if text.max.is_some_and(|max| length > max as usize + extra) {
        "string_too_long"
    } else if text
        .pattern
        .as_deref()
        .is_some_and(|pattern| !Regex::new(pattern).unwrap().is_match(kept))
    {
        "string_pattern_mismatch"
    } else {
        return Ok(kept.into());
    };
    Err((code.to_owned(), String::new()))
}

/// Texts with a format of their own, in the form in which they leave.
pub(super) fn check_text(scalar: &Scalar, text: &str) -> Result<Json, &'static str> {
    let json = scalar.json();
    let matches = json
        .patterns
        .iter()
        .all(|pattern| Regex::new(pattern).unwrap().is_match(text));
    let length = text.chars().count();
    let fits = json.min_length.is_none_or(|min| length >= min as usize)
        && json.max_length.is_none_or(|max| length <= max as usize);
    match scalar {
        Scalar::Uuid if matches => Ok(text.to_lowercase().into()),
        Scalar::Uuid => Err("uuid_parsing"),
        Scalar::Date => date(text).filter(|_| matches).ok_or("date_from_datetime_parsing"),
        Scalar::Time => text
            .parse::<jiff::civil::Time>()
            .ok()
            .filter(|_| matches)
            .map(|time| time.strftime("%H:%M:%S%.6f").to_string().into())
            .ok_or("time_parsing"),
        Scalar::DateTime => text
            .parse::<jiff::Timestamp>()
            .ok()
            .filter(|_| matches)
            .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into())
            .ok_or("datetime_from_date_parsing"),
        Scalar::Email => matches.then(|| text.into()).filter(|_| fits).ok_or("value_error"),
        Scalar::Url => matches.then(|| text.into()).filter(|_| fits).ok_or("url_parsing"),
        Scalar::Slug { min, .. } if length < *min as usize => Err("string_too_short"),
        Scalar::Slug { .. } if !fits => Err("string_too_long"),
        Scalar::Slug { .. } => matches.then(|| text.into()).ok_or("string_pattern_mismatch"),
        Scalar::Decimal { precision, scale } => decimal(text, *precision, *scale),
        _ => Ok(text.into()),
    }
}

fn date(text: &str) -> Option<Json> {
    text.parse::<jiff::civil::Date>()
        .ok()
        .map(|date| date.strftime("%Y-%m-%d").to_string().into())
}

fn decimal(text: &str, precision: u8, scale: u8) -> Result<Json, &'static str> {
    let shape = Regex::new(r"^-?(\d+)(?:\.(\d+))?$").unwrap();
    let found = shape.captures(text).ok_or("decimal_parsing")?;
    let part = found.get(2).map_or("", |part| part.as_str());
    if part.len() > usize::from(scale) {
        return Err("decimal_max_places");
    }
    if found[1].len() > usize::from(precision.saturating_sub(scale).max(1)) {
        return Err("decimal_whole_digits");
    }
    let whole = text.split('.').next().unwrap();
    let point = if scale == 0 { "" } else { "." };
    Ok(format!("{whole}{point}{part:0<width$}", width = usize::from(scale)).into())
}
