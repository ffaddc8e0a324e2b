//! `groma env`

use crate::support::{Folder, NOTES, groma, groma_with, notes};

#[test]
fn development_needs_nothing_and_production_says_what_is_missing() {
    let folder = notes();
    let ran = groma(&folder, &["env"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("ISSUER_URL"), "{}", ran.out);
    let production = [("GROMA_ENV", "production")];
    assert_eq!(groma_with(&folder, &["env"], &production).code, Some(1));
    let json = groma_with(&folder, &["env", "--json"], &production);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let state = |name: &str| {
        let all = report["variables"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!(
        (state("ISSUER_URL"), state("DATABASE_URL")),
        ("missing".into(), "missing".into())
    );
    assert_eq!(
        (state("GROMA_ENV"), state("HOST")),
        ("set".into(), "default".into())
    );
}

#[test]
fn a_secret_is_never_shown_wherever_it_stands() {
    let folder = Folder::new();
    let auth = "issuer \"https://login.example.com\" secret env SIGNING_SECRET algorithms HS256";
    let design = NOTES.replace("issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA", auth);
    folder.write(
        "specs/notes.md",
        &design.replace("  audience env ISSUER_URL\n", ""),
    );
    folder.write(
        ".env",
        "SIGNING_SECRET=\"in-the-file-0123456789abcdef0123456789\"\n",
    );
    for words in [&["env"][..], &["env", "--json"]] {
        let ran = groma(&folder, words);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("SIGNING_SECRET"), "{}", ran.out);
        assert!(!ran.out.contains("in-the-file"), "{}", ran.out);
        let ran = groma_with(
            &folder,
            words,
            &[("SIGNING_SECRET", "in-the-process-0123456789abcdef0123")],
        );
        assert!(!ran.out.contains("in-the-"), "{}", ran.out);
    }
}

#[test]
fn a_broken_env_file_is_named_by_its_line_and_not_quoted() {
    let folder = notes();
    folder.write(".env", "# fine\nhunter2 is my password\n");
    let ran = groma(&folder, &["env"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("line 2 of the `.env` file"), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
}
