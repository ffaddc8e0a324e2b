//! What is said about a sort whose values do not fit into a cursor.

use expect_test::{Expect, expect};

use super::compile_text;

/// Message, note and help of what is found in a list with this body.
fn check(fields: &str, list: &str, expect: &Expect) {
    let text = format!(
        "auth {{ issuer \"https://id.example.org\" jwks \"/jwks\"; audience \"n\"; algorithms EdDSA
  caller User from claim sub }}
entity User external {{ id: text(1..64) key }}
entity Note {{ id: uuid key; owner: User = caller readonly; {fields} }}
access Note {{ allow read to owner }}
resource /notes for Note {{ list {{ {list} }} }}
"
    );
    let (_, compiled) = compile_text("page.groma", &text);
    let mut lines = Vec::new();
    for found in &compiled.diagnostics {
        lines.push(format!("{}: {}\n", found.code, found.message));
        let more = found.notes.iter().chain(&found.help);
        lines.extend(more.map(|text| format!("  {text}\n")));
    }
    expect.assert_eq(&lines.concat());
}

#[test]
fn how_long_a_field_may_be_is_said() {
    check(
        "body: text(..5000) readonly = \"\"",
        "sort body; page 5 max 50",
        &expect![[r#"
            W439: `body`, up to 5000 characters, is too long for the cursor of a page
              a path with its query has at most 8 KiB, the cursor included: the page behind such a row is a 414
              allow at most 1144 characters in `body`, sort by something else, or write `page offset 5 max 50`, which has no cursor
        "#]],
    );
}

#[test]
fn what_else_is_sorted_by_takes_its_part() {
    check(
        "body: text? readonly; at: datetime = now",
        "sort -at, body; page 5 max 50",
        &expect![[r#"
            W439: `body` has no maximum length, and may be too long for the cursor of a page
              a path with its query has at most 8 KiB, the cursor included: the page behind such a row is a 414
              allow at most 1140 characters in `body`, sort by something else, or write `page offset 5 max 50`, which has no cursor
        "#]],
    );
}

#[test]
fn texts_that_fit_alone_are_named_together() {
    check(
        "title: text(..500) readonly = \"\"; name: text(..600) readonly = \"\"; place: text(..100) readonly = \"\"",
        "sort title, name, place; page 5 max 50",
        &expect![[r#"
            W439: `title`, `name` and `place`, up to 1200 characters together, are too long for the cursor of a page
              a path with its query has at most 8 KiB, the cursor included: the page behind such a row is a 414
              make one of them shorter, sort by something else, or write `page offset 5 max 50`, which has no cursor
        "#]],
    );
}
