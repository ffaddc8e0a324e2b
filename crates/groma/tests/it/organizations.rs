//! A tenant that somebody else keeps: Better Auth's `organization` and `member`, in the same database.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Folder, Serving, groma};

struct Client<'a> {
    folder: &'a Folder,
    server: &'a Serving,
}

impl Client<'_> {
    fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.server.ask(
            Some(&groma(self.folder, &["token", "--sub", who]).out),
            (method, &format!("/api{path}")),
            body,
        )
    }
}

#[test]
fn members_of_an_organization_that_somebody_else_keeps_are_let_in_and_nobody_else() {
    let folder = Folder::new();
    folder.write("specs/design.md", include_str!("../designs/organizations.md"));
    // As Better Auth makes them.
    let path = folder.path().join(".groma/dev.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "CREATE TABLE \"user\" (\"id\" text NOT NULL PRIMARY KEY, \"name\" text NOT NULL);
         CREATE TABLE \"organization\" (\"id\" text NOT NULL PRIMARY KEY, \"name\" text NOT NULL, \"logo\" text);
         CREATE TABLE \"member\" (\"id\" text NOT NULL PRIMARY KEY, \"organizationId\" text NOT NULL REFERENCES
           \"organization\" (\"id\"), \"userId\" text NOT NULL REFERENCES \"user\" (\"id\"), \"role\" text NOT NULL);
         INSERT INTO \"user\" VALUES ('alice', 'A'), ('bob', 'B'), ('carol', 'C');
         INSERT INTO organization (id, name) VALUES ('red', 'Red'), ('blue', 'Blue');
         INSERT INTO member (id, organizationId, userId, role) VALUES
           ('1', 'red', 'alice', 'admin'), ('2', 'red', 'bob', 'member'), ('3', 'blue', 'carol', 'owner');",
    )
    .unwrap();
    let server = Serving::start(&folder, &["dev"], &[]);
    let client = Client {
        folder: &folder,
        server: &server,
    };
    let (_, page) = client.send("carol", "GET", "/organizations", &Value::Null);
    assert_eq!(page["items"], json!([{ "id": "blue", "name": "Blue" }]));
    let documents = "/organizations/red/documents";
    let (status, made) = client.send("bob", "POST", documents, &json!({ "title": "One" }));
    assert_eq!((status, &made["organization_id"]), (201, &json!("red")), "{made}");
    let one = format!("{documents}/{}", made["id"].as_str().unwrap());
    // To carol there is no such organization, and nothing in it.
    for (method, path, body) in [
        ("GET", documents, Value::Null),
        ("POST", documents, json!({ "title": "Mine" })),
        ("GET", one.as_str(), Value::Null),
        ("PATCH", one.as_str(), json!({ "title": "Mine" })),
        ("DELETE", one.as_str(), Value::Null),
    ] {
        assert_eq!(
            client.send("carol", method, path, &body).0,
            404,
            "{method} {path}"
        );
    }
    assert_eq!(client.send("bob", "DELETE", &one, &Value::Null).0, 403);
    assert_eq!(
        client.send("bob", "PATCH", &one, &json!({ "title": "Two" })).0,
        200
    );
    // An author who is no member any more is nobody.
    file.execute("DELETE FROM member WHERE userId = 'bob'", [])
        .unwrap();
    assert_eq!(
        client.send("bob", "PATCH", &one, &json!({ "title": "Three" })).0,
        404
    );
    assert_eq!(client.send("alice", "DELETE", &one, &Value::Null).0, 204);
}
