use expect_test::{Expect, expect};

use super::{access, changed};

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written where it is passed"
)]
fn check(words: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&access(&changed(words)));
}

#[test]
fn a_condition_that_falls_lets_more_in() {
    check(
        &[(
            "allow delete to owner",
            "allow delete to owner when status == draft",
        )],
        expect![[r#"
            lost delete Note: the caller is `owner` and `status` is `open`
        "#]],
    );
}

#[test]
fn another_order_of_roles_is_seen_through_the_token() {
    check(
        &[("user < editor < admin", "user < admin < editor")],
        expect![[r#"
            gained delete Note: signed in as `editor` and the caller is not `owner`
        "#]],
    );
}

#[test]
fn a_new_default_role_is_what_tokens_without_a_role_have() {
    check(
        &[("default user", "default editor")],
        expect![[r#"
        gained read Note: signed in and the caller is not `owner`
        gained update Note: signed in and the caller is not `owner`
    "#]],
    );
}

#[test]
fn a_role_that_is_renamed_takes_its_access_along() {
    check(
        &[
            ("user < editor < admin", "user < writer < admin"),
            ("owner, editor", "owner, writer"),
        ],
        expect![[r#"
            gained read Note: signed in as `writer` and the caller is not `owner`
            gained update Note: signed in as `writer` and the caller is not `owner`
            lost read Note: signed in as `editor` and the caller is not `owner`
            lost update Note: signed in as `editor` and the caller is not `owner`
        "#]],
    );
}

#[test]
fn a_route_opens_what_a_rule_has_always_allowed() {
    check(
        &[("  delete\n}", "}")],
        expect![[r#"
        lost delete Note: signed in as `admin`
    "#]],
    );
}

#[test]
fn a_field_that_is_shown_or_taken_is_access_to_it() {
    check(
        &[
            ("secret: text(..50)? internal", "secret: text(..50)?"),
            (
                "update { accept title, body, status }",
                "update { accept title, body }",
            ),
        ],
        expect![[r#"
            gained read(secret) Note: signed in as `editor`
            lost update(status) Note: signed in as `editor`
        "#]],
    );
}

#[test]
fn a_rule_on_one_field_is_told_apart_from_that_on_the_row() {
    check(
        &[(
            "  allow all to admin\n",
            "  allow all to admin\n  deny update(status) to everyone except owner\n",
        )],
        expect![[r#"
            lost update(status) Note: signed in as `editor` and the caller is not `owner`
        "#]],
    );
}

#[test]
fn an_entity_that_is_new_is_access_that_nobody_had() {
    check(
        &[(
            "entity Note {",
            "entity Tag { id: uuid key; name: text(1..20) }\naccess Tag { allow read to everyone; allow create to admin }\n\
             resource /tags for Tag { list { public }; create { accept name } }\nentity Note {",
        )],
        expect![[r#"
            gained read Tag: 
            gained create Tag: signed in as `admin`
        "#]],
    );
}

#[test]
fn another_user_behind_the_same_name_is_somebody_else() {
    check(
        &[
            (
                "  owner: User = caller readonly\n",
                "  owner: User = caller readonly\n  reader: User?\n",
            ),
            (
                "allow read, update to owner, editor",
                "allow read, update to reader, editor",
            ),
        ],
        expect![[r#"
            gained read Note: the caller is `reader` and the caller is not `owner`
            gained update Note: the caller is `reader` and the caller is not `owner`
            lost read Note: the caller is `owner` and `reader` is empty
            lost update Note: the caller is `owner` and `reader` is empty
        "#]],
    );
}

#[test]
fn a_level_that_is_new_or_gone_is_told_as_itself() {
    let shared = |levels: &str, who: &str| {
        super::NOTES
            .replace(
                "  index owner\n",
                &format!("  shared with User as {levels}\n  index owner\n"),
            )
            .replace("read, update to owner, editor", who)
    };
    let compared = |old: &str, new: &str| access(&crate::compare(&super::model(old), &super::model(new)));
    let old = shared("view < edit", "read to owner, view; allow update to owner, edit");
    let same = shared(
        "view < comment < edit",
        "read to owner, view; allow update to owner, edit",
    );
    expect![[r#"
        gained read Note: it is shared with the caller as `comment` and the caller is not `owner`
    "#]]
    .assert_eq(&compared(&old, &same));
    let wider = shared(
        "view < comment < edit",
        "read to owner, view; allow update to owner, comment",
    );
    expect![[r#"
        gained read Note: it is shared with the caller as `comment` and the caller is not `owner`
        gained update Note: it is shared with the caller as `comment` and the caller is not `owner`
    "#]]
    .assert_eq(&compared(&old, &wider));
    let fewer = shared("view", "read to owner, view; allow update to owner");
    expect![[r#"
        lost read Note: it is shared with the caller as `edit` and the caller is not `owner`
        lost update Note: it is shared with the caller as `edit` and the caller is not `owner`
    "#]]
    .assert_eq(&compared(&old, &fewer));
}

#[test]
fn what_was_called_otherwise_is_open_to_the_same() {
    check(
        &[
            ("title: text(1..100)", "head: text(1..100) was title"),
            ("title, body", "head, body"),
            ("sort title", "sort head"),
            ("draft, open, done", "draft, running was open, done"),
            ("entity Note {", "entity Memo was Note {"),
            ("access Note", "access Memo"),
            ("for Note", "for Memo"),
        ],
        expect![[r#""#]],
    );
}
