//! Rows below others: `/projects/{project_id}/tasks`.

use groma_plan::Caller;

use super::harness::{Answer, Api, Ask, admin, user};
use crate::Presence;

const MISSING: &str = "00000000-0000-0000-ffff-000000000000";

struct Kit {
    api: Api,
    ada: Caller,
    /// Two of hers.
    projects: [String; 2],
    /// Somebody else's.
    theirs: String,
}

fn kit() -> Kit {
    let api = Api::new(groma_ir::sample::nested(), Presence::none());
    let ada = user("ada");
    let [first, second] = ["a", "b"].map(|name| {
        let body = format!(r#"{{"name":"{name}"}}"#);
        api.make(&ada, "/api/projects", &body)
    });
    let theirs = api.make(&user("bob"), "/api/projects", r#"{"name":"c"}"#);
    Kit {
        api,
        ada,
        projects: [first, second],
        theirs,
    }
}

impl Kit {
    fn tasks(&self, project: usize) -> String {
        below(&self.projects[project])
    }

    fn task(&self, project: usize, title: &str) -> String {
        let body = format!(r#"{{"title":"{title}"}}"#);
        self.api.make(&self.ada, &self.tasks(project), &body)
    }
}

fn below(project: &str) -> String {
    format!("/api/projects/{project}/tasks")
}

fn titles(answer: &Answer) -> Vec<String> {
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_new_row_takes_its_parent_from_the_path() {
    let kit = kit();
    let made = kit.api.send(&kit.ada, "POST", &kit.tasks(0), r#"{"title":"x"}"#);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["project_id"], kit.projects[0].as_str());
    let location = made.location.unwrap();
    assert_eq!(
        location,
        format!("{}/{}", kit.tasks(0), made.body["id"].as_str().unwrap())
    );
    let got = kit.api.get(&kit.ada, &location);
    assert_eq!((got.status, got.etag), (200, made.etag));
}

#[test]
fn no_body_says_the_parent() {
    let kit = kit();
    let task = kit.task(0, "x");
    let body = format!(r#"{{"title":"x","project_id":"{}"}}"#, kit.projects[1]);
    let item = format!("{}/{task}", kit.tasks(0));
    for (method, url) in [("POST", kit.tasks(0)), ("PATCH", item.clone()), ("PUT", item)] {
        let answer = kit.api.send(&kit.ada, method, &url, &body);
        assert_eq!(answer.status, 400, "{method}");
        assert_eq!(answer.body["errors"][0]["pointer"], "/project_id", "{method}");
    }
}

#[test]
fn what_lies_elsewhere_is_in_no_list_report_or_total() {
    let kit = kit();
    kit.task(0, "here");
    kit.task(1, "there");
    kit.api.make(&kit.ada, "/api/tasks", r#"{"title":"nowhere"}"#);
    let list = kit
        .api
        .get(&kit.ada, &format!("{}?count=true&include=project", kit.tasks(0)));
    assert_eq!(titles(&list), ["here"]);
    assert_eq!(list.body["total"], 1);
    assert_eq!(list.body["items"][0]["project"]["name"], "a");
    let stats = kit.api.get(&kit.ada, &format!("{}/stats", kit.tasks(1)));
    assert_eq!(stats.body["total"], 1);
}

#[test]
fn a_missing_parent_an_invisible_one_and_another_one_are_one_and_the_same() {
    let kit = kit();
    let task = kit.task(0, "x");
    let tag = kit
        .api
        .get(&kit.ada, &format!("{}/{task}", kit.tasks(0)))
        .etag
        .unwrap();
    let title = r#"{"title":"y"}"#;
    let routes = [
        ("GET", String::new(), "", None),
        ("GET", String::from("?count=true&q=x"), "", None),
        ("POST", String::new(), title, None),
        ("GET", String::from("/stats"), "", None),
        ("GET", format!("/{task}"), "", None),
        ("PATCH", format!("/{task}"), title, None),
        ("PATCH", format!("/{task}"), title, Some(tag.as_str())),
        ("PUT", format!("/{task}"), title, None),
        ("POST", format!("/{task}/complete"), "", None),
        ("DELETE", format!("/{task}"), "", None),
    ];
    for (method, rest, body, if_match) in routes {
        let ask = |project: &str| {
            let url = format!("{}{rest}", below(project));
            let ask = Ask {
                body,
                if_match,
                ..Ask::new(method, &url)
            };
            let answer = kit.api.ask(&kit.ada, &ask);
            (answer.status, answer.body["detail"].clone(), kit.api.ran.get())
        };
        let missing = ask(MISSING);
        assert_eq!(missing.0, 404, "{method} {rest}");
        assert_eq!(ask(&kit.theirs), missing, "{method} {rest}");
        assert_eq!(ask("no-uuid"), missing, "{method} {rest}");
        if rest.starts_with(&format!("/{task}")) {
            assert_eq!(ask(&kit.projects[1]), missing, "{method} {rest}");
        }
    }
    let kept = kit.api.get(&kit.ada, &format!("{}/{task}", kit.tasks(0)));
    assert_eq!((kept.status, kept.body["title"].as_str()), (200, Some("x")));
}

#[test]
fn a_list_without_rows_is_empty_where_its_parent_is_there() {
    let kit = kit();
    let list = kit.api.get(&kit.ada, &kit.tasks(0));
    assert_eq!((list.status, titles(&list)), (200, Vec::new()));
    kit.task(0, "x");
    let none = kit.api.get(&kit.ada, &format!("{}?q=nothing", kit.tasks(0)));
    assert_eq!((none.status, titles(&none)), (200, Vec::new()));
}

#[test]
fn rules_ask_about_the_parent_of_the_path() {
    let kit = kit();
    // An admin may read every project, and may not change this one.
    let root = admin("root");
    let url = below(&kit.theirs);
    assert_eq!(kit.api.get(&root, &url).status, 200);
    let refused = kit.api.send(&root, "POST", &url, r#"{"title":"x"}"#);
    assert_eq!(refused.status, 403, "{}", refused.text);
}

#[test]
fn a_cursor_belongs_to_its_parent() {
    let kit = kit();
    for title in ["1", "2", "3"] {
        kit.task(0, title);
        kit.task(1, title);
    }
    let first = kit
        .api
        .get(&kit.ada, &format!("{}?limit=2&sort=title", kit.tasks(0)));
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let query = format!("?limit=2&sort=title&cursor={cursor}");
    let second = kit.api.get(&kit.ada, &format!("{}{query}", kit.tasks(0)));
    assert_eq!(titles(&second), ["3"]);
    let other = kit.api.get(&kit.ada, &format!("{}{query}", kit.tasks(1)));
    assert_eq!(other.status, 400, "{}", other.text);
}

#[test]
fn a_page_below_a_parent_is_one_range_of_an_index() {
    let kit = kit();
    let plan = kit.api.explain(&kit.ada, &kit.tasks(0));
    assert!(
        plan.contains("USING INDEX tasks_project_id_created_at_id_idx (project_id=?)"),
        "{plan}"
    );
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}
