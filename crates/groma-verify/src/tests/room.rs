//! Runs that need room, or somebody else: small bodies, short keys, callers that others make, rows to be changed first.

use groma_diag::Sources;
use groma_ir::Model;
use groma_ir::design::Design;

use super::bed::{Bed, Issuer};
use super::clean::run;
use crate::net::Request;
use crate::wire::curl;
use crate::{Report, Target, verify};

fn design(text: &str) -> Design {
    let mut sources = Sources::default();
    sources.add("s.groma", text.to_owned());
    let compiled = groma_sema::compile(&sources);
    compiled
        .design
        .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

const AUTH: &str = "auth { issuer env ISS jwks \"/jwks\" algorithms EdDSA; audience env AUD
  caller User from claim sub; roles user < admin from claim role default user }";
const USER: &str = "entity User external table \"user\" { id: text(1..64) key }";
const RESOURCE: &str = "list { sort -id }; create; read; update; delete";

fn whole(text: &str) -> Report {
    let report = run(design(text), &[], &[]);
    assert!(report.is_clean() && report.is_whole(), "{}", report.to_text());
    report
}

#[test]
fn a_body_that_the_design_takes_no_more_is_expected_to_be_refused() {
    whole(&format!(
        "service S {{ limits body 8KB }}
{AUTH}
{USER}
entity Note {{ id: uuid key; text: text(1..4000); owner: User = caller readonly }}
access Note {{ allow all to owner }}
resource /notes for Note {{ {RESOURCE}; action edit {{ input text: text(1..4000); set text = text }} }}"
    ));
}

#[test]
fn a_missing_key_fits_the_type_of_the_key() {
    whole(&format!(
        "service S {{ base /api }}
{AUTH}
{USER}
entity Book {{ isbn: text(10..13) key; title: text(1..50) }}
entity Copy {{ id: uuid key; title: text(1..50); book: Book on delete cascade }}
access Book {{ allow all to admin; allow read to everyone }}
access Copy {{ allow all to admin; allow read to everyone }}
resource /books for Book {{ list public {{ sort title }}; create; read; update {{ accept title }}; delete }}
resource /copies for Copy {{ list public {{ sort title }}; create; read; update; delete }}"
    ));
}

#[test]
fn a_row_is_changed_first_where_rules_ask_for_it() {
    let report = whole(&format!(
        "service S {{ base /api }}
{AUTH}
{USER}
entity Loan {{
  id: uuid key; title: text(1..50); returned: bool = false
  reader: User = caller readonly
}}
access Loan {{
  allow create to authenticated
  allow read to reader
  allow all to admin
  deny delete to everyone when returned == false
}}
resource /loans for Loan {{ list {{ sort title }}; create {{ accept title }}; read; update; delete }}"
    ));
    assert_ne!(report.check("F08").unwrap().cases, 0);
}

#[test]
fn callers_whose_rows_others_make_take_part() {
    let report = whole(
        "service S { base /api }
auth { issuer env ISS jwks \"/jwks\" algorithms EdDSA; audience env AUD
  caller Employee from claim sub; roles staff < finance from claim role default staff }
entity Employee { id: uuid key; name: text(1..50) }
enum Stage { draft, approved }
entity Claim {
  id: uuid key; title: text(1..50); stage: Stage = draft
  employee: Employee = caller readonly on delete restrict
  states stage { draft -> approved }
}
access Employee { allow read to authenticated; allow create, update, delete to finance }
access Claim {
  allow create to authenticated
  allow read to employee, finance
  allow update, delete to employee when stage == draft
  allow approve to finance
  deny approve to employee
}
resource /employees for Employee { list { sort name }; create; read; update; delete }
resource /claims for Claim {
  list { sort title }; create { accept title }; read; update { accept title }; delete
  action approve { from draft to approved }
}",
    );
    assert_ne!(report.check("F09").unwrap().cases, 0);
}

#[test]
fn a_long_body_is_made_on_the_spot() {
    let body = format!(
        "{{\"a\":\"it's\",\"b\":\"{}\",\"c\":{}}}",
        "\u{1f600}".repeat(4000),
        "[".repeat(500)
    );
    let mut request = Request::new("POST", "/notes".to_owned());
    request.body = Some(body.into_bytes());
    let line = curl("http://h/notes", &request, None);
    assert!(line.len() < 300, "{line}");
    let of_body = line.split("--data-binary @").nth(1).unwrap();
    let command = format!("cat {of_body}");
    let made = std::process::Command::new("bash")
        .args(["-c", &command])
        .output()
        .unwrap();
    assert_eq!(made.stdout, request.body.unwrap(), "{line}");
}

#[test]
fn a_wrong_deletion_is_told_once_and_not_again_for_what_it_took_along() {
    let text = format!(
        "service S {{ base /api }}
{AUTH}
{USER}
entity Shelf {{ id: uuid key; name: text(1..50); owner: User = caller readonly }}
entity Book {{ id: uuid key; name: text(1..50); shelf: Shelf on delete restrict }}
entity Sheet {{ id: uuid key; name: text(1..50); book: Book on delete cascade }}
access Shelf {{ allow all to owner }}
access Book {{ allow all to shelf.owner }}
access Sheet {{ allow all to book.shelf.owner }}
resource /shelves for Shelf
resource /books for Book
resource /sheets for Sheet"
    );
    let promised = design(&text);
    let issuer = Issuer::new();
    let kept = design(&text.replace("on delete restrict", "on delete cascade"));
    let bed = Bed::start(kept, issuer.public(), &[]);
    let report = verify(&Model::new(promised), &Target::new(bed.url(), &issuer)).unwrap();
    let told: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.id.as_str())
        .collect();
    assert!(!told.is_empty());
    assert!(
        told.iter().all(|id| id.contains("/deleteShelf/")),
        "{}",
        report.to_text()
    );
}
