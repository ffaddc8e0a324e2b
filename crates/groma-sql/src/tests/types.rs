//! Fields of every type through the database, and designs that differ from the plain one.

use groma_ir::design::{EntityId, ListShape, OnDelete, Path, ResourceId, Row, Who};
use groma_plan::{Caller, Value};

use super::harness::{Answer, Api, Ask, user};
use super::wide::{self, PROJECT, id};
use crate::Presence;

fn api() -> Api {
    Api::new(wide::lowered(|_| {}), Presence::none())
}

const FULL: &str = r#"{"name":"p","slug":"a-b","level":3,"weight":1.5,"budget":"12.5","active":true,
    "code":"019A6B7E-3C52-7C21-9F0E-6B1D2F3A4C5D","starts":"2026-11-21","opens":"10:30:00",
    "due_at":"2026-11-21T12:00:00.5+02:00","settings":{ "a" : [1, null] },"lead_id":"bob"}"#;

#[test]
fn a_value_of_every_type_comes_back_in_its_one_form() {
    let api = api();
    let ada = user("ada");
    let made = api.send(&ada, "POST", "/api/projects", FULL);
    assert_eq!(made.status, 201, "{}", made.text);
    for part in [
        r#""slug":"a-b","level":3,"weight":1.5,"budget":"12.50","active":true,"#,
        r#""code":"019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d","starts":"2026-11-21","opens":"10:30:00.000000","#,
        r#""due_at":"2026-11-21T10:00:00.500000Z","settings":{"a":[1,null]},"parent_id":null,"lead_id":"bob","#,
    ] {
        assert!(made.text.contains(part), "{} has no {part}", made.text);
    }
    assert_eq!(api.get(&ada, &made.location.unwrap()).text, made.text);
    let token = made.body["token"].as_str().unwrap();
    assert_eq!(token.len(), 24);
    let expires = made.body["expires"].as_str().unwrap();
    assert!(expires.starts_with("2026-11-28T"), "{expires}");
}

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.body["items"]
        .as_array()
        .or_else(|| answer.body.as_array())
        .unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_type_is_filtered_and_sorted_as_what_it_is() {
    let api = api();
    api.db
        .execute_batch("PRAGMA ignore_check_constraints = ON")
        .unwrap();
    let twin = api.twin.as_ref().unwrap();
    for check in &api.sql.model().tables.of(id(PROJECT)).checks {
        twin.run(&format!("ALTER TABLE projects DROP CONSTRAINT {}", check.name));
    }
    let ada = user("ada");
    for (name, rest) in [
        (
            "a",
            r#""level":10,"weight":2,"budget":"100","active":true,"starts":"2026-01-01","opens":"09:00:00"#,
        ),
        (
            "b",
            r#""level":9,"weight":10.5,"budget":"20.05","active":false,"starts":"2025-12-31","opens":"10:00:00"#,
        ),
        (
            "c",
            r#""code":"019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d","due_at":"2026-11-21T10:00:00Z"#,
        ),
    ] {
        api.make(&ada, "/api/projects", &format!(r#"{{"name":"{name}",{rest}"}}"#));
    }
    for (query, expected) in [
        ("sort=level", vec!["b", "a", "c"]),
        ("sort=-weight", vec!["b", "a", "c"]),
        ("sort=budget", vec!["b", "a", "c"]),
        ("sort=-budget", vec!["a", "b", "c"]),
        ("sort=active,name", vec!["b", "a", "c"]),
        ("sort=starts", vec!["b", "a", "c"]),
        ("level__gte=10", vec!["a"]),
        ("level__in=9,10", vec!["a", "b"]),
        ("weight=2", vec!["a"]),
        ("weight__lt=10.5", vec!["a"]),
        ("budget=20.05", vec!["b"]),
        ("budget__gt=20.05", vec!["a"]),
        ("budget__in=20.05,100.00", vec!["a", "b"]),
        ("active=true", vec!["a"]),
        ("active=false", vec!["b"]),
        ("active__null=true", vec!["c"]),
        ("code=019A6B7E-3C52-7C21-9F0E-6B1D2F3A4C5D", vec!["c"]),
        ("code__ne=019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d", vec!["a", "b"]),
        ("code__in=019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d", vec!["c"]),
        ("starts__lt=2026-01-01", vec!["b"]),
        ("opens__gte=09:30:00", vec!["b"]),
        ("due_at__lte=2026-11-21T12:00:00%2B02:00", vec!["c"]),
        ("due_at__lt=2026-11-21T12:00:00%2B02:00", vec![]),
        ("slug__null=true&slug__ne=x", vec!["a", "b", "c"]),
    ] {
        assert_eq!(
            names(&api.get(&ada, &format!("/api/projects?{query}"))),
            expected,
            "{query}"
        );
    }
    for sort in [
        "level",
        "-level",
        "weight",
        "-budget,name",
        "active,-starts",
        "opens,due_at,code",
    ] {
        let whole = names(&api.get(&ada, &format!("/api/projects?sort={sort}")));
        let mut walked = Vec::new();
        let mut url = format!("/api/projects?sort={sort}&limit=1");
        while walked.len() <= 3 {
            let page = api.get(&ada, &url);
            walked.extend(names(&page));
            let Some(link) = page.link else { break };
            url = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(walked, whole, "{sort}");
    }
}

#[test]
fn contains_and_startswith_know_no_case_and_no_wildcards() {
    let api = api();
    let ada = user("ada");
    for slug in ["ab-cd", "xab", "zz"] {
        api.make(
            &ada,
            "/api/projects",
            &format!(r#"{{"name":"{slug}","slug":"{slug}"}}"#),
        );
    }
    for (query, expected) in [
        ("slug__contains=AB", vec!["ab-cd", "xab"]),
        ("slug__startswith=Ab", vec!["ab-cd"]),
        ("slug__contains=%25", vec![]),
        ("slug__contains=_", vec![]),
        ("slug__startswith=", vec!["ab-cd", "xab", "zz"]),
    ] {
        assert_eq!(
            names(&api.get(&ada, &format!("/api/projects?{query}"))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn a_report_computes_over_decimals_and_a_sum_of_nothing_is_zero() {
    let api = api();
    let ada = user("ada");
    let none = api.get(&ada, "/api/projects/stats");
    assert_eq!(
        none.text,
        r#"{"total":0,"sum":"0.00","mean":null,"least":null,"largest":{"true":null,"false":null}}"#
    );
    for (name, budget, active) in [("a", "10.10", true), ("b", "0.05", false), ("c", "3.00", true)] {
        let body = format!(r#"{{"name":"{name}","budget":"{budget}","active":{active},"level":2}}"#);
        api.make(&ada, "/api/projects", &body);
    }
    let stats = api.get(&ada, "/api/projects/stats");
    assert_eq!(stats.body["sum"], "13.15");
    assert!((stats.body["mean"].as_f64().unwrap() - 13.15 / 3.0).abs() < 1e-9);
    assert_eq!(stats.body["least"], 2);
    assert_eq!(
        stats.body["largest"].to_string(),
        r#"{"true":"10.10","false":"0.05"}"#
    );
}

#[test]
fn a_partial_unique_counts_only_where_it_holds() {
    let api = api();
    let ada = user("ada");
    let make = |name: &str, active: bool| {
        let body = format!(r#"{{"name":"{name}","slug":"s","active":{active}}}"#);
        api.send(&ada, "POST", "/api/projects", &body)
    };
    assert_eq!(make("a", false).status, 201);
    assert_eq!(make("b", true).status, 201);
    assert_eq!(make("c", false).status, 201);
    let taken = make("d", true);
    assert_eq!(
        (taken.status, taken.body["detail"].as_str().unwrap()),
        (409, "Another resource has the same value of `slug`.")
    );
}

#[test]
fn an_action_takes_inputs_and_refuses_by_name_in_order() {
    let api = api();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p","active":true}"#);
    let url = format!("/api/projects/{project}/bump");
    let bumped = api.send(&ada, "POST", &url, r#"{"by":5}"#);
    assert_eq!(bumped.status, 200, "{}", bumped.text);
    assert_eq!(
        (&bumped.body["level"], &bumped.body["active"]),
        (&5.into(), &false.into())
    );
    assert!(
        bumped.body["due_at"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-21T10:01:0"),
        "{}",
        bumped.text
    );
    assert_eq!(
        api.send(&ada, "POST", &url, "{}").body["level"],
        1,
        "an absent input takes its default"
    );
    let wrong = api.send(&ada, "POST", &url, r#"{"by":10,"beside":"x","more":1}"#);
    let codes: Vec<&str> = wrong.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["less_than_equal", "uuid_parsing", "extra_forbidden"]);
    let foreign = api.make(&user("bob"), "/api/projects", r#"{"name":"p"}"#);
    let dangling = api.send(&ada, "POST", &url, &format!(r#"{{"beside":"{foreign}"}}"#));
    assert_eq!(dangling.body["errors"][0]["code"], "reference_not_found");
    assert_eq!(api.send(&ada, "POST", &url, r#"{"by":7}"#).status, 200);
    let high = api.send(&ada, "POST", &url, r#"{"by":1}"#);
    assert_eq!(
        (high.status, high.body["type"].as_str()),
        (409, Some("/problems/high"))
    );
    api.now.set(api.now.get() + 8 * 86_400_000_000);
    let closed = api.send(&ada, "POST", &url, r#"{"by":1}"#);
    assert_eq!(
        (closed.status, closed.body["title"].as_str()),
        (410, Some("Closed"))
    );
    assert_eq!(api.send(&user("eve"), "POST", &url, "{}").status, 404);
}

#[test]
fn a_row_that_others_hold_is_not_deleted() {
    let api = api();
    let ada = user("ada");
    let parent = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let child = api.make(
        &ada,
        "/api/projects",
        &format!(r#"{{"name":"c","parent_id":"{parent}"}}"#),
    );
    let held = api.send(&ada, "DELETE", &format!("/api/projects/{parent}"), "");
    assert_eq!(
        (held.status, held.body["type"].as_str()),
        (409, Some("/problems/conflict"))
    );
    assert_eq!(
        api.send(&ada, "DELETE", &format!("/api/projects/{child}"), "")
            .status,
        204
    );
    assert_eq!(
        api.send(&ada, "DELETE", &format!("/api/projects/{parent}"), "")
            .status,
        204
    );
}

#[test]
fn pages_by_offset_say_where_they_are() {
    let object = ListShape::Object {
        items: String::from("projects"),
    };
    let api = Api::new(
        wide::lowered(|design| wide::by_offset(design, object)),
        Presence::none(),
    );
    let ada = user("ada");
    for name in ["a", "b", "c"] {
        api.make(&ada, "/api/projects", &format!(r#"{{"name":"{name}"}}"#));
    }
    let page = api.get(&ada, "/api/projects?limit=1&offset=1&count=true&fields=name");
    assert_eq!(
        page.text,
        r#"{"projects":[{"name":"b"}],"limit":1,"offset":1,"total":3}"#
    );
    let link = "</api/projects?limit=1&count=true&fields=name&offset=2>; rel=\"next\"";
    assert_eq!(page.link.as_deref(), Some(link));
    let last = api.get(&ada, "/api/projects?limit=2&offset=2");
    assert_eq!(last.link, None);
    assert_eq!(
        api.get(&ada, "/api/projects?offset=9007199254740991").body["projects"].to_string(),
        "[]"
    );
    assert_eq!(api.get(&ada, "/api/projects?offset=-1").status, 400);
}

#[test]
fn a_bare_array_leads_on_by_its_link() {
    let api = Api::new(
        wide::lowered(|design| wide::by_offset(design, ListShape::Array)),
        Presence::none(),
    );
    let ada = user("ada");
    for name in ["a", "b"] {
        api.make(&ada, "/api/projects", &format!(r#"{{"name":"{name}"}}"#));
    }
    let page = api.get(&ada, "/api/projects?limit=1&fields=name");
    assert_eq!(page.text, r#"[{"name":"a"}]"#);
    assert!(page.link.unwrap().contains("offset=1"));
}

#[test]
fn an_identity_counts_and_its_path_is_a_number() {
    let api = Api::new(wide::lowered(wide::identity), Presence::none());
    let ada = user("ada");
    let made = api.send(&ada, "POST", "/api/projects", r#"{"name":"p"}"#);
    assert_eq!((made.status, &made.body["id"]), (201, &1.into()));
    assert_eq!(made.location.as_deref(), Some("/api/projects/1"));
    assert_eq!(api.get(&ada, "/api/projects/1").status, 200);
    for missing in ["2", "01x", "1.0", "-1", "99999999999999999999", "x"] {
        assert_eq!(
            api.get(&ada, &format!("/api/projects/{missing}")).status,
            404,
            "{missing}"
        );
    }
    let task = api.send(&ada, "POST", "/api/tasks", r#"{"title":"t","project_id":1}"#);
    assert_eq!((task.status, &task.body["project_id"]), (201, &1.into()));
    let page = api.get(&ada, "/api/tasks?include=project");
    assert_eq!(page.body["items"][0]["project"]["name"], "p");
    let text = api.send(&ada, "POST", "/api/tasks", r#"{"title":"t","project_id":"1"}"#);
    assert_eq!(text.body["errors"][0]["code"], "int_type");
}

#[test]
fn a_key_of_the_clients_can_be_taken_and_is_encoded_in_paths() {
    let api = Api::new(wide::lowered(wide::client_key), Presence::none());
    let ada = user("ada");
    let made = api.send(&ada, "POST", "/api/projects", r#"{"id":"a/b ü","name":"p"}"#);
    assert_eq!(made.location.as_deref(), Some("/api/projects/a%2Fb%20%C3%BC"));
    assert_eq!(api.get(&ada, "/api/projects/a%2Fb%20%C3%BC").body["id"], "a/b ü");
    let taken = api.send(
        &user("bob"),
        "POST",
        "/api/projects",
        r#"{"id":"a/b ü","name":"p"}"#,
    );
    assert_eq!(taken.status, 409);
    assert_eq!(
        taken.body["detail"],
        "Another resource has the same value of `id`."
    );
}

#[test]
fn a_key_to_which_no_path_could_lead_is_refused() {
    let api = Api::new(wide::lowered(wide::client_key), Presence::none());
    let ada = user("ada");
    for key in ["", ".", "..", "stats"] {
        let body = format!(r#"{{"id":"{key}","name":"p"}}"#);
        let answer = api.send(&ada, "POST", "/api/projects", &body);
        assert_eq!(answer.status, 400, "{key}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["code"], "value_error");
        assert_eq!(answer.body["errors"][0]["pointer"], "/id");
    }
    for key in ["...", "Stats", "a."] {
        let body = format!(r#"{{"id":"{key}","name":"{key}"}}"#);
        let made = api.send(&ada, "POST", "/api/projects", &body);
        assert_eq!(api.get(&ada, &made.location.unwrap()).body["id"], key);
    }
}

#[test]
fn an_absent_claim_is_not_true() {
    let api = Api::new(wide::lowered(wide::verified), Presence::none());
    for (claims, status) in [
        (vec![Value::Bool(true)], 201),
        (vec![Value::Bool(false)], 403),
        (vec![Value::Null], 403),
        (vec![], 403),
    ] {
        let caller = Caller {
            claims,
            ..user("ada")
        };
        assert_eq!(
            api.send(&caller, "POST", "/api/projects", r#"{"name":"p"}"#)
                .status,
            status
        );
    }
}

#[test]
fn a_public_list_shows_anyone_what_everyone_may_read() {
    let model = wide::lowered(|design| {
        let rules = &mut design.entities[id::<EntityId>(PROJECT)].rules;
        rules[1]
            .verbs
            .retain(|used| used.verb != groma_ir::design::Verb::Read);
        rules[2].who = vec![Who::Everyone];
        rules[2]
            .verbs
            .retain(|used| used.verb == groma_ir::design::Verb::Read);
        for resource in [0, 1].map(id::<ResourceId>) {
            design.resources[resource].list.as_mut().unwrap().admission.public = true;
            design.resources[resource].read.as_mut().unwrap().admission.public = true;
        }
    });
    let api = Api::new(model, Presence::none());
    let project = api.make(&user("ada"), "/api/projects", r#"{"name":"p"}"#);
    let task = format!(r#"{{"title":"t","project_id":"{project}"}}"#);
    let task = api.make(&user("ada"), "/api/tasks", &task);
    let nobody = Caller::anonymous();
    assert_eq!(names(&api.get(&nobody, "/api/projects")), ["p"]);
    assert_eq!(
        api.get(&nobody, &format!("/api/tasks/{task}")).status,
        200,
        "through the project"
    );
    assert_eq!(
        api.send(&nobody, "POST", "/api/projects", r#"{"name":"p"}"#)
            .status,
        401
    );
}

#[test]
fn a_path_over_two_references_finds_its_rows() {
    // Whoever leads the parent of a task's project may read the task.
    let model = wide::lowered(|design| {
        let project = &design.entities[id::<EntityId>(PROJECT)];
        let (parent, lead) = (project.field("parent").unwrap(), project.field("lead").unwrap());
        let rules = &mut design.entities[id::<EntityId>(wide::TASK)].rules;
        let steps = vec![id(8), parent, lead];
        rules[1].who.push(Who::Path(Path {
            row: Row::This,
            steps,
        }));
    });
    let api = Api::new(model, Presence::none());
    let ada = user("ada");
    let parent = api.make(&ada, "/api/projects", r#"{"name":"parent","lead_id":"bob"}"#);
    let child = api.make(
        &ada,
        "/api/projects",
        &format!(r#"{{"name":"c","parent_id":"{parent}"}}"#),
    );
    let task = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{child}"}}"#),
    );
    api.make(&ada, "/api/tasks", r#"{"title":"alone"}"#);
    let bob = user("bob");
    assert_eq!(api.get(&bob, &format!("/api/tasks/{task}")).status, 200);
    let page = api.get(&bob, "/api/tasks?count=true");
    assert_eq!(
        (page.body["items"].as_array().unwrap().len(), &page.body["total"]),
        (1, &1.into())
    );
    let plan = api.explain(&bob, "/api/tasks");
    assert!(!plan.contains("SCAN t"), "{plan}");
}

#[test]
fn somebody_elses_table_is_asked_only_where_it_is_there() {
    let make = |presence: Presence| {
        let api = Api::new(wide::lowered(|_| {}), presence);
        api.run_all(r#"CREATE TABLE "user" (id TEXT PRIMARY KEY, email TEXT, name TEXT); INSERT INTO "user" VALUES ('bob', 'b@x', 'Bob')"#);
        api
    };
    let send = |api: &Api, lead: &str| {
        let body = format!(r#"{{"name":"p-{lead}","lead_id":"{lead}"}}"#);
        api.send(&user("ada"), "POST", "/api/projects", &body).status
    };
    let there = make(Presence::of([String::from("user")]));
    assert_eq!((send(&there, "bob"), send(&there, "eve")), (201, 400));
    let elsewhere = make(Presence::none());
    assert_eq!((send(&elsewhere, "bob"), send(&elsewhere, "eve")), (201, 201));
}

#[test]
fn a_match_that_a_route_requires_is_asked_for_after_the_rules() {
    let model = wide::lowered(|design| {
        let resource = &mut design.resources[id::<ResourceId>(0)];
        resource.update.as_mut().unwrap().require_match = true;
        resource.delete.as_mut().unwrap().require_match = true;
        design.entities[id::<EntityId>(PROJECT)].fields[id(12)].on_delete = Some(OnDelete::Cascade);
    });
    let api = Api::new(model, Presence::none());
    let ada = user("ada");
    let url = format!(
        "/api/projects/{}",
        api.make(&ada, "/api/projects", r#"{"name":"p"}"#)
    );
    assert_eq!(api.send(&ada, "PATCH", &url, r#"{"name":"q"}"#).status, 428);
    assert_eq!(api.send(&ada, "DELETE", &url, "").status, 428);
    assert_eq!(
        api.send(&user("bob"), "PATCH", &url, r#"{"name":"q"}"#).status,
        404
    );
    let patch = Ask {
        body: r#"{"name":"q"}"#,
        if_match: Some("*"),
        ..Ask::new("PATCH", &url)
    };
    assert_eq!(api.ask(&ada, &patch).status, 200);
    let gone = Ask {
        if_match: Some("*"),
        ..Ask::new("DELETE", &url)
    };
    assert_eq!(api.ask(&ada, &gone).status, 204);
    assert_eq!(api.ask(&ada, &gone).status, 404);
}

#[test]
fn a_sum_is_exact_in_64_bits_and_no_error_beyond() {
    let pieces = crate::dialect::Spelling::Sqlite.sum("n", groma_ir::scalar::StorageClass::Int);
    let sum: String = pieces.into_iter().flat_map(|(call, end)| [call, end]).collect();
    let of = |values: &[i64]| {
        let rows: Vec<String> = values.iter().map(|value| format!("({value})")).collect();
        let sql = format!(
            "SELECT {sum} FROM (SELECT column1 AS n FROM (VALUES {}))",
            rows.join(", ")
        );
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .query_row(&sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    assert_eq!(of(&[i64::MAX, i64::MIN, -5]), (-6).into());
    assert_eq!(of(&[i64::MAX - 1, 1]), i64::MAX.into());
    assert_eq!(of(&[i64::MIN, i64::MAX, i64::MAX]), (i64::MAX - 1).into());
    assert_eq!(of(&[i64::MAX, i64::MAX, 2]), 18_446_744_073_709_551_616.0.into());
}
