//! Bodies as a whole: what is JSON, what is known, what is missing, and that every mistake is told.

use groma_ir::Model;
use groma_ir::http::Problem;
use proptest::prelude::*;

use super::kit::{ask, create, mistakes, tasks};
use crate::{MOST_ERRORS, Plans, Value};

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let body =
        br#"{"titel":"x","priority":"urgent","due":"2026-02-30","tags":["",1],"notes":5,"project_id":"p"}"#;
    let failure = create(&tasks(), body).unwrap_err();
    assert_eq!(failure.problem, Problem::InvalidBody { status: 400 });
    assert_eq!(
        mistakes(&failure),
        [
            "extra_forbidden /titel",
            "enum /priority",
            "date_from_datetime_parsing /due",
            "string_too_short /tags/0",
            "string_type /tags/1",
            "string_type /notes",
            "uuid_parsing /project_id",
            "missing /title",
        ]
    );
    assert_eq!(
        failure.errors[0].detail,
        "There is no member `titel` here; did you mean `title`?"
    );
    assert_eq!(
        failure.errors[1].detail,
        "One of `high`, `medium`, `low` is expected."
    );
    assert_eq!(failure.errors[7].detail, "`title` is required.");
}

#[test]
fn what_is_no_json_is_told_alone() {
    let deep = format!("{}{}", r#"{"notes":"#, "[".repeat(100_000));
    let nested = |levels: usize| {
        format!(r#"{{"x":{}1{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1)).into_bytes()
    };
    let cases: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"  ".to_vec(),
        b"{".to_vec(),
        b"{\"title\":\"t\"".to_vec(),
        b"{\"title\":\"t\"} x".to_vec(),
        b"{\"title\":\"t\"}{}".to_vec(),
        b"{\"title\":\"t\",}".to_vec(),
        b"{,\"title\":\"t\"}".to_vec(),
        b"{\"title\" \"t\"}".to_vec(),
        b"{'title':'t'}".to_vec(),
        b"{title:1}".to_vec(),
        b"{\"title\":\"t\",\"title\":\"t\"}".to_vec(),
        b"{\"title\":\"t\",\"\\u0074itle\":\"t\"}".to_vec(),
        b"{\"x\":1,\"x\":2}".to_vec(),
        b"{\"title\":\"\\ud800\"}".to_vec(),
        b"{\"title\":\"\\udc00\\ud800\"}".to_vec(),
        b"{\"title\":\"\\ud800\\u0041\"}".to_vec(),
        b"{\"title\":\"\\x41\"}".to_vec(),
        b"{\"title\":\"\\u00g1\"}".to_vec(),
        b"{\"title\":\"a\nb\"}".to_vec(),
        b"{\"title\":\"\xff\"}".to_vec(),
        b"{\"title\":\"\xed\xa0\x80\"}".to_vec(),
        b"\xef\xbb\xbf{\"title\":\"t\"}".to_vec(),
        b"{\"x\":01}".to_vec(),
        b"{\"x\":+1}".to_vec(),
        b"{\"x\":.5}".to_vec(),
        b"{\"x\":1.}".to_vec(),
        b"{\"x\":1e}".to_vec(),
        b"{\"x\":-}".to_vec(),
        b"{\"x\":NaN}".to_vec(),
        b"{\"x\":Infinity}".to_vec(),
        b"{\"x\":nul}".to_vec(),
        b"{\"x\":1e400}".to_vec(),
        b"{\"x\":[1 2]}".to_vec(),
        b"{\"x\":[1,]}".to_vec(),
        b"{\"x\":1/**/}".to_vec(),
        deep.into_bytes(),
        nested(65),
    ];
    let plans = tasks();
    for body in cases {
        let failure = create(&plans, &body).unwrap_err();
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(mistakes(&failure), ["json_invalid "], "{shown}");
        assert_eq!(failure.problem, Problem::InvalidRequest, "{shown}");
    }
    assert_eq!(
        mistakes(&create(&plans, &nested(64)).unwrap_err()),
        ["extra_forbidden /x", "missing /title"]
    );
}

#[test]
fn anything_but_an_object_is_refused() {
    for body in ["null", "true", "1", "\"title\"", "[]", "[{\"title\":\"t\"}]"] {
        let failure = create(&tasks(), body.as_bytes()).unwrap_err();
        assert_eq!(mistakes(&failure), ["model_attributes_type "], "{body}");
    }
}

#[test]
fn pointers_are_escaped() {
    let failure = create(&tasks(), br#"{"title":"t","a/b~c":1}"#).unwrap_err();
    assert_eq!(mistakes(&failure), ["extra_forbidden /a~1b~0c"]);
}

#[test]
fn a_hostile_body_does_not_buy_a_longer_answer() {
    let members: Vec<String> = (0..20_000).map(|index| format!("\"x{index}\":1")).collect();
    let failure = create(&tasks(), format!("{{{}}}", members.join(",")).as_bytes()).unwrap_err();
    assert_eq!(failure.errors.len(), MOST_ERRORS);
    let items = vec!["1"; 50_000].join(",");
    let failure = create(
        &tasks(),
        format!(r#"{{"title":"t","tags":[{items}]}}"#).as_bytes(),
    )
    .unwrap_err();
    assert_eq!(failure.errors.len(), MOST_ERRORS);
    let long = format!(r#"{{"title":"t","{}":1}}"#, "y".repeat(100_000));
    let failure = create(&tasks(), long.as_bytes()).unwrap_err();
    assert!(mistakes(&failure)[0].len() < 300);
}

#[test]
fn a_patch_tells_absent_from_null_from_a_value() {
    let plans = tasks();
    let url = "/api/tasks/00000000-0000-0000-0000-000000000001";
    let body = ask(&plans, "PATCH", url, br#"{"notes":null,"due":"2026-11-21"}"#)
        .unwrap()
        .body;
    assert_eq!(body.sent, [false, true, false, true, false, false, false]);
    assert_eq!(body.value(0), None);
    assert_eq!(body.value(1), Some(&Value::Null));
    let failure = ask(
        &plans,
        "PATCH",
        url,
        br#"{"title":null,"tags":null,"priority":null}"#,
    )
    .unwrap_err();
    assert_eq!(
        mistakes(&failure),
        ["string_type /title", "list_type /tags", "enum /priority"]
    );
    assert_eq!(ask(&plans, "PATCH", url, b"{}").unwrap().body.sent, [false; 7]);
}

#[test]
fn defaults_stand_where_nothing_is_sent() {
    let body = create(&tasks(), br#"{"title":"t"}"#).unwrap();
    assert_eq!(
        body.values,
        [
            Some(Value::Text("t".to_owned())),
            Some(Value::Null),
            Some(Value::Text("medium".to_owned())),
            Some(Value::Null),
            Some(Value::Json("[]".to_owned())),
            Some(Value::Null),
        ]
    );
    assert_eq!(body.sent, [true, false, false, false, false, false]);
}

#[test]
fn mistakes_in_the_query_and_in_the_body_are_told_together() {
    let failure = ask(&tasks(), "POST", "/api/tasks?x=1", b"{}").unwrap_err();
    assert_eq!(failure.problem, Problem::InvalidRequest);
    assert_eq!(mistakes(&failure), ["unknown_parameter ?x", "missing /title"]);
}

#[test]
fn a_body_that_does_not_fit_has_the_status_that_the_design_chose() {
    let mut design = groma_ir::sample::tasks().design;
    design.service.validation_status = 422;
    let plans = Plans::new(&Model::new(design));
    let action = "/api/tasks/00000000-0000-0000-0000-000000000001/complete";
    for url in ["/api/tasks", action] {
        let failure = ask(&plans, "POST", url, b"{\"x\":1}").unwrap_err();
        assert_eq!(failure.problem.status(), 422, "{url}");
        assert_eq!(
            ask(&plans, "POST", url, b"x").unwrap_err().problem.status(),
            400,
            "{url}"
        );
    }
}

#[test]
fn the_place_of_what_is_no_json_stands_in_the_sentence() {
    let failure = create(&tasks(), b"").unwrap_err();
    assert_eq!(
        failure.detail(),
        "The text ends where a value is expected (byte 0)."
    );
}

#[test]
fn an_action_without_inputs_takes_nothing_or_an_empty_object() {
    let plans = tasks();
    let url = "/api/tasks/00000000-0000-0000-0000-000000000001/complete";
    for body in ["", "{}", " { } "] {
        assert!(ask(&plans, "POST", url, body.as_bytes()).is_ok(), "{body}");
    }
    let failure = ask(&plans, "POST", url, b"{\"x\":1}").unwrap_err();
    assert_eq!(mistakes(&failure), ["extra_forbidden /x"]);
    assert_eq!(failure.problem, Problem::InvalidBody { status: 400 });
    assert_eq!(
        mistakes(&ask(&plans, "POST", url, b"x").unwrap_err()),
        ["json_invalid "]
    );
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = create(&tasks(), &bytes);
    }

    #[test]
    fn no_text_of_json_breaks_it(text in r#"[\[\]{}:,"\\a0-9eE.+\-tfnu ]{0,40}"#) {
        let _ = create(&tasks(), text.as_bytes());
        let _ = create(&tasks(), format!(r#"{{"title":"t","tags":{text}}}"#).as_bytes());
    }
}
