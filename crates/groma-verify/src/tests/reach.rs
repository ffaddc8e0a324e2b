//! What a run reaches: every check that a design gives something to do is tried, whoever may do it, whatever the
//! types; and what is not tried is said, and why.

use groma_diag::Sources;
use groma_ir::Model;
use groma_ir::design::{Design, Type};
use groma_ir::scalar::{Bounds, Scalar};

use super::bed::{Bed, Bug, Issuer};
use super::clean::run;
use crate::{Report, Status, Target, verify};

/// A design of notes: their fields, who may do what, and what the resource offers.
fn design(fields: &str, access: &str, resource: &str) -> Design {
    let text = format!(
        "service S {{ base /api }}
auth {{
  issuer env ISS jwks \"/jwks\" algorithms EdDSA
  audience env AUD
  caller User from claim sub
  roles user < admin from claim role default user
}}
entity User external table \"user\" {{ id: text(1..64) key }}
enum Color {{ red, green, blue }}
entity Note {{
  id: uuid key
  title: text(1..50)
{fields}
}}
access Note {{
{access}
}}
{resource}
"
    );
    let mut sources = Sources::default();
    sources.add("notes.groma", text);
    let compiled = groma_sema::compile(&sources);
    compiled
        .design
        .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

const OWNER: &str = "  owner: User = caller readonly";
const ALL: &str =
    "resource /notes for Note { list { sort title; page 5 }; create; read; update; replace; delete }";

/// Checks that found nothing, tried everything, and had cases of their own.
fn check(design: Design, wanted: &[&str]) -> Report {
    let report = run(design, &[], &[]);
    assert!(report.is_clean() && report.is_whole(), "{}", report.to_text());
    for id in wanted {
        let result = report.check(id).unwrap();
        assert_eq!(result.status, Status::Passed, "{id}: {}", report.to_text());
    }
    report
}

#[test]
fn what_only_a_role_may_do_is_tried_as_that_role() {
    let access = "  allow read to everyone\n  allow all to admin";
    let resource =
        "resource /notes for Note { list public { sort title }; create; read; update; replace; delete }";
    check(
        design("  x: Color = red", access, resource),
        &[
            "F01", "F07", "F08", "V01", "V03", "V04", "V06", "V10", "Z04", "Z09", "C01", "C02", "J01", "J03",
            "J07", "J08", "J11",
        ],
    );
}

#[test]
fn fields_with_rules_of_their_own_are_written_by_whoever_may() {
    let fields = format!("  x: text(1..5)?\n  y: int(0..9)?\n{OWNER}");
    let access = "  allow create, read, delete to owner\n  allow update(x) to owner\n  allow update(y) to admin\n  allow read to admin";
    check(design(&fields, access, ALL), &["F07", "V03", "C01", "C02", "Z09"]);
}

#[test]
fn unique_values_of_every_type_are_varied() {
    for ty in [
        "int",
        "int(0..9)",
        "date",
        "time",
        "datetime",
        "decimal(8, 2)",
        "float",
        "float(0..1)",
        "bool",
        "Color",
        "email",
        "url",
        "uuid",
        "slug(1..9)",
        "text(1..3)",
        "text(..8) matches /^[A-Z]{2}[0-9]+$/",
    ] {
        let fields = format!("  x: {ty} unique\n{OWNER}");
        let report = check(
            design(&fields, "  allow all to owner", ALL),
            &["F01", "F07", "F08", "V10", "C01", "C02", "C04", "Z09"],
        );
        assert_ne!(report.check("C04").unwrap().cases, 0, "{ty}");
    }
}

#[test]
fn values_that_are_hard_to_make_up_are_made_up() {
    let fields = format!(
        "  a: text(4..20) matches /[A-Z]+/
  b: float(0..1)
  c: text(..13) matches /^(97(8|9))?[0-9]{{9}}[0-9X]$/
  d: int(0..99)
  e: int(0..99)
  f: date
  g: date
{OWNER}
  check d <= e
  check f < g"
    );
    check(
        design(&fields, "  allow all to owner", ALL),
        &["F01", "F07", "C02", "V05"],
    );
}

#[test]
fn a_row_that_must_be_the_only_one_of_another_gets_one_of_its_own() {
    let resource = "entity Mark {
  id: uuid key
  note: Note unique on delete cascade
  stars: int(1..5)
  owner: User = caller readonly
}
access Mark { allow all to owner }
resource /notes for Note { list; create; read; update; delete }
resource /marks for Mark { list; create; read; update; delete }";
    check(
        design(OWNER, "  allow all to owner", resource),
        &["F01", "F07", "F08", "V08", "C04"],
    );
}

#[test]
fn tokens_are_tried_on_whatever_route_is_protected() {
    let everyone = "  allow read to everyone\n  allow create, update, delete to authenticated";
    let in_path = "resource /{user_id = caller}/notes for Note { list; create; read; delete }";
    let beside = "resource /notes for Note { list public; create; read public; delete }";
    let writes = "resource /notes for Note { list public; create }";
    for (access, resource) in [
        ("  allow all to owner", in_path),
        (everyone, beside),
        (everyone, writes),
    ] {
        let wanted = ["J01", "J02", "J03", "J04", "J05", "J06", "J07", "J08", "J10"];
        check(design(OWNER, access, resource), &wanted);
        for (bug, found_by) in [
            (Bug::IgnoresExp, "J07"),
            (Bug::IgnoresSignature, "J03"),
            (Bug::IgnoresAudience, "J08"),
        ] {
            let report = run(design(OWNER, access, resource), &[bug], &["J"]);
            assert_eq!(
                report.check(found_by).unwrap().status,
                Status::Failed,
                "{resource}"
            );
        }
    }
}

#[test]
fn what_is_right_is_not_found_to_be_wrong() {
    let fields = format!(
        "  at: datetime = now readonly\n  opens: time = 09:00:00\n  codes: [json](..3) = []\n  key: secret(16)\n{OWNER}"
    );
    let lists = "resource /notes for Note { list { filter codes, key, opens; sort -at }; create; read; update; replace; delete }";
    check(
        design(&fields, "  allow all to owner", lists),
        &["F01", "F04", "F06", "Z12"],
    );
}

#[test]
fn an_input_that_is_wider_than_its_field_is_found() {
    let resource = "resource /notes for Note {
  list; create; read
  action rate { input stars: int(0..9); set stars = stars }
}";
    let fields = format!("  stars: int(0..9) = 1\n{OWNER}");
    let narrow = design(&fields, "  allow all to owner", resource);
    check(narrow.clone(), &["F09"]);
    // The design lets the action store what the field forbids, and the service does as it says.
    let mut wide = narrow;
    for entity in wide.entities.ids().collect::<Vec<_>>() {
        let entity = &mut wide.entities[entity];
        for action in entity.actions.ids().collect::<Vec<_>>() {
            for input in entity.actions[action].inputs.ids().collect::<Vec<_>>() {
                entity.actions[action].inputs[input].ty = Type::Scalar(Scalar::Int(Bounds {
                    min: Some(0),
                    max: Some(50),
                }));
            }
        }
    }
    let report = run(wide, &[], &[]);
    let is_it = |id: &str| id.starts_with("F02/rateNote/") && id.ends_with("stars-schema");
    assert!(
        report.findings.iter().any(|finding| is_it(&finding.id)),
        "{}",
        report.to_text()
    );
}

#[test]
fn a_service_whose_inputs_are_wider_than_the_design_is_found() {
    let resource = "resource /notes for Note {
  list; create; read
  action rate { input stars: int(0..9); set stars = stars }
}";
    let narrow = design(
        &format!("  stars: int(0..9) = 1\n{OWNER}"),
        "  allow all to owner",
        resource,
    );
    let wide = design(
        &format!("  stars: int(0..50) = 1\n{OWNER}"),
        "  allow all to owner",
        &resource.replace("0..9", "0..50"),
    );
    let issuer = Issuer::new();
    let bed = Bed::start(wide, issuer.public(), &[]);
    let mut target = Target::new(bed.url(), &issuer);
    target.only = vec!["V03".to_owned()];
    let report = verify(&Model::new(narrow), &target).unwrap();
    assert_eq!(report.check("V03").unwrap().status, Status::Failed);
}

#[test]
fn what_could_not_be_tried_is_said_and_no_clean_run() {
    // Nobody can make the first note: it must refer to another one.
    let fields = format!("  before: Note on delete restrict\n{OWNER}");
    let report = run(design(&fields, "  allow all to owner", ALL), &[], &[]);
    assert!(report.is_clean(), "{}", report.to_text());
    assert!(!report.is_whole(), "{}", report.to_text());
    let created = report.check("F01").unwrap();
    assert_eq!(created.status, Status::NotRun);
    assert_eq!(
        created.gaps,
        ["`createNote`: no body could be made up that it accepts"]
    );
    let text = report.to_text();
    assert!(
        text.contains("\nNot tried:\n  `createNote`: no body could be made up that it accepts (F01 "),
        "{text}"
    );
}

#[test]
fn rows_that_no_route_makes_are_a_gap_only_where_there_are_no_others() {
    let tags = "entity Tag { id: uuid key; name: text(1..20) }
access Tag { allow read to authenticated }
";
    let only = format!("{tags}resource /tags for Tag {{ list; read }}");
    let both = format!("{only}\n{ALL}");
    let report = check(design(OWNER, "  allow all to owner", &both), &["C01", "Z03"]);
    assert_eq!(report.notes, ["no route makes rows of `Tag`: this run has none"]);
    let report = run(design(OWNER, "  allow all to owner", &only), &[], &[]);
    assert!(report.is_clean() && !report.is_whole(), "{}", report.to_text());
    let tags = report.check("C01").unwrap();
    assert_eq!(tags.status, Status::NotRun);
    assert_eq!(tags.reason.as_deref(), Some("no route makes rows of `Tag`"));
}

#[test]
fn unique_values_that_rows_of_others_hold_are_gone_around() {
    let fields = format!("  seat: int(1..400) unique\n  day: date unique\n{OWNER}");
    let design = design(&fields, "  allow all to owner", ALL);
    let issuer = Issuer::new();
    let bed = Bed::start(design.clone(), issuer.public(), &[]);
    let model = Model::new(design);
    let mut target = Target::new(bed.url(), &issuer);
    // A run that stops early leaves its rows behind.
    target.max_requests = 60;
    let report = verify(&model, &target).unwrap();
    assert!(!report.complete && report.is_clean(), "{}", report.to_text());
    target.max_requests = 20_000;
    let report = verify(&model, &target).unwrap();
    assert!(report.is_clean() && report.is_whole(), "{}", report.to_text());
}

#[test]
fn what_the_design_has_nothing_of_does_not_apply() {
    let report = check(
        design(
            OWNER,
            "  allow all to owner",
            "resource /notes for Note { list; create; read }",
        ),
        &["F01", "F03"],
    );
    for (id, reason) in [
        ("F07", "no route changes rows"),
        ("F08", "no route deletes rows"),
        ("V04", "no member of a body is an enum"),
        ("C04", "nothing that a body may hold must be unique"),
        ("J11", "no rule asks for a role that a token gives"),
    ] {
        let result = report.check(id).unwrap();
        assert_eq!(result.status, Status::NotApplicable, "{id}");
        assert_eq!(result.reason.as_deref(), Some(reason), "{id}");
    }
}

#[test]
fn the_report_holds_what_was_asked_for_and_counts_in_words() {
    let report = run(
        design(OWNER, "  allow all to owner", ALL),
        &[Bug::NoChallenge],
        &["J01"],
    );
    let text = report.to_text();
    assert!(!text.contains("skip"), "{text}");
    assert_eq!(report.checks.len(), 1, "{text}");
}

#[test]
fn rows_that_break_checks_are_tried() {
    let fields = format!(
        "  stock: int(0..99)\n  reserved: int(0..99)\n  price: decimal(6, 2)?\n{OWNER}\n  check reserved <= stock\n  check price > 0"
    );
    let resource = "resource /notes for Note {
  list; create; read; update; replace; delete
  action reserve { input count: int(0..99); set reserved = count }
}";
    let tight = design(&fields, "  allow all to owner", resource);
    let report = check(tight.clone(), &["V11", "F09"]);
    assert!(report.check("V11").unwrap().cases >= 6, "{}", report.to_text());
    // A service that knows nothing of the checks.
    let mut loose = tight.clone();
    for entity in loose.entities.ids().collect::<Vec<_>>() {
        loose.entities[entity].checks.clear();
    }
    let issuer = Issuer::new();
    let bed = Bed::start(loose, issuer.public(), &[]);
    let mut target = Target::new(bed.url(), &issuer);
    target.only = vec!["V11".to_owned()];
    let report = verify(&Model::new(tight), &target).unwrap();
    let found = |route: &str| {
        let id = format!("V11/{route}/");
        report.findings.iter().any(|finding| finding.id.starts_with(&id))
    };
    for route in ["createNote", "updateNote", "replaceNote", "reserveNote"] {
        assert!(found(route), "{route}: {}", report.to_text());
    }
}

#[test]
fn checks_that_no_route_can_break_hold_by_construction() {
    let fields = format!(
        "  color: Color = red\n  sent_at: datetime? readonly\n{OWNER}
  states color {{ red -> green; green -> red }}\n  check color != green or sent_at != none"
    );
    let resource = "resource /notes for Note {
  list; create { accept title }; read; update { accept title }; delete
  action send { from red to green; set sent_at = now }
  action recall { from green to red; set sent_at = none }
}";
    let kept = design(&fields, "  allow all to owner", resource);
    let report = check(kept, &["F09"]);
    let result = report.check("V11").unwrap();
    assert_eq!(result.status, Status::NotApplicable, "{}", report.to_text());
    // One that forgets to say when it was sent.
    let resource = resource.replace("to green; set sent_at = now", "to green");
    let broken = design(&fields, "  allow all to owner", &resource);
    let report = run(broken, &[], &["V11"]);
    let result = report.check("V11").unwrap();
    assert_eq!(result.status, Status::Passed, "{}", report.to_text());
}

#[test]
fn a_share_that_is_taken_back_and_still_counts_is_found() {
    let fields = format!("{OWNER}\n  shared with User as view < edit");
    let routes =
        "resource /notes for Note { list { sort title; page 5 }; create; read; update; delete; shares }";
    let shared = || {
        design(
            &fields,
            "  allow all to owner\n  allow read to view\n  allow update to edit",
            routes,
        )
    };
    let report = run(shared(), &[], &["Z14"]);
    assert!(report.is_clean(), "{}", report.to_text());
    assert_eq!(report.check("Z14").unwrap().status, Status::Passed);
    let report = run(shared(), &[Bug::KeepsCutTies], &["Z14"]);
    assert!(
        report.findings.iter().any(|finding| finding.check == "Z14"),
        "{}",
        report.to_text()
    );
}
