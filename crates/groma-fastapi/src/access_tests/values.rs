//! Values that lie in a range, as Python writes them.

use groma_access::{Literal, Region};
use groma_ir::design::{self, Type};
use groma_ir::scalar::Scalar;

use crate::cx::Cx;
use crate::names;
use crate::people;
use crate::python::{Imports, string};
use crate::resource_tests::samples;

/// A value: as a row holds it, with what that takes to be imported, and as a body holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    pub(crate) stored: String,
    pub(crate) sent: String,
    pub(crate) uses: Vec<(String, String)>,
}

impl Value {
    /// What is the same in a row and in a body.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            stored: text.clone(),
            sent: text,
            uses: Vec::new(),
        }
    }

    /// A constant of `tests/rows.py`, which bodies and paths hold as text unless it is a number.
    pub(crate) fn constant(name: &str, ty: &Type) -> Self {
        let sent = match ty {
            Type::Scalar(Scalar::Uuid) => format!("str({name})"),
            _ => name.to_owned(),
        };
        Self {
            stored: name.to_owned(),
            sent,
            uses: vec![(String::from("tests.rows"), name.to_owned())],
        }
    }

    /// Somebody's key, as rows hold it.
    pub(crate) fn person(cx: &Cx<'_>, name: &str) -> Self {
        let key = people::key(cx, &mut Imports::default(), name);
        let uses = [("tests.conftest", "key_of")];
        let is_made = key.contains('(');
        Self::stored(key, if is_made { &uses } else { &[] })
    }

    /// A list of values.
    pub(crate) fn list(items: &[Self]) -> Self {
        let all = |text: fn(&Self) -> &str| {
            let items: Vec<&str> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        };
        Self {
            stored: all(|item| &item.stored),
            sent: all(|item| &item.sent),
            uses: items.iter().flat_map(|item| item.uses.clone()).collect(),
        }
    }

    /// An expression that only a row can hold.
    pub(crate) fn stored(text: impl Into<String>, uses: &[(&str, &str)]) -> Self {
        let text = text.into();
        let uses = uses
            .iter()
            .map(|(module, name)| ((*module).to_owned(), (*name).to_owned()));
        Self {
            stored: text.clone(),
            sent: text,
            uses: uses.collect(),
        }
    }
}

/// Some value that fits a type.
pub(crate) fn any(cx: &Cx<'_>, ty: &Type) -> Option<Value> {
    let stored = samples::stored(cx, &mut Imports::default(), ty)?;
    let needs = |module: &str, name: &str| Some((module.to_owned(), name.to_owned()));
    let uses = match samples::plain(cx.model, ty) {
        Type::Enum(of) => Some((cx.module_of_enum(*of)?, names::enumeration(cx.model, *of))),
        Type::Scalar(Scalar::Date) => needs("datetime", "date"),
        Type::Scalar(Scalar::Time) => needs("datetime", "time"),
        Type::Scalar(Scalar::DateTime) => needs("datetime", "datetime"),
        Type::Scalar(Scalar::Decimal { .. }) => needs("decimal", "Decimal"),
        Type::Scalar(Scalar::Uuid) => needs("uuid", "UUID"),
        Type::Scalar(_) | Type::List(_) | Type::Reference(_) => None,
    };
    Some(Value {
        sent: samples::sent(cx, ty)?,
        stored,
        uses: uses.into_iter().collect(),
    })
}

/// A value of a design. None where a body cannot hold it as it is.
pub(crate) fn literal(cx: &Cx<'_>, ty: &Type, value: &design::Value) -> Option<Value> {
    let ty = samples::plain(cx.model, ty);
    let parsed = |module: &str, name: &str, call: &str, text: &str| {
        let text = string(text);
        Value {
            stored: format!("{name}{call}({text})"),
            sent: text,
            uses: vec![(module.to_owned(), name.to_owned())],
        }
    };
    Some(match (value, ty) {
        (design::Value::None, _) => Value::plain("None"),
        (design::Value::Bool(value), _) => Value::plain(if *value { "True" } else { "False" }),
        (design::Value::Int(number), Type::Scalar(Scalar::Decimal { .. })) => {
            parsed("decimal", "Decimal", "", &number.to_string())
        }
        (design::Value::Int(number), Type::Scalar(Scalar::Float(_))) => Value::plain(format!("{number}.0")),
        (design::Value::Int(number), _) => Value::plain(number.to_string()),
        (design::Value::Float(number), _) => Value::plain(format!("{number:?}")),
        (design::Value::Variant(of, variant), _) => within(cx, ty, &Region::Variant(*of, *variant))?,
        (design::Value::List(items), Type::List(list)) => {
            let items = items.iter().map(|item| literal(cx, &list.item, item));
            Value::list(&items.collect::<Option<Vec<_>>>()?)
        }
        (design::Value::Text(text), Type::Scalar(scalar)) => match scalar {
            Scalar::Date => parsed("datetime", "date", ".fromisoformat", text),
            Scalar::Time => parsed("datetime", "time", ".fromisoformat", text),
            Scalar::DateTime => parsed("datetime", "datetime", ".fromisoformat", text),
            Scalar::Decimal { .. } => parsed("decimal", "Decimal", "", text),
            Scalar::Uuid => parsed("uuid", "UUID", "", text),
            _ => Value::plain(string(text)),
        },
        (design::Value::List(_) | design::Value::Text(_), _) => return None,
    })
}

/// A value in a range. None where it is not known how to make one.
pub(crate) fn within(cx: &Cx<'_>, ty: &Type, region: &Region) -> Option<Value> {
    Some(match region {
        Region::None => Value::plain("None"),
        Region::False => Value::plain("False"),
        Region::True => Value::plain("True"),
        Region::Variant(of, variant) => {
            let class = names::enumeration(cx.model, *of);
            Value {
                stored: format!("{class}.{}", names::variant(cx.model, *of, *variant)),
                sent: string(&cx.model.design.enums[*of].variants[*variant].name),
                uses: vec![(cx.module_of_enum(*of)?, class)],
            }
        }
        Region::Is(literal) => at(ty, literal, 0)?,
        Region::Below(literal) => at(ty, literal, -1)?,
        Region::Above(literal) | Region::Between(literal, _) => at(ty, literal, 1)?,
        Region::Other => any(cx, ty)?,
        Region::Caller(_) | Region::Less | Region::Equal | Region::Greater | Region::Unequal => return None,
    })
}

/// A literal, or the next value below or above it.
fn at(ty: &Type, literal: &Literal, step: i128) -> Option<Value> {
    Some(match (literal, ty) {
        (Literal::Int(number), _) => Value::plain((number + step).to_string()),
        (Literal::Decimal(digits, scale), _) => {
            let text = string(&Literal::Decimal(digits + step, *scale).to_string());
            Value {
                stored: format!("Decimal({text})"),
                sent: text,
                uses: vec![(String::from("decimal"), String::from("Decimal"))],
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "one is one")]
        (Literal::Float(number), _) => Value::plain(format!("{:?}", number + step as f64)),
        (Literal::Text(text), Type::Scalar(scalar)) if step == 0 => {
            let text = string(text);
            let class = match scalar {
                Scalar::Date => "date",
                Scalar::Time => "time",
                Scalar::DateTime => "datetime",
                _ => return Some(Value::plain(text)),
            };
            Value {
                stored: format!("{class}.fromisoformat({text})"),
                sent: text,
                uses: vec![(String::from("datetime"), class.to_owned())],
            }
        }
        (Literal::Text(_), _) => return None,
    })
}
