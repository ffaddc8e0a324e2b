//! `groma serve`

use crate::support::{Request, Serving, groma, groma_with, notes};

#[test]
fn a_row_is_made_and_seen_by_its_owner_alone() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[]);
    let token = |sub: &str| groma(&folder, &["token", "--sub", sub]).out;
    let (alice, bob) = (token("alice"), token("bob"));
    let made = server.send(&Request {
        method: "POST",
        path: "/notes",
        token: Some(&alice),
        body: Some(r#"{"title":"Milk"}"#),
    });
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/notes/{}", made.json()["id"].as_str().unwrap());
    let get = |token: Option<&str>, path: &str| {
        server.send(&Request {
            method: "GET",
            path,
            token,
            body: None,
        })
    };
    assert_eq!(get(Some(&alice), &path).json()["title"], "Milk");
    assert_eq!(get(Some(&bob), &path).status, 404);
    let refused = get(None, &path);
    assert_eq!(refused.status, 401);
    assert!(
        refused.head.contains("\r\nwww-authenticate: bearer\r\n"),
        "{refused:?}"
    );
    assert_eq!(get(Some(&bob), "/notes").json()["items"], serde_json::json!([]));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn rows_outlive_the_server_and_its_folder_stays_out_of_git() {
    let folder = notes();
    let token = groma(&folder, &["token"]).out;
    let server = Serving::start(&folder, &["serve"], &[]);
    let body = Some(r#"{"title":"Milk"}"#);
    let made = server.send(&Request {
        method: "POST",
        path: "/notes",
        token: Some(&token),
        body,
    });
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(server.stop(), Some(0));
    let server = Serving::start(&folder, &["serve"], &[]);
    let list = server.send(&Request {
        method: "GET",
        path: "/notes",
        token: Some(&token),
        body: None,
    });
    assert_eq!(list.json()["items"][0]["title"], "Milk");
    assert_eq!(folder.read(".groma/.gitignore"), "*\n");
}

#[test]
fn the_documents_are_served_without_a_token() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[]);
    let get = |path| {
        server.send(&Request {
            method: "GET",
            path,
            ..Request::default()
        })
    };
    assert_eq!(
        get("/openapi.json").json()["openapi"].as_str().unwrap().get(..3),
        Some("3.1")
    );
    assert_eq!(get("/docs").status, 200);
    assert_eq!(get("/livez").status, 200);
    assert_eq!(get("/readyz").status, 200);
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let folder = notes();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = groma(&folder, &["serve", "--port", &port]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains(&format!("port {port}")), "{}", ran.err);
    assert!(ran.err.contains("`--port 0` a free one"), "{}", ran.err);
}

#[test]
fn production_does_not_start_half_configured() {
    let ran = groma_with(
        &notes(),
        &["serve", "--port", "0"],
        &[("GROMA_ENV", "production")],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("`ISSUER_URL` is not set"), "{}", ran.err);
    assert!(ran.err.contains("`DATABASE_URL` is not set"), "{}", ran.err);
}
