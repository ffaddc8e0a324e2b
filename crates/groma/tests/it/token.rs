//! `groma token`

use crate::support::{Folder, NOTES, Request, Serving, groma, groma_with, notes};

#[test]
fn a_token_is_one_line_of_three_parts_and_its_key_stays_out_of_git() {
    let folder = notes();
    let ran = groma(
        &folder,
        &[
            "token",
            "--sub",
            "bob",
            "--role",
            "admin",
            "--claim",
            "verified=true",
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out.trim_end().split('.').count(), 3, "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1);
    assert_eq!(ran.err, "");
    assert_eq!(folder.read(".groma/.gitignore"), "*\n");
}

#[test]
fn a_lifetime_needs_a_unit() {
    let ran = groma(&notes(), &["token", "--expires", "8"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("`90s`, `30m`, `8h`, `7d`"), "{}", ran.err);
    assert_eq!(groma(&notes(), &["token", "--expires", "0s"]).code, Some(2));
    assert_eq!(
        groma(&notes(), &["token", "--expires", "99999999999999999999d"]).code,
        Some(2)
    );
    assert_eq!(groma(&notes(), &["token", "--expires", "90s"]).code, Some(0));
}

#[test]
fn there_is_no_token_of_our_own_for_somebody_elses_issuer() {
    let ran = groma_with(
        &notes(),
        &["token"],
        &[
            ("ISSUER_URL", "https://login.example.com"),
            ("AUTH_JWKS_URL", "https://login.example.com/jwks"),
        ],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.out, "");
    assert!(
        ran.err
            .contains("takes tokens by the keys at https://login.example.com/jwks"),
        "{}",
        ran.err
    );
}

#[test]
fn a_subject_that_is_no_key_and_a_role_that_does_not_exist_are_refused() {
    let ran = groma(&notes(), &["token", "--role", "admn"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("there is no role `admn`\n  help: there are user, admin\n"),
        "{}",
        ran.err
    );
    let ran = groma(&notes(), &["token", "--sub", ""]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("help: give a subject that fits the field `id`, as in `--sub alice`"),
        "{}",
        ran.err
    );
}

#[test]
fn where_a_secret_is_set_the_token_is_signed_with_it() {
    let folder = Folder::new();
    let auth = "issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA\n  audience env ISSUER_URL";
    folder.write(
        "specs/notes.md",
        &NOTES.replace(auth, "secret env JWT_SECRET algorithms HS256"),
    );
    let secret = [("JWT_SECRET", "not-a-real-secret-not-a-real-secret-0")];
    let signed = groma_with(&folder, &["token"], &secret).out;
    let own = groma(&folder, &["token"]).out;
    for (variables, token, status) in [
        (&secret[..], &signed, 200),
        (&secret[..], &own, 401),
        (&[][..], &own, 200),
        (&[][..], &signed, 401),
    ] {
        let server = Serving::start(&folder, &["serve"], variables);
        let answer = server.send(&Request {
            method: "GET",
            path: "/notes",
            token: Some(token),
            body: None,
        });
        assert_eq!(answer.status, status, "{variables:?} {token}");
    }
}
