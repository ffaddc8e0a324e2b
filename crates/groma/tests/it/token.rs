//! `groma token`

use crate::support::{groma, groma_with, notes};

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
        &[("ISSUER_URL", "https://login.example.com")],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.out, "");
    assert!(
        ran.err
            .contains("come from the issuer that the environment names"),
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
