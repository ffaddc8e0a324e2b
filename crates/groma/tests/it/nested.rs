//! Rows below rows of others, as a client uses them.

use serde_json::{Value, json};

use crate::support::{Folder, Serving, groma};

struct Client {
    server: Serving,
    token: String,
}

impl Client {
    fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.server
            .ask(Some(&self.token), (method, &format!("/api{path}")), body)
    }

    fn make(&self, path: &str, body: &Value) -> Value {
        let (status, item) = self.send("POST", path, body);
        assert_eq!(status, 201, "{path}: {item}");
        item
    }
}

#[test]
fn a_chain_of_parents_leads_to_a_row_and_no_other_way_does() {
    let folder = Folder::new();
    folder.write("specs/work.md", include_str!("../designs/nested.md"));
    let token = |sub: &str| groma(&folder, &["token", "--sub", sub]).out;
    let mut client = Client {
        server: Serving::start(&folder, &["serve"], &[]),
        token: token("alice"),
    };
    for slug in ["red", "blue"] {
        client.make("/teams", &json!({ "slug": slug, "name": slug }));
    }
    let project = client.make("/teams/red/projects", &json!({ "name": "One" }));
    let project = project["id"].as_str().unwrap().to_owned();
    let tasks = format!("/teams/red/projects/{project}/tasks");
    let task = client.make(&tasks, &json!({ "title": "Paint" }));
    assert_eq!(task["project_id"], project);
    let task = task["id"].as_str().unwrap().to_owned();
    let get = |client: &Client, path: &str| client.send("GET", path, &Value::Null).0;
    assert_eq!(get(&client, &format!("{tasks}/{task}")), 200);
    // The project is not the other team's.
    let astray = format!("/teams/blue/projects/{project}/tasks");
    for path in [
        astray.clone(),
        format!("{astray}/{task}"),
        format!("{astray}/numbers"),
    ] {
        assert_eq!(get(&client, &path), 404, "{path}");
    }
    // A member of a task is found by the user that it is about.
    let members = format!("/tasks/{task}/members");
    let member = client.make(&members, &json!({ "user_id": "bob" }));
    assert_eq!(member["task_id"], task);
    assert_eq!(get(&client, &format!("{members}/bob")), 200);
    let (status, _) = client.send("POST", &members, &json!({ "user_id": "bob" }));
    assert_eq!(status, 409);
    let (status, member) = client.send("PATCH", &format!("{members}/bob"), &json!({ "level": 4 }));
    assert_eq!((status, &member["level"]), (200, &json!(4)));
    // Nothing of this is there for anybody else.
    client.token = token("mallory");
    for path in [
        tasks.clone(),
        format!("{tasks}/{task}"),
        format!("{tasks}/numbers"),
        members,
    ] {
        assert_eq!(get(&client, &path), 404, "{path}");
    }
    let (status, _) = client.send("POST", &tasks, &json!({ "title": "Mine" }));
    assert_eq!(status, 404);
    assert_eq!(client.server.stop(), Some(0));
}
