//! What few designs have, and what Python's own tools would say if it were wrong.

use expect_test::{Expect, expect};
use groma_files::FileSet;
use groma_ir::Model;

use super::examples::own;
use crate::Existing;

/// Who calls, in each of the designs here.
const AUTH: &str = "
auth { issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA; audience env ISSUER_URL; caller User from claim sub }
entity User external table \"user\" { id: text(1..64) key }
";

fn project(text: &str) -> FileSet {
    let model = own("specs/design.groma", &format!("{AUTH}{text}"));
    crate::emit(&model, &Existing::default()).unwrap().files
}

/// The lines of a file from the one that begins with this to the next blank one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check(files: &FileSet, path: &str, from: &str, expected: Expect) {
    let lines = files.get(path).unwrap().lines();
    let found = lines
        .skip_while(|line| !line.starts_with(from))
        .take_while(|line| !line.is_empty());
    let found: String = found.flat_map(|line| [line, "\n"]).collect();
    expected.assert_eq(&found);
}

#[test]
fn what_a_body_leaves_to_the_server_is_written_all_the_same() {
    let files = project(
        "entity Note { id: uuid key; title: text(1..9); seen: datetime = now; due: datetime = now + 7d; owner: User = caller; timestamps }
        access Note { allow all to owner }
        resource /notes for Note { create; replace }",
    );
    check(
        &files,
        "app/notes/service.py",
        "def create_note",
        expect![[r#"
            def create_note(session: Session, caller: Caller, body: NoteCreate) -> Note:
                """Makes a note of the caller's."""
                time = now()
                written: dict[str, Any] = {
                    "id": new_id(),
                    "seen": time,
                    "due": time + timedelta(days=7),
                    "owner_id": caller.id,
                    **body.model_dump(),
                    "created_at": time,
                    "updated_at": time,
                }
                rules = access.may_create(after(Note, written), caller)
                note = insert_row(
                    session,
                    Note,
                    written,
                    rules,
                    refers=partial(check_references, written={"owner_id": caller.id, **body.model_dump()}),
                )
                if note is None:
                    raise Problem(FORBIDDEN)
                return note
        "#]],
    );
    check(
        &files,
        "app/notes/service.py",
        "def replace_note",
        expect![[r#"
            def replace_note(
                session: Session, caller: Caller, note_id: UUID | None, body: NoteReplace, if_match: Tags | None
            ) -> Note:
                """The note with every field changed that may be written."""
                time = now()
                written: dict[str, Any] = {
                    "seen": time,
                    "due": time + timedelta(days=7),
                    "owner_id": caller.id,
                    **body.model_dump(),
                }
                change = Change(
                    Note,
                    NotePublic,
                    readable(caller, note_id),
                    may_write(caller, written),
                    if_match=if_match,
                    refers=partial(check_references, written=written),
                )
                if written:
                    written["updated_at"] = now()
                return update_row(session, change, written)
        "#]],
    );
    // Of somebody else's row, Alice has to say whose it is.
    let tests = files.get("tests/test_notes_access.py").unwrap();
    assert!(tests.contains("\"owner_id\": CAROL}"), "{tests}");
}

#[test]
fn times_away_from_now_are_asked_for() {
    let files = project(
        "entity Note { id: uuid key; due: datetime = now + 7d; owner: User = caller readonly }
        decision Note.update = owner because \"It is hers.\"
        access Note { allow all to owner }
        resource /notes for Note { create; action snooze { set due = now + 90m } }",
    );
    let path = "tests/test_notes_times.py";
    check(
        &files,
        path,
        "def test_times_of_create_note",
        expect![[r#"
        def test_times_of_create_note(client: TestClient, issuer: Issuer) -> None:
            caller = calls(client, issuer, {}, [])
            answer = caller.send("POST", "/notes", {})
            assert answer.status_code == 201, answer.text
            due = datetime.fromisoformat(answer.json()["due"])
            assert abs(due - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=5)
    "#]],
    );
    check(
        &files,
        path,
        "def test_times_of_snooze_note",
        expect![[r#"
        def test_times_of_snooze_note(client: TestClient, issuer: Issuer) -> None:
            caller = calls(client, issuer, {}, [make_note(owner_id=ALICE)])
            answer = caller.send("POST", f"/notes/{NOTE_KEY}/snooze")
            assert answer.status_code == 200, answer.text
            due = datetime.fromisoformat(answer.json()["due"])
            assert abs(due - datetime.now(UTC) - timedelta(minutes=90)) < timedelta(minutes=5)
    "#]],
    );
}

#[test]
fn numbers_are_asked_for_over_rows_that_tell_them_apart() {
    let files = project(
        "entity Note { id: uuid key; price: decimal(6, 2)?; due: datetime?; done: bool = false; owner: User = caller readonly; index owner }
        access Note { allow all to owner }
        resource /notes for Note { list; report stats { late: count when due < now; mean: avg(price) per done } }",
    );
    check(
        &files,
        "tests/test_notes_reports.py",
        "def test_get_note_stats(",
        expect![[r#"
            def test_get_note_stats(client: TestClient, issuer: Issuer) -> None:
                rows = [
                    make_note(
                        id=UUID(int=1),
                        price=Decimal("4.55"),
                        due=now() + timedelta(hours=1),
                        done=True,
                        owner_id=ALICE,
                    ),
                    make_note(id=UUID(int=2), done=True, owner_id=ALICE),
                    make_note(id=UUID(int=3), price=Decimal("5.55"), owner_id=ALICE),
                    make_note(
                        id=UUID(int=4),
                        price=Decimal("2.55"),
                        due=now() + timedelta(hours=-1),
                        done=True,
                        owner_id=ALICE,
                    ),
                    make_note(
                        id=UUID(int=5), price=Decimal("6.55"), due=now() + timedelta(hours=1), owner_id=ALICE
                    ),
                    make_note(id=UUID(int=6), price=Decimal("3.55"), done=True, owner_id=ALICE),
                ]
                other = make_note(id=UUID(int=7), price=Decimal("7.55"), due=now() + timedelta(hours=-1))
                caller = calls(client, issuer, {}, [*rows, other])
                answer = caller.get("/notes/stats")
                assert answer.status_code == 200, answer.text
                assert answer.json() == {
                    "late": 1,
                    "mean": {"true": pytest.approx(3.55), "false": pytest.approx(6.05)},
                }
        "#]],
    );
    // On SQLite a decimal is a whole number of its last digits, and its mean is one, too.
    check(
        &files,
        "app/notes/service.py",
        "def get_note_stats",
        expect![[r#"
            def get_note_stats(session: Session, caller: Caller) -> NoteStats:
                """Numbers about the notes that the caller may read."""
                statement = select(
                    func.count().filter(column(Note.due) < now()),
                    mean(column(Note.price)).filter(column(Note.done) == true()),
                    mean(column(Note.price)).filter(column(Note.done) == false()),
                ).select_from(Note)
                row = session.execute(statement.where(access.may_read(Note, caller))).one()
                return NoteStats.model_validate({"late": row[0], "mean": {"true": row[1], "false": row[2]}})
        "#]],
    );
}

#[test]
fn tables_of_others_that_rules_ask_are_made_by_the_tests() {
    let files = project(
        "tenant Org external table \"organization\" { id: text(1..64) key; members User as member < owner external table \"member\" }
        entity Note in Org { id: uuid key; title: text(1..9) }
        access Note { allow read, create to org.member; allow delete to org.owner }
        resource /notes for Note { list; create; read; delete }",
    );
    check(
        &files,
        "tests/conftest.py",
        "def alembic",
        expect![[r#"
            def alembic(settings: Settings) -> Config:
                engine = make_engine(settings)
                refuse_rows(engine)
                # Somebody else's tables, which rules ask.
                SQLModel.metadata.create_all(engine, [SQLModel.metadata.tables["member"]])
                engine.dispose()
                config = Config(ROOT / "alembic.ini")
                config.attributes["settings"] = settings
                command.upgrade(config, "head")
                return config
        "#]],
    );
    check(
        &files,
        "tests/conftest.py",
        "def empty",
        expect![[r#"
            def empty(client: TestClient) -> None:
                """No rows any more."""
                with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]
                    for model in (OrgMember, Note, KeptReply):
                        connection.execute(delete(model))
        "#]],
    );
    let tests = files.get("tests/test_notes_access.py").unwrap();
    assert!(tests.contains("role=OrgRole.OWNER"), "{tests}");
}

#[test]
fn paths_that_name_the_same_parent_in_several_ways_ask_for_it_in_each() {
    let files = project(
        "entity Team { id: uuid key; slug: slug(2..20) unique; owner: User = caller readonly }
        entity Note { id: uuid key; team: Team on delete cascade; text: text(1..9) }
        access Team { allow all to owner }
        access Note { allow all to can read team }
        resource /teams for Team { create; read }
        resource /teams-by-slug for Team by slug { read }
        resource /teams/{team}/notes for Note { list; read }
        resource /teams-by-slug/{team}/notes for Note { list; read }",
    );
    let service = files.get("app/notes/service.py").unwrap();
    let names = service.lines().filter_map(|line| line.strip_prefix("def "));
    let names: Vec<&str> = names.filter_map(|line| Some(line.split_once('(')?.0)).collect();
    expect!["team_by_id_key check_team_by_id list_team_notes readable_in_team_by_id get_team_note team_by_slug_key check_team_by_slug list_team_notes2 readable_in_team_by_slug get_team_note2"].assert_eq(&names.join(" "));
}

#[test]
fn what_is_not_there_leaves_no_trace() {
    let files = project(
        "entity Note { id: uuid key; owner: User = caller readonly }
        access Note { allow read, go to owner }
        resource /notes for Note { read; action go { } }",
    );
    check(
        &files,
        "app/notes/service.py",
        "def go_note",
        expect![[r#"
        def go_note(session: Session, caller: Caller, note_id: UUID | None, if_match: Tags | None) -> Note:
            """Go a note."""
            written: dict[str, Any] = {}
            change = Change(
                Note, NotePublic, readable(caller, note_id), access.may_go(Note, caller), if_match=if_match
            )
            return update_row(session, change, written)
    "#]],
    );
    let files = project("entity Memo external { id: uuid key }");
    assert!(!files.get("app/main.py").unwrap().contains("for "));
    check(
        &files,
        "tests/conftest.py",
        "def client",
        expect![[r#"
        def client(session_client: TestClient) -> TestClient:
            return session_client
    "#]],
    );
}

#[test]
fn what_embeds_rows_that_nobody_reads_is_given_rows_alone() {
    let files = project(
        "entity Note { id: uuid key; owner: User = caller readonly }
        access Note { allow read to owner }
        resource /notes for Note { read { include owner } }",
    );
    check(
        &files,
        "app/notes/router.py",
        "def _items",
        expect![[r#"
        def _items(notes: Sequence[Note], include: Sequence[str]) -> list[NotePublic]:
            shown = [NotePublic.model_validate(note) for note in notes]
            if "owner" in include:
                for each in shown:
                    each.owner = None
            return shown
    "#]],
    );
    let router = files.get("app/notes/router.py").unwrap();
    assert!(
        router.contains("    [item] = _items([note], query.include)\n"),
        "{router}"
    );
}

#[test]
fn a_row_that_is_hidden_is_not_there_for_whoever_may_change_some_of_its_fields() {
    let auth = AUTH.replace(
        "claim sub }",
        "claim sub; roles user < admin from claim role default user }",
    );
    let design =
        "entity Note { id: uuid key; title: text(1..50); n: int(0..9) = 0; owner: User = caller readonly }
        access Note { allow update(title), read to owner; allow update(n) to admin }
        resource /notes for Note { replace { accept title, n } }";
    let model = own("specs/design.groma", &(auth + design));
    let files = crate::emit(&model, &Existing::default()).unwrap().files;
    let tests = files.get("tests/test_notes_access.py").unwrap();
    assert!(
        tests.contains("pytest.param({}, [make_note()], 404, id=\"signed in as user\")"),
        "{tests}"
    );
}

#[test]
fn bodies_are_tried_whatever_status_their_mistakes_have() {
    let files = project(
        "service Notes { errors validation 422 }
        entity Note { id: uuid key; title: text(1..9); owner: User = caller }
        access Note { allow all to owner }
        resource /notes for Note { create }",
    );
    assert!(files.get("tests/test_bodies.py").is_some());
}

#[test]
fn the_linter_minds_long_lines_where_names_leave_room() {
    let files = project(
        "entity Note { id: uuid key; owner: User = caller readonly }
        access Note { allow all to owner }
        resource /notes for Note { read; delete }",
    );
    assert!(!files.get("pyproject.toml").unwrap().contains("E501"));
}

#[test]
fn a_token_for_a_first_try_is_to_be_had_where_one_is_needed() {
    let readme = |model: &Model| {
        let project = crate::emit(model, &Existing::default()).unwrap();
        project.files.get("README.md").unwrap().to_owned()
    };
    let tasks = readme(&super::examples::example("tasks"));
    for line in [
        "BETTER_AUTH_URL=groma-development AUTH_JWKS_FILE=../.groma/dev-jwks.json RATE_LIMIT=off \\\n",
        "curl http://127.0.0.1:8000/api/projects -H \"Authorization: Bearer $(groma token ..)\"\n",
        "In another terminal, send a request, and have `groma verify` ask whatever the design promises, as several users.",
        "groma verify http://127.0.0.1:8000 ..\n",
    ] {
        assert!(tasks.contains(line), "{tasks}");
    }
    // An invitation is accepted by what only an e-mail says.
    let team = readme(&super::examples::example("team"));
    let line = "groma verify http://127.0.0.1:8000 .. --database sqlite:///app.db\n";
    assert!(
        team.contains(line) && team.contains("what never leaves the service"),
        "{team}"
    );
    let secret = readme(&own("secret.groma", include_str!("designs/secret.groma")));
    let line = "Bearer $(env $(grep -E '^(ISSUER_URL|TOKEN_SECRET)=' .env) groma token ..)\"\n";
    assert!(
        secret.contains(line) && !secret.contains("AUTH_JWKS_FILE"),
        "{secret}"
    );
    let open = readme(&own("open.groma", include_str!("designs/open.groma")));
    assert!(
        !open.contains("groma token") && !open.contains("RECIPE"),
        "{open}"
    );
    assert!(open.contains("`X-Request-Id`.\n\n## Check\n"), "{open}");
}

#[test]
fn a_number_whose_name_is_a_word_of_python_is_answered() {
    let files = project(
        "enum Kind { open, class }
        entity Note { id: uuid key; kind: Kind; owner: User = caller }
        access Note { allow all to owner }
        resource /notes for Note { report numbers { pass: count; kinds: count per kind } }",
    );
    let service = files.get("app/notes/service.py").unwrap();
    let numbers = r#"{"pass_": row[0], "kinds": {"open": row[1], "class_": row[2]}}"#;
    assert!(service.contains(numbers), "{service}");
}

#[test]
fn a_row_that_a_put_made_is_told_of_by_the_path_as_it_was_sent() {
    let model = super::examples::example("tasks");
    let project = crate::emit(&model, &Existing::default()).unwrap().files;
    let routers = project
        .iter()
        .filter(|(path, _)| path.ends_with("_shares/router.py"));
    for (path, text) in routers {
        assert!(
            text.contains("created_answer(item, sent_path(request.scope))"),
            "{path}"
        );
    }
}

#[test]
fn scenes_know_that_references_stay_within_a_tenant() {
    let files = project(
        "tenant Team { id: uuid key; members User as member }
        entity Board in Team { id: uuid key }
        entity Card in Team { id: uuid key; board: Board on delete restrict }
        access Team { allow create to authenticated; allow read to member }
        access Board { allow all to team.member }
        access Card { allow all to team.member }
        resource /teams for Team { create }
        resource /teams/{team}/boards for Board { create }
        resource /teams/{team}/cards for Card { create { accept board }; replace { accept board } }",
    );
    let tests = files.get("tests/test_cards_access.py").unwrap();
    // That of a path below another team stands behind the others.
    let before = tests.split("def test_replace_team_card(").next().unwrap();
    assert!(
        before.contains("make_board(") && !before.contains("make_team(id=OTHER_TEAM_KEY)"),
        "{before}"
    );
}

#[test]
fn keys_of_another_machine_come_by_https() {
    let files = project(
        "entity Note { id: uuid key; title: text(1..9) }
        access Note { allow create to everyone }
        resource /notes for Note { create public }",
    );
    let config = files.get("app/core/config.py").unwrap();
    assert!(
        config.contains("keys from another machine must come by https"),
        "{config}"
    );
    let readme = files.get("README.md").unwrap();
    assert!(
        readme.contains("caller: Caller | None, body: NoteCreate"),
        "{readme}"
    );
}
