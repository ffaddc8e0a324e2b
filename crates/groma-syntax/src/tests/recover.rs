//! Reading what is wrong: each mistake once, each at its place, and everything after it still read.

use expect_test::{Expect, expect};

use super::findings;
use crate::ast::{AstNode, Declaration};
use crate::rules::RULES;

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&findings("a.groma", text));
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check_markdown(text: &str, expected: Expect) {
    expected.assert_eq(&findings("a.md", text));
}

#[test]
fn every_planted_mistake_is_reported_once() {
    let text = r#"service Notes {
  titel "Notes"
  title "Notes
  limits body 256kb, rat 10/min
  errors validation, denied 403
}
auth {
  issuer env ISSUER jwkss "/jwks"
  caller User form claim sub
  roles user < < admin from claim role
}
enum Status { todo doing, done }
entity Note {
  id: uuid key
  title text(1..200)
  body: text(1..
  email: email uniqe
  due: date? default none
  tags [text(1..30)]
  price: decimal(10, 2) = 1.5.
  on: date = 2026-02-30
  kind: TBD(text
  owner: User on delete cascde
  share with User as view < edit
  states status { todo -> doing; doing > done; done -> todo, }
  index
  check a == 1 and b == 2 or c == 3
  @
}
access Note {
  allow read owner
  alow update to owner
  deny delete to everyone excpt owner
  guarantee read to owner
  allow all to owner when status = done
}
resource /notes fro Note {
  list { fliter status; sort title, -; page twenty max 50 }
  craete { accept title }
  action finish { form todo to done; set done_at == now }
  report stats { total: cuont; open: count when }
}
question Do we? affects Note default no
decision Note.x = a over b becuase "c"
entitty Tag { id: uuid key; nmae }
"#;
    check(
        text,
        expect![[r#"
            2:3 E007 there is no setting of a service `titel`
            3:9 E002 this text has no closing `"` on its line
            4:15 E005 `256kb` is neither a number nor a duration nor a size
            4:22 E007 there is no setting `rat`
            8:21 E007 there is no setting of `auth` `jwkss`
            9:15 E001 expected `from`, found `form`
            10:16 E001 expected a role, found `<`
            12:20 E001 expected the end of the line or `;`, found `doing`
            15:3 E001 expected `:` between the field `title` and its type
            16:17 E001 expected `)`, found the end of the line
            17:16 E007 there is no modifier `uniqe`
            18:14 E007 there is no modifier `default`
            19:3 E001 expected `:` between the field `tags` and its type
            20:30 E001 expected a modifier or the end of the line, found `.`
            21:14 E005 `2026-02-30` is no day of the calendar
            22:17 E001 expected `)`, found the end of the line
            23:25 E001 expected `cascade`, found `cascde`
            24:3 E007 there is no clause `share`
            25:40 E001 expected `->`, found `>`
            25:62 E001 expected a state, found `}`
            26:8 E001 expected a field, found the end of the line
            27:9 E012 `and` and `or` are mixed without parentheses
            28:3 E003 `@` is not of this language
            31:14 E001 expected `to`, found `owner`
            32:3 E007 there is no rule `alow`
            33:27 E001 expected the end of the line or `;`, found `excpt`
            34:18 E001 expected `only`, found `to`
            35:34 E001 values are compared by `==`
            37:17 E001 expected `for`, found `fro`
            38:10 E007 there is no clause `fliter`
            38:38 E001 expected a field to sort by, found `;`
            38:45 E001 expected a number of rows, `max` or the name of a parameter, found `twenty`
            39:3 E007 there is no operation `craete`
            40:19 E007 there is no clause `form`
            40:50 E001 expected `=`, found `==`
            41:25 E007 there is no function `cuont`
            41:49 E001 expected a value, found `}`
            43:10 E001 expected the question in quotes, found `Do`
            44:28 E001 expected `because`, found `becuase`
            45:1 E007 there is no declaration `entitty`
            45:29 E007 there is no clause `nmae`
        "#]],
    );
}

#[test]
fn a_missing_brace_is_one_error_and_the_next_declaration_is_read() {
    check(
        "entity A {\n  id: uuid key\n\nentity B {\n  id: uuid key\n}\n",
        expect![[r#"
            1:10 E004 this `{` has no `}`
        "#]],
    );
    check(
        "resource /a for A {\n  list {\n    filter x\n  create\n}\nentity B { id: uuid key }\n",
        expect![[r#"
            2:8 E004 this `{` has no `}`
        "#]],
    );
    check(
        "entity A { id: uuid key",
        expect![[r#"
        1:10 E004 this `{` has no `}`
    "#]],
    );
    check(
        "access A {\n  allow all to owner\n",
        expect![[r#"
        1:10 E004 this `{` has no `}`
    "#]],
    );
}

#[test]
fn the_brace_that_is_open_is_the_one_that_its_lines_leave_open() {
    check(
        "service S {\n  base /api\n}\nresource /a for A {\n  list { page 5\n  create { accept x }\n  update {\n    accept x\n  delete\n}\nentity B { id uuid }\n",
        expect![[r#"
            5:8 E004 this `{` has no `}`
            7:10 E004 this `{` has no `}`
            11:12 E001 expected `:` between the field `id` and its type
        "#]],
    );
    // Lines that are not indented as blocks say nothing, and the last one that is open is taken.
    check(
        "entity A {\nid: uuid key\nstates s {\na -> b\n\nentity B { id: uuid key }\n",
        expect![[r#"
            1:10 E004 this `{` has no `}`
            3:10 E004 this `{` has no `}`
        "#]],
    );
}

#[test]
fn a_brace_that_was_never_opened_is_one_error() {
    check(
        "resource /a for A {\n  list\n    filter x\n    page 20\n  }\n  create { accept x }\n}\n",
        expect![[r#"
            2:7 E001 expected `{`, found the end of the line
        "#]],
    );
    check(
        "resource /a for A {\n  list filter x; page 20 }\n  report r a: count; b: count }\n  create { accept x }\n}\n",
        expect![[r#"
            2:8 E001 expected `{`, found `filter`
            3:12 E001 expected `{`, found `a`
        "#]],
    );
    check(
        "entity A\n  id: uuid key\n  states s { a -> b }\n}\nentity B id: uuid key; n date }\n",
        expect![[r#"
            1:9 E001 expected `{`, found the end of the line
            5:10 E001 expected `{`, found `id`
            5:24 E001 expected `:` between the field `n` and its type
        "#]],
    );
    check(
        "resource /a for A {\n  list { filter state all; open when b == c } }\n  create }\n}\n",
        expect![[r#"
            2:23 E001 expected the end of the line or `;`, found `all`
            3:10 E001 this `}` closes nothing
        "#]],
    );
}

#[test]
fn a_brace_too_many_is_one_error() {
    check(
        "entity A {\n  id: uuid key }\n  name: text(..9)\n  other: date\n}\nentity B { id: uuid key }\n",
        expect![[r#"
            2:16 E001 this `}` closes nothing
        "#]],
    );
    check(
        "entity A {\n  id: uuid key\n}\n}\nentity B {{ id: uuid key }\n",
        expect![[r#"
            4:1 E001 this `}` closes nothing
            5:11 E001 this `{` opens nothing
        "#]],
    );
    check(
        "resource /a for A {\n  list { page 20 }}\n  create { accept x }\n  }\n}\n",
        expect![[r#"
            2:19 E001 this `}` closes nothing
            4:3 E001 this `}` closes nothing
        "#]],
    );
    check(
        "}\n}\nentity B { id: uuid key }\n",
        expect![[r#"
        1:1 E001 this `}` closes nothing
    "#]],
    );
}

#[test]
fn a_statement_ends_where_a_line_is_indented_no_deeper() {
    check(
        "resource /a for A {\n  list {\n    filter a, b,\n    sort c,\n      d\n    page 20\n  }\n}\n",
        expect![[r#"
            3:17 E001 expected a field to filter by, found the end of the line
        "#]],
    );
}

#[test]
fn one_slip_is_one_error_with_a_remedy() {
    check(
        "access A {\n  allow read to a when b != none and\n    c == d\n  allow delete to a\n}\n",
        expect![[r#"
            2:34 E001 `and` stands at the end of its line
        "#]],
    );
    check(
        "service S { title \"\"Old\" }\nauth { roles user, admin from claim role; issuer issuer \"x\" }\n",
        expect![[r#"
            1:24 E002 this text has no closing `"` on its line
            2:18 E001 expected `<`, found `,`
            2:50 E001 `issuer` stands here twice
        "#]],
    );
    check(
        "resource /a for A {\n  report r { a: avg b; c: avgstars(b) }\n  action a { find User by name }\n  list { bogus 3 }\n  phase, a\n}\n",
        expect![[r#"
            2:21 E001 expected `(` and a field, as in `avg(b)`, found `b`
            2:27 E007 there is no function `avgstars`
            3:19 E001 expected `by`, found `User`
            4:10 E007 there is no clause `bogus`
            5:3 E007 there is no operation `phase`
        "#]],
    );
    check(
        "service S { base api }\nentity A { a: date\u{200B}?; b: text(..9) macthes /a-z/; c c: date; d: B on delete cascad }\n",
        expect![[r#"
            1:18 E001 expected a path such as `/api`, found `api`
            2:19 E003 `U+200B` is not of this language
            2:36 E007 there is no modifier `macthes`
            2:51 E001 `c` stands here twice
            2:77 E001 expected `cascade`, found `cascad`
        "#]],
    );
}

#[test]
fn a_misspelt_modifier_is_read_on_as_the_one_that_was_meant() {
    check(
        "entity A { a: int kee; b: int uniqe; c: int raedonly; d: text trm; e: text matchs /a/; f: int waz g; \
         h: int colunm \"i\"; j: B onn delete cascade; k: int wass \"l\" }\n",
        expect![[r#"
            1:19 E007 there is no modifier `kee`
            1:31 E007 there is no modifier `uniqe`
            1:45 E007 there is no modifier `raedonly`
            1:63 E007 there is no modifier `trm`
            1:76 E007 there is no modifier `matchs`
            1:95 E007 there is no modifier `waz`
            1:109 E007 there is no modifier `colunm`
            1:126 E007 there is no modifier `onn`
            1:153 E007 there is no modifier `wass`
        "#]],
    );
}

#[test]
fn what_stands_outside_declarations_is_one_error_a_run() {
    check(
        "hello world\nmore of it: x\n12 { }\nentity B { id: uuid key }\nfoo bar\n",
        expect![[r#"
            1:1 E007 there is no declaration `hello`
            5:1 E007 there is no declaration `foo`
        "#]],
    );
}

#[test]
fn unclosed_brackets_end_with_their_line() {
    check(
        "entity A {\n  a: text(1..200\n  b: [text(1..30)\n  c: date = [a, b\n  d: date\n}\n",
        expect![[r#"
            2:17 E001 expected `)`, found the end of the line
            3:18 E001 expected `]`, found the end of the line
            4:18 E001 expected `]`, found the end of the line
        "#]],
    );
    check(
        "access A {\n  allow read to a when (b or c\n  allow update(x to a\n}\n",
        expect![[r#"
            2:31 E001 expected `)`, found the end of the line
            3:18 E001 expected `)`, found `to`
        "#]],
    );
}

#[test]
fn foreign_habits_are_understood_and_reported() {
    check(
        "access A { allow read to b when c && !d || e = 'f' }",
        expect![[r#"
            1:33 E012 `and` and `or` are mixed without parentheses
            1:35 E003 `&&` is not of this language
            1:38 E003 `!` is not of this language
            1:41 E003 `||` is not of this language
            1:46 E001 values are compared by `==`
            1:48 E003 texts stand in straight double quotes
        "#]],
    );
    check(
        "service S { title “Curly” }",
        expect![[r#"
        1:19 E003 texts stand in straight double quotes
    "#]],
    );
    check(
        "entity Größe { id: uuid key }",
        expect![[r#"
        1:8 E003 the name `Größe` has letters outside ASCII
    "#]],
    );
}

#[test]
fn literals_that_do_not_exist_are_reported() {
    check(
        "entity A { a: int(0..99999999999999999999) = 12abc; b: datetime = 2026-11-21T25:00:00Z; c: time = 24:00; d: text(..9) = \"a\\q\"; e: x = now + 7days; f: x = 99999999999999999999d }",
        expect![[r#"
            1:22 E005 `99999999999999999999` is a number that does not fit 64 bits
            1:46 E005 `12abc` is neither a number nor a duration nor a size
            1:67 E005 `2026-11-21T25:00:00Z` is no time stamp such as `2026-11-21T09:30:00Z`
            1:99 E005 `24:00` is no time of day
            1:123 E005 `\q` is no escape
            1:141 E005 `7days` is neither a number nor a duration nor a size
            1:155 E005 `99999999999999999999d` is neither a number nor a duration nor a size
        "#]],
    );
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = |open: &str, close: &str| {
        let text = format!(
            "entity A {{\n  check {}a{}\n  b date\n}}\n",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        findings("a.groma", &text)
    };
    for (open, close) in [
        ("(", ")"),
        ("not ", ""),
        ("[", "]"),
        ("f(", ")"),
        ("{a: ", "}"),
        ("TBD(", ")"),
        ("- ", ""),
    ] {
        let found = deep(open, close);
        let codes: Vec<&str> = found.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(codes, ["E006", "E001"], "{open}: {found}");
    }
    let types = format!(
        "entity A {{ a: {}text{} }}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(findings("a.groma", &types).contains("E006"));
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    for joint in [" and ", " or ", " + ", " == ", ", "] {
        let text = format!("entity A {{ check {} }}", vec!["a"; 100_000].join(joint));
        findings("a.groma", &text);
    }
    findings("a.groma", &"entity A {".repeat(50_000));
    findings(
        "a.groma",
        &"resource /a for A { list { filter a { ".repeat(50_000),
    );
    findings("a.groma", &"}".repeat(200_000));
}

#[test]
fn a_fence_that_is_not_closed_is_one_error() {
    check_markdown(
        "# A\n\n```groma\nentity A {\n  id: uuid key\n  b date\n}\n\nSome prose: it's \"fine\" & well.\n- a list { of things\n",
        expect![[r#"
            3:1 E024 this fence is not closed
            6:3 E001 expected `:` between the field `b` and its type
        "#]],
    );
    check_markdown(
        "```groma\nentity A { id: uuid key }\n\nProse.\n\n```groma\nentity B { id uuid }\n```\n",
        expect![[r#"
            1:1 E024 this fence is not closed
            7:12 E001 expected `:` between the field `id` and its type
        "#]],
    );
}

#[test]
fn a_declaration_cut_across_fences_is_one_error() {
    check_markdown(
        "```groma\nentity A {\n  id: uuid key\n```\nand\n```groma\n  title: text(1..9)\n}\nentity B { id uuid }\n```\n",
        expect![[r#"
            2:10 E024 the fence ends inside this declaration
            9:12 E001 expected `:` between the field `id` and its type
        "#]],
    );
    check_markdown(
        "```groma\nentity A {\n  id: uuid key\n```\nand\n```groma\n  states s {\n```\nor\n```groma\n    a -> b\n  }\n}\n```\n",
        expect![[r#"
            2:10 E024 the fence ends inside this declaration
        "#]],
    );
    check_markdown(
        "```groma\nentity A {\n  id: uuid key\n```\nand\n```groma\nentity B { id: uuid key }\n```\n",
        expect![[r#"
            2:10 E004 this `{` has no `}`
        "#]],
    );
}

#[test]
fn tags_that_are_nearly_right_are_reported() {
    check_markdown(
        "```gromma\nx\n```\n\n```Groma\nx\n```\n\n~~~ goma\nx\n~~~\n\n> ```gorma\n> x\n> ```\n\n```go\nx\n```\n\n```grammar\nx\n```\n\n```{groma}\nx\n```\n\n```\ngroma\n```\n",
        expect![[r#"
            1:4 W025 the tag `gromma` is nearly `groma`: this fence is not read
            5:4 W025 the tag `Groma` is nearly `groma`: this fence is not read
            9:5 W025 the tag `goma` is nearly `groma`: this fence is not read
            13:6 W025 the tag `gorma` is nearly `groma`: this fence is not read
            25:4 W025 the tag `{groma}` is nearly `groma`: this fence is not read
        "#]],
    );
}

#[test]
fn what_follows_a_mistake_is_read() {
    let text = "entity A {\n  id uuid key\n  x: text(1..\n  y: date\n}\nentiti B { id: uuid key }\nentity C { id: uuid key }\n";
    let parsed = crate::parse_file(groma_diag::FileId(0), "a.groma", text);
    let fields: Vec<String> = parsed
        .declarations()
        .iter()
        .map(|found| match found {
            Declaration::Entity(entity) => entity
                .fields()
                .filter_map(|field| field.name())
                .map(|name| name.text())
                .collect::<Vec<_>>()
                .join(" "),
            other => panic!("{}", other.source()),
        })
        .collect();
    assert_eq!(fields, ["id x y", "id", "id"]);
}

#[test]
fn every_rule_has_a_bad_example_that_it_catches_and_a_good_one() {
    for rule in RULES {
        let (Some(bad), Some(good)) = (rule.section("Bad"), rule.section("Good")) else {
            assert_eq!(rule.code, "E008", "only the size of a file has no example");
            continue;
        };
        let path = if bad.contains("```") { "a.md" } else { "a.groma" };
        let found = findings(path, bad);
        assert_eq!(found.lines().count(), 1, "{}: {found}", rule.code);
        assert!(found.contains(rule.code), "{}: {found}", rule.code);
        assert_eq!(findings(path, good), "", "{}", rule.code);
        assert!(
            rule.section("Why").is_some_and(|why| why.ends_with('.')),
            "{}",
            rule.code
        );
    }
    assert!(RULES.is_sorted_by_key(|rule| rule.code.trim_start_matches(char::is_alphabetic)));
}

#[test]
fn safe_fixes_mend_what_they_are_offered_for() {
    let text = "entity Note {\n  id uuid key\n  a: bool\n  b: bool\n  check a = true && b == true\n}\nservice Notes { title 'My \"notes\"' }\n";
    let mut sources = groma_diag::Sources::new();
    let file = sources.add("a.groma", text);
    let parsed = crate::parse_file(file, "a.groma", text);
    let plan = groma_diag::safe_fixes(&parsed.diagnostics);
    let fixed = groma_diag::apply(text, &plan.edits[&file]);
    assert_eq!(findings("a.groma", &fixed.text), "");
    assert_eq!(plan.fixes, 4);
}
