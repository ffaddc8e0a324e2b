//! One design, changed; what is said about it.

mod access;
mod clients;
mod database;

use groma_ir::Model;

use crate::{Diff, compare};

/// A design that has a bit of everything.
const NOTES: &str = r#"
service Notes { title "Notes"; base /api }

auth {
  issuer env ISSUER_URL jwks "/jwks" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
  roles user < editor < admin from claim role default user
}

entity User external { id: text(1..64) key }

enum Status { draft, open, done }

entity Note {
  id: uuid key
  title: text(1..100)
  body: text(..5000)?
  status: Status = draft
  secret: text(..50)? internal
  owner: User = caller readonly
  index owner
}

access Note {
  allow create to authenticated
  allow read, update to owner, editor
  allow delete to owner
  allow all to admin
}

resource /notes for Note {
  list { filter status; page 20 max 100; sort title }
  create { accept title, body, status }
  read
  update { accept title, body, status }
  delete
}
"#;

fn model(text: &str) -> Model {
    let mut sources = groma_diag::Sources::new();
    sources.add("design.groma", text);
    let compiled = groma_sema::compile(&sources);
    match compiled.design {
        Some(design) => Model::new(design),
        None => panic!("{:#?}", compiled.diagnostics),
    }
}

/// What is said when these words of [`NOTES`] become those.
fn changed(words: &[(&str, &str)]) -> Diff {
    let new = words.iter().fold(NOTES.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is in the design");
        text.replace(from, to)
    });
    compare(&model(NOTES), &model(&new))
}

fn clients(diff: &Diff) -> String {
    let lines = diff.clients.iter().map(|change| {
        format!(
            "{}: {} [{}]\n",
            change.grade.word(),
            change.text,
            change.routes.join(", ")
        )
    });
    lines.collect()
}

fn database(diff: &Diff) -> String {
    let lines = diff
        .database
        .iter()
        .map(|change| format!("{}: {}: {}\n", change.risk.word(), change.table, change.text));
    lines.collect()
}

fn access(diff: &Diff) -> String {
    let lines = diff.access.iter().map(|change| {
        let field = change
            .field
            .as_ref()
            .map_or_else(String::new, |field| format!("({field})"));
        let case = change
            .case
            .as_ref()
            .map_or_else(|| String::from("?"), |case| case.join(" and "));
        format!(
            "{} {}{field} {}: {case}\n",
            change.turn.word(),
            change.verb,
            change.entity
        )
    });
    lines.collect()
}

#[test]
fn comments_and_order_change_nothing() {
    let diff = changed(&[
        (
            "  title: text(1..100)\n",
            "  # what it is called\n  ## For people.\n  title: text(1..100)\n",
        ),
        ("enum Status { draft, open, done }\n", ""),
        (
            "entity User external",
            "enum Status { draft, open, done }\nentity User external",
        ),
    ]);
    assert!(diff.is_empty(), "{diff:#?}");
}

#[test]
fn the_way_back_says_the_opposite() {
    let new = NOTES.replace("allow delete to owner", "allow delete to owner, editor");
    let (old, new) = (model(NOTES), model(&new));
    assert_eq!(
        access(&compare(&old, &new)),
        "gained delete Note: signed in as `editor` and the caller is not `owner`\n"
    );
    assert_eq!(
        access(&compare(&new, &old)),
        "lost delete Note: signed in as `editor` and the caller is not `owner`\n"
    );
}
