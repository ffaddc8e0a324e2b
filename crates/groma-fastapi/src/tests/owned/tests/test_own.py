"""Our hooks and our routes, and what others do meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from app.core.db import new_id
from app.task_shares.models import TaskLevel, TaskShare
from tests.conftest import Person, add


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
    task = alice.make("/api/tasks", title="water the plants")
    assert task["title"] == "Water the plants"
    answer = alice.patch(f"/api/tasks/{task['id']}", {"title": "nothing"})
    assert answer.json()["title"] == "Something"


def test_rows_are_changed_before_they_are_committed(alice: Person) -> None:
    task = alice.make("/api/tasks", title="a")
    changed = alice.patch(f"/api/tasks/{task['id']}", {"title": "b"})
    assert changed.json()["notes"] == "b!"
    read = alice.get(f"/api/tasks/{task['id']}")
    assert (read.json(), read.headers["etag"]) == (changed.json(), changed.headers["etag"])


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
