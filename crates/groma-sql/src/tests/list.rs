//! Lists: pages, filters, search, order, and what stands around the rows.

use super::harness::{Answer, Api, admin, user};

fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

fn filled() -> Api {
    let api = Api::tasks();
    let ada = user("ada");
    for (title, rest) in [
        ("alpha", r#""priority":"high","due":"2026-12-01","tags":["home"]"#),
        ("beta 100%", r#""priority":"low","notes":"under_score Größe""#),
        (
            "Gamma",
            r#""priority":"medium","due":"2026-11-30","tags":["home","work"]"#,
        ),
        ("delta", r#""due":"2027-01-01""#),
    ] {
        api.make(&ada, "/api/tasks", &format!(r#"{{"title":"{title}",{rest}}}"#));
    }
    api.make(
        &user("bob"),
        "/api/tasks",
        r#"{"title":"foreign","tags":["home"]}"#,
    );
    api
}

#[test]
fn a_list_holds_exactly_what_the_caller_may_get() {
    let api = filled();
    assert_eq!(
        titles(&api.get(&user("ada"), "/api/tasks")),
        ["delta", "Gamma", "beta 100%", "alpha"]
    );
    assert_eq!(titles(&api.get(&user("bob"), "/api/tasks")), ["foreign"]);
    assert_eq!(titles(&api.get(&user("eve"), "/api/tasks")), [""; 0]);
    assert_eq!(titles(&api.get(&admin("root"), "/api/tasks")).len(), 5);
}

#[test]
fn rows_that_two_rules_open_stand_once() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    for title in ["own and in the project", "of bob in the project", "own"] {
        let project = if title == "own" {
            "null".into()
        } else {
            format!("\"{project}\"")
        };
        api.make(
            &ada,
            "/api/tasks",
            &format!(r#"{{"title":"{title}","project_id":{project}}}"#),
        );
    }
    api.run_all("UPDATE tasks SET owner_id = 'bob' WHERE title LIKE 'of bob%'");
    let page = api.get(&ada, "/api/tasks?count=true&sort=title");
    assert_eq!(
        titles(&page),
        ["of bob in the project", "own", "own and in the project"]
    );
    assert_eq!(page.body["total"], 3);
    assert_eq!(api.get(&ada, "/api/tasks/stats").body["total"], 3);
}

#[test]
fn filters_keep_what_they_say() {
    let api = filled();
    let ada = user("ada");
    for (query, expected) in [
        ("priority=high", vec!["alpha"]),
        ("priority=high&priority=low", vec!["alpha", "beta 100%"]),
        ("priority__in=high,low", vec!["alpha", "beta 100%"]),
        ("priority__ne=medium", vec!["alpha", "beta 100%"]),
        ("due__gte=2026-12-01", vec!["alpha", "delta"]),
        ("due__gt=2026-12-01", vec!["delta"]),
        ("due__lt=2026-12-01", vec!["Gamma"]),
        ("due__lte=2026-12-01&due__gte=2026-12-01", vec!["alpha"]),
        ("due__null=true", vec!["beta 100%"]),
        ("due__null=false", vec!["Gamma", "alpha", "delta"]),
        ("due__ne=2026-12-01", vec!["Gamma", "beta 100%", "delta"]),
        ("tags=home", vec!["Gamma", "alpha"]),
        ("tags=work&tags=nothing", vec!["Gamma"]),
        ("state=open", vec!["Gamma", "alpha", "beta 100%", "delta"]),
        ("state=all&priority=low", vec!["beta 100%"]),
        ("state=done", vec![]),
        ("project_id__null=true&priority=high", vec!["alpha"]),
        ("project_id=00000000-0000-0000-0000-000000000001", vec![]),
    ] {
        let page = api.get(&ada, &format!("/api/tasks?sort=title&{query}&count=true"));
        assert_eq!(titles(&page), expected, "{query}");
        assert_eq!(page.body["total"], expected.len(), "{query}");
    }
}

#[test]
fn search_finds_every_word_in_any_case_and_knows_no_wildcards() {
    let api = filled();
    let ada = user("ada");
    for (query, expected) in [
        ("gamma", vec!["Gamma"]),
        ("A", vec!["Gamma", "alpha", "beta 100%", "delta"]),
        ("beta+score", vec!["beta 100%"]),
        ("beta+home", vec![]),
        ("%25", vec!["beta 100%"]),
        ("_", vec!["beta 100%"]),
        ("100%25", vec!["beta 100%"]),
        ("GR%C3%96SSE", vec!["beta 100%"]),
        ("%27+OR+1%3D1+--", vec![]),
        ("%5C", vec![]),
        ("+++", vec!["Gamma", "alpha", "beta 100%", "delta"]),
        ("", vec!["Gamma", "alpha", "beta 100%", "delta"]),
    ] {
        let page = api.get(&ada, &format!("/api/tasks?sort=title&q={query}"));
        assert_eq!(titles(&page), expected, "{query}");
    }
}

#[test]
fn an_enum_sorts_as_declared_and_nothing_comes_last_both_ways() {
    let api = filled();
    let ada = user("ada");
    for (sort, expected) in [
        ("priority,title", ["alpha", "Gamma", "delta", "beta 100%"]),
        ("-priority,title", ["beta 100%", "Gamma", "delta", "alpha"]),
        ("due", ["Gamma", "alpha", "delta", "beta 100%"]),
        ("-due", ["delta", "alpha", "Gamma", "beta 100%"]),
    ] {
        assert_eq!(
            titles(&api.get(&ada, &format!("/api/tasks?sort={sort}"))),
            expected,
            "{sort}"
        );
    }
}

#[test]
fn a_page_ends_in_a_cursor_and_a_link_that_lead_on() {
    let api = filled();
    let ada = user("ada");
    let first = api.get(
        &ada,
        "/api/tasks?limit=3&state=all&cursor_=".trim_end_matches("&cursor_="),
    );
    assert_eq!(titles(&first).len(), 3);
    let cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
    let link = first.link.clone().unwrap();
    assert_eq!(
        link,
        format!("</api/tasks?limit=3&state=all&cursor={cursor}>; rel=\"next\"")
    );
    let next = api.get(&ada, link.trim_start_matches('<').split('>').next().unwrap());
    assert_eq!(titles(&next), ["alpha"]);
    assert!(next.body["next_cursor"].is_null());
    assert_eq!(next.link, None);
    let names: Vec<&String> = next.body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["items", "next_cursor"]);
}

#[test]
fn a_page_that_is_just_full_has_no_next_one() {
    let api = filled();
    assert!(api.get(&user("ada"), "/api/tasks?limit=4").body["next_cursor"].is_null());
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let api = filled();
    let ada = user("ada");
    let cursor = api.get(&ada, "/api/tasks?limit=1").body["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let long = "A".repeat(4_000);
    for (query, given) in [
        ("sort=title", cursor.as_str()),
        ("sort=created_at", &cursor),
        ("priority=high", &cursor),
        ("state=all", &cursor),
        ("q=x", &cursor),
        ("state=all", "x"),
        ("limit=2", ""),
        ("limit=2", &cursor[1..]),
        ("limit=2", &cursor[..cursor.len() - 4]),
        ("limit=2", &long),
    ] {
        let answer = api.get(&ada, &format!("/api/tasks?{query}&cursor={given}"));
        assert_eq!(answer.status, 400, "{query} {given}");
        assert_eq!(answer.body["errors"][0]["code"], "invalid_cursor");
        assert_eq!(answer.body["errors"][0]["parameter"], "cursor");
    }
    assert_eq!(
        api.get(&ada, &format!("/api/tasks?limit=2&cursor={cursor}"))
            .status,
        200
    );
    assert_eq!(
        api.get(&admin("bob"), &format!("/api/tasks?cursor={cursor}"))
            .status,
        200
    );
    assert_eq!(
        api.get(&user("bob"), &format!("/api/projects?cursor={cursor}"))
            .status,
        400,
        "a cursor of another route"
    );
}

#[test]
fn another_callers_cursor_shows_nothing_of_theirs() {
    let api = filled();
    let cursor = api.get(&user("ada"), "/api/tasks?limit=1").body["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = api.get(&user("eve"), &format!("/api/tasks?cursor={cursor}"));
    assert_eq!(titles(&page), [""; 0]);
}

#[test]
fn include_and_fields_shape_the_items() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"in","project_id":"{project}"}}"#),
    );
    api.make(&ada, "/api/tasks", r#"{"title":"out"}"#);
    let page = api.get(&ada, "/api/tasks?sort=title&fields=title&include=project");
    let project = format!(r#"{{"id":"{project}","name":"p","owner_id":"ada"}}"#);
    assert_eq!(
        page.text,
        format!(
            r#"{{"items":[{{"title":"in","project":{project}}},{{"title":"out","project":null}}],"next_cursor":null}}"#
        )
    );
}

#[test]
fn what_a_query_gets_wrong_is_named() {
    let api = Api::tasks();
    let ada = user("ada");
    for (query, code, parameter) in [
        ("prioriti=high", "unknown_parameter", "prioriti"),
        ("due__like=x", "unknown_parameter", "due__like"),
        ("status=done", "unknown_parameter", "status"),
        ("owner_id=bob", "unknown_parameter", "owner_id"),
        ("priority=urgent", "enum", "priority"),
        ("priority=", "enum", "priority"),
        ("due__gte=tomorrow", "date_from_datetime_parsing", "due__gte"),
        ("due__null=yes", "bool_parsing", "due__null"),
        ("project_id=x", "uuid_parsing", "project_id"),
        ("state=closed", "unknown_value", "state"),
        ("sort=-created", "unknown_value", "sort"),
        ("sort=", "unknown_value", "sort"),
        ("sort=title,-title", "unknown_value", "sort"),
        ("sort=title&sort=due", "repeated_parameter", "sort"),
        ("limit=0", "greater_than_equal", "limit"),
        ("limit=101", "less_than_equal", "limit"),
        ("limit=ten", "int_parsing", "limit"),
        ("limit=", "int_parsing", "limit"),
        ("limit=99999999999999999999", "less_than_equal", "limit"),
        ("offset=1", "unknown_parameter", "offset"),
        ("count=1", "bool_parsing", "count"),
        ("include=owner", "unknown_value", "include"),
        ("fields=id,email", "unknown_value", "fields"),
        ("q=%00", "string_pattern_mismatch", "q"),
        ("q=%ff", "string_unicode", "q"),
        ("%zz=1", "string_unicode", "%zz"),
    ] {
        let answer = api.get(&ada, &format!("/api/tasks?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.body["type"], "/problems/invalid-request");
        assert_eq!(answer.body["errors"][0]["code"], code, "{query}");
        assert_eq!(answer.body["errors"][0]["parameter"], parameter, "{query}");
        assert_eq!(
            answer.body["errors"].as_array().unwrap().len(),
            1,
            "{query}: {}",
            answer.text
        );
    }
    let all = api.get(&ada, "/api/tasks?limit=0&prioriti=high&due=x");
    assert_eq!(all.body["errors"].as_array().unwrap().len(), 3);
    assert!(all.text.contains("did you mean `priority`?"), "{}", all.text);
}
