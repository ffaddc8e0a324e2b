//! Rows of a tenant that hold each other, as a client deletes them.

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

    /// Makes a row, and says where it is.
    fn make(&self, path: &str, body: &Value) -> (String, Value) {
        let (status, item) = self.send("POST", path, body);
        assert_eq!(status, 201, "{path}: {item}");
        (format!("{path}/{}", item["id"].as_str().unwrap()), item)
    }

    fn status(&self, method: &str, path: &str) -> u16 {
        self.send(method, path, &Value::Null).0
    }
}

#[test]
fn a_row_is_held_by_rows_that_would_be_left_and_not_by_those_that_go_with_it() {
    let folder = Folder::new();
    folder.write("specs/boards.md", include_str!("../designs/boards.md"));
    let client = Client {
        token: groma(&folder, &["token", "--sub", "alice"]).out,
        server: Serving::start(&folder, &["dev"], &[]),
    };
    let (team, _) = client.make("/teams", &json!({ "name": "Red" }));
    let (board, item) = client.make(&format!("{team}/boards"), &json!({ "name": "One" }));
    let card = json!({ "title": "Paint", "board_id": item["id"] });
    let (card, item) = client.make(&format!("{team}/cards"), &card);
    let remarks = format!("/cards/{}/remarks", item["id"].as_str().unwrap());
    let (remark, _) = client.make(&remarks, &json!({ "text": "Blue" }));
    // The remark stands in no team, so that it would be left.
    for held in [&team, &card, &board] {
        let (status, problem) = client.send("DELETE", held, &Value::Null);
        assert_eq!(
            (status, &problem["type"]),
            (409, &json!("/problems/conflict")),
            "{held}"
        );
    }
    assert_eq!(client.status("GET", &card), 200);
    assert_eq!(client.status("DELETE", &remark), 204);
    assert_eq!(client.status("DELETE", &board), 409);
    // The card goes with the team, as the board does that it lies on.
    assert_eq!(client.status("DELETE", &team), 204);
    for gone in [&team, &board, &card] {
        assert_eq!(client.status("GET", gone), 404, "{gone}");
    }
}

#[test]
fn a_tenant_that_is_not_there_is_what_is_missing() {
    let folder = Folder::new();
    folder.write("specs/boards.md", include_str!("../designs/boards.md"));
    let client = Client {
        token: groma(&folder, &["token", "--sub", "alice"]).out,
        server: Serving::start(&folder, &["dev"], &[]),
    };
    let (red, _) = client.make("/teams", &json!({ "name": "Red" }));
    let (blue, _) = client.make("/teams", &json!({ "name": "Blue" }));
    let (_, board) = client.make(&format!("{red}/boards"), &json!({ "name": "One" }));
    let card = json!({ "title": "Paint", "board_id": board["id"] });
    let nowhere = "/teams/01890000-0000-7000-8000-000000000000/cards";
    assert_eq!(client.send("POST", nowhere, &card).0, 404);
    // In another team that is there, it is the board.
    let (status, problem) = client.send("POST", &format!("{blue}/cards"), &card);
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (400, &json!("/board_id")),
        "{problem}"
    );
}
