//! Rows below rows of a tenant: all of them stand in the same one.

use serde_json::{Value, json};

use crate::support::{Folder, Serving, groma};

struct Client {
    server: Serving,
    tokens: Vec<(&'static str, String)>,
}

impl Client {
    fn start(design: &str) -> Self {
        let folder = Folder::new();
        folder.write("specs/design.md", design);
        let token = |sub| (sub, groma(&folder, &["token", "--sub", sub]).out);
        let tokens = ["alice", "bob"].map(token).to_vec();
        let server = Serving::start(&folder, &["serve"], &[]);
        Self { server, tokens }
    }

    fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let token = self.tokens.iter().find(|(sub, _)| *sub == who);
        self.server
            .ask(token.map(|(_, token)| token.as_str()), (method, path), body)
    }

    /// The key of a row that is made now.
    fn make(&self, who: &str, path: &str, body: &Value) -> String {
        let (status, made) = self.send(who, "POST", path, body);
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_row_stands_in_the_tenant_of_what_its_path_names() {
    let client = Client::start(include_str!("../designs/cards.md"));
    let red = client.make("alice", "/teams", &json!({ "name": "Red" }));
    let blue = client.make("alice", "/teams", &json!({ "name": "Blue" }));
    let board = client.make(
        "alice",
        &format!("/teams/{red}/boards"),
        &json!({ "name": "Plan" }),
    );
    let cards = format!("/teams/{red}/boards/{board}/cards");
    let (status, card) = client.send("alice", "POST", &cards, &json!({ "title": "One" }));
    assert_eq!((status, &card["team_id"]), (201, &json!(red)), "{card}");
    // No body says otherwise, whoever is a member of both teams.
    let (status, refused) = client.send(
        "alice",
        "POST",
        &cards,
        &json!({ "title": "Two", "team_id": blue }),
    );
    assert_eq!(
        (status, &refused["errors"][0]["code"]),
        (400, &json!("extra_forbidden"))
    );
    let astray = format!("/teams/{blue}/boards/{board}/cards");
    assert_eq!(
        client
            .send("alice", "POST", &astray, &json!({ "title": "Two" }))
            .0,
        404
    );
    // To somebody else there is no such board.
    assert_eq!(
        client.send("bob", "POST", &cards, &json!({ "title": "Two" })).0,
        404
    );
}

#[test]
fn a_body_may_say_the_board_where_the_path_says_the_team() {
    let design = include_str!("../designs/cards.md");
    let flat = design.replace("/teams/{team}/boards/{board}/cards", "/teams/{team}/cards");
    assert_ne!(flat, design);
    let client = Client::start(&flat);
    let red = client.make("alice", "/teams", &json!({ "name": "Red" }));
    let blue = client.make("alice", "/teams", &json!({ "name": "Blue" }));
    let board = client.make(
        "alice",
        &format!("/teams/{red}/boards"),
        &json!({ "name": "Plan" }),
    );
    let card = json!({ "title": "One", "board_id": board });
    client.make("alice", &format!("/teams/{red}/cards"), &card);
    // A board of another team is not there.
    let (status, refused) = client.send("alice", "POST", &format!("/teams/{blue}/cards"), &card);
    assert_eq!(
        (status, &refused["errors"][0]["pointer"]),
        (400, &json!("/board_id"))
    );
    // Where the team is not there, it is the team that is missing.
    let missing = "01a1fd70-f1c0-7546-9ad6-6b58996b7efe";
    let path = format!("/teams/{missing}/cards");
    assert_eq!(client.send("alice", "POST", &path, &card).0, 404);
}

#[test]
fn an_action_that_finds_its_row_and_makes_nothing_beside_answers() {
    let design = include_str!("../designs/found.md");
    let client = Client::start(design);
    let (status, made) = client.send("alice", "POST", "/passes", &json!({ "code": "abc" }));
    assert_eq!(status, 201, "{made}");
    let take = |who: &str, code: &str| {
        client
            .send(who, "PUT", "/passes/taken", &json!({ "code": code }))
            .0
    };
    assert_eq!(take("bob", "abc"), 404, "it is alice's");
    assert_eq!(take("alice", "abd"), 404);
    assert_eq!(take("alice", "abc"), 204);
    let id = made["id"].as_str().unwrap();
    let (_, taken) = client.send("alice", "GET", &format!("/passes/{id}"), &Value::Null);
    assert_eq!(taken["taken"], true);
}
