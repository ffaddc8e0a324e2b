"""Tokens."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.config import ALGORITHMS
from tests.conftest import AUDIENCE, ISSUER, LIST, Issuer, Person


def status_of(client: TestClient, token: str) -> int:
    answer = Person(client, token).get(LIST)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert answer.json()["detail"] == "A valid bearer token is required."
    return answer.status_code


def test_a_token_of_the_issuer_is_taken(client: TestClient, issuer: Issuer) -> None:
    assert status_of(client, issuer.token("alice")) == 200
    assert status_of(client, issuer.token("alice", aud=["other", AUDIENCE])) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": int(time.time()) - 60},
        {"exp": "4102444800"},
        {"exp": 4102444800000},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
        {"iss": None},
        {"iss": ISSUER + "/api/auth"},
        {"aud": None},
        {"aud": "https://other.example.com"},
        {"aud": [AUDIENCE, 5]},
        {"sub": None},
        {"sub": "x" * 65},
        {"sub": ""},
    ],
)
def test_claims_that_do_not_hold(
    client: TestClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert status_of(client, issuer.token("alice", **claims)) == 401


def test_a_refused_token_is_told_once(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert status_of(client, "a.b.c") == 401
    told = [record for record in caplog.records if "token refused" in record.getMessage()]
    assert len(told) == 1


def test_a_key_of_somebody_else(client: TestClient) -> None:
    assert status_of(client, Issuer().token("alice")) == 401


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "unknown"},
        {"kid": 1},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS512"},
        {"crit": ["x"]},
        {"typ": "JOSE"},
        {"b64": False},
    ],
)
def test_headers_that_do_not_hold(
    client: TestClient, issuer: Issuer, header: dict[str, Any]
) -> None:
    usual = {"alg": ALGORITHMS[0], "kid": "first", "typ": "JWT"}
    assert status_of(client, issuer.sign(usual, issuer.claims("alice"))) == 200
    assert status_of(client, issuer.sign(usual | header, issuer.claims("alice"))) == 401


def test_no_signature_and_one_that_is_not_canonical(client: TestClient, issuer: Issuer) -> None:
    header, claims, signature = issuer.token("alice").split(".")
    assert status_of(client, f"{header}.{claims}.") == 401
    assert status_of(client, f"{header}.{claims}.{signature}=") == 401
