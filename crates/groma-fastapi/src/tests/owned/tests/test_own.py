"""Our hooks and our routes, and what others do meanwhile."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter, HTTPException, WebSocket
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.responses import Response
from starlette.types import Message

from app.core import extra as core_extra
from app.core.config import BODY_LIMIT, Settings
from app.core.db import column, new_id
from app.core.errors import reference_not_found
from app.main import create_app
from app.task_shares.models import TaskLevel, TaskShare
from app.tasks import extra, service
from app.tasks.models import Priority, Task
from tests.conftest import Person, add, mistakes


class RefusalError(Exception):
    """What a database says to the one of two that it stops."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@contextmanager
def before(statement: str, times: int, done: Callable[[], None]) -> Iterator[None]:
    """Something is done before a statement, so many times."""
    left = [done] * times

    def listen(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if left and text.startswith(statement):
            left.pop()()

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert left == []


def test_input_is_changed_before_it_is_decided(alice: Person) -> None:
    task = alice.make("/api/tasks", title="water")
    assert task["title"] == "Water"
    answer = alice.patch(f"/api/tasks/{task['id']}", {"title": "nothing"})
    assert answer.json()["title"] == "Something"


def test_rows_are_changed_before_they_are_committed(alice: Person) -> None:
    task = alice.make("/api/tasks", title="a")
    changed = alice.patch(f"/api/tasks/{task['id']}", {"title": "b"})
    assert changed.json()["notes"] == "b!"
    read = alice.get(f"/api/tasks/{task['id']}")
    assert (read.json(), read.headers["etag"]) == (changed.json(), changed.headers["etag"])


@pytest.mark.parametrize("statement", ["INSERT INTO tasks", "UPDATE tasks"])
def test_what_a_body_refers_to_may_go_meanwhile(alice: Person, statement: str) -> None:
    project = alice.make("/api/projects", name="Home")
    task = alice.make("/api/tasks", title="a")
    body = {"title": "late", "project_id": project["id"]}

    def end() -> None:
        assert alice.delete(f"/api/projects/{project['id']}").status_code == 204

    with before(statement, 1, end):
        if statement.startswith("INSERT"):
            answer = alice.post("/api/tasks", body)
        else:
            answer = alice.patch(f"/api/tasks/{task['id']}", body)
    assert mistakes(answer) == [("/project_id", "reference_not_found")]


def test_what_a_body_refers_to_is_looked_at_once_it_is_written(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = alice.make("/api/tasks", title="a")
    written: list[int] = []

    def refuse(session: Session, **_: Any) -> None:
        written_now = column(Task.priority) == Priority.LOW
        if session.scalars(select(func.count()).select_from(Task).where(written_now)).one():
            written.append(1)
            raise reference_not_found(pointer="/project_id")

    monkeypatch.setattr(service, "check_references", refuse)
    for answer in (
        alice.post("/api/tasks", {"title": "b", "priority": "low"}),
        alice.patch(f"/api/tasks/{task['id']}", {"priority": "low"}),
    ):
        assert mistakes(answer) == [("/project_id", "reference_not_found")]
    assert len(written) == 2
    assert alice.get("/api/tasks?priority=low").json()["items"] == []


def test_what_is_done_beside_is_done_with_it_or_not_at_all(alice: Person) -> None:
    alice.make("/api/tasks", title="begin")
    assert len(alice.get("/api/tasks").json()["items"]) == 2
    answer = alice.post("/api/tasks", {"title": "refused"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Not for alice.")
    assert len(alice.get("/api/tasks").json()["items"]) == 2


def test_what_is_done_before_is_done_with_the_change_or_not_at_all(
    alice: Person, bob: Person
) -> None:
    def beside(person: Person) -> int:
        projects = person.get("/api/projects").json()["items"]
        return len([each for each in projects if each["name"].startswith("Beside")])

    project = alice.make("/api/projects", name="Seen")["id"]
    alice.put(f"/api/projects/{project}/shares/bob", {"level": "view"})
    answer = bob.post("/api/tasks", {"title": "noted", "project_id": project})
    assert (answer.status_code, beside(bob)) == (403, 0)
    answer = alice.post("/api/tasks", {"title": "noted"})
    path, tag = f"/api/tasks/{answer.json()['id']}", answer.headers["etag"]
    assert (answer.status_code, beside(alice)) == (201, 1)
    assert alice.patch(path, {"title": "noted"}, If_Match='"other"').status_code == 412
    assert beside(alice) == 1
    assert alice.patch(path, {"title": "noted"}, If_Match=tag).status_code == 200
    assert beside(alice) == 2
    assert alice.put(f"{path}/shares/alice", {"level": "view"}).status_code == 409
    assert beside(alice) == 2
    for status in (201, 200):
        assert alice.put(f"{path}/shares/bob", {"level": "view"}).status_code == status
    assert beside(alice) == 4


def test_a_change_is_refused_when_everything_else_is_decided(alice: Person, bob: Person) -> None:
    task = alice.make("/api/tasks", title="kept")
    path = f"/api/tasks/{task['id']}"
    assert bob.delete(path).status_code == 404
    assert alice.delete(path, If_Match='"other"').status_code == 412
    assert alice.delete(path).status_code == 409
    assert alice.get(path).status_code == 200


def test_reads_have_hooks_too(alice: Person) -> None:
    alice.make("/api/tasks", title="a")
    assert alice.get("/api/tasks").json()["items"][0]["notes"] == "(none)"
    assert alice.get("/api/tasks/stats").json()["total"] == 101


def test_a_replace_that_makes_is_refused_and_so_is_one_that_changes(alice: Person) -> None:
    task = alice.make("/api/tasks", title="a")
    path = f"/api/tasks/{task['id']}/shares"
    assert alice.put(f"{path}/bob", {"level": "view"}).status_code == 201
    assert alice.put(f"{path}/bob", {"level": "edit"}).status_code == 200
    assert alice.put(f"{path}/alice", {"level": "view"}).status_code == 409
    assert [each["user_id"] for each in alice.get(path).json()["items"]] == ["bob"]


def test_routes_of_ours_come_before_those_of_the_design(alice: Person, nobody: Person) -> None:
    alice.make("/api/tasks", title="a")
    assert alice.get("/api/tasks/count").json() == {"count": 1}
    assert nobody.get("/api/tasks/count").status_code == 401
    assert alice.get("/api/tasks/stats").status_code == 200


def test_a_row_that_others_make_meanwhile_is_replaced(client: TestClient, alice: Person) -> None:
    task = UUID(alice.make("/api/tasks", title="a")["id"])
    path = f"/api/tasks/{task}/shares/bob"
    share = TaskShare(id=new_id(), task_id=task, user_id="bob", level=TaskLevel.VIEW)
    # On SQLite nobody else writes once a change has begun to.
    is_sqlite = client.app.state.engine.dialect.name == "sqlite"  # type: ignore[attr-defined]
    first = "INSERT INTO projects" if is_sqlite else "INSERT INTO task_shares"
    with before(first, 1, lambda: add(client, share)):
        answer = alice.put(path, {"level": "edit"})
    assert (answer.status_code, answer.json()["level"]) == (200, "edit")
    assert answer.json()["id"] == str(share.id)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize(
    ("method", "statement"), [("POST", "INSERT INTO tasks"), ("PATCH", "UPDATE tasks")]
)
def test_what_met_others_is_tried_again(
    alice: Person, method: str, statement: str, sqlstate: str
) -> None:
    task = alice.make("/api/tasks", title="a")
    path = "/api/tasks" if method == "POST" else f"/api/tasks/{task['id']}"

    def refuse() -> None:
        raise OperationalError(statement, {}, RefusalError(sqlstate))

    with before(statement, 3, refuse):
        answer = alice.send(method, path, {"title": "Begin"})
    assert answer.json()["title"] == "Begin"
    titles = sorted(each["title"] for each in alice.get("/api/tasks").json()["items"])
    assert len(titles) == (3 if method == "POST" else 1), titles
    with before(statement, 12, refuse):
        assert alice.send(method, path, {"title": "b"}).status_code == 503


def test_routes_of_ours_need_a_token_unless_they_are_public(alice: Person, nobody: Person) -> None:
    assert nobody.get("/api/tasks/teapot").status_code == 401
    answer = nobody.post("/api/tasks/echo?sort=up", {"text": "a"})
    assert (answer.status_code, answer.json()) == (200, {"text": "a", "sort": "up"})
    assert "ratelimit" not in answer.headers
    assert alice.get("/api/tasks/echo").status_code == 405


async def listen(websocket: WebSocket) -> None:
    """Hears whoever comes."""
    await websocket.accept()
    await websocket.send_text(websocket.url.path)
    await websocket.close()


OPEN: dict[str, Callable[[APIRouter], object]] = {
    "Mount": lambda router: router.mount("/api/ours", Response("Hello.")),
    "Route": lambda router: router.add_route("/api/ours", lambda _: Response("Hello.")),
    "WebSocketRoute": lambda router: router.add_websocket_route("/api/ours", listen),
    "APIWebSocketRoute": lambda router: router.websocket("/api/ours")(listen),
}


@pytest.mark.parametrize("kind", OPEN)
@pytest.mark.parametrize("is_nested", [False, True])
def test_what_would_ask_nobody_for_a_token_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str, is_nested: bool
) -> None:
    router, inner = APIRouter(), APIRouter()
    OPEN[kind](inner if is_nested else router)
    router.include_router(inner)
    monkeypatch.setattr(extra, "router", router)
    said = rf"^app/tasks/extra\.py: `/api/ours` \({kind}\) in `router` asks nobody"
    with pytest.raises(RuntimeError, match=said):
        create_app(settings)


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_frontend_behind_a_token_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, is_nested: bool
) -> None:
    router, inner = APIRouter(), APIRouter()
    (inner if is_nested else router).frontend("/ours", directory="tests")
    router.include_router(inner)
    monkeypatch.setattr(extra, "router", router)
    with pytest.raises(RuntimeError, match="what `frontend` serves"):
        create_app(settings)


@pytest.mark.parametrize("kind", ["Mount", "Route", "WebSocketRoute", "APIWebSocketRoute"])
def test_what_is_for_anybody_may_be_no_route_of_fastapi(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(extra, "public_router", APIRouter())
    OPEN[kind](extra.public_router)
    app = TestClient(create_app(settings))
    if "WebSocket" in kind:
        with app.websocket_connect("/api/ours") as socket:
            assert socket.receive_text() == "/api/ours"
    else:
        path = "/api/ours/" if kind == "Mount" else "/api/ours"
        assert app.get(path).text == "Hello."


def chunks(size: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(size):
        yield b" "


@pytest.mark.parametrize("is_told", [True, False])
def test_bodies_of_ours_are_bounded(client: TestClient, alice: Person, is_told: bool) -> None:
    def post(path: str, size: int, headers: dict[str, str]) -> tuple[int, str]:
        content = b" " * size if is_told else chunks(size)
        headers = headers | {"Content-Type": "application/json"}
        answer = client.post(path, content=content, headers=headers)
        if answer.status_code != 413:
            return answer.status_code, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["connection"] == "close"
        assert answer.headers["x-content-type-options"] == "nosniff"
        return 413, answer.json()["title"]

    too_large = (413, "Content too large")
    assert post("/api/tasks/echo", BODY_LIMIT + 1, {}) == too_large
    assert post("/api/tasks/echo", BODY_LIMIT, {})[0] == 400
    assert post("/api/tasks/heard", BODY_LIMIT + 1, alice.headers) == too_large
    assert post("/api/tasks/heard", BODY_LIMIT + 1, {})[0] == 401
    # One that says so takes more.
    assert post("/api/tasks/pictures", BODY_LIMIT + 1, {}) == (200, str(BODY_LIMIT + 1))
    assert post("/api/tasks/pictures", 2 * BODY_LIMIT + 1, {}) == too_large


def test_who_calls_is_known_before_the_body_is_read(alice: Person, nobody: Person) -> None:
    assert nobody.post("/api/tasks/heard", b"[").status_code == 401
    assert alice.post("/api/tasks/heard", b"[").status_code == 400


def test_a_body_of_which_no_more_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_extra, "BODY_PATIENCE", 0.01)
    parts: list[Message] = [{"type": "http.request", "body": b"[", "more_body": True}]

    async def receive() -> Message:
        return parts.pop() if parts else await asyncio.Future()

    async def read() -> None:
        part = core_extra.within_patience(receive)
        assert (await part())["body"] == b"["
        with pytest.raises(HTTPException) as refused:
            await part()
        assert refused.value.status_code == 408

    asyncio.run(read())


def test_an_answer_that_has_begun_is_broken_off(
    nobody: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert nobody.get("/api/tasks/half").text == "half"
    assert "GET /api/tasks/half 200" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_what_is_no_json_is_told_as_by_routes_of_the_design(alice: Person) -> None:
    for body in (b'{"text": "a",}', b'{"text": "\xc3\xbc" "b"}', b'{"text": "\xff"}'):
        ours, theirs = alice.post("/api/tasks/echo?sort=up", body), alice.post("/api/tasks", body)
        assert mistakes(ours) == [("", "json_invalid")]
        for member in ("type", "status", "detail", "errors"):
            assert ours.json()[member] == theirs.json()[member]


def test_refusals_may_say_more_than_a_sentence(alice: Person) -> None:
    problem = alice.get("/api/tasks/refused/409").json()
    assert (problem["type"], problem["status"]) == ("/problems/conflict", 409)
    assert (problem["detail"], problem["left"]) == ("Sold out.", 0)
    for status in (400, 409):
        problem = alice.get(f"/api/tasks/refused/{status}?is_list=true").json()
        assert (problem["status"], problem["errors"]) == (status, [{"msg": "Sold out."}])
    for status, name in (
        (413, "content-too-large"),
        (416, "range-not-satisfiable"),
        (422, "unprocessable-content"),
    ):
        assert alice.get(f"/api/tasks/refused/{status}").json()["type"] == f"/problems/{name}"


def test_refusals_in_the_words_of_fastapi_keep_what_they_say(alice: Person) -> None:
    answer = alice.get("/api/tasks/teapot")
    assert (answer.status_code, answer.headers["x-tea"]) == (418, "green")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["title"], problem["detail"]) == ("I'm a teapot", "Short and stout.")


def test_mistakes_are_told_wherever_they_are(alice: Person) -> None:
    answer = alice.get("/api/tasks/by/5", Turn="left")
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid request")
    places = [(each.get("parameter"), each.get("header")) for each in answer.json()["errors"]]
    assert places == [("id", None), (None, "turn")]
    errors = alice.get("/api/tasks/between?low=3&high=1").json()["errors"]
    assert [(each["parameter"], each["code"]) for each in errors] == [("", "value_error")]


def test_what_breaks_a_table_by_our_own_doing_is_our_defect(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    answer = alice.post("/api/tasks", {"title": "broken"})
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert "IntegrityError" in caplog.text


def test_the_hook_of_the_readme_refuses(alice: Person) -> None:
    answer = alice.post("/api/projects", {"name": "Now!!!"})
    assert mistakes(answer) == [("/name", "shouting")]
    assert alice.post("/api/projects", {"name": "Now!"}).status_code == 201


def test_paths_of_ours_are_decoded_and_those_of_the_design_are_not(alice: Person) -> None:
    assert alice.get("/api/tasks/files/a%20b%C3%A9/c").json() == ["a b\u00e9/c"]
    answer = alice.post("/api/tasks/files/a/b", {})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert alice.send("OPTIONS", "/api/tasks/files/a/b").status_code == 204
    task = alice.make("/api/tasks", title="a")
    answer = alice.get(f"/api/tasks/{task['id'].replace('-', '%2D')}")
    assert answer.json()["id"] == task["id"]
    assert alice.get(f"/api/tasks/{task['id']}%2Fshares").json()["type"] == "/problems/not-found"


def test_the_document_tells_of_routes_of_ours_as_they_are(nobody: Person) -> None:
    document = nobody.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {"EchoBody", "EchoPublic", "Task", "Problem", "InputError"} <= schemas.keys()
    assert not {"TaskPublic", "ProblemBody", "HTTPValidationError"} & schemas.keys()
    operation = document["paths"]["/api/tasks/echo"]["post"]
    assert sorted(operation["responses"]) == ["200", "400"]
    [sort] = operation["parameters"]
    assert sort["schema"] == {"type": "string", "title": "Sort"}
    assert "security" not in operation
    assert document["paths"]["/api/tasks/teapot"]["get"]["security"] == [{"bearerAuth": []}]
