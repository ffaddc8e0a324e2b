use std::collections::BTreeSet;

use groma_ir::design::Type;
use groma_ir::scalar::{Bounds, Scalar, Text};

use super::{Mint, fresh, fresh_edges};
use crate::rng::Rng;

/// So many values of a type, each free of those before.
fn many(ty: &Type, count: usize) -> Vec<String> {
    let design = groma_ir::sample::tasks().design;
    let mut rng = Rng::new(7);
    let mut held: Vec<serde_json::Value> = Vec::new();
    for serial in 0..count {
        let mut mint = Mint {
            marker: "vabcdefgh",
            serial: serial as u64,
            rng: &mut rng,
        };
        let is_free = |value: &serde_json::Value| !held.contains(value);
        match fresh(&design, ty, &mut mint, &is_free) {
            Some(sample) => held.push(sample.kept),
            None => break,
        }
    }
    held.iter().map(ToString::to_string).collect()
}

fn scalar(scalar: Scalar) -> Type {
    Type::Scalar(scalar)
}

fn text(min: u32, max: Option<u32>, pattern: Option<&str>) -> Type {
    scalar(Scalar::Text(Text {
        min,
        max,
        trim: false,
        pattern: pattern.map(str::to_owned),
    }))
}

#[test]
fn every_type_has_many_values() {
    let wide = [
        scalar(Scalar::Int(Bounds::default())),
        scalar(Scalar::Float(Bounds::default())),
        scalar(Scalar::Float(Bounds {
            min: Some(0.0),
            max: Some(1.0),
        })),
        scalar(Scalar::Decimal {
            precision: 10,
            scale: 2,
        }),
        scalar(Scalar::Uuid),
        scalar(Scalar::Date),
        scalar(Scalar::Time),
        scalar(Scalar::DateTime),
        scalar(Scalar::Email),
        scalar(Scalar::Url),
        scalar(Scalar::Slug { min: 1, max: 40 }),
        scalar(Scalar::Slug { min: 2, max: 4 }),
        scalar(Scalar::Json),
        scalar(Scalar::Secret(16)),
        text(0, None, None),
        text(1, Some(3), None),
        text(4, Some(20), Some("[A-Z]+")),
        text(0, Some(8), Some("^[A-Z]{3}-[0-9]{4}$")),
    ];
    for ty in wide {
        let values = many(&ty, 30);
        let different: BTreeSet<&String> = values.iter().collect();
        assert_eq!(different.len(), 30, "{ty:?}: {values:?}");
    }
}

#[test]
fn a_type_with_few_values_is_used_up() {
    let bounds = |min, max| Bounds {
        min: Some(min),
        max: Some(max),
    };
    assert_eq!(many(&scalar(Scalar::Bool), 9).len(), 2);
    assert_eq!(many(&scalar(Scalar::Int(bounds(0, 4))), 9).len(), 5);
    assert_eq!(many(&text(1, Some(1), None), 90).len(), 26);
    assert_eq!(many(&text(0, Some(1), Some("^[ab]$")), 9).len(), 2);
}

#[test]
fn edges_of_text_are_fresh_too() {
    let mut rng = Rng::new(1);
    let mint = Mint {
        marker: "vabcdefgh",
        serial: 3,
        rng: &mut rng,
    };
    let lengths: Vec<usize> = fresh_edges(&text(20, Some(30), None), &mint)
        .iter()
        .map(|sample| sample.kept.as_str().unwrap().chars().count())
        .collect();
    assert_eq!(lengths, [20, 30, 20, 30, 20, 30]);
    assert!(fresh_edges(&text(0, Some(5), None), &mint).is_empty());
}
