//! Values that fit a type, and some that do not, as Python writes them.

use groma_ir::Model;
use groma_ir::design::Type;
use groma_ir::http::ErrorCode;
use groma_ir::scalar::{Bounds, Scalar, Text};

use crate::cx::Cx;
use crate::names;
use crate::python::{Imports, string};

/// The type of what stands in a field: that of the key for a reference.
pub(crate) fn plain<'m>(model: &'m Model, ty: &'m Type) -> &'m Type {
    let mut ty = ty;
    for _ in 0..=model.design.entities.len() {
        let Type::Reference(target) = ty else { break };
        let target = &model.design.entities[*target];
        ty = &target.fields[target.key].ty;
    }
    ty
}

/// A value as a body holds it.
pub(crate) fn sent(cx: &Cx<'_>, ty: &Type) -> Option<String> {
    Some(match plain(cx.model, ty) {
        Type::Scalar(scalar) => return of_scalar(scalar),
        Type::Enum(of) => {
            let variant = cx.model.design.enums[*of].variants.iter().next()?;
            string(&variant.name)
        }
        Type::List(list) => {
            let items = (0..list.min).map(|_| sent(cx, &list.item));
            format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", "))
        }
        Type::Reference(_) => return None,
    })
}

/// A value as a body holds it that is another one each time: an expression with `uuid4`.
pub(super) fn fresh(cx: &Cx<'_>, ty: &Type) -> Option<String> {
    let hex = |min: u32, max: Option<u32>| match max {
        Some(max) if max < 32 && min <= max => Some(format!("uuid4().hex[:{max}]")),
        _ if min <= 32 => Some(String::from("uuid4().hex")),
        _ => None,
    };
    match plain(cx.model, ty) {
        Type::Scalar(Scalar::Text(text)) if text.pattern.is_none() => hex(text.min, text.max),
        Type::Scalar(Scalar::Slug { min, max }) => hex(*min, Some(*max)),
        Type::Scalar(Scalar::Email) => Some(String::from("f\"{uuid4()}@example.com\"")),
        Type::Scalar(Scalar::Uuid) => Some(String::from("str(uuid4())")),
        Type::Scalar(_) | Type::Enum(_) | Type::List(_) | Type::Reference(_) => None,
    }
}

/// A value as a row holds it.
pub(crate) fn stored(cx: &Cx<'_>, imports: &mut Imports, ty: &Type) -> Option<String> {
    let ty = plain(cx.model, ty);
    let text = sent(cx, ty)?;
    let mut parsed = |module: &str, name: &str, call: &str| {
        imports.name(module, name);
        format!("{name}{call}({text})")
    };
    Some(match ty {
        Type::Scalar(Scalar::Date) => parsed("datetime", "date", ".fromisoformat"),
        Type::Scalar(Scalar::Time) => parsed("datetime", "time", ".fromisoformat"),
        Type::Scalar(Scalar::DateTime) => parsed("datetime", "datetime", ".fromisoformat"),
        Type::Scalar(Scalar::Decimal { .. }) => parsed("decimal", "Decimal", ""),
        Type::Scalar(Scalar::Uuid) => parsed("uuid", "UUID", ""),
        Type::Enum(of) => {
            let class = names::enumeration(cx.model, *of);
            if let Some(module) = cx.module_of_enum(*of) {
                imports.name(&module, &class);
            }
            let variant = cx.model.design.enums[*of].variants.ids().next()?;
            format!("{class}.{}", names::variant(cx.model, *of, variant))
        }
        Type::List(_) | Type::Scalar(_) | Type::Reference(_) => text,
    })
}

fn of_scalar(scalar: &Scalar) -> Option<String> {
    Some(match scalar {
        Scalar::Text(text) if text.pattern.is_some() => return None,
        Scalar::Text(text) => fitting(text),
        Scalar::Int(bounds) => {
            let (least, most) = bounds.effective();
            1.clamp(least, most).to_string()
        }
        Scalar::Float(Bounds { min, max }) => {
            let least = min.unwrap_or(f64::MIN);
            let most = max.unwrap_or(f64::MAX);
            format!("{:?}", 1.0_f64.max(least).min(most))
        }
        Scalar::Decimal { scale, .. } if *scale > 0 => {
            format!("\"0.{}\"", "1".repeat(usize::from(*scale)))
        }
        Scalar::Decimal { .. } => string("1"),
        Scalar::Bool => String::from("True"),
        Scalar::Uuid => string("019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d"),
        Scalar::Date => string("2026-05-04"),
        Scalar::Time => string("10:30:00"),
        Scalar::DateTime => string("2026-05-04T10:30:00.000000Z"),
        Scalar::Email => string("dora@example.com"),
        Scalar::Url => string("https://example.com/"),
        Scalar::Slug { min, max } => {
            let text = "some-words";
            let fits = (*min..=*max).contains(&10);
            if fits {
                string(text)
            } else {
                string(&"a".repeat(*min as usize))
            }
        }
        Scalar::Json => String::from("{}"),
        Scalar::Secret(length) => repeated("a", *length),
    })
}

fn fitting(text: &Text) -> String {
    let words = "some words";
    let fits = text.min <= 10 && text.max.is_none_or(|max| max >= 10);
    if fits {
        string(words)
    } else {
        repeated("a", text.min.max(1))
    }
}

/// Short texts as they are, long ones by their length.
fn repeated(text: &str, count: u32) -> String {
    if count <= 20 {
        string(&text.repeat(count as usize))
    } else {
        format!("{} * {count}", string(text))
    }
}

/// Values that do not fit, each with the code of its mistake.
pub(super) fn unfit(cx: &Cx<'_>, ty: &Type) -> Vec<(String, ErrorCode)> {
    match plain(cx.model, ty) {
        Type::Scalar(scalar) => unfit_scalar(scalar),
        Type::Enum(_) => vec![(string("no such name"), ErrorCode::Enum)],
        Type::List(list) => {
            let mut all = vec![(String::from("5"), ErrorCode::ListType)];
            if let (Some(max), Some(item)) = (list.max, sent(cx, &list.item)) {
                all.push((format!("[{item}] * {}", max + 1), ErrorCode::TooLong));
            }
            all
        }
        Type::Reference(_) => Vec::new(),
    }
}

fn unfit_scalar(scalar: &Scalar) -> Vec<(String, ErrorCode)> {
    let number = || String::from("5");
    let word = || string("x");
    match scalar {
        Scalar::Text(text) => {
            let mut all = vec![(number(), ErrorCode::StringType)];
            if text.pattern.is_none() {
                if let Some(max) = text.max {
                    all.push((format!("\"x\" * {}", max + 1), ErrorCode::StringTooLong));
                }
                if let Some(less) = text.min.checked_sub(1) {
                    all.push((repeated("x", less), ErrorCode::StringTooShort));
                }
            }
            all
        }
        Scalar::Int(bounds) => {
            let (_, most) = bounds.effective();
            let over = most
                .checked_add(1)
                .map(|over| (over.to_string(), ErrorCode::LessThanEqual));
            std::iter::once((word(), ErrorCode::IntType))
                .chain(over)
                .collect()
        }
        Scalar::Float(_) => vec![(word(), ErrorCode::FloatType)],
        Scalar::Decimal { .. } => vec![(word(), ErrorCode::DecimalParsing)],
        Scalar::Bool => vec![(word(), ErrorCode::BoolType)],
        Scalar::Uuid => vec![(word(), ErrorCode::UuidParsing), (number(), ErrorCode::UuidType)],
        Scalar::Date => vec![(string("2026-02-30"), ErrorCode::DateFromDatetimeParsing)],
        Scalar::Time => vec![(word(), ErrorCode::TimeParsing)],
        Scalar::DateTime => vec![(word(), ErrorCode::DatetimeParsing)],
        Scalar::Email => vec![(word(), ErrorCode::ValueError)],
        Scalar::Url => vec![(word(), ErrorCode::UrlParsing)],
        Scalar::Slug { min, .. } => vec![(repeated("X", (*min).max(1)), ErrorCode::StringPatternMismatch)],
        Scalar::Json | Scalar::Secret(_) => Vec::new(),
    }
}
