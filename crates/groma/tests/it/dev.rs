//! `groma dev`

use std::process::Command;

use crate::support::{Folder, NOTES, Request, Serving, groma, groma_with, notes};

#[test]
fn the_curl_lines_work_when_they_are_pasted() {
    let folder = notes();
    let mut server = Serving::start(&folder, &["dev"], &[]);
    let lines = server.lines_until("Ctrl-C");
    let pasted: Vec<&String> = lines.iter().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(pasted.len(), 2, "{lines:?}");
    let answers: Vec<String> = pasted.iter().map(|line| shell(line)).collect();
    assert!(answers[0].contains("\"owner_id\":\"alice\""), "{answers:?}");
    assert!(answers[1].starts_with("{\"items\":[{\"id\":"), "{answers:?}");
    assert_eq!(server.stop(), Some(0));
}

fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_writes_the_specification_on_its_way() {
    let folder = notes();
    let server = Serving::start(&folder, &["dev"], &[("GROMA_ENV", "production")]);
    assert!(folder.has("specs/api/README.md"));
    assert!(folder.has("specs/api/openapi.json"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_lines_work_where_the_key_is_a_number_and_rules_ask_for_a_claim_and_a_role() {
    let folder = Folder::new();
    let design = NOTES
        .replace("  id: text(1..64) key", "  id: int key")
        .replace(
            "  roles user",
            "  claims verified: bool from claim emailVerified\n  roles user",
        )
        .replace(
            "allow all to owner",
            "allow read to owner\n  allow all to admin when caller.verified",
        );
    folder.write("specs/notes.md", &design);
    let mut server = Serving::start(&folder, &["dev"], &[]);
    let lines = server.lines_until("Ctrl-C");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("token for 1 (role=admin, emailVerified=true)")),
        "{lines:?}"
    );
    let made = lines
        .iter()
        .find(|line| line.starts_with("curl "))
        .map(|line| shell(line))
        .unwrap();
    assert!(made.contains("\"owner_id\":1"), "{made}");
}

#[test]
fn the_issuer_of_production_waits_while_developing() {
    let folder = notes();
    let issuer = [("ISSUER_URL", "http://127.0.0.1:1")];
    let mut server = Serving::start(&folder, &["dev"], &issuer);
    let lines = server.lines_until("Ctrl-C");
    let create = lines.iter().find(|line| line.starts_with("curl ")).unwrap();
    assert!(shell(create).contains("\"owner_id\":\"alice\""), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("instead: AUTH_JWKS_URL=http://127.0.0.1:1/jwks")),
        "{lines:?}"
    );
    folder.write(
        "specs/notes.md",
        &NOTES.replace("issuer env ISSUER_URL", "issuer \"https://id.example.com\""),
    );
    assert_eq!(groma(&folder, &["token"]).code, Some(0));
}

#[test]
fn where_the_keys_are_somebody_elses_the_lines_wait_for_a_token_and_say_why() {
    let keys = [
        ("ISSUER_URL", "http://127.0.0.1:1"),
        ("AUTH_JWKS_URL", "http://127.0.0.1:1/jwks"),
    ];
    let mut server = Serving::start(&notes(), &["dev"], &keys);
    let lines = server.lines_until("Ctrl-C");
    assert!(
        lines
            .iter()
            .any(|line| line
                .starts_with("no token is made here: the server checks them by the keys at http://")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line == "export TOKEN=..."), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("-H \"Authorization: Bearer $TOKEN\"")),
        "{lines:?}"
    );
}

#[test]
fn a_create_line_can_be_pasted_twice() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace(
            "  index owner\n",
            "  link: url\n  unique owner, title\n  unique link\n",
        ),
    );
    let mut server = Serving::start(&folder, &["dev"], &[]);
    let lines = server.lines_until("Ctrl-C");
    let create = lines.iter().find(|line| line.starts_with("curl ")).unwrap();
    let made = [shell(create), shell(create)];
    assert!(made.iter().all(|row| row.contains("\"owner_id\"")), "{made:?}");
}

#[test]
fn rates_are_limited_only_where_the_environment_says_so() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  title \"Notes\"", "  limits rate 1/min per caller"),
    );
    let token = groma(&folder, &["token"]).out;
    let ask = |server: &Serving| {
        let request = Request {
            method: "GET",
            path: "/notes",
            token: Some(&token),
            body: None,
        };
        (server.send(&request).status, server.send(&request).status)
    };
    assert_eq!(ask(&Serving::start(&folder, &["dev"], &[])), (200, 200));
    assert_eq!(
        ask(&Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "1/min")])),
        (200, 429)
    );
    assert_eq!(ask(&Serving::start(&folder, &["serve"], &[])), (200, 429));
}

#[test]
fn a_design_with_errors_is_shown_and_not_served() {
    let folder = Folder::new();
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "txt"));
    let ran = groma(&folder, &["dev", "--port", "0"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("1 error; mend them and start again"),
        "{}",
        ran.out
    );
    assert!(!folder.has("specs/api/README.md"));
}

#[test]
fn a_caller_who_must_be_a_row_is_told_how_to_become_one() {
    let folder = Folder::new();
    folder.write("specs/design.md", include_str!("../designs/staff.md"));
    let mut server = Serving::start(&folder, &["dev"], &[]);
    let lines = server.lines_until("Ctrl-C");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("a row of `Employee` for their caller")),
        "{lines:?}"
    );
    let pasted: Vec<&String> = lines.iter().filter(|line| line.starts_with("curl ")).collect();
    let made = shell(pasted[0]);
    assert!(made.starts_with("{\"id\":1,"), "{made}");
    assert_eq!(server.stop(), Some(0));
    // Another caller still has no row, and is told which field asks for it.
    let mut server = Serving::start(&folder, &["dev", "--sub", "77"], &[]);
    let lines = server.lines_until("Ctrl-C");
    let trip = lines
        .iter()
        .find(|line| line.starts_with("curl ") && line.contains("/trips"))
        .unwrap();
    let refused = shell(trip);
    assert!(
        refused.contains("You have no `Employee` row yet, which `employee_id` would refer to."),
        "{refused}"
    );
    assert_eq!(server.stop(), Some(0));
}

/// A design with another field, or without.
fn with_rank(folder: &Folder, rank: &str) {
    folder.write(
        "specs/notes.md",
        &NOTES.replace("  owner: User", &format!("{rank}  owner: User")),
    );
}

#[test]
fn migrations_are_applied_to_the_development_database_and_what_loses_waits_for_the_word() {
    let folder = notes();
    let fine = |words: &[&str]| {
        let ran = groma(&folder, &[&["migrate"], words].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    };
    let ask = |server: &Serving, (method, path): (&str, &str), body: serde_json::Value| {
        server.ask(Some(&groma(&folder, &["token"]).out), (method, path), &body)
    };
    let null = serde_json::Value::Null;
    fine(&["plan", "--name", "first"]);
    let server = Serving::start(&folder, &["dev"], &[]);
    assert!(fine(&["status"]).starts_with("applied"));
    let (status, _) = ask(&server, ("POST", "/notes"), serde_json::json!({"title": "kept"}));
    assert_eq!((status, server.stop()), (201, Some(0)));

    // The design goes ahead of the files.
    with_rank(&folder, "  rank: int = 3\n");
    let ran = groma(&folder, &["dev", "--port", "0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.out
            .contains("the design is ahead of `migrations/`: `groma migrate plan` writes"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("column \"rank\" of table \"notes\" is missing"),
        "{ran:?}"
    );
    fine(&["plan", "--name", "rank"]);
    let server = Serving::start(&folder, &["dev"], &[]);
    let (_, list) = ask(&server, ("GET", "/notes"), null.clone());
    assert_eq!(
        (&list["items"][0]["title"], &list["items"][0]["rank"]),
        (&"kept".into(), &3.into())
    );
    assert_eq!(server.stop(), Some(0));

    // What goes stays until somebody says so, and the release that does without it serves.
    with_rank(&folder, "");
    fine(&["plan", "--name", "less", "--goes", "notes.rank"]);
    let ranks = || {
        let file = rusqlite::Connection::open(folder.path().join(".groma/dev.db")).unwrap();
        file.query_row("SELECT sum(rank) FROM notes", [], |row| row.get::<_, i64>(0))
    };
    let server = Serving::start(&folder, &["dev"], &[]);
    let (status, _) = ask(&server, ("POST", "/notes"), serde_json::json!({"title": "more"}));
    assert_eq!((status, server.stop()), (201, Some(0)));
    assert!(ranks().is_ok());
    let server = Serving::start(&folder, &["dev", "--yes"], &[]);
    let (_, list) = ask(&server, ("GET", "/notes"), null);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert!(ranks().is_err());
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_development_database_goes_along_with_the_design_before_there_are_migrations() {
    let folder = notes();
    let ask = |server: &Serving, (method, path): (&str, &str), body: serde_json::Value| {
        server.ask(Some(&groma(&folder, &["token"]).out), (method, path), &body)
    };
    let null = serde_json::Value::Null;
    let server = Serving::start(&folder, &["dev"], &[]);
    let (status, _) = ask(&server, ("POST", "/notes"), serde_json::json!({"title": "kept"}));
    assert_eq!((status, server.stop()), (201, Some(0)));
    with_rank(&folder, "  rank: int = 3\n  mark: int?\n");
    let server = Serving::start(&folder, &["dev"], &[]);
    let (_, list) = ask(&server, ("GET", "/notes"), null.clone());
    let row = &list["items"][0];
    assert_eq!(
        (&row["title"], &row["rank"], &row["mark"]),
        (&"kept".into(), &3.into(), &null)
    );
    assert_eq!(server.stop(), Some(0));

    // What loses something waits, and what is to be asked is asked.
    let file = || std::fs::read(folder.path().join(".groma/dev.db")).unwrap();
    let before = file();
    for (title, said) in [
        (
            "heading: text(1..100)",
            "is `notes.heading` what `notes.title` was",
        ),
        (
            "heading: int?",
            "`groma dev --yes` brings it to the design, and loses",
        ),
    ] {
        folder.write("specs/notes.md", &NOTES.replace("title: text(1..100)", title));
        let ran = groma(&folder, &["dev", "--port", "0"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.out.contains("not changed: ") && ran.out.contains(said),
            "{ran:?}"
        );
        assert_eq!(file(), before);
    }

    // Files that came later find it as they leave it, and go on from there.
    with_rank(&folder, "  rank: int = 3\n  mark: int?\n  note: text(1..9)?\n");
    let ran = groma(&folder, &["migrate", "plan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let server = Serving::start(&folder, &["dev"], &[]);
    let (_, list) = ask(&server, ("GET", "/notes"), null);
    assert_eq!(list["items"][0]["title"], "kept", "{list}");
    assert_eq!(server.stop(), Some(0));
    for (words, begin) in [
        (["migrate", "plan"], "nothing to do"),
        (["migrate", "status"], "applied"),
    ] {
        let ran = groma(&folder, &words);
        assert!(ran.out.starts_with(begin), "{ran:?}");
    }
}

#[test]
fn a_file_that_somebody_else_may_have_made_is_refused_and_left_as_it_is() {
    let folder = notes();
    let other = [("DATABASE_URL", "sqlite:other.db")];
    assert_eq!(Serving::start(&folder, &["dev"], &other).stop(), Some(0));
    with_rank(&folder, "  rank: int = 3\n");
    let ran = groma_with(&folder, &["dev", "--port", "0"], &other);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("`groma migrate adopt` takes it over")
            && ran.err.contains("remove the file if its data can go"),
        "{ran:?}"
    );
    // Files that came later do not touch it either.
    let ran = groma_with(&folder, &["migrate", "plan"], &other);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = groma_with(&folder, &["dev", "--port", "0"], &other);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.out.contains("has tables and no record of migrations"),
        "{ran:?}"
    );
}
