use groma_ir::design::{Design, ListType, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};
use serde_json::{Value as Json, json};

use super::fits;
use crate::values;

fn design() -> Design {
    groma_ir::sample::tasks().design
}

fn int(min: i64, max: i64) -> Type {
    Type::Scalar(Scalar::Int(Bounds {
        min: Some(min),
        max: Some(max),
    }))
}

fn text(min: u32, max: Option<u32>, pattern: Option<&str>) -> Type {
    Type::Scalar(Scalar::Text(Text {
        min,
        max,
        trim: false,
        pattern: pattern.map(str::to_owned),
    }))
}

#[test]
fn values_that_are_sent_as_fitting_come_back_as_fitting() {
    let decimal = |precision, scale| Scalar::Decimal { precision, scale };
    let scalars = [
        Scalar::Int(Bounds::default()),
        Scalar::Float(Bounds::default()),
        decimal(10, 2),
        decimal(3, 3),
        decimal(5, 0),
        Scalar::Bool,
        Scalar::Uuid,
        Scalar::Date,
        Scalar::Time,
        Scalar::DateTime,
        Scalar::Email,
        Scalar::Url,
        Scalar::Slug { min: 1, max: 9 },
        Scalar::Json,
        Scalar::Secret(20),
    ];
    let types = scalars.map(Type::Scalar).into_iter().chain([
        int(0, 9),
        text(2, Some(9), None),
        text(0, None, Some("^[a-z]+$")),
    ]);
    for ty in types {
        for sample in values::fitting(&design(), &ty) {
            assert!(fits(&design(), &ty, &sample.kept), "{ty:?}: {sample:?}");
        }
    }
}

#[test]
fn what_is_too_wide_does_not_fit() {
    let list = Type::List(Box::new(ListType {
        item: int(0, 9),
        min: 0,
        max: Some(2),
    }));
    let wrong: Vec<(Type, Json)> = vec![
        (int(0, 9), json!(10)),
        (int(0, 9), json!(-1)),
        (int(0, 9), json!("5")),
        (int(0, 9), json!(5.5)),
        (text(2, Some(3), None), json!("a")),
        (text(2, Some(3), None), json!("éééé")),
        (text(0, None, Some("^[a-z]+$")), json!("A")),
        (Type::Scalar(Scalar::Email), json!("not an email")),
        (Type::Scalar(Scalar::Url), json!("example.com")),
        (Type::Scalar(Scalar::Slug { min: 1, max: 3 }), json!("abcd")),
        (Type::Scalar(Scalar::Slug { min: 1, max: 3 }), json!("A")),
        (
            Type::Scalar(Scalar::Decimal {
                precision: 4,
                scale: 2,
            }),
            json!("123.00"),
        ),
        (
            Type::Scalar(Scalar::Decimal {
                precision: 4,
                scale: 2,
            }),
            json!("1.0"),
        ),
        (Type::Scalar(Scalar::Date), json!("2026-11-21T00:00:00Z")),
        (Type::Scalar(Scalar::Time), json!("09:00:00")),
        (Type::Scalar(Scalar::DateTime), json!("2026-11-21T10:00:00Z")),
        (Type::Scalar(Scalar::Secret(16)), json!("short")),
        (list.clone(), json!([1, 2, 3])),
        (list, json!([10])),
    ];
    for (ty, value) in wrong {
        assert!(!fits(&design(), &ty, &value), "{ty:?}: {value}");
    }
}
