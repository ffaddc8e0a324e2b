use groma_ir::scalar::{Bounds, Scalar, Text};
use serde_json::Value;

use super::schema_check::mistakes;
use super::tasks;
use crate::example::Examples;
use crate::openapi;

fn text(min: u32, max: Option<u32>, pattern: Option<&str>) -> Scalar {
    Scalar::Text(Text {
        min,
        max,
        trim: true,
        pattern: pattern.map(str::to_owned),
    })
}

/// A scalar's example, in a field of that name, fits the scalar's schema.
fn check(scalar: &Scalar) {
    for name in ["title", "amount", "x", "due_at", "email", "color"] {
        for is_second in [false, true] {
            let value = Examples::sample(scalar, name, is_second);
            let schema = openapi::scalar_schema(scalar);
            assert_eq!(
                mistakes(&Value::Null, &schema, &value),
                Vec::<String>::new(),
                "{scalar:?} {name}"
            );
        }
    }
}

#[test]
fn examples_fit_their_types() {
    for scalar in [
        Scalar::Bool,
        Scalar::Uuid,
        Scalar::Date,
        Scalar::Time,
        Scalar::DateTime,
        Scalar::Email,
        Scalar::Url,
        Scalar::Json,
        Scalar::Secret(40),
        Scalar::Int(Bounds::default()),
        Scalar::Int(Bounds {
            min: Some(1000),
            max: Some(1001),
        }),
        Scalar::Int(Bounds {
            min: None,
            max: Some(-5),
        }),
        Scalar::Float(Bounds {
            min: Some(0.25),
            max: Some(0.5),
        }),
    ] {
        check(&scalar);
    }
}

#[test]
fn examples_fit_narrow_texts() {
    for scalar in [
        text(0, None, None),
        text(1, Some(3), None),
        text(500, Some(501), None),
        text(7, Some(7), Some("^#[0-9a-f]{6}$")),
        text(1, Some(20), Some(r"^[A-Z]{2}-\d{4}(-(draft|final))?$")),
        Scalar::Slug { min: 1, max: 4 },
        Scalar::Slug { min: 60, max: 80 },
    ] {
        check(&scalar);
    }
}

#[test]
fn examples_fit_decimals() {
    for precision in 1..=18 {
        for scale in 0..=precision {
            check(&Scalar::Decimal { precision, scale });
        }
    }
}

#[test]
fn keys_differ_from_entity_to_entity_and_stay() {
    let model = tasks();
    let keys: Vec<Value> = model
        .design
        .entities
        .ids()
        .map(|id| Examples::new(&model).key(id))
        .collect();
    let again: Vec<Value> = model
        .design
        .entities
        .ids()
        .map(|id| Examples::new(&model).key(id))
        .collect();
    assert_eq!(keys, again);
    assert!(
        keys.iter()
            .all(|key| keys.iter().filter(|other| *other == key).count() == 1)
    );
}

#[test]
fn a_pattern_that_needs_very_much_text_gets_none() {
    let scalar = text(1, Some(10), Some("(a{1000}){1000}"));
    assert!(Examples::sample(&scalar, "x", false).is_string());
}
