"""What holds for every route: problems, methods, headers, bodies, limits."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.core.config import Settings
from app.main import create_app
from tests.conftest import Issuer, Person, mistakes


def test_health(nobody: Person) -> None:
    assert nobody.get("/livez").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ok"}


def test_a_problem_says_what_and_where(nobody: Person) -> None:
    answer = nobody.get("/api/nothing", X_Request_Id="mine-1")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such resource.",
        "instance": "/api/nothing",
        "request_id": "mine-1",
    }
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/tasks/", "/api//tasks", "/api/task%73", "/API/tasks"])
def test_other_spellings_of_a_path_are_other_paths(alice: Person, path: str) -> None:
    assert alice.get(path).status_code == 404


def test_methods_that_a_path_does_not_take(alice: Person) -> None:
    answer = alice.delete("/api/tasks")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert alice.patch("/api/tasks/stats", {}).headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_is_get_without_a_body(alice: Person) -> None:
    head, get = alice.send("HEAD", "/api/tasks"), alice.get("/api/tasks")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_preflights_are_answered_without_a_token(nobody: Person) -> None:
    asked = {"Origin": "https://web.example.com", "Access_Control_Request_Method": "PATCH"}
    answer = nobody.send("OPTIONS", "/api/tasks", **asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://web.example.com"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    other = nobody.send("OPTIONS", "/api/tasks", **asked | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The text ends where a value is expected (byte 0)."),
        (b"{", "A comma or a closing brace is expected here (byte 1)."),
        (b'{"title":"a","title":"b"}', "A name stands twice in one object (byte 13)."),
        (b'{"title":"\xff"}', "The text is not valid UTF-8 (byte 10)."),
        (b'{"title":"\\ud800"}', "A surrogate stands alone in a string (byte 12)."),
        (b'{"a":1e999}', "A number does not fit (byte 5)."),
        (b'{"a":NaN}', "A value is expected here (byte 5)."),
        (b"{} x", "Text follows the document (byte 3)."),
        (b"[" * 65, "The document is nested too deeply (byte 65)."),
    ],
)
def test_bodies_that_are_not_json(alice: Person, body: bytes, detail: str) -> None:
    answer = alice.post("/api/tasks", body)
    assert mistakes(answer) == [("", "json_invalid")]
    assert answer.json()["detail"] == detail


def test_mistakes_are_told_in_the_order_in_which_they_stand(alice: Person) -> None:
    body = {"zzz": 1, "tags": ["", 5], "owner_id": "bob", "priority": "urgent"}
    answer = alice.post("/api/tasks?limit=1", body)
    assert mistakes(answer) == [
        ("limit", "unknown_parameter"),
        ("/zzz", "extra_forbidden"),
        ("/tags/0", "string_too_short"),
        ("/tags/1", "string_type"),
        ("/owner_id", "extra_forbidden"),
        ("/priority", "enum"),
        ("/title", "missing"),
    ]


def test_the_caller_comes_before_the_input(nobody: Person) -> None:
    assert nobody.post("/api/tasks", b"{").status_code == 401


def test_media_types_and_sizes(alice: Person) -> None:
    body = b'{"title":"x"}'
    assert alice.post("/api/tasks", body, Content_Type="text/plain").status_code == 415
    merge_patch = {"Content_Type": "application/merge-patch+json"}
    assert alice.post("/api/tasks", body, **merge_patch).status_code == 415
    assert alice.get("/api/tasks", Accept="text/html").status_code == 406
    assert alice.post("/api/tasks", b'"' + b"x" * 65_536 + b'"').status_code == 413
    assert alice.get("/api/tasks?q=" + "x" * 8200).status_code == 414
    assert alice.get("/api/tasks", X_Filler="x" * 33_000).status_code == 431


def test_rates_are_limited_for_each_caller(settings: Settings, issuer: Issuer) -> None:
    limited = settings.model_copy(update={"rate_limit": "2/min"})
    with TestClient(create_app(limited)) as client:
        alice, bob = (Person(client, issuer.token(name)) for name in ("alice", "bob"))
        answers = [alice.get("/api/tasks") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["ratelimit"] == '"caller";r=1;t=30'
        assert 1 <= int(answers[2].headers["retry-after"]) <= 30
        assert bob.get("/api/tasks").status_code == 200


def test_the_document_has_the_operations_of_the_design(nobody: Person) -> None:
    found = [
        [method, path, operation["operationId"], sorted(map(int, operation["responses"]))]
        for path, methods in nobody.get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
    ]
    wanted = json.loads((Path(__file__).parent / "operations.json").read_text())
    assert sorted(found) == sorted(wanted)
