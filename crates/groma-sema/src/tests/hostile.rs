//! Designs that nobody means well: large, deep, broken in the middle. None may take long, recurse without end, or panic.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::compile_text;

/// Far more than any of these takes, far less than what grows with the square takes.
const LONG: Duration = Duration::from_secs(20);

fn ends(text: &str) -> usize {
    let start = Instant::now();
    let (_, compiled) = compile_text("design.groma", text);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    compiled.diagnostics.len()
}

const AUTH: &str = "auth { issuer env ISSUER; jwks \"/jwks\"; audience env AUDIENCE; algorithms EdDSA; caller User from claim sub }\nentity User external { id: text(1..64) key }\n";

#[test]
fn a_thousand_entities_are_one_design() {
    let mut text = String::from(AUTH);
    for at in 0..1000 {
        let parent = match at % 8 {
            0 => String::new(),
            _ => format!("  parent: Part{}? on delete set null\n", at - 1),
        };
        let can = if at % 8 == 0 { "" } else { ", can read parent" };
        write!(
            text,
            "entity Part{at} {{\n  id: uuid key\n  title: text(1..200)\n{parent}  owner: User = caller readonly\n}}\n\
             access Part{at} {{\n  allow create, update, delete to owner\n  allow read to owner{can}\n}}\n\
             resource /parts{at} for Part{at} {{\n  list {{ sort title; page 20 max 100 }}\n  create {{ accept title }}\n  read\n}}\n"
        )
        .unwrap();
    }
    let start = Instant::now();
    let (_, compiled) = compile_text("design.groma", &text);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert_eq!(compiled.design.unwrap().entities.len(), 1001);
}

#[test]
fn many_members_of_one_entity() {
    let mut text = String::from("entity Wide {\n  id: uuid key\n");
    for at in 0..5000 {
        writeln!(
            text,
            "  field{at}: text(..9)?\n  index field{at}\n  check field{at} != \"x\""
        )
        .unwrap();
    }
    text.push_str("}\n");
    assert_eq!(ends(&text), 0);
}

#[test]
fn many_unknown_names() {
    let mut text = String::from("entity Wide {\n  id: uuid key\n");
    for at in 0..5000 {
        writeln!(text, "  field{at}: Unknown{at}?").unwrap();
    }
    text.push_str("}\n");
    assert_eq!(ends(&text), 5000);
}

#[test]
fn many_rules_of_one_entity() {
    let mut text = format!(
        "{AUTH}entity Note {{\n  id: uuid key\n  at: int(1..9)\n  by: User = caller readonly\n}}\naccess Note {{\n"
    );
    for at in 0..3000 {
        writeln!(text, "  allow read to by when at == {}", at % 9 + 1).unwrap();
    }
    text.push_str("}\n");
    assert!(ends(&text) > 0);
}

#[test]
fn many_actions_and_rules_for_all_of_them() {
    let mut text = format!(
        "{AUTH}entity Note {{\n  id: uuid key\n  done: bool = false\n  by: User = caller readonly\n}}\naccess Note {{\n"
    );
    for _ in 0..300 {
        text.push_str("  allow all to by\n");
    }
    text.push_str("}\nresource /notes for Note {\n");
    for at in 0..300 {
        writeln!(text, "  action go{at} {{ set done = true }}").unwrap();
    }
    text.push_str("}\n");
    assert!(ends(&text) > 0);
}

#[test]
fn layers_of_can_that_would_double_at_each() {
    let mut text = String::from(AUTH);
    for at in 0..200 {
        let (fields, who) = if at == 0 {
            (String::from("  by: User = caller readonly\n"), String::from("by"))
        } else {
            let below = at - 1;
            (
                format!("  a: Layer{below} on delete cascade\n  b: Layer{below} on delete cascade\n"),
                String::from("can read a, can read b"),
            )
        };
        write!(
            text,
            "entity Layer{at} {{\n  id: uuid key\n{fields}}}\naccess Layer{at} {{ allow read to {who} }}\n"
        )
        .unwrap();
    }
    assert!(ends(&text) > 0);
}

#[test]
fn a_long_circle_of_can() {
    let mut text = String::from(AUTH);
    for at in 0..3000 {
        let next = (at + 1) % 3000;
        write!(
            text,
            "entity Ring{at} {{\n  id: uuid key\n  next: Ring{next}? on delete set null\n}}\naccess Ring{at} {{ allow read to can read next }}\n"
        )
        .unwrap();
    }
    assert!(ends(&text) > 0);
}

#[test]
fn a_long_chain_of_keys() {
    let mut text = String::new();
    for at in 0..2000 {
        let next = (at + 1) % 2000;
        writeln!(
            text,
            "entity Ring{at} {{ next: Ring{next} key on delete cascade }}"
        )
        .unwrap();
    }
    assert!(ends(&text) > 0);
}

#[test]
fn every_prefix_and_every_gap_of_a_design_ends_without_a_panic() {
    let text = include_str!("pages/twenty.md");
    let step = 7;
    for at in (0..text.len())
        .step_by(step)
        .filter(|at| text.is_char_boundary(*at))
    {
        compile_text("page.md", &text[..at]);
        let end = (at + 11).min(text.len());
        if text.is_char_boundary(end) {
            let gap = format!("{}{}", &text[..at], &text[end..]);
            compile_text("page.md", &gap);
        }
    }
}

#[test]
fn a_design_only_exists_without_errors() {
    // Where a part was left out as broken, an error must have said so: nothing is ever dropped in silence.
    let (_, compiled) = compile_text(
        "design.groma",
        "entity Note { id: uuid key; title: text(..9) = now }",
    );
    assert!(compiled.design.is_none());
    let (_, compiled) = compile_text("design.groma", "");
    assert!(compiled.design.is_some());
}
