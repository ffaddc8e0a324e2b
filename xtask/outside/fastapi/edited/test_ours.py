"""What we have added still works."""

from app import hooks
from tests.conftest import Person


def test_our_route_answers(nobody: Person) -> None:
    assert nobody.get("/api/hello").json() == {"hello": "you"}
    assert nobody.post("/api/hello").status_code == 405


def test_our_hook_is_called(alice: Person) -> None:
    task = alice.make("/api/tasks", title="Buy milk")
    for action in ("complete", "archive"):
        answer = alice.post(f"/api/tasks/{task['id']}/{action}")
        assert answer.status_code == 200, answer.text
    assert [str(each) for each in hooks.archived] == [task["id"]]


def test_what_the_design_has_now_is_served(alice: Person) -> None:
    task = alice.make("/api/tasks", title="Buy milk")
    assert task["estimate"] is None
