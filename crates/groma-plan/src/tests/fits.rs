//! What fits by its type fits by its value: every value that the one type takes, the other takes unchanged.

use groma_ir::Id;
use groma_ir::design::{EnumId, ListType, Misfit, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};

use super::kit::{send_notes, with};
use crate::Plans;
use crate::reply::write_value;

fn scalars() -> Vec<Scalar> {
    let text = |min, max, trim, pattern: Option<&str>| {
        Scalar::Text(Text {
            min,
            max,
            trim,
            pattern: pattern.map(str::to_owned),
        })
    };
    let int = |min, max| Scalar::Int(Bounds { min, max });
    let float = |min, max| Scalar::Float(Bounds { min, max });
    let decimal = |precision, scale| Scalar::Decimal { precision, scale };
    vec![
        text(0, None, false, None),
        text(0, Some(3), false, None),
        text(1, Some(200), true, None),
        text(5, Some(254), false, None),
        text(8, Some(3000), true, None),
        text(3, Some(5), false, None),
        text(3, Some(5), true, None),
        text(1, Some(5), false, Some("^[a-z]+$")),
        text(1, Some(5), true, Some("^[a-z]+$")),
        text(2, Some(4), true, Some("^[a-z]+$")),
        text(1, Some(5), false, Some("a")),
        int(None, None),
        int(Some(-5), Some(5)),
        int(Some(0), Some(3)),
        int(Some(0), None),
        int(Some(i64::MIN), Some(i64::MAX)),
        float(None, None),
        float(Some(0.0), Some(1.5)),
        float(Some(-1.0), None),
        decimal(10, 2),
        decimal(4, 2),
        decimal(2, 2),
        decimal(3, 2),
        decimal(4, 4),
        decimal(18, 0),
        Scalar::Bool,
        Scalar::Uuid,
        Scalar::Date,
        Scalar::Time,
        Scalar::DateTime,
        Scalar::Email,
        Scalar::Url,
        Scalar::Slug { min: 1, max: 50 },
        Scalar::Slug { min: 3, max: 8 },
        Scalar::Json,
    ]
}

fn types() -> Vec<Type> {
    let list = |item: &Type, min, max| {
        let item = item.clone();
        Type::List(Box::new(ListType { item, min, max }))
    };
    let mut types: Vec<Type> = scalars().into_iter().map(Type::Scalar).collect();
    types.extend([Type::Enum(EnumId::new(0)), Type::Enum(EnumId::new(1))]);
    let lists: Vec<Type> = types
        .iter()
        .flat_map(|item| {
            [
                list(item, 0, None),
                list(item, 1, Some(2)),
                list(item, 2, Some(3)),
            ]
        })
        .collect();
    types.extend(lists);
    types
}

/// JSON of all sorts, at the edges of every type and just beyond: which of it a type takes, the type says.
fn values() -> Vec<String> {
    let quoted = |text: String| format!("\"{text}\"");
    let mut values: Vec<String> = Vec::new();
    for scalar in scalars() {
        let samples = scalar.samples();
        values.extend(samples.valid.into_iter().map(|(sent, _)| sent));
        values.extend(samples.invalid.into_iter().map(|invalid| invalid.json));
    }
    let lengths = [0, 1, 2, 3, 4, 5, 6, 8, 9, 49, 50, 51, 200, 201, 254, 255, 2048];
    for unit in ["a", "A", "\u{e9}", " ", "1"] {
        values.extend(lengths.map(|length| quoted(unit.repeat(length))));
    }
    values.extend(
        [" ab", "ab ", " abc ", "a-b", "a@b.c", "http://a", "https://a.de/"].map(|it| quoted(it.to_owned())),
    );
    values.extend(["-6", "-1", "0", "1", "3", "4", "5", "6", "1.5", "1.6", "-0.5"].map(str::to_owned));
    values.extend(
        ["0.01", "0.9999", "9.99", "10.00", "99.99", "100.00", "-1", "1"].map(|it| quoted(it.to_owned())),
    );
    values.extend(["high", "medium", "todo", "done"].map(|it| quoted(it.to_owned())));
    values.sort();
    values.dedup();
    values.extend([
        quoted(format!("{}@b.co", "a".repeat(245))),
        quoted(format!("https://b.co/{}", "a".repeat(280))),
    ]);
    // The longest ones say nothing new in a list.
    let short: Vec<String> = values.iter().filter(|it| it.len() < 300).cloned().collect();
    values.extend(short.iter().flat_map(|it| {
        let list = |count: usize| format!("[{}]", vec![it.as_str(); count].join(","));
        [list(1), list(2), list(3), list(4)]
    }));
    values.push("[]".to_owned());
    values.sort();
    values.dedup();
    values
}

/// Whether a pattern narrows a type more than its bounds say: what that comes to is not looked into.
fn has_pattern(ty: &Type) -> bool {
    match ty {
        Type::Scalar(Scalar::Text(text)) => text.pattern.is_some(),
        Type::List(list) => has_pattern(&list.item),
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => false,
    }
}

/// What a type makes of a value, as the answer shows it; `None` if it refuses it.
fn taken(plans: &Plans, json: &str) -> Option<String> {
    let value = send_notes(plans, json).ok()?;
    let mut out = Vec::new();
    write_value(&mut out, &value);
    Some(String::from_utf8(out).unwrap())
}

#[test]
fn what_fits_by_type_fits_by_value() {
    let types = types();
    let plans: Vec<Plans> = types.iter().map(|ty| with(ty.clone(), false)).collect();
    let values = values();
    let mut pairs = 0;
    let mut needless = Vec::new();
    for (from, source) in types.iter().zip(&plans) {
        // Once more what came out of it: a value is put into another field as it is kept, trimmed and in UTC.
        let kept: Vec<String> = values.iter().filter_map(|json| taken(source, json)).collect();
        assert!(!kept.is_empty(), "nothing is known that {from:?} takes");
        for (to, target) in types.iter().zip(&plans) {
            let refused = kept
                .iter()
                .find(|json| taken(target, json).as_ref() != Some(json));
            match (from.fits_into(to), refused) {
                (Ok(()), Some(json)) => panic!("{from:?} fits into {to:?}, which refuses {json}"),
                (Ok(()), None) => pairs += 1,
                (Err(Misfit::Kind), _) | (Err(_), Some(_)) => {}
                (Err(_), None) if has_pattern(from) => {}
                (Err(misfit), None) => needless.push(format!("{from:?} into {to:?}: {misfit:?}")),
            }
        }
    }
    assert!(pairs > 200, "{pairs}");
    assert!(needless.is_empty(), "{needless:#?}");
}
