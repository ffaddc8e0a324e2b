"""Where the tests of the contract go: to the app itself, or to the service at `BASE_URL`.

That one has to trust a key of the tests: `SIGNING_KEY` is the file of the private key (PEM or
DER), `SIGNING_KID` its name, `ISSUER` and `AUDIENCE` are what tokens say. Rows that tests make
stay there; Alice and Bob are new each time.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from tests.conftest import Issuer, Person

BASE_URL = os.environ.get("BASE_URL")
OPERATIONS = json.loads((Path(__file__).parent.parent / "operations.json").read_text())


def check(answer: httpx2.Response) -> None:
    """What holds for every answer, whatever was asked."""
    method = answer.request.method.lower()
    path = answer.request.url.raw_path.split(b"?")[0].decode()
    statuses = {
        status
        for known, template, _, each in OPERATIONS
        if known == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path)
        for status in each
    }
    assert answer.status_code in statuses, f"{method} {path} says nothing of {answer.status_code}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    if answer.status_code >= 400:
        problem = json.loads(answer.read())
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert {"type", "title", "detail", "instance", "request_id"} <= problem.keys()


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    if BASE_URL is None:
        client = request.getfixturevalue("session_client")
        client.event_hooks = {"response": [check]}
        yield client
        client.event_hooks = {}
    else:
        with httpx2.Client(base_url=BASE_URL, event_hooks={"response": [check]}) as client:
            yield client


@pytest.fixture
def alice(client: httpx2.Client, issuer: Issuer) -> Person:
    return Person(client, issuer.token(f"{uuid4()}-alice"))


@pytest.fixture
def bob(client: httpx2.Client, issuer: Issuer) -> Person:
    return Person(client, issuer.token(f"{uuid4()}-bob"))
