"""What holds for every route: problems, methods, the log, the document."""

import json
import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.core.config import Settings
from app.core.logs import configure_logging
from app.main import create_app
from tests.conftest import ALLOWED, BASE, LIST, Person


def test_health(nobody: Person) -> None:
    assert nobody.get("/livez").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ok"}


def test_without_its_tables_nothing_is_ready_and_that_is_no_outage(
    settings: Settings, tmp_path: Path, alice: Person
) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with TestClient(create_app(Settings(**settings.model_dump() | {"database_url": url}))) as empty:
        assert empty.get("/livez").status_code == 200
        assert empty.get("/readyz").status_code == 503
        alice.client = empty
        assert alice.get(LIST).status_code == 500


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


def test_each_request_is_a_line_in_the_log(
    nobody: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, rest = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331-01"
    configure_logging()
    try:
        for version, more in (("00", ""), ("00", "-more"), ("cc", "-more"), ("ff", "")):
            parent = f"{version}-{trace}-{rest}{more}"
            nobody.get("/livez", X_Request_Id="mine-2", Traceparent=parent)
    finally:
        logging.getLogger().handlers.clear()
        logging.getLogger("app").setLevel(logging.NOTSET)
    lines = capsys.readouterr().err.splitlines()
    assert all(" INFO [mine-2] app.core.http: GET /livez 200 " in line for line in lines)
    assert [f" trace {trace}" in line for line in lines] == [True, False, True, False]


def test_the_document_has_the_operations_of_the_design(nobody: Person) -> None:
    found = [
        [method, path, operation["operationId"], sorted(map(int, operation["responses"]))]
        for path, methods in nobody.get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
    ]
    wanted = json.loads((Path(__file__).parent / "operations.json").read_text())
    assert [each for each in wanted if each not in found] == []
