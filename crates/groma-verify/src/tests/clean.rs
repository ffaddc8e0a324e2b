//! A service that is right has no finding, whatever the design.

use super::bed::{Bed, Issuer};
use super::designs;
use crate::{Report, Status, Target, verify};
use groma_ir::Model;
use groma_ir::design::Design;

/// Verifies the test bed on a design, with bugs.
pub(super) fn run(design: Design, bugs: &[super::bed::Bug], only: &[&str]) -> Report {
    let issuer = Issuer::new();
    let bed = Bed::start(design.clone(), issuer.public(), bugs);
    let model = Model::new(design);
    let mut target = Target::new(bed.url(), &issuer);
    target.only = only.iter().map(|only| (*only).to_owned()).collect();
    verify(&model, &target).unwrap()
}

#[test]
fn a_right_task_service_has_no_finding() {
    let report = run(designs::tasks(), &[], &[]);
    assert!(report.is_clean(), "{}", report.to_text());
    eprintln!("{}", report.to_text());
    assert!(report.requests < 3_200, "{} requests", report.requests);
    for check in &report.checks {
        assert_ne!(check.status, Status::NotRun, "{check:?}");
    }
}

#[test]
fn a_right_service_of_a_wide_design_has_no_finding() {
    let report = run(designs::wide(), &[], &[]);
    assert!(report.is_clean(), "{}", report.to_text());
    eprintln!("{}", report.to_text());
}

#[test]
fn a_right_service_of_rows_below_others_has_no_finding() {
    let report = run(designs::nested(), &[], &[]);
    assert!(report.is_clean(), "{}", report.to_text());
    for check in &report.checks {
        assert_ne!(check.status, Status::NotRun, "{check:?}");
    }
}

#[test]
fn checks_that_were_not_asked_for_prove_nothing() {
    let report = run(designs::tasks(), &[], &["Z03"]);
    let passed: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.status == Status::Passed)
        .map(|check| check.id)
        .collect();
    assert_eq!(passed, ["Z03"]);
}
