//! A service that refuses every valid token is one finding; one that refuses some is looked at all the same.

use groma_ir::Model;

use super::bed::{AUDIENCE, Bed, Bug, ISSUER, Issuer};
use super::designs;
use crate::{ReadyTokens, Report, Status, Target, verify};

/// Verifies a service that trusts another key than the one that signs.
fn run_with_other_key(only: &[&str]) -> Report {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let bed = Bed::start(designs::tasks(), other.public(), &[]);
    let model = Model::new(designs::tasks());
    let mut target = Target::new(bed.url(), &issuer);
    target.only = only.iter().map(|only| (*only).to_owned()).collect();
    verify(&model, &target).unwrap()
}

#[test]
fn a_service_that_lets_nobody_in_is_one_finding_that_says_why() {
    let report = run_with_other_key(&[]);
    let [finding] = report.findings.as_slice() else {
        panic!("{}", report.to_text());
    };
    assert_eq!(finding.check, "J09");
    assert!(
        !report.complete && report.requests < 40,
        "{} requests",
        report.requests
    );
    assert!(finding.got.starts_with("401 to each of "), "{}", finding.got);
    let [issuer, audience, key] = finding.help.as_slice() else {
        panic!("{:?}", finding.help);
    };
    assert!(
        issuer.starts_with(&format!("`iss` of the tokens is `{ISSUER}`")),
        "{issuer}"
    );
    assert!(
        audience.starts_with(&format!("`aud` of the tokens is `{AUDIENCE}`")),
        "{audience}"
    );
    assert!(key.starts_with("`alg` is `EdDSA` and `kid` `k1`: "), "{key}");
    let others = report.checks.iter().filter(|check| check.id != "J09");
    for check in others {
        assert_eq!(check.status, Status::NotRun, "{check:?}");
    }
    // Not a line for each of them.
    assert!(report.to_text().lines().count() < 20, "{}", report.to_text());
}

#[test]
fn it_is_said_whatever_was_asked_for() {
    let report = run_with_other_key(&["Z03"]);
    assert_eq!(report.findings.len(), 1, "{}", report.to_text());
    assert!(!report.is_whole());
}

#[test]
fn a_token_that_has_expired_is_the_first_thing_to_say() {
    let issuer = Issuer::new();
    let old = issuer.seal(
        r#"{"alg":"EdDSA","kid":"k1"}"#,
        &format!(r#"{{"sub":"u1","iss":"{ISSUER}","aud":"{AUDIENCE}","iat":1,"exp":2}}"#),
    );
    let bed = Bed::start(designs::tasks(), issuer.public(), &[]);
    let model = Model::new(designs::tasks());
    let tokens = ReadyTokens(vec![("alice".to_owned(), old)]);
    let report = verify(&model, &Target::new(bed.url(), &tokens)).unwrap();
    assert_eq!(report.findings.len(), 1, "{}", report.to_text());
    assert_eq!(report.findings[0].help[0], "the token at hand has expired");
}

#[test]
fn a_route_or_a_user_that_alone_is_refused_hides_nothing() {
    for (bug, check) in [
        (Bug::RefusesTokensOnLists, "F03"),
        (Bug::RefusesTokensWithoutRole, "F01"),
    ] {
        let report = super::clean::run(designs::tasks(), &[bug], &[check, "J09"]);
        assert!(report.complete, "{bug:?}");
        assert!(report.findings.len() > 1, "{bug:?}: {}", report.to_text());
        assert_eq!(report.check("J09").unwrap().status, Status::Passed, "{bug:?}");
    }
}

#[test]
fn a_service_that_lets_a_token_in_is_not_asked_more_for_that_alone() {
    let report = super::clean::run(designs::tasks(), &[], &["J09"]);
    assert!(report.is_clean() && report.is_whole(), "{}", report.to_text());
    assert_eq!(report.check("J09").unwrap().cases, 1);
}
