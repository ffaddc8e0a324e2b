//! Who calls in a project's own tests: keys of every type that callers have, and nobody where no token is asked for.

use expect_test::{Expect, expect};

use super::examples::own;
use crate::Existing;

/// The lines of a file of a project from the one that holds this to the next blank one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check(design: &str, path: &str, from: &str, expected: Expect) {
    let model = own("specs/design.groma", design);
    let files = crate::emit(&model, &Existing::default()).unwrap().files;
    let lines = files.get(path).unwrap().lines();
    let found = lines
        .skip_while(|line| !line.contains(from))
        .take_while(|line| !line.is_empty());
    let found: Vec<&str> = found.collect();
    let indents = found.iter().map(|line| line.len() - line.trim_start().len());
    let least = indents.min().unwrap_or(0);
    let found: String = found.iter().flat_map(|line| [&line[least..], "\n"]).collect();
    expected.assert_eq(&found);
}

/// Notes of somebody whose key has a type, in a claim.
fn notes(key: &str, claim: &str) -> String {
    format!(
        "auth {{ issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA; audience env ISSUER_URL; caller User from claim {claim} }}
        entity User external table \"user\" {{ id: {key} key }}
        entity Note {{ id: uuid key; title: text(1..9); owner: User = caller readonly }}
        access Note {{ allow all to owner }}
        resource /notes for Note {{ list }}
        resource /{{user_id = caller}}/notes for Note {{ list; create; read }}"
    )
}

#[test]
fn a_name_is_the_key_where_it_fits() {
    check(
        &notes("text(1..64)", "sub"),
        "tests/conftest.py",
        "usual = ",
        expect![[r#"
                    usual = {"sub": subject, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 900}
                    return {name: value for name, value in (usual | other).items() if value is not None}
        "#]],
    );
    check(
        &notes("text(1..64)", "sub"),
        "tests/rows.py",
        "ALICE = ",
        expect![[r#"
            ALICE = "alice"
            CAROL = "carol"
            NOTE_KEY = UUID(int=3)
        "#]],
    );
}

#[test]
fn keys_are_made_of_names_where_names_are_none() {
    let function =
        |key: &str, expected| check(&notes(key, "sub"), "tests/conftest.py", "def key_of", expected);
    function(
        "uuid",
        expect![[r#"
        def key_of(name: str) -> UUID:
            """The key of somebody, by the name that tests have for them."""
            return uuid5(NAMESPACE_URL, name)
    "#]],
    );
    function(
        "int",
        expect![[r#"
        def key_of(name: str) -> int:
            """The key of somebody, by the name that tests have for them."""
            return 1 + crc32(name.encode())
    "#]],
    );
    function(
        "int(1000..9999)",
        expect![[r#"
        def key_of(name: str) -> int:
            """The key of somebody, by the name that tests have for them."""
            return 1000 + crc32(name.encode()) % 9000
    "#]],
    );
    function(
        "text(6..12)",
        expect![[r#"
        def key_of(name: str) -> str:
            """The key of somebody, by the name that tests have for them."""
            return name.ljust(6, "x")[:12]
    "#]],
    );
    function(
        "slug(2..30)",
        expect![[r#"
        def key_of(name: str) -> str:
            """The key of somebody, by the name that tests have for them."""
            return name[:30]
    "#]],
    );
    check(
        &notes("int", "sub"),
        "tests/rows.py",
        "ALICE = ",
        expect![[r#"
        ALICE = key_of("alice")
        CAROL = key_of("carol")
        NOTE_KEY = UUID(int=3)
    "#]],
    );
}

#[test]
fn a_number_is_text_in_sub_and_a_number_elsewhere() {
    check(
        &notes("int", "sub"),
        "tests/conftest.py",
        "usual = ",
        expect![[r#"
                    usual = {
                        "sub": str(key_of(subject)),
                        "iss": ISSUER,
                        "aud": AUDIENCE,
                        "iat": now,
                        "exp": now + 900,
                    }
                    return {name: value for name, value in (usual | other).items() if value is not None}
        "#]],
    );
    check(
        &notes("int", "employee"),
        "tests/conftest.py",
        "usual = ",
        expect![[r#"
                    usual = {
                        "employee": key_of(subject),
                        "iss": ISSUER,
                        "aud": AUDIENCE,
                        "iat": now,
                        "exp": now + 900,
                    }
                    return {name: value for name, value in (usual | other).items() if value is not None}
        "#]],
    );
}

#[test]
fn what_is_no_key_follows_from_its_bounds() {
    let refused = |key: &str, expected| {
        check(
            &notes(key, "sub"),
            "tests/test_auth.py",
            "{\"sub\": None}",
            expected,
        );
    };
    refused(
        "text(3..20)",
        expect![[r#"
                {"sub": None},
                {"sub": "x" * 21},
                {"sub": "x" * 2},
            ],
        )
        def test_claims_that_do_not_hold(
            client: TestClient, issuer: Issuer, claims: dict[str, Any]
        ) -> None:
            assert status_of(client, issuer.token("alice", **claims)) == 401
    "#]],
    );
    refused(
        "text",
        expect![[r#"
                {"sub": None},
            ],
        )
        def test_claims_that_do_not_hold(
            client: TestClient, issuer: Issuer, claims: dict[str, Any]
        ) -> None:
            assert status_of(client, issuer.token("alice", **claims)) == 401
    "#]],
    );
}

#[test]
fn paths_that_name_the_caller_name_whoever_calls() {
    let design = notes("int", "sub");
    check(
        &design,
        "tests/conftest.py",
        "def key(",
        expect![[r#"
                def key(self) -> str:
                    """Their key, as paths hold it."""
                    claims = self.headers["Authorization"].split(".")[1]
                    return str(json.loads(base64url_decode(claims))["sub"])
        "#]],
    );
    check(
        &design,
        "tests/conformance/test_notes.py",
        "def test_bodies_that_create",
        expect![[r#"
            def test_bodies_that_create_note_does_not_take(
                alice: Person, body: object, wanted: tuple[str, str]
            ) -> None:
                answer = alice.send("POST", f"/{alice.key}/notes", body)
                assert mistakes(answer) == [wanted]
        "#]],
    );
    check(
        &design,
        "tests/test_notes.py",
        "def keys(",
        expect![[r#"
        def keys(client: TestClient) -> dict[str, str]:
            """What leads to a note that Alice may read, and nobody else."""
            note = Note(id=new_id(), title="a", owner_id=key_of("alice"))
            add(client, note)
            return {"user_id": str(key_of("alice")), "id": str(note.id)}
    "#]],
    );
    check(
        &design,
        "tests/test_notes.py",
        "    (\"method\", \"path\", \"body\", \"status\")",
        expect![[r#"
                ("method", "path", "body", "status"), [("GET", "/{user_id}/notes/{id}", None, 403)]
            )
            def test_others_do_not_reach_it(
                bob: Person, keys: dict[str, str], method: str, path: str, body: object, status: int
            ) -> None:
                answer = bob.send(method, path.format(**keys), body)
                assert answer.status_code == status, answer.text
        "#]],
    );
}

/// A wall on which anybody writes.
const WALL: &str = "
auth { issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA; audience env ISSUER_URL; caller User from claim sub
  roles user < warden from claim role default user }
entity User external { id: text(1..64) key }
entity Note { id: uuid key; cheers: int(0..9) = 0; last: User? readonly; author: User? = caller readonly }
access Note {
  allow create, read, cheer to everyone
  allow update to everyone when author == none
  allow update to author
  deny update(cheers) to everyone except warden
}
resource /notes for Note { read public; update public { accept cheers }; action cheer public { set last = caller } }";

#[test]
fn nobody_has_no_role_in_a_rule_on_a_field() {
    check(
        WALL,
        "app/notes/access.py",
        "Refused to everyone except",
        expect![[r#"
                The author. Refused to everyone except callers with the role `warden`, for `cheers`.
                """
                if caller is None:
                    return false()
                return and_(may_update(note, caller), true() if "warden" in caller.roles else false())
        "#]],
    );
}

#[test]
fn an_action_of_nobody_writes_nobody() {
    check(
        WALL,
        "app/notes/service.py",
        "def cheer_note",
        expect![[r#"
        def cheer_note(
            session: Session, caller: Caller | None, note_id: UUID | None, if_match: Tags | None
        ) -> Note:
            """Cheer a note."""
            written = {"last_id": None if caller is None else caller.id}
            change = Change(
                Note,
                NotePublic,
                readable(caller, note_id),
                access.may_cheer(Note, caller),
                if_match=if_match,
            )
            return update_row(session, change, written)
    "#]],
    );
}

#[test]
fn tests_make_the_tables_of_somebody_else_that_requests_read() {
    check(
        "auth { issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA; audience env ISSUER_URL; caller User from claim sub }
        entity User external table \"user\" { id: text(1..64) key }
        entity Plan external table \"plan\" { id: uuid key; open: bool }
        entity Note { id: uuid key; plan: Plan; owner: User = caller readonly }
        access Plan { allow read to authenticated when open }
        access Note { allow all to owner }
        resource /notes for Note { create; read }",
        "tests/conftest.py",
        "    refuse_rows(engine)",
        expect![[r#"
                refuse_rows(engine)
                # Somebody else's tables, which rules ask.
                SQLModel.metadata.create_all(engine, [SQLModel.metadata.tables["plan"]])
                engine.dispose()
                config = Config(ROOT / "alembic.ini")
                config.attributes["settings"] = settings
                command.upgrade(config, "head")
                return config
        "#]],
    );
}

#[test]
fn two_lists_of_the_same_rows_have_a_reader_each() {
    check(
        &notes("text(1..64)", "sub"),
        "tests/test_notes_lists.py",
        "def reader_of",
        expect![[r#"
            def reader_of_list_notes2(client: TestClient, issuer: Issuer) -> Person:
                """Who may read all these notes."""
                return calls(client, issuer, {}, NOTES2)
        "#]],
    );
}
