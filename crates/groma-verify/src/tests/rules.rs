//! Services whose rules differ from the design's in one place, and only for few callers, rows and bodies.

use groma_diag::Sources;
use groma_ir::Model;
use groma_ir::design::Design;

use super::bed::{Bed, Issuer};
use crate::{Report, Status, Target, verify};

fn design(stay: &str) -> Design {
    let text = format!(
        "service S {{ base /api }}
auth {{
  issuer env ISS jwks \"/jwks\" algorithms EdDSA
  audience env AUD
  caller User from claim sub
  claims level: int from claim level
  roles user < admin from claim role default user
}}
entity User external {{ id: text(1..64) key }}
enum Stage {{ open, treated, closed }}
entity Ward {{ id: uuid key; name: text(1..50); lead: User = caller readonly; beds: int(0..40) = 8 }}
entity Unit {{ id: uuid key; name: text(1..50); head: User = caller readonly }}
entity Stay {{
  id: uuid key
  title: text(1..50)
  rating: int(0..9)?
  diagnosis: text(1..50)?
  severity: int(0..9) = 3
  stage: Stage = open
  patient: User = caller readonly
  ward: Ward? on delete set null
  unit: Unit? on delete set null
  states stage {{ open -> treated, closed; treated -> closed }}
  {stay}
}}
access Ward {{ allow create, read to authenticated; allow update, delete to lead }}
access Unit {{ allow create, read to authenticated; allow update, delete to head }}
resource /wards for Ward {{ list {{ sort name }}; create; read; update; delete }}
resource /units for Unit {{ list {{ sort name }}; create; read; update; delete }}
resource /stays for Stay {{
  list {{ sort title; include ward }}
  create {{ accept title, rating, diagnosis, severity, ward, unit }}
  read
  update {{ accept title, rating, diagnosis, severity, ward, unit }}
  delete
  action treat {{ from open to treated }}
  action close {{ from open, treated to closed }}
}}
"
    );
    let mut sources = Sources::default();
    sources.add("stays.groma", text);
    let compiled = groma_sema::compile(&sources);
    compiled
        .design
        .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

/// What is found where `served` is served and `designed` was meant.
fn found(designed: Design, served: Design) -> Report {
    let issuer = Issuer::new();
    let bed = Bed::start(served, issuer.public(), &[]);
    let target = Target::new(bed.url(), &issuer);
    verify(&Model::new(designed), &target).unwrap()
}

const RULES: &str = "
  allow create, read, treat, close to authenticated
  allow update, delete to patient when stage == open
  allow update(rating) to ward.lead
  deny create to everyone when new.severity >= 7";

/// The rules as they are meant and as they are served: something that is about access has to be found.
fn check(meant: (&str, &str), served: (&str, &str)) {
    let whole = |(fields, rules): (&str, &str)| design(&format!("{fields}\n}}\naccess Stay {{{rules}"));
    let right = found(whole(meant), whole(meant));
    assert!(right.is_clean() && right.is_whole(), "{}", right.to_text());
    let wrong = found(whole(meant), whole(served));
    let is_it = |id: &str| wrong.check(id).unwrap().status == Status::Failed;
    assert!(
        ["Z02", "Z04", "Z10", "Z13", "C04"].into_iter().any(is_it),
        "{}",
        wrong.to_text()
    );
}

fn check_rules(right: &str, wrong: &str) {
    assert_ne!(RULES.replace(right, wrong), RULES);
    check(("", RULES), ("", &RULES.replace(right, wrong)));
}

#[test]
fn fields_that_may_be_written_in_a_later_state() {
    let wider = "allow update(rating) to ward.lead\n  allow update(rating, diagnosis) to patient when stage == treated";
    check_rules("allow update(rating) to ward.lead", wider);
}

#[test]
fn a_row_that_must_not_be_made_so() {
    check_rules("deny create to everyone when new.severity >= 7", "");
}

#[test]
fn one_off_at_the_boundary() {
    check_rules("new.severity >= 7", "new.severity > 7");
}

#[test]
fn one_of_two_relations_forgotten() {
    let both = RULES.replace("to ward.lead", "to ward.lead, unit.head");
    check(("", &both), ("", RULES));
    check(("", RULES), ("", &both));
}

#[test]
fn two_relations_at_once() {
    let one = RULES.replace("to ward.lead", "to ward.lead except unit.head");
    check(("", &one), ("", RULES));
}

#[test]
fn a_condition_on_the_row_before_or_after_alone() {
    let with = |conditions: &str| {
        let rules = RULES.replace("allow update, delete to patient when stage == open", conditions);
        format!("{rules}\n  allow delete to patient when stage == open")
    };
    let both = with("allow update to patient when severity < 5");
    let after = with("allow update to patient when new.severity < 5");
    check(("", &both), ("", &after));
}

#[test]
fn what_is_unique_with_one_field_more() {
    check(
        ("unique patient, title", RULES),
        ("unique patient, title, severity", RULES),
    );
}

#[test]
fn what_cannot_be_set_up_is_said() {
    // Nobody of the run has such a claim.
    let rules = "
  allow create, read, update, treat, close to authenticated
  allow delete to patient when caller.level >= 70";
    let stay = format!("}}\naccess Stay {{{rules}");
    let report = found(design(&stay), design(&stay));
    assert!(report.is_clean() && !report.is_whole(), "{}", report.to_text());
    let gaps = &report.check("Z13").unwrap().gaps;
    let gap = "`delete` of `Stay`: no caller, row and body came up for which `patient` alone lets in";
    assert!(gaps.iter().any(|it| it == gap), "{gaps:?}");
}
