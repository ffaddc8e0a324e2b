//! Every scalar: what fits, as what it comes back, and the code of what does not.

use groma_ir::design::{ListType, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};

use proptest::prelude::*;

use super::kit::{mistakes, send_notes, with};
use crate::Value;
use crate::reply::write_value;

fn text(min: u32, max: Option<u32>, trim: bool, pattern: Option<&str>) -> Scalar {
    Scalar::Text(Text {
        min,
        max,
        trim,
        pattern: pattern.map(str::to_owned),
    })
}

fn all() -> Vec<Scalar> {
    let int = |min, max| Scalar::Int(Bounds { min, max });
    let decimal = |precision, scale| Scalar::Decimal { precision, scale };
    vec![
        text(0, None, false, None),
        text(1, Some(200), true, None),
        text(3, Some(5), false, None),
        int(None, None),
        int(Some(-5), Some(5)),
        int(Some(i64::MIN), Some(i64::MAX)),
        Scalar::Float(Bounds::default()),
        Scalar::Float(Bounds {
            min: Some(0.0),
            max: Some(1.5),
        }),
        decimal(10, 2),
        decimal(18, 0),
        decimal(18, 17),
        decimal(2, 2),
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

fn back(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_boundary_cases_of_every_scalar_are_decided_as_published() {
    for scalar in all() {
        let plans = with(Type::Scalar(scalar.clone()), false);
        let samples = scalar.samples();
        for (sent, expected) in samples.valid {
            let value = send_notes(&plans, &sent)
                .unwrap_or_else(|failure| panic!("{scalar:?} refuses {sent}: {:?}", failure.errors));
            assert_eq!(back(&value), expected, "{scalar:?}: {sent}");
        }
        for invalid in samples.invalid {
            let failure =
                send_notes(&plans, &invalid.json).expect_err(&format!("{scalar:?} takes {}", invalid.json));
            let wanted = format!("{} /notes", invalid.code.name());
            assert_eq!(mistakes(&failure), [wanted], "{scalar:?}: {}", invalid.json);
        }
    }
}

#[test]
fn nothing_is_coerced() {
    let ints = Scalar::Int(Bounds::default());
    let floats = Scalar::Float(Bounds::default());
    for (scalar, wrong, code) in [
        (
            text(0, None, false, None),
            vec!["1", "true", "null", "[]", "{}", "1.5"],
            "string_type",
        ),
        (
            ints,
            vec!["\"1\"", "1.0", "1e2", "true", "null", "[1]"],
            "int_type",
        ),
        (floats, vec!["\"1.5\"", "false", "null", "{}"], "float_type"),
        (
            Scalar::Bool,
            vec!["1", "0", "\"true\"", "null", "[true]"],
            "bool_type",
        ),
        (
            Scalar::Decimal {
                precision: 9,
                scale: 2,
            },
            vec!["1", "1.5", "null"],
            "decimal_type",
        ),
        (Scalar::Uuid, vec!["1", "null", "{}"], "uuid_type"),
        (Scalar::Date, vec!["20261121", "null"], "date_type"),
        (Scalar::Time, vec!["36000", "null"], "time_type"),
        (Scalar::DateTime, vec!["1795255200", "null"], "datetime_type"),
        (Scalar::Email, vec!["1", "null"], "string_type"),
        (Scalar::Url, vec!["1", "null"], "url_type"),
        (Scalar::Slug { min: 1, max: 9 }, vec!["1", "null"], "string_type"),
    ] {
        let plans = with(Type::Scalar(scalar.clone()), false);
        for json in wrong {
            let failure = send_notes(&plans, json).expect_err(json);
            assert_eq!(
                mistakes(&failure),
                [format!("{code} /notes")],
                "{scalar:?}: {json}"
            );
        }
    }
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let int = with(Type::Scalar(Scalar::Int(Bounds::default())), false);
    for (json, code) in [
        ("9007199254740992", "less_than_equal"),
        ("-9007199254740992", "greater_than_equal"),
        ("99999999999999999999999999", "less_than_equal"),
        ("-99999999999999999999999999", "greater_than_equal"),
    ] {
        assert_eq!(
            mistakes(&send_notes(&int, json).unwrap_err()),
            [format!("{code} /notes")]
        );
    }
    let float = with(Type::Scalar(Scalar::Float(Bounds::default())), false);
    for plans in [&int, &float] {
        assert_eq!(
            mistakes(&send_notes(plans, "1e999").unwrap_err()),
            ["json_invalid "]
        );
    }
    assert_eq!(send_notes(&float, "1").unwrap(), Value::Float(1.0));
    assert_eq!(back(&send_notes(&float, "1e-7").unwrap()), "1e-7");
    let json = with(Type::Scalar(Scalar::Json), false);
    for long in ["1e-401".to_owned(), format!("0.{}", "1".repeat(400))] {
        assert_eq!(
            mistakes(&send_notes(&json, &long).unwrap_err()),
            ["json_invalid "]
        );
    }
    assert_eq!(
        mistakes(&send_notes(&json, "[1e999]").unwrap_err()),
        ["json_invalid "]
    );
}

#[test]
fn text_is_trimmed_before_it_is_measured_and_matched() {
    let plans = with(Type::Scalar(text(1, Some(3), true, Some("^[a-zé]+$"))), false);
    assert_eq!(
        send_notes(&plans, "\" \\tabé\\n \"").unwrap(),
        Value::Text("abé".to_owned())
    );
    for (json, code) in [
        ("\"   \"", "string_too_short"),
        ("\"abcd\"", "string_too_long"),
        ("\"a b\"", "string_pattern_mismatch"),
        ("\"a\\u0000\"", "string_pattern_mismatch"),
    ] {
        assert_eq!(
            mistakes(&send_notes(&plans, json).unwrap_err()),
            [format!("{code} /notes")],
            "{json}"
        );
    }
}

#[test]
fn a_pattern_that_cannot_be_compiled_lets_nothing_pass() {
    let plans = with(Type::Scalar(text(0, None, false, Some("(("))), false);
    assert_eq!(
        mistakes(&send_notes(&plans, "\"x\"").unwrap_err()),
        ["string_pattern_mismatch /notes"]
    );
}

#[test]
fn instants_become_utc_at_microseconds() {
    let plans = with(Type::Scalar(Scalar::DateTime), false);
    for (sent, expected) in [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000000Z"),
        ("2026-11-21t10:00:00.1z", "2026-11-21T10:00:00.100000Z"),
        (
            "2026-11-21T10:00:00.123456789+00:00",
            "2026-11-21T10:00:00.123456Z",
        ),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000000Z"),
        ("2024-02-29T00:00:00+14:00", "2024-02-28T10:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ] {
        assert_eq!(
            back(&send_notes(&plans, &format!("\"{sent}\"")).unwrap()),
            format!("\"{expected}\"")
        );
    }
    for sent in [
        "2026-11-21T10:00:60Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21 10:00:00Z",
        "2026-11-21T10:00Z",
        "2026-11-21T10:00:00.Z",
        "2026-11-21T10:00:00+0200",
        "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+02:60",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "2026-11-21T10:00:00.12345x7Z",
        "2026-11-21T10:00:00.0123456789Z",
        "２026-11-21T10:00:00Z",
        " 2026-11-21T10:00:00Z",
    ] {
        let failure = send_notes(&plans, &format!("\"{sent}\"")).expect_err(sent);
        assert_eq!(
            mistakes(&failure),
            ["datetime_from_date_parsing /notes"],
            "{sent}"
        );
    }
}

#[test]
fn lists_report_each_item_at_its_place() {
    let item = Type::Scalar(Scalar::Int(Bounds {
        min: Some(0),
        max: None,
    }));
    let plans = with(
        Type::List(Box::new(ListType {
            item,
            min: 1,
            max: Some(4),
        })),
        false,
    );
    assert_eq!(
        send_notes(&plans, "[ 1 , 2 ]").unwrap(),
        Value::Json("[1,2]".to_owned())
    );
    for (json, wanted) in [
        ("[]", vec!["too_short /notes"]),
        ("[1,2,3,4,5]", vec!["too_long /notes"]),
        ("{}", vec!["list_type /notes"]),
        ("null", vec!["list_type /notes"]),
        (
            "[1,\"2\",-3,null,[4]]",
            vec![
                "int_type /notes/1",
                "greater_than_equal /notes/2",
                "int_type /notes/3",
                "int_type /notes/4",
                "too_long /notes",
            ],
        ),
    ] {
        assert_eq!(mistakes(&send_notes(&plans, json).unwrap_err()), wanted, "{json}");
    }
    let dates = Type::Scalar(Scalar::DateTime);
    let plans = with(
        Type::List(Box::new(ListType {
            item: dates,
            min: 0,
            max: None,
        })),
        true,
    );
    let stored = send_notes(&plans, r#"["2026-11-21T12:00:00+02:00"]"#).unwrap();
    assert_eq!(
        stored,
        Value::Json(r#"["2026-11-21T10:00:00.000000Z"]"#.to_owned())
    );
    assert_eq!(send_notes(&plans, "null").unwrap(), Value::Null);
}

#[test]
fn json_is_kept_compact_and_null_is_a_value_of_it() {
    let required = with(Type::Scalar(Scalar::Json), false);
    let optional = with(Type::Scalar(Scalar::Json), true);
    let kept = send_notes(&required, " { \"a\" : [ 1.50 , \"\\u00e9\\/\" , { } , [ ] ] } ").unwrap();
    assert_eq!(kept, Value::Json(r#"{"a":[1.50,"é/",{},[]]}"#.to_owned()));
    assert_eq!(
        send_notes(&required, "null").unwrap(),
        Value::Json("null".to_owned())
    );
    assert_eq!(send_notes(&optional, "null").unwrap(), Value::Null);
    let nul = mistakes(&send_notes(&required, r#"{"a":"\u0000"}"#).unwrap_err());
    assert_eq!(nul, ["string_pattern_mismatch /notes"]);
    let nul = mistakes(&send_notes(&required, r#"{"a\u0000":1}"#).unwrap_err());
    assert_eq!(nul, ["string_pattern_mismatch /notes"]);
    assert_eq!(
        mistakes(&send_notes(&required, r#"{"a":1,"\u0061":2}"#).unwrap_err()),
        ["json_invalid "]
    );
}

/// Whether the published JSON Schema lets a text pass.
fn is_published(scalar: &Scalar, text: &str) -> bool {
    let json = scalar.json();
    let length = text.chars().count();
    json.min_length.is_none_or(|min| length >= min as usize)
        && json.max_length.is_none_or(|max| length <= max as usize)
        && json
            .patterns
            .iter()
            .all(|pattern| regex::Regex::new(pattern).unwrap().is_match(text))
}

proptest! {
    #[test]
    fn what_the_schema_of_trimmed_text_lets_pass_fits(min in 0_u32..5, sent in "[ \t\u{85}ab]{0,7}") {
        let scalar = text(min, Some(6), true, None);
        if is_published(&scalar, &sent) {
            let json = serde_json::to_string(&sent).unwrap();
            let read = send_notes(&with(Type::Scalar(scalar), false), &json);
            prop_assert!(read.is_ok(), "{sent:?} with at least {min}: {read:?}");
        }
    }
}
