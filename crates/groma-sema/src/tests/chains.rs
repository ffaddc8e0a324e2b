//! Chains and circles of `can`: each is one mistake, however long it is.

use super::compile_text;

const AUTH: &str = r#"auth {
  issuer "https://id.example.org" jwks "/jwks"
  audience "notes"
  algorithms EdDSA
  caller User from claim sub
}
entity User external { id: text(1..64) key }
"#;

/// A design of entities that each ask the one after it.
fn chain(length: usize, last: &str) -> String {
    let entities = (0..length).map(|at| {
        let next = (at + 1) % length;
        let who = if at + 1 == length { last } else { "can read next" };
        format!(
            "entity E{at} {{\n  id: uuid key\n  next: E{next}? on delete set null\n  owner: User = caller readonly\n}}\n\
             access E{at} {{ allow read to {who} }}\n"
        )
    });
    format!("{AUTH}{}", entities.collect::<String>())
}

fn codes(text: &str) -> Vec<&'static str> {
    let (_, compiled) = compile_text("page.groma", text);
    compiled.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn a_chain_of_sixteen_is_followed_and_a_longer_one_is_refused() {
    assert_eq!(codes(&chain(17, "owner")), Vec::<&str>::new());
    assert_eq!(codes(&chain(18, "owner")), ["E326"]);
}

#[test]
fn a_circle_is_one_mistake() {
    assert_eq!(codes(&chain(2, "can read next")), ["E310"]);
    assert_eq!(codes(&chain(40, "can read next")), ["E310"]);
}

#[test]
fn rules_that_come_down_to_too_much_are_refused() {
    let wide = |count: usize| {
        let rules: Vec<String> = (0..count)
            .map(|at| format!("allow read to owner when size == {at}"))
            .collect();
        chain(1, "owner").replace(
            "access E0 { allow read to owner }",
            &format!("access E0 {{\n{}\n}}", rules.join("\n")),
        )
    };
    let with_size = |text: String| text.replace("  id: uuid key\n", "  id: uuid key\n  size: int\n");
    assert_eq!(codes(&with_size(wide(300))), Vec::<&str>::new());
    assert_eq!(codes(&with_size(wide(400))), ["E326"]);
}
