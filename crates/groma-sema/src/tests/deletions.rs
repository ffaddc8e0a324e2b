//! Which deletions other rows can hold up.

use expect_test::{Expect, expect};
use groma_ir::Model;
use groma_ir::http::{Operation, Problem};

use super::compile_text;

const AUTH: &str =
    "auth { issuer env ISS jwks \"/jwks\" algorithms EdDSA; audience env AUD; caller User from claim sub }
entity User external { id: text(1..64) key }
tenant Team { id: uuid key; members User as member < owner, at least 1 owner }
access Team { allow create to authenticated; allow read, delete to member }
access Team.members { allow read to team.member }
resource /teams for Team { list; create; read; delete; members }
";

/// Checks why each deletion can be refused with a conflict.
fn check(text: &str, expected: &Expect) {
    let (_, compiled) = compile_text("design.groma", &format!("{AUTH}{text}"));
    let model = Model::new(
        compiled
            .design
            .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)),
    );
    let deletes = model
        .http
        .routes
        .iter()
        .filter(|route| route.operation == Operation::Delete);
    let lines: Vec<String> = deletes
        .map(|route| {
            let conflict = route
                .answers
                .iter()
                .find(|answer| answer.problem == Problem::Conflict);
            let when = conflict.map_or("-", |answer| answer.when.as_str());
            format!("{}: {when}\n", route.operation_id)
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn rows_of_a_tenant_hold_each_other_and_not_the_tenant() {
    check(
        "entity Board in Team { id: uuid key }
entity Card in Team { id: uuid key; board: Board on delete restrict; before: Card? on delete restrict }
access Board { allow all to team.member }
access Card { allow all to team.member }
resource /teams/{team}/boards for Board
resource /teams/{team}/cards for Card",
        &expect![[r#"
            deleteTeam: -
            deleteTeamBoard: Other rows refer to it and may not be left behind.
            deleteTeamCard: Other rows refer to it and may not be left behind.
        "#]],
    );
}

#[test]
fn rows_of_no_tenant_hold_what_would_go_with_it() {
    check(
        "entity Board in Team { id: uuid key }
entity Card in Team { id: uuid key; board: Board on delete cascade }
entity Remark { id: uuid key; card: Card on delete restrict }
access Board { allow all to team.member }
access Card { allow all to team.member }
access Remark { allow all to card.team.member }
resource /teams/{team}/boards for Board
resource /teams/{team}/cards for Card
resource /cards/{card}/remarks for Remark",
        &expect![[r#"
            deleteTeam: Other rows refer to what would go with it and may not be left behind.
            deleteTeamBoard: Other rows refer to what would go with it and may not be left behind.
            deleteTeamCard: Other rows refer to it and may not be left behind.
            deleteCardRemark: -
        "#]],
    );
}

#[test]
fn rows_that_go_without_their_tenant_are_held_by_others_of_it() {
    check(
        "entity Place { id: uuid key; team: Team on delete cascade; index team }
entity Board in Team { id: uuid key; place: Place on delete cascade }
entity Card in Team { id: uuid key; board: Board on delete restrict }
access Place { allow all to team.member }
access Board { allow all to team.member }
access Card { allow all to team.member }
resource /places for Place
resource /teams/{team}/boards for Board
resource /teams/{team}/cards for Card",
        &expect![[r#"
            deleteTeam: Other rows refer to what would go with it and may not be left behind.
            deletePlace: Other rows refer to what would go with it and may not be left behind.
            deleteTeamBoard: Other rows refer to it and may not be left behind.
            deleteTeamCard: -
        "#]],
    );
}
