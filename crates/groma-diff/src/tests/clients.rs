use expect_test::{Expect, expect};

use super::{changed, clients};

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written where it is passed"
)]
fn check(words: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&clients(&changed(words)));
}

#[test]
fn a_route_that_is_gone_breaks_and_one_that_is_new_does_not() {
    check(
        &[("  delete\n}", "  replace { accept title }\n}")],
        expect![[r#"
        breaking: DELETE /api/notes/{id} is gone []
        compatible: PUT /api/notes/{id} is new []
    "#]],
    );
}

#[test]
fn another_base_is_said_once() {
    check(
        &[("base /api", "base /v2")],
        expect![[r#"
        breaking: every route begins with `/v2`, not with `/api` []
    "#]],
    );
}

#[test]
fn a_body_may_take_more_and_an_answer_may_hold_less() {
    check(
        &[(
            "enum Status { draft, open, done }",
            "enum Status { draft, open, done, gone }",
        )],
        expect![[r#"
            breaking: `status` may be `gone` in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
            compatible: the parameter `status` may be `gone` [GET /api/notes]
            compatible: `status` may be `gone` [POST /api/notes, PATCH /api/notes/{id}]
        "#]],
    );
    check(
        &[("enum Status { draft, open, done }", "enum Status { draft, open }")],
        expect![[r#"
            breaking: the parameter `status` may not be `done` [GET /api/notes]
            breaking: `status` may not be `done` [POST /api/notes, PATCH /api/notes/{id}]
            compatible: `status` is never `done` in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
        "#]],
    );
}

#[test]
fn bounds_break_the_way_in_when_they_narrow_and_the_way_out_when_they_widen() {
    check(
        &[("text(1..100)", "text(1..90)")],
        expect![[r#"
        breaking: `title` is `text(1..90)` in the body, not `text(1..100)` [POST /api/notes, PATCH /api/notes/{id}]
        compatible: `title` is `text(1..90)` in the answer, not `text(1..100)` [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
    "#]],
    );
    check(
        &[("text(1..100)", "text(1..200)")],
        expect![[r#"
        breaking: `title` is `text(1..200)` in the answer, not `text(1..100)` [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
        compatible: `title` is `text(1..200)` in the body, not `text(1..100)` [POST /api/notes, PATCH /api/notes/{id}]
    "#]],
    );
}

#[test]
fn what_becomes_required_breaks_and_what_becomes_optional_breaks_who_reads_it() {
    check(
        &[("body: text(..5000)?", "body: text(..5000)")],
        expect![[r#"
        breaking: `body` is required in the body [POST /api/notes]
        breaking: `body` may not be null in the body [POST /api/notes, PATCH /api/notes/{id}]
        compatible: `body` is never null in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
    "#]],
    );
    check(
        &[("title: text(1..100)", "title: text(1..100)?")],
        expect![[r#"
        breaking: `title` may be null in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
        compatible: `title` may be left out of the body [POST /api/notes]
        compatible: `title` may be null in the body [POST /api/notes, PATCH /api/notes/{id}]
    "#]],
    );
}

#[test]
fn other_defaults_of_bodies_pages_and_orders_break() {
    check(
        &[
            ("= draft", "= open"),
            ("page 20 max 100", "page 50 max 80"),
            ("sort title", "sort -title"),
        ],
        expect![[r#"
            breaking: rows come by `-title` unasked, not by `title` [GET /api/notes]
            breaking: `limit` is 80 at most, not 100 [GET /api/notes]
            breaking: a page has 50 rows unasked, not 20 [GET /api/notes]
            breaking: `status` becomes `open` where it is left out, not `draft` [POST /api/notes]
        "#]],
    );
}

#[test]
fn tokens_and_limits_are_for_every_route() {
    check(
        &[
            ("algorithms EdDSA", "algorithms ES256"),
            ("from claim sub", "from claim id"),
            (
                "base /api }",
                "base /api; limits body 64KB, rate 10/min per caller; errors validation 422 }",
            ),
        ],
        expect![[r#"
            breaking: a body is 65536 bytes at most, not 262144 []
            breaking: a caller may call 10 times in 60 s []
            breaking: the claim that names the caller is `id`, not `sub` []
            breaking: tokens signed by EdDSA are refused []
            breaking: the problem `invalid-body` is 422, not 400 [POST /api/notes, PATCH /api/notes/{id}]
            compatible: tokens signed by ES256 are taken []
            compatible: the problem `too-many-requests` (429) is new [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}, DELETE /api/notes/{id}]
        "#]],
    );
}

#[test]
fn a_route_without_a_token_and_its_limit_are_told() {
    check(
        &[
            ("  update {", "  update public {"),
            (
                "list { filter status;",
                "list { limit 10/min per address; filter status;",
            ),
        ],
        expect![[r#"
            breaking: an address may call it 10 times in 60 s [GET /api/notes]
            compatible: the problem `too-many-requests` (429) is new [GET /api/notes]
            compatible: no token is needed [PATCH /api/notes/{id}]
            compatible: the problem `forbidden` (403) is new [PATCH /api/notes/{id}]
        "#]],
    );
}

#[test]
fn another_form_of_the_list_breaks_it() {
    check(
        &[("list { filter status;", "list { as array; filter status;")],
        expect![[r#"
            breaking: the answer is a bare array, not an object that holds a page [GET /api/notes]
            compatible: the answer has an `X-Total-Count` [GET /api/notes]
        "#]],
    );
}

#[test]
fn moves_that_are_refused_break() {
    check(
        &[(
            "  index owner\n",
            "  index owner\n  states status { draft -> open; open -> done }\n",
        )],
        expect![[r#"
            breaking: `Note.status` makes only the moves that are listed []
            compatible: the problem `invalid-state` (409) is new [PATCH /api/notes/{id}]
        "#]],
    );
}

#[test]
fn what_requests_do_is_compared_where_no_schema_says_it() {
    let with = |words: &str, list: &str, on_delete: &str| {
        super::NOTES
            .replace("entity Note {", "entity Book { id: uuid key }\nentity Note {")
            .replace(
                "  index owner\n",
                &format!("  book: Book? on delete {on_delete}\n  index owner\n{words}"),
            )
            .replace(
                "list { filter status;",
                &format!("list {{ filter state {{ {list} }}; filter status;"),
            )
            .replace("allow delete to owner", "allow delete, close to owner")
    };
    let old = with("", "all; open when status == open", "cascade").replace(
        "  delete\n}",
        "  delete\n  action close { set status = done }\n  report stats { total: count }\n}",
    );
    let new = with(
        "  unique owner, title\n  check status != done or body != none\n",
        "all; open when status != done",
        "restrict",
    )
    .replace(
        "  delete\n}",
        "  delete\n  action close { set body = none; error late 409 when status == done }\n  \
         report stats { total: count when status == open }\n}",
    );
    let diff = crate::compare(&super::model(&old), &super::model(&new));
    expect![[r#"
        breaking: the action `close` of `Note` sets `body` to `null`, and not: sets `status` to `done` []
        breaking: `state=open` of notes keeps those for which `status` is not `done`, and not: those for which `status` is `open` []
        breaking: `total` in the report `stats` of notes is the number of those for which `status` is `open`, and not: the number []
        breaking: of each `Note` `status` is not `done` or `body` is set must hold []
        breaking: `owner` and `title` of two notes may not be the same []
        breaking: when a `Book` is deleted, the notes that refer to it by `book` stand in the way (409) []
        compatible: the problem `conflict` (409) is new [POST /api/notes, PATCH /api/notes/{id}]
        compatible: the problem `invalid-state` (409) is new [POST /api/notes/{id}/close]
        compatible: the problem `late` (409) is new [POST /api/notes/{id}/close]
    "#]].assert_eq(&clients(&diff));
}

#[test]
fn another_name_on_the_wire_breaks_clients_though_nothing_is_lost() {
    check(
        &[
            ("title: text(1..100)", "head: text(1..100) was title"),
            ("title, body", "head, body"),
            ("sort title", "sort head"),
            ("draft, open, done", "draft, running was open, done"),
        ],
        expect![[r#"
            breaking: the parameter `status` may not be `open` [GET /api/notes]
            breaking: `sort=title` is gone [GET /api/notes]
            breaking: rows come by `head` unasked, not by `title` [GET /api/notes]
            breaking: `title` is gone from the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
            breaking: `status` may be `running` in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
            breaking: `title` is gone from the body [POST /api/notes, PATCH /api/notes/{id}]
            breaking: `status` may not be `open` [POST /api/notes, PATCH /api/notes/{id}]
            breaking: `head` is new in the body, and required [POST /api/notes]
            compatible: the parameter `status` may be `running` [GET /api/notes]
            compatible: `sort=head` is new [GET /api/notes]
            compatible: `status` is never `open` in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
            compatible: `head` is new in the answer [GET /api/notes, POST /api/notes, GET /api/notes/{id}, PATCH /api/notes/{id}]
            compatible: `status` may be `running` [POST /api/notes, PATCH /api/notes/{id}]
            compatible: `head` is new in the body, and may be left out [PATCH /api/notes/{id}]
        "#]],
    );
}
