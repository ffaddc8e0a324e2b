//! Literals: what stands in the text, as a value of the type of its place.

use groma_ir::design::{Design, EnumId, Type, Value, VariantId};
use groma_ir::scalar::Scalar;
use groma_ir::words;
use groma_syntax::ast::{self, DateKind};

use super::Resolver;

/// What a term is, where a literal of some type is wanted.
pub(super) enum Literal {
    /// A literal of that type.
    Value(Value),
    /// A literal of another type, or one that its type has no room for.
    Misfit,
    /// No literal.
    Other,
}

impl Resolver<'_> {
    /// The term as a value of a type.
    pub(super) fn literal(&self, term: &ast::Term, ty: &Type) -> Literal {
        let value = match (term, ty) {
            (ast::Term::List(list), Type::List(of)) => {
                let items = list.items().map(|item| match self.literal(&item, &of.item) {
                    Literal::Value(value) => Some(value),
                    Literal::Misfit | Literal::Other => None,
                });
                items.collect::<Option<Vec<Value>>>().map(Value::List)
            }
            (ast::Term::Path(path), Type::Enum(of)) => {
                let variant = path.single().and_then(|name| self.variant(*of, &name.text()));
                return variant.map_or(Literal::Other, |variant| {
                    Literal::Value(Value::Variant(*of, variant))
                });
            }
            (_, Type::Scalar(scalar)) if is_plain(term) => scalar_value(term, scalar),
            _ if is_plain(term) || matches!(term, ast::Term::List(_)) => None,
            _ => return Literal::Other,
        };
        value.map_or(Literal::Misfit, Literal::Value)
    }

    /// A value of an enum by its name.
    pub(super) fn variant(&self, of: EnumId, name: &str) -> Option<VariantId> {
        self.map.variants.get(groma_ir::Id::index(of))?.get(name).copied()
    }
}

/// Whether the term is a literal of some type on its own.
pub(super) fn is_plain(term: &ast::Term) -> bool {
    match term {
        ast::Term::Number(_)
        | ast::Term::String(_)
        | ast::Term::Bool(_)
        | ast::Term::Date(_)
        | ast::Term::Duration(_)
        | ast::Term::Size(_)
        | ast::Term::Negative(_) => true,
        ast::Term::Path(_)
        | ast::Term::Now(_)
        | ast::Term::None(_)
        | ast::Term::Caller(_)
        | ast::Term::Call(_)
        | ast::Term::List(_)
        | ast::Term::Object(_)
        | ast::Term::Arithmetic(_)
        | ast::Term::Paren(_)
        | ast::Term::Hole(_) => false,
    }
}

/// What a literal would be on its own: for messages.
pub(super) fn describe(term: &ast::Term) -> &'static str {
    match term {
        ast::Term::Number(_) | ast::Term::Negative(_) => "a number",
        ast::Term::String(_) => "text",
        ast::Term::Bool(_) => "`true` or `false`",
        ast::Term::Date(date) => match date.kind() {
            DateKind::Date => "a date",
            DateKind::Time => "a time",
            DateKind::DateTime => "a datetime",
        },
        ast::Term::Duration(_) => "a duration",
        ast::Term::Size(_) => "a size",
        ast::Term::Path(_) => "a name",
        ast::Term::Now(_) => "a datetime",
        ast::Term::None(_) => "nothing",
        ast::Term::Caller(_) => "the caller",
        ast::Term::Call(_) => "a computed value",
        ast::Term::List(_) => "a list",
        ast::Term::Object(_) => "an object",
        ast::Term::Arithmetic(_) => "a sum",
        ast::Term::Paren(_) => "a condition",
        ast::Term::Hole(_) => "something open",
    }
}

/// A type for messages: `text`, `Priority`, without its bounds.
pub(crate) fn kind_name(design: &Design, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.name().to_owned(),
        Type::Enum(_) | Type::Reference(_) => words::ty(design, ty),
        Type::List(list) => format!("[{}]", kind_name(design, &list.item)),
    }
}

/// A type as the design writes it: `text(2..5)? trim matches /[a-z]/`.
pub(crate) fn spelled(design: &Design, ty: &Type, optional: bool) -> String {
    let mark = if optional { "?" } else { "" };
    let plain = match ty {
        Type::List(list) if list.max.is_none() && list.min > 0 => {
            format!("{}({}..)", words::ty(design, ty), list.min)
        }
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => words::ty(design, ty),
    };
    let item = match ty {
        Type::List(list) => &list.item,
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => ty,
    };
    let Type::Scalar(Scalar::Text(text)) = item else {
        return format!("{plain}{mark}");
    };
    let trim = if text.trim { " trim" } else { "" };
    let matches = text.pattern.as_ref().map_or_else(String::new, |pattern| {
        format!(" matches /{}/", pattern.replace('/', "\\/"))
    });
    format!("{plain}{mark}{trim}{matches}")
}

fn scalar_value(term: &ast::Term, scalar: &Scalar) -> Option<Value> {
    match scalar {
        Scalar::Text(_) | Scalar::Email | Scalar::Url | Scalar::Slug { .. } | Scalar::Secret(_) => {
            string(term).map(Value::Text)
        }
        Scalar::Int(_) => super::types::integer(term).map(Value::Int),
        Scalar::Float(_) => number(term)?
            .parse()
            .ok()
            .filter(|it: &f64| it.is_finite())
            .map(Value::Float),
        Scalar::Decimal { precision, scale } => decimal(&number(term)?, *precision, *scale).map(Value::Text),
        Scalar::Bool => match term {
            ast::Term::Bool(it) => Some(Value::Bool(it.value())),
            _ => None,
        },
        Scalar::Uuid => uuid(&string(term)?).map(Value::Text),
        Scalar::Date => date(term, DateKind::Date).map(Value::Text),
        Scalar::Time => date(term, DateKind::Time).map(|text| Value::Text(time(&text))),
        Scalar::DateTime => utc(&date(term, DateKind::DateTime)?).map(Value::Text),
        Scalar::Json => match term {
            ast::Term::Bool(it) => Some(Value::Bool(it.value())),
            ast::Term::String(it) => Some(Value::Text(it.value())),
            ast::Term::Number(_) | ast::Term::Negative(_) => super::types::integer(term).map(Value::Int),
            _ => None,
        },
    }
}

fn string(term: &ast::Term) -> Option<String> {
    match term {
        ast::Term::String(text) => Some(text.value()),
        _ => None,
    }
}

/// The digits of a number with its sign.
fn number(term: &ast::Term) -> Option<String> {
    match term {
        ast::Term::Number(number) => Some(number.text().replace('_', "")),
        ast::Term::Negative(negative) => match negative.operand()? {
            ast::Term::Number(number) => Some(format!("-{}", number.text().replace('_', ""))),
            _ => None,
        },
        _ => None,
    }
}

fn date(term: &ast::Term, kind: DateKind) -> Option<String> {
    match term {
        ast::Term::Date(date) if date.kind() == kind => Some(date.text()),
        _ => None,
    }
}

/// The number with exactly `scale` digits after the point, if it has room.
fn decimal(text: &str, precision: u8, scale: u8) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let room = usize::from(precision.saturating_sub(scale));
    if whole.len() > room || part.len() > usize::from(scale) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && part.is_empty() { "" } else { sign };
    Some(match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0<width$}", width = usize::from(scale)),
    })
}

fn uuid(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_hex = parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (lengths == [8, 4, 4, 4, 12] && is_hex).then(|| text.to_ascii_lowercase())
}

/// `09:30` → `09:30:00`.
fn time(text: &str) -> String {
    match text.len() {
        5 => format!("{text}:00"),
        _ => text.to_owned(),
    }
}

/// An instant in UTC with six digits of a second.
fn utc(text: &str) -> Option<String> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let zone = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut numbers = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let minutes = days(year, month, day) * 1440 + hour * 60 + minute - offset(zone)?;
    let (year, month, day) = civil(minutes.div_euclid(1440));
    let minute = minutes.rem_euclid(1440);
    let fraction: String = fraction.chars().take(6).collect();
    (0..=9999).contains(&year).then(|| {
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{second:02}.{fraction:0<6}Z",
            minute / 60,
            minute % 60
        )
    })
}

/// Minutes east of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    let part = (5 * of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * part + 2) / 5 + 1)
}
