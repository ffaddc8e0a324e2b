//! What is said about a value that its field cannot always hold.

use expect_test::{Expect, expect};

use super::compile_text;

/// Message, labels and help of what is found in an action with this body.
fn check(fields: &str, body: &str, expect: &Expect) {
    let text = format!(
        "auth {{ issuer \"https://id.example.org\" jwks \"/jwks\"; audience \"n\"; algorithms EdDSA
  caller User from claim sub; claims plan: text from claim plan }}
entity User external {{ id: text(1..64) key }}
entity Note {{ id: uuid key; owner: User = caller readonly; {fields} }}
access Note {{ allow all to owner }}
resource /notes for Note {{ action go {{ {body} }} }}
"
    );
    let (_, compiled) = compile_text("page.groma", &text);
    let mut lines = Vec::new();
    for found in &compiled.diagnostics {
        lines.push(format!("{}: {}\n", found.code, found.message));
        let labels = found.labels.iter().map(|label| &label.text);
        lines.extend(labels.chain(&found.help).map(|text| format!("  {text}\n")));
    }
    expect.assert_eq(&lines.concat());
}

#[test]
fn an_input_is_declared_as_its_field_is() {
    check(
        "n: int(0..9) = 1",
        "input k: int(1..50); set n = k",
        &expect![[r#"
            E321: `n` cannot hold every `k`: it may be 50, and `n` at most 9
              `k` is `int(1..50)`
              `n` is `int(0..9)`
              declare `input k: int(0..9)`
        "#]],
    );
    check(
        "t: text(2..5)? trim matches /^[a-z]+$/",
        "input k: text(2..5)?; set t = k",
        &expect![[r#"
            E321: `t` cannot hold every `k`: it may begin or end in white space, which `trim` keeps out of `t`
              `k` is `text(2..5)?`
              `t` is `text(2..5)? trim matches /^[a-z]+$/`
              declare `input k: text(2..5)? trim matches /^[a-z]+$/`
        "#]],
    );
    check(
        "l: [text(1..3)](1..2)?",
        "input a: [text(1..9)](1..2), b: [text(1..3)](..2); set l = a",
        &expect![[r#"
            E321: `l` cannot hold every `a`: an item may have 9 characters, and one of `l` at most 3
              `a` is `[text(1..9)](1..2)`
              `l` is `[text(1..3)](1..2)?`
              declare `input a: [text(1..3)](1..2)`
        "#]],
    );
    check(
        "e: email?",
        "input k: text(..50)?; set e = k",
        &expect![[r#"
            E321: `e` cannot hold every `k`: it need not be an email address
              `k` is `text(..50)?`
              `e` is `email?`
              declare `input k: email?`
        "#]],
    );
}

#[test]
fn a_field_may_be_widened_or_narrowed() {
    check(
        "e: decimal(5, 2)?; f: decimal(8, 2)?; g: decimal(8, 4)?",
        "set e = f, g = f",
        &expect![[r#"
            E321: `e` cannot hold every `f`: it may have 6 digits before the point, and `e` at most 3
              `f` is `decimal(8, 2)?`
              `e` is `decimal(5, 2)?`
              declare `e: decimal(8, 2)?`, or `f: decimal(5, 2)?`
            E321: `g` cannot hold every `f`: it has 2 digits after the point, and `g` has 4
              `f` is `decimal(8, 2)?`
              `g` is `decimal(8, 4)?`
              declare `g: decimal(8, 2)?`, or `f: decimal(8, 4)?`
        "#]],
    );
}

#[test]
fn what_may_be_empty_is_named() {
    check(
        "n: int(0..9) = 1; m: int(0..9)?; t: text(1..9) = \"a\"; s: text(1..9)?",
        "input k: int(0..9)?; set n = k, t = s",
        &expect![[r#"
            E321: `n` may not be empty, and `k` may be
              `k` is `int(0..9)?`
              `n` is `int(0..9)`
              declare `input k: int(0..9)`
            E321: `t` may not be empty, and `s` may be
              `s` is `text(1..9)?`
              `t` is `text(1..9)`
              make `t` optional by `?`, or `s` required
        "#]],
    );
    check(
        "n: text(..50)?",
        "set n = caller.plan",
        &expect![[r#"
            E321: `n` cannot hold every `caller.plan`: it may have any number of characters, and `n` at most 50
              `caller.plan` is `text?`
              `n` is `text(..50)?`
              a token says what it likes: declare `n: text?`
        "#]],
    );
}

#[test]
fn an_input_with_a_default_is_never_empty() {
    check(
        "n: int(0..9) = 1",
        "input k: int(0..9) = 3; set n = k",
        &expect![[""]],
    );
}
