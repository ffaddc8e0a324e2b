//! The written form, as people see it.

use expect_test::{Expect, expect, expect_file};
use groma_diag::FileId;

use super::read::{JOURNAL, TASKS, TEAMS};
use crate::{SyntaxKind, format_file, parse_file};

/// The written form; holds for every use that it keeps every token and is stable.
pub(super) fn format(path: &str, text: &str) -> String {
    let once = format_file(FileId(0), path, text);
    assert!(once.errors.is_empty(), "{:?}", once.errors);
    let twice = format_file(FileId(0), path, &once.text);
    assert!(twice.errors.is_empty(), "{}\n{:?}", once.text, twice.errors);
    assert_eq!(twice.text, once.text, "formatting twice is formatting once");
    assert_eq!(
        tokens(path, &once.text),
        tokens(path, text),
        "formatting keeps the tokens"
    );
    once.text
}

/// The tokens and comments of a text without the signs that may become line ends.
fn tokens(path: &str, text: &str) -> Vec<String> {
    let parsed = parse_file(FileId(0), path, text);
    let tokens = parsed
        .syntax()
        .descendants_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token);
    let blank = [
        SyntaxKind::PROSE,
        SyntaxKind::WHITESPACE,
        SyntaxKind::NEWLINE,
        SyntaxKind::PREFIX,
        SyntaxKind::COMMA,
        SyntaxKind::SEMICOLON,
    ];
    let tokens = tokens.filter(|token| !blank.contains(&token.kind()));
    tokens
        .map(|token| format!("{:?} {}", token.kind(), token.text().trim()))
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&format("a.groma", text));
}

#[test]
fn whole_programs_have_one_form() {
    expect_file!["golden/tasks.groma"].assert_eq(&format("tasks.groma", TASKS));
    expect_file!["golden/teams.groma"].assert_eq(&format("teams.groma", TEAMS));
    expect_file!["golden/journal.md"].assert_eq(&format("journal.md", JOURNAL));
}

#[test]
fn members_stand_one_below_the_other() {
    check(
        "entity   Note{id:uuid key;title :text( 1 .. 200 )trim;tags:[ text(..9) ]( ..3 )=[ ];x:int(-1..1)=- 1}",
        expect![[r#"
            entity Note {
              id: uuid key
              title: text(1..200) trim
              tags: [text(..9)](..3) = []
              x: int(-1..1) = -1
            }
        "#]],
    );
    check(
        "entity A\n{\n\n\n  id: uuid key\n\n\n\n  a: date\n\n}\nentity B { }",
        expect![[r#"
            entity A {
              id: uuid key

              a: date
            }

            entity B {}
        "#]],
    );
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "# first\n\n\n# second\nentity A { # behind the brace\n  ## of id\n  id: uuid key   # behind id\n  # before the end\n} # behind A\n# last",
        expect![[r#"
            # first

            # second
            entity A { # behind the brace
              ## of id
              id: uuid key # behind id
              # before the end
            } # behind A
            # last
        "#]],
    );
    check(
        "access A {\n  allow read to a # why\n    # and why\n    when b # and\n  allow update to a,  # first\n    c\n}",
        expect![[r#"
            access A {
              allow read to a # why
                # and why
                when b # and
              allow update to a, # first
                c
            }
        "#]],
    );
    check(
        "enum E { a, # one\n  b\n  # two\n}",
        expect![[r#"
        enum E {
          a # one
          b
          # two
        }
    "#]],
    );
}

#[test]
fn inputs_stay_with_their_commas() {
    check(
        "resource /a for A { action b { input c: text(..9) , d: date; input e: date,\n f: date # of f\n} }",
        expect![[r#"
            resource /a for A {
              action b {
                input c: text(..9), d: date
                input e: date,
                f: date # of f
              }
            }
        "#]],
    );
}

#[test]
fn short_blocks_stay_on_one_line_if_the_author_wrote_them_so() {
    check(
        "enum E { a , b;c }\nenum F {\n a, b }\n",
        expect![[r#"
        enum E { a, b, c }

        enum F {
          a
          b
        }
    "#]],
    );
    check(
        "resource /a for A { list { filter a,b{x;y when a==1};page 20 };create{status 200 answer{ok:true}} action b { from x to y;set z=now } }",
        expect![[r#"
            resource /a for A {
              list { filter a, b { x; y when a == 1 }; page 20 }
              create { status 200 answer { ok: true } }
              action b { from x to y; set z = now }
            }
        "#]],
    );
    check(
        "resource /a for A { list {\n filter a, b { x; y when a == 1 }\n  sort a } }",
        expect![[r#"
            resource /a for A {
              list {
                filter a, b { x; y when a == 1 }
                sort a
              }
            }
        "#]],
    );
}

#[test]
fn long_statements_break_before_the_words_that_continue_a_line() {
    check(
        "access A { allow read, update, delete, share to owner, view, edit, admin, can read project except somebody.else when status == done and other != none }",
        expect![[r#"
            access A {
              allow read, update, delete, share to owner, view, edit, admin, can read project
                except somebody.else
                when status == done and other != none
            }
        "#]],
    );
    check(
        "access A { allow read to owner when (aaaaaaaaaaaaaaaaaaaaaaaaa == bbbbbbbbbbbbbbbbbbbbbbbbbbb or ccccccccccccccccc) and ddddddddddddddddddd != none and eeeeeeeeeeeeeeee }",
        expect![[r#"
            access A {
              allow read to owner
                when (aaaaaaaaaaaaaaaaaaaaaaaaa == bbbbbbbbbbbbbbbbbbbbbbbbbbb or ccccccccccccccccc)
                and ddddddddddddddddddd != none
                and eeeeeeeeeeeeeeee
            }
        "#]],
    );
    check(
        "resource /a for A { create { accept aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccc, dddddddddddddddddd, eeeeeeeeeeee, f } }",
        expect![[r#"
            resource /a for A {
              create {
                accept aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccc, dddddddddddddddddd,
                  eeeeeeeeeeee, f
              }
            }
        "#]],
    );
    check(
        "question \"A rather long question, so that it does not fit on one line of the file?\" affects Aaaaaaaaaaaaa.bbbbbbbbbbbb default no",
        expect![[r#"
            question "A rather long question, so that it does not fit on one line of the file?"
              affects Aaaaaaaaaaaaa.bbbbbbbbbbbb default no
        "#]],
    );
}

#[test]
fn declarations_have_a_blank_line_between_them() {
    check(
        "enum A { a }\nenum B { b }\nentity C { id: uuid key }\n## Of D.\nentity D { id: uuid key }\nquestion \"a\" affects A default no\n\n\n\ndecision a = b",
        expect![[r#"
            enum A { a }
            enum B { b }

            entity C {
              id: uuid key
            }

            ## Of D.
            entity D {
              id: uuid key
            }

            question "a" affects A default no

            decision a = b
        "#]],
    );
}

#[test]
fn what_has_errors_stays_as_it_is() {
    let text = "entity   A { id uuid }";
    let formatted = format_file(FileId(0), "a.groma", text);
    assert_eq!((formatted.text.as_str(), formatted.errors.len()), (text, 1));
    let text = "```groma\nentity   A { id uuid }\n```\n\n```groma\nenum   B { b }\n```\n";
    let formatted = format_file(FileId(0), "a.md", text);
    assert_eq!(formatted.text, text.replace("enum   B", "enum B"));
    let cut = "```groma\nentity  A {\n```\n\n```groma\n  id:  uuid key\n}\nenum   B { b }\n```\n";
    assert_eq!(format_file(FileId(0), "a.md", cut).text, cut);
}

#[test]
fn prose_and_prefixes_are_kept_byte_for_byte() {
    let text = "a  \t\n* b\n  - ```groma\n    enum  A { a }\n\n\n    enum  B { b }\n    ```\n> > ~~~groma x\n>> enum  C { c }\n> >\n> > enum  D { d }\n> > ~~~\n\n   ```groma\n enum  E { e }\n   ```\ntail";
    let expected = "a  \t\n* b\n  - ```groma\n    enum A { a }\n\n    enum B { b }\n    ```\n> > ~~~groma x\n> > enum C { c }\n> >\n> > enum D { d }\n> > ~~~\n\n   ```groma\n   enum E { e }\n   ```\ntail";
    assert_eq!(format("a.md", text), expected);
}

#[test]
fn line_ends_are_kept() {
    let text = "# a\r\n\r\n```groma\r\nentity A { id: uuid key }\r\n```\r\nb\r\n";
    assert_eq!(
        format("a.md", text),
        "# a\r\n\r\n```groma\r\nentity A {\r\n  id: uuid key\r\n}\r\n```\r\nb\r\n"
    );
    assert_eq!(
        format("a.groma", "enum A { a }  \r\nenum B { b }"),
        "enum A { a }\r\nenum B { b }\r\n"
    );
    assert_eq!(format("a.groma", ""), "");
    assert_eq!(format("a.groma", "\n\n  \n"), "");
}

#[test]
fn a_byte_order_mark_is_kept() {
    for (path, text, formatted) in [
        (
            "a.md",
            "\u{feff}```groma\nenum   A {x}\n```\n",
            "\u{feff}```groma\nenum A { x }\n```\n",
        ),
        ("a.groma", "\u{feff}enum   A {x}\n", "\u{feff}enum A { x }\n"),
    ] {
        assert_eq!(format(path, text), formatted);
    }
}

#[test]
fn old_names_stand_behind_new_ones() {
    check(
        "entity  Task   was Todo in Team{a:text   was  title\nb:text column \"c\" was \"d\"\nshared with User as look   was view<edit}\nenum State{todo,doing  was open}",
        expect![[r#"
            entity Task was Todo in Team {
              a: text was title
              b: text column "c" was "d"
              shared with User as look was view < edit
            }

            enum State { todo, doing was open }
        "#]],
    );
}
