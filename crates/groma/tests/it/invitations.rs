//! Invitations of the example of teams: rows that are found by what only the invited know.

use std::path::Path;

use groma_server::peek::{Cell, Peek};
use serde_json::{Value, json};

use crate::support::{Folder, Serving, groma};

const TEAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/team/specs");

struct Service {
    folder: Folder,
    server: Serving,
}

impl Service {
    /// The example, in which something is said otherwise.
    fn start(change: impl Fn(String) -> String) -> Self {
        let folder = Folder::new();
        folder.copy(Path::new(TEAM), "specs");
        let team = folder.read("specs/db/team.md");
        folder.write("specs/db/team.md", &change(team));
        let server = Serving::start(&folder, &["dev"], &[]);
        Self { folder, server }
    }

    /// A token for somebody whose address is theirs, or not proved to be.
    fn token(&self, sub: &str, verified: bool) -> String {
        let email = format!("email={sub}@example.com");
        let verified = format!("emailVerified={verified}");
        groma(
            &self.folder,
            &["token", "--sub", sub, "--claim", &email, "--claim", &verified],
        )
        .out
    }

    fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send_with(&self.token(who, true), method, path, body)
    }

    fn send_with(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.server
            .ask(Some(token), (method, &format!("/api{path}")), body)
    }

    fn team(&self, owner: &str) -> String {
        let slug = format!("{owner}-1");
        let (status, team) = self.send(owner, "POST", "/teams", &json!({ "name": "Red", "slug": slug }));
        assert_eq!(status, 201, "{team}");
        team["id"].as_str().unwrap().to_owned()
    }

    /// The key of a new invitation, and its token as an e-mail would carry it.
    fn invite(&self, by: &str, team: &str, whom: &str, role: &str) -> (String, String) {
        let body = json!({ "email": format!("{whom}@example.com"), "role": role });
        let (status, made) = self.send(by, "POST", &format!("/teams/{team}/invitations"), &body);
        assert_eq!(status, 201, "{made}");
        assert_eq!(made.get("token"), None, "it leaves by e-mail alone");
        let database = Peek::open(&self.folder.path().join(".groma/dev.db")).unwrap();
        let cell = Cell {
            table: "invitations",
            column: "token",
            key_column: "id",
            key: &made["id"],
        };
        let token = database.value(cell).unwrap().unwrap();
        (
            made["id"].as_str().unwrap().to_owned(),
            token.as_str().unwrap().to_owned(),
        )
    }

    fn accept(&self, caller: &str, token: &str) -> (u16, Value) {
        self.send_with(caller, "POST", "/invitations/accept", &json!({ "token": token }))
    }
}

fn kind(problem: &Value) -> &str {
    problem["type"].as_str().unwrap().rsplit('/').next().unwrap()
}

#[test]
fn only_whom_it_is_for_accepts_an_invitation_and_once() {
    let service = Service::start(|team| team);
    let team = service.team("alice");
    let (_, token) = service.invite("alice", &team, "bob", "member");
    let (bob, mallory) = (service.token("bob", true), service.token("mallory", true));

    // For whom it is not, it is not there: as a token that nobody has.
    let (status, stolen) = service.accept(&mallory, &token);
    let (unknown_status, unknown) = service.accept(&mallory, &"x".repeat(43));
    assert_eq!((status, unknown_status), (404, 404));
    assert_eq!(stolen["detail"], unknown["detail"]);
    let (status, _) = service.accept(&service.token("bob", false), &token);
    assert_eq!(status, 404, "the address is not proved to be theirs");
    // Who administers the team sees it, and may not accept it for somebody else.
    let (status, refused) = service.accept(&service.token("alice", true), &token);
    assert_eq!((status, kind(&refused)), (403, "forbidden"));
    // Nothing of this made a member.
    let documents = format!("/teams/{team}/documents");
    assert_eq!(service.send("bob", "GET", &documents, &Value::Null).0, 404);

    assert_eq!(service.accept(&bob, &token), (204, Value::Null));
    let draft = json!({ "title": "Plan", "body": "One." });
    assert_eq!(service.send("bob", "POST", &documents, &draft).0, 201);
    let members = format!("/teams/{team}/members");
    let (_, page) = service.send("bob", "GET", &members, &Value::Null);
    let mut roles: Vec<(&str, &str)> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            (
                member["user_id"].as_str().unwrap(),
                member["role"].as_str().unwrap(),
            )
        })
        .collect();
    roles.sort_unstable();
    assert_eq!(roles, [("alice", "owner"), ("bob", "member")]);

    let (status, again) = service.accept(&bob, &token);
    assert_eq!((status, kind(&again)), (409, "invalid-state"));
}

#[test]
fn what_was_taken_back_or_accepted_otherwise_is_a_conflict_and_makes_nobody_a_member() {
    let service = Service::start(|team| team);
    let team = service.team("alice");
    let (id, token) = service.invite("alice", &team, "bob", "admin");
    let revoke = format!("/teams/{team}/invitations/{id}/revoke");
    assert_eq!(service.send("alice", "POST", &revoke, &Value::Null).0, 200);
    let bob = service.token("bob", true);
    let (status, revoked) = service.accept(&bob, &token);
    assert_eq!((status, kind(&revoked)), (409, "invalid-state"));
    assert_eq!(
        service
            .send("bob", "GET", &format!("/teams/{team}"), &Value::Null)
            .0,
        404
    );

    // Whoever is a member already does not become one twice, and the invitation stays open.
    let (_, first) = service.invite("alice", &team, "bob", "viewer");
    assert_eq!(service.accept(&bob, &first).0, 204);
    let (_, second) = service.invite("alice", &team, "bob", "owner");
    let (status, twice) = service.accept(&bob, &second);
    assert_eq!((status, kind(&twice)), (409, "conflict"));
    let open = format!("/teams/{team}/invitations?state=pending");
    let (_, page) = service.send("alice", "GET", &open, &Value::Null);
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
}

#[test]
fn an_invitation_that_has_expired_says_so_to_whom_it_is_for() {
    let service = Service::start(|team| team.replace("= now + 7d readonly", "= now readonly"));
    let team = service.team("alice");
    let (_, token) = service.invite("alice", &team, "bob", "member");
    let (status, late) = service.accept(&service.token("bob", true), &token);
    assert_eq!((status, kind(&late)), (410, "expired"));
    let (status, _) = service.accept(&service.token("mallory", true), &token);
    assert_eq!(status, 404);
}

#[test]
fn nobody_invites_to_more_than_they_may_give() {
    let service = Service::start(|team| team);
    let team = service.team("alice");
    let (_, token) = service.invite("alice", &team, "bob", "admin");
    assert_eq!(service.accept(&service.token("bob", true), &token).0, 204);
    let invitations = format!("/teams/{team}/invitations");
    let body = |role: &str| json!({ "email": "carol@example.com", "role": role });
    let (status, refused) = service.send("bob", "POST", &invitations, &body("owner"));
    assert_eq!((status, kind(&refused)), (403, "forbidden"));
    assert_eq!(service.send("bob", "POST", &invitations, &body("admin")).0, 201);
}
