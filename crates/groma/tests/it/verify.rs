//! `groma verify`

use crate::support::{Folder, NOTES, Serving, groma, notes};

/// The report of a run that found nothing, and left nothing untried unless that is allowed.
fn holds(folder: &Folder, server: &Serving, more: &[&str]) -> serde_json::Value {
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = groma(folder, &[&["verify", &url, "--format", "json"], more].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
    report
}

#[test]
fn our_own_server_keeps_its_promises() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = groma(&folder, &["verify", &url, "--report", "out/report.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
}

#[test]
fn our_own_server_keeps_its_promises_below_rows_of_others() {
    let folder = Folder::new();
    folder.write("specs/work.md", include_str!("../designs/nested.md"));
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    holds(&folder, &server, &[]);
}

#[test]
fn our_own_server_keeps_its_promises_in_tenants_and_of_shares() {
    let folder = Folder::new();
    folder.write("specs/teams.md", include_str!("../designs/teams.md"));
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    holds(&folder, &server, &[]);
}

#[test]
fn our_own_server_keeps_its_promises_where_rows_of_a_tenant_hold_each_other() {
    let folder = Folder::new();
    folder.write("specs/boards.md", include_str!("../designs/boards.md"));
    let server = Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "off")]);
    holds(&folder, &server, &[]);
}

#[test]
fn our_own_server_keeps_its_promises_to_people_without_a_token() {
    let folder = Folder::new();
    folder.write("specs/wall.md", include_str!("../designs/wall.md"));
    let server = Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "off")]);
    // No route of the design tells a role by itself.
    holds(&folder, &server, &["--allow-untried"]);
}

#[test]
fn our_own_server_keeps_its_promises_where_nobody_has_a_token() {
    let folder = Folder::new();
    folder.write("specs/guests.md", include_str!("../designs/guests.md"));
    let server = Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "off")]);
    holds(&folder, &server, &["--allow-untried"]);
}

#[test]
fn our_own_server_keeps_the_promises_of_the_blog() {
    let folder = Folder::new();
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/blog/specs");
    folder.copy(std::path::Path::new(specs), "specs");
    let server = Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "off")]);
    let report = holds(&folder, &server, &[]);
    // No route can break the check of its posts.
    let checks = report["checks"].as_array().unwrap();
    let of_checks = checks.iter().find(|check| check["id"] == "V11").unwrap();
    let why = of_checks["reason"].as_str().unwrap_or_default();
    assert!(why.contains("hold by construction"), "{of_checks}");
}

#[test]
fn our_own_server_keeps_the_promises_of_the_teams() {
    let folder = Folder::new();
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/team/specs");
    folder.copy(std::path::Path::new(specs), "specs");
    let server = Serving::start(&folder, &["dev"], &[("RATE_LIMIT", "off")]);
    // The tokens of invitations leave by e-mail, which the database stands for.
    holds(&folder, &server, &["--database", ".groma/dev.db"]);
    // Without it, what they are for is not tried, and that is said.
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = groma(&folder, &["verify", &url, "--only", "F09,Z13"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wanted = "`Invitation.token` never leaves the service: give its database with `--database`";
    assert!(ran.out.contains(wanted), "{}", ran.out);
}

#[test]
fn a_service_of_another_design_does_not_keep_the_promises_of_this_one() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    folder.write(
        "specs/notes.md",
        &NOTES.replace("allow all to owner", "allow all to owner\n  allow read to user"),
    );
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = groma(&folder, &["verify", &url, "--only", "Z", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding["check"].as_str().unwrap().starts_with('Z')),
        "{findings:?}"
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding["curl"].as_str().unwrap().starts_with("curl ")),
        "{findings:?}"
    );
}

#[test]
fn a_service_that_trusts_other_tokens_is_told_so_once_and_with_what_to_do() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    let url = format!("http://127.0.0.1:{}", server.port);
    let words = ["verify", &url, "--key-dir", "other"];
    let ran = groma(&folder, &words);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let keys = folder.path().join("other/dev-jwks.json");
    let wanted = format!("start it with `AUTH_JWKS_FILE={}`", keys.display());
    assert!(ran.out.contains(&wanted), "{}", ran.out);
    assert!(ran.out.contains("`iss` of the tokens is `"), "{}", ran.out);
    assert!(ran.out.contains("\n1 finding; "), "{}", ran.out);
    let ran = groma(&folder, &[words.as_slice(), &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0]["help"].as_array().unwrap().len() >= 2, "{findings:?}");
    assert_eq!(report["complete"], false);
}

#[test]
fn a_service_that_is_not_there_and_a_check_that_does_not_exist_are_no_clean_runs() {
    let folder = notes();
    let ran = groma(&folder, &["verify", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("help: `groma dev` starts one"), "{}", ran.err);
    let ran = groma(&folder, &["verify", "http://127.0.0.1:1", "--only", "Q99"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no check begins with `Q99`"), "{}", ran.err);
}

#[test]
fn what_could_not_be_tried_is_no_clean_run_unless_it_is_allowed() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    let url = format!("http://127.0.0.1:{}", server.port);
    let token = |user: &str, role: &str| {
        let ran = groma(&folder, &["token", "--sub", user, "--role", role]);
        (user.to_owned(), serde_json::Value::from(ran.out.trim()))
    };
    let tokens: serde_json::Map<String, serde_json::Value> = [
        ("alice", "user"),
        ("bob", "user"),
        ("carol", "user"),
        ("user", "user"),
        ("admin", "admin"),
    ]
    .map(|(user, role)| token(user, role))
    .into_iter()
    .collect();
    folder.write("tokens.json", &serde_json::Value::Object(tokens).to_string());
    // Nobody can sign a token that has expired.
    let words = ["verify", &url, "--tokens", "tokens.json", "--only", "J01,J07"];
    let ran = groma(&folder, &words);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wanted =
        "\nNot tried:\n  tokens cannot be signed here: give the issuer's key with `--key-dir` (J07)\n";
    assert!(ran.out.contains(wanted), "{}", ran.out);
    assert!(
        ran.out
            .contains("\n0 findings; 1 check passed, 0 failed, 0 not applicable, 1 not run; "),
        "{}",
        ran.out
    );
    let ran = groma(&folder, &[words.as_slice(), &["--allow-untried"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_check_alone_is_reported_alone() {
    let folder = notes();
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = groma(&folder, &["verify", &url, "--only", "J01"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    assert!(lines[0].starts_with("ok   J01 "), "{}", ran.out);
}
