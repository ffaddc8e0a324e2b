//! What a service does with data: designs in words, served as `groma serve` does.

use serde_json::json;

use crate::support::{Answer, Folder, NOTES, Request, Serving, groma};

/// A server of a design, and a token of `alice`.
struct Service {
    folder: Folder,
    server: Serving,
    token: String,
}

impl Service {
    /// Serves [`NOTES`] with each of these texts replaced by the other.
    fn of(changes: &[(&str, &str)]) -> Service {
        let design = changes.iter().fold(String::from(NOTES), |design, (old, new)| {
            assert!(design.contains(old), "`{old}` is not in the design");
            design.replace(old, new)
        });
        let folder = Folder::new();
        folder.write("specs/notes.md", &design);
        let server = Serving::start(&folder, &["serve"], &[]);
        let token = groma(&folder, &["token"]).out;
        Service {
            folder,
            server,
            token,
        }
    }

    fn send(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        self.server.send(&Request {
            method,
            path,
            token: Some(&self.token),
            body,
        })
    }
}

#[test]
fn a_table_of_others_that_is_not_there_gets_a_stand_in() {
    let service = Service::of(&[
        (
            "entity User external {",
            "entity User external table \"people\" {",
        ),
        (
            "owner: User = caller readonly",
            "owner: User = caller readonly\n  buddy: User?",
        ),
        (
            "resource /notes for Note",
            "access User {\n  allow read to authenticated\n}\n\nresource /people for User {\n  list\n  read\n}\n\nresource /notes for Note {\n  list\n  create\n  read { include buddy }\n}",
        ),
    ]);
    assert_eq!(service.send("GET", "/people", None).json()["items"], json!([]));
    assert_eq!(service.send("GET", "/people/bob", None).status, 404);
    let made = service.send("POST", "/notes", Some(r#"{"title":"a","buddy_id":"bob"}"#));
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/notes/{}?include=buddy", made.json()["id"].as_str().unwrap());
    assert_eq!(service.send("GET", &path, None).json()["buddy"], json!(null));
}

#[test]
fn a_whole_number_in_a_token_is_the_key_of_a_caller_with_such_keys() {
    let service = Service::of(&[
        ("caller User from claim sub", "caller User from claim user_id"),
        ("id: text(1..64) key", "id: int key"),
    ]);
    let with = |claim: &str| {
        let token = groma(&service.folder, &["token", "--claim", claim]).out;
        let made = service.server.send(&Request {
            method: "POST",
            path: "/notes",
            token: Some(&token),
            body: Some(r#"{"title":"a"}"#),
        });
        (made.status, made.json()["owner_id"].clone())
    };
    assert_eq!(with("user_id=7"), (201, json!(7)));
    assert_eq!(with("user_id=7.5").0, 401);
    assert_eq!(
        with("user_id=9223372036854775807").0,
        401,
        "beyond what a JSON number holds"
    );
}

#[test]
fn the_total_of_a_bare_array_is_in_a_header() {
    let resource = "resource /notes for Note {\n  list { as array }\n  create\n}";
    let service = Service::of(&[("resource /notes for Note", resource)]);
    for title in ["a", "b", "c"] {
        let body = format!(r#"{{"title":"{title}"}}"#);
        assert_eq!(service.send("POST", "/notes", Some(&body)).status, 201);
    }
    let page = service.send("GET", "/notes?limit=2&count=true", None);
    assert_eq!(page.json().as_array().map(Vec::len), Some(2));
    assert!(page.head.contains("\r\nx-total-count: 3\r\n"), "{page:?}");
    let plain = service.send("GET", "/notes", None);
    assert!(!plain.head.contains("x-total-count"), "{plain:?}");
}
