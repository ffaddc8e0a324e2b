"""What holds for every route: problems, methods, the document."""

import json
from pathlib import Path

import pytest

from tests.conftest import ALLOWED, BASE, LIST, Person


def test_health(nobody: Person) -> None:
    assert nobody.get("/livez").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ok"}


def test_a_problem_says_what_and_where(nobody: Person) -> None:
    answer = nobody.get(f"{BASE}/nothing", X_Request_Id="mine-1")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such resource.",
        "instance": f"{BASE}/nothing",
        "request_id": "mine-1",
    }
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [f"{LIST}/", f"/{LIST}", LIST.upper()])
def test_other_spellings_of_a_path_are_other_paths(alice: Person, path: str) -> None:
    assert alice.get(path).status_code == 404


def test_methods_that_a_path_does_not_take(alice: Person) -> None:
    answer = alice.delete(LIST)
    assert answer.status_code == 405
    assert answer.headers["allow"] == ALLOWED


def test_head_is_get_without_a_body(alice: Person) -> None:
    head, get = alice.send("HEAD", LIST), alice.get(LIST)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_limits_of_a_request(alice: Person) -> None:
    assert alice.get(LIST, Accept="text/html").status_code == 406
    assert alice.get(f"{LIST}?fields=" + "x" * 8200).status_code == 414
    assert alice.get(LIST, X_Filler="x" * 33_000).status_code == 431


def test_parameters_that_are_not_there_and_those_that_are_given_twice(alice: Person) -> None:
    answer = alice.get(f"{LIST}?limt=1&limit=0&limit=1&%zz=1")
    assert answer.status_code == 400
    assert [(each["parameter"], each["code"]) for each in answer.json()["errors"]] == [
        ("limt", "unknown_parameter"),
        ("limit", "repeated_parameter"),
        ("%zz", "string_unicode"),
    ]


def test_the_document_has_the_operations_of_the_design(nobody: Person) -> None:
    found = [
        [method, path, operation["operationId"], sorted(map(int, operation["responses"]))]
        for path, methods in nobody.get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
    ]
    wanted = json.loads((Path(__file__).parent / "operations.json").read_text())
    assert [each for each in wanted if each not in found] == []
