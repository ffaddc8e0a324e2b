//! Queries: percent-decoding, defaults, bounds. What each parameter keeps is tested where rows are.

use groma_ir::design::EntityId;
use groma_ir::{Id, Model};
use proptest::prelude::*;

use super::kit::{ask, mistakes, tasks};
use crate::{Plans, Test, Value};

fn query(text: &str) -> crate::Query {
    ask(&tasks(), "GET", &format!("/api/tasks?{text}"), b"")
        .unwrap_or_else(|f| panic!("{text}: {f:?}"))
        .query
}

fn wrong(text: &str) -> Vec<String> {
    mistakes(&ask(&tasks(), "GET", &format!("/api/tasks?{text}"), b"").unwrap_err())
}

#[test]
fn nothing_means_the_defaults() {
    for text in ["", "&", "&&"] {
        let query = query(text);
        assert_eq!((query.limit, query.count, query.filters.len()), (20, false, 0));
        assert_eq!(query.sort.len(), 2, "the default and the key");
        assert!(
            query.sort.iter().all(|term| term.descending),
            "the key follows the last term"
        );
    }
}

#[test]
fn text_is_percent_decoded_once() {
    assert_eq!(query("q=a%20b+c").words, ["a", "b", "c"]);
    assert_eq!(query("q=%2541").words, ["%41"]);
    assert_eq!(query("%71=x").words, ["x"]);
    assert_eq!(query("q=%C3%84").words, ["ä"]);
    let text = r"%61ll";
    assert_eq!(query(&format!("state={text}")).filters[0].test, Test::Option(0));
    for bad in ["q=%", "q=%4", "q=%zz", "q=%C3", "q=%ED%A0%80", "%ff=1"] {
        assert_eq!(wrong(bad)[0].split(' ').next(), Some("string_unicode"), "{bad}");
    }
}

#[test]
fn a_plus_that_was_meant_is_named() {
    let mut design = groma_ir::sample::tasks().design;
    let created = design.entities[EntityId::new(2)].field("created_at").unwrap();
    let list = design.resources[Id::new(1)].list.as_mut().unwrap();
    list.filters[0].field = created;
    let plans = Plans::new(&Model::new(design));
    let ask = |time: &str| {
        ask(
            &plans,
            "GET",
            &format!("/api/tasks?created_at__gte=2026-11-21T10:00{time}"),
            b"",
        )
    };
    assert!(ask(":00%2B02:00").is_ok());
    let failure = ask(":00+02:00").unwrap_err();
    assert_eq!(
        mistakes(&failure),
        ["datetime_from_date_parsing ?created_at__gte"]
    );
    assert_eq!(
        failure.detail(),
        "A `+` in a query is a blank; write `%2B` for it: `2026-11-21T10:00:00%2B02:00`."
    );
    assert!(
        !ask("+02:00").unwrap_err().detail().contains("%2B"),
        "no form of it fits"
    );
}

#[test]
fn many_values_are_bounded() {
    let hundred = vec!["high"; 100].join(",");
    assert!(
        matches!(&query(&format!("priority__in={hundred}")).filters[0].test, Test::Values(v) if v.len() == 100)
    );
    assert_eq!(
        wrong(&format!("priority__in={hundred},low")),
        ["too_long ?priority__in"]
    );
    let words: Vec<String> = (0..17).map(|word| format!("w{word}")).collect();
    assert_eq!(wrong(&format!("q={}", words.join("+"))), ["too_long ?q"]);
    assert_eq!(query("q=a+a+A+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a").words, ["a"]);
}

#[test]
fn an_unknown_parameter_is_told_once() {
    assert_eq!(wrong("x=1&x=2&x=3"), ["unknown_parameter ?x"]);
    let many: Vec<String> = (0..1_000).map(|index| format!("x{index}=1")).collect();
    assert_eq!(wrong(&many.join("&")).len(), crate::MOST_ERRORS);
}

#[test]
fn a_route_without_parameters_takes_none() {
    let failure = ask(&tasks(), "GET", "/api/tasks/stats?limit=1", b"").unwrap_err();
    assert_eq!(mistakes(&failure), ["unknown_parameter ?limit"]);
}

#[test]
fn a_key_that_is_none_is_null() {
    let plans = tasks();
    let key = |path: &str| {
        ask(&plans, "GET", &format!("/api/tasks/{path}"), b"")
            .unwrap()
            .key
    };
    assert_eq!(
        key("00000000-0000-0000-0000-00000000000A"),
        Value::Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10])
    );
    assert_eq!(
        key("%30%30000000-0000-0000-0000-000000000000"),
        Value::Uuid([0; 16])
    );
    for path in [
        "x",
        "%",
        "%ff",
        "..",
        "00000000-0000-0000-0000-000000000000%00",
        "00000000000000000000000000000000",
    ] {
        assert_eq!(key(path), Value::Null, "{path}");
    }
}

proptest! {
    #[test]
    fn no_query_breaks_it(text in "[a-z_%&=+,.\\-0-9\u{e4}]{0,60}") {
        let _ = ask(&tasks(), "GET", &format!("/api/tasks?{text}"), b"");
    }

    #[test]
    fn no_known_parameter_breaks_it(
        name in proptest::sample::select(vec!["sort", "cursor", "limit", "fields", "include", "q", "due__gte", "tags", "state"]),
        value in any::<String>(),
    ) {
        let mut encoded = String::new();
        crate::decode::percent::encode(&mut encoded, &value);
        let _ = ask(&tasks(), "GET", &format!("/api/tasks?{name}={encoded}"), b"");
    }
}
