//! What is written: problems, decimals, tags, folded text.

use groma_ir::http::{ErrorCode, Problem};
use proptest::prelude::*;

use crate::{Cell, Encode, Failure, Foreign, InputError, Place, Tags, Value, fold, problem_json, tag};

fn json(failure: &Failure) -> serde_json::Value {
    serde_json::from_slice(&problem_json(failure, "/api/tasks/\"1\"", "r-1")).unwrap()
}

#[test]
fn a_problem_says_its_kind_and_where_it_happened() {
    let body = problem_json(&Failure::of(Problem::NotFound), "/api/tasks/1", "r-1");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"type":"/problems/not-found","title":"Not found","status":404,"detail":"There is no such resource.","instance":"/api/tasks/1","request_id":"r-1"}"#
    );
}

#[test]
fn mistakes_are_listed_with_their_places() {
    let error = |place| InputError {
        detail: "No.".into(),
        code: ErrorCode::Missing,
        place,
    };
    let failure = Failure {
        problem: Problem::InvalidBody { status: 422 },
        detail: None,
        errors: vec![
            error(Place::Pointer("/a".into())),
            error(Place::Parameter("b".into())),
            error(Place::Header("If-Match")),
        ],
    };
    let body = json(&failure);
    assert_eq!(body["status"], 422);
    assert_eq!(body["detail"], "The body does not fit its schema.");
    assert_eq!(body["instance"], "/api/tasks/\"1\"");
    assert_eq!(body["errors"][0]["pointer"], "/a");
    assert_eq!(body["errors"][1]["parameter"], "b");
    assert_eq!(body["errors"][2]["header"], "If-Match");
    let alone = Failure {
        errors: vec![error(Place::Pointer("/a".into()))],
        ..failure
    };
    assert_eq!(
        json(&alone)["detail"],
        "No.",
        "one mistake is told at the top, where simple clients look"
    );
}

#[test]
fn decimals_keep_their_scale() {
    for (units, scale, text) in [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-1250, 2, "-12.50"),
        (7, 0, "7"),
        (i64::MIN, 18, "-9.223372036854775808"),
        (i64::MAX, 0, "9223372036854775807"),
    ] {
        assert_eq!(Value::Decimal { units, scale }.to_wire_text(), text);
    }
}

#[test]
fn what_a_foreign_table_holds_is_answered_as_ours() {
    let write = |encode: Encode, cell: Cell<'_>| {
        let mut out = Vec::new();
        encode.write(cell, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(write(Encode::ForeignJson, Cell::Text(" [ 1 ] ")), "[1]");
    assert_eq!(write(Encode::ForeignJson, Cell::Text("{} , \"x\":1")), "null");
    assert_eq!(write(Encode::Number, Cell::Float(f64::INFINITY)), "null");
    assert_eq!(write(Encode::Number, Cell::Float(1.0)), "1.0");
}

#[test]
fn a_time_of_a_foreign_table_is_read_in_the_forms_that_are_known() {
    let instant = |cell| Foreign::Instant.read(cell);
    let text = |text: &'static str| instant(Cell::Text(text));
    for same in [
        "2026-11-21T10:00:00.123Z",
        "2026-11-20T22:00:00.123-12:00",
        "2026-11-21 10:00:00.123",
        "2026-11-21 12:00:00.123000+02:00",
    ] {
        assert_eq!(
            text(same).as_deref(),
            Some("2026-11-21T10:00:00.123000Z"),
            "{same}"
        );
    }
    let epoch = instant(Cell::Int(0));
    assert_eq!(epoch.as_deref(), Some("1970-01-01T00:00:00.000000Z"));
    for unknown in [
        "soon",
        "",
        " ",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-02-30 10:00:00",
    ] {
        assert_eq!(text(unknown), None, "{unknown}");
    }
    for unknown in [
        Cell::Int(i64::MAX),
        Cell::Int(i64::MIN / 1_000),
        Cell::Float(0.5),
        Cell::Null,
    ] {
        assert_eq!(instant(unknown), None, "{unknown:?}");
    }
    let date = |text| Foreign::Date.read(Cell::Text(text));
    assert_eq!(date("2026-11-21").as_deref(), Some("2026-11-21"));
    assert_eq!(date("21.11.2026"), None);
    let time = |text| Foreign::Time.read(Cell::Text(text));
    assert_eq!(time("10:30").as_deref(), Some("10:30:00.000000"));
    assert_eq!(time("late"), None);
}

#[test]
fn a_row_matches_strongly_and_an_answer_weakly() {
    let plain = tag(b"row", None);
    let embedded = tag(b"row", Some(b"more"));
    assert_ne!(plain, embedded);
    assert!(plain.starts_with('"') && plain.ends_with('"') && plain.len() == 24);
    for (header, row, answer) in [
        ("*".to_owned(), true, true),
        (plain.clone(), true, true),
        (format!("\"a\" , {plain}"), true, true),
        (embedded.clone(), true, false),
        (format!("W/{plain}"), false, true),
        (String::new(), false, false),
        (plain.trim_matches('"').to_owned(), false, false),
        ("\"\"".to_owned(), false, false),
        ("\"a\", *".to_owned(), false, false),
    ] {
        let tags = Tags::parse(&header);
        assert_eq!(
            (tags.match_row(&plain), tags.match_answer(&plain)),
            (row, answer),
            "{header}"
        );
    }
    assert!(Tags::parse(&plain).match_row(&embedded));
    assert!(!Tags::parse(&plain).match_answer(&embedded));
}

#[test]
fn folding_forgets_case_in_every_script() {
    for (one, other) in [
        ("GRÖSSE", "größe"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ПРИВЕТ", "привет"),
        ("ǅ", "ǆ"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "Straße"),
    ] {
        assert_eq!(fold(one), fold(other));
    }
    for one in ('\0'..=char::MAX).map(String::from) {
        assert_eq!(fold(&fold(&one)), fold(&one), "{one}");
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
        prop_assert_eq!(fold(&text.to_lowercase()).is_empty(), text.is_empty());
    }

    #[test]
    fn no_header_breaks_the_tags(header in any::<String>()) {
        let tags = Tags::parse(&header);
        let _ = (tags.match_row("\"a\""), tags.match_answer("\"a\""));
    }
}

#[test]
fn text_is_escaped_as_postgres_and_other_writers_of_json_do() {
    let mut out = Vec::new();
    crate::write_string(&mut out, "\u{8}\u{c}\n\r\t\u{1}\u{1f}\"\\/\u{7f}\u{2028}");
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\\"\\\\/\u{7f}\u{2028}\""
    );
}
