"""Keys that may not verify a token."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from jwt import PyJWK
from jwt.algorithms import get_default_algorithms

from app.core.config import ALGORITHMS
from app.core.jwks import Keys, usable_keys
from tests.conftest import LIST, Issuer, Person


def test_a_private_key_is_not_taken(issuer: Issuer) -> None:
    named = {"kid": "first", "alg": ALGORITHMS[0]}
    public = issuer.algorithm.to_jwk(issuer.key.public_key(), as_dict=True)
    private = issuer.algorithm.to_jwk(issuer.key, as_dict=True)
    assert len(usable_keys([public | named])) == 1
    assert usable_keys([private | named]) == []


def test_edwards_keys_may_have_the_name_of_their_curve() -> None:
    key = Ed25519PrivateKey.generate().public_key()
    public: Any = get_default_algorithms()["EdDSA"].to_jwk(key, as_dict=True)
    found = usable_keys([public | {"kid": "first", "alg": "Ed25519"}])
    assert [key.algorithm_name for key in found] == [n for n in ALGORITHMS if n == "EdDSA"]


def test_a_key_is_for_its_own_algorithm(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger: Any = Issuer()
    others: dict[str, Any] = {
        "EdDSA": Ed25519PrivateKey.generate(),
        "ES256": generate_private_key(SECP256R1()),
    }
    others.pop(ALGORITHMS[0], None)
    name, forger.key = others.popitem()
    forger.algorithm = get_default_algorithms()[name]
    public = forger.algorithm.to_jwk(forger.key.public_key(), as_dict=True)
    keys = [PyJWK.from_dict(public | {"kid": "first", "alg": name})]
    monkeypatch.setattr(client.app.state.keys, "keys", keys)  # type: ignore[attr-defined]
    answer = Person(client, forger.token("alice")).get(LIST)
    assert answer.status_code == 401, answer.text


def test_keys_stay_where_no_others_can_be_had(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, client = tmp_path / "jwks.json", None
    source.write_text(issuer.jwks())
    keys = Keys(source, client)  # type: ignore[arg-type]
    assert asyncio.run(keys.load())
    for damaged in ("", "[]", '{"keys":{}}'):
        source.write_text(damaged)
        assert not asyncio.run(keys.load())
    with monkeypatch.context() as patch:
        # What nobody expects must not end the task that asks again and again.
        patch.setattr(keys, "read", lambda: 1 / 0)
        assert not asyncio.run(keys.load())
    assert [key.key_id for key in keys.keys] == ["first"]
    # All of them are taken back.
    source.write_text('{"keys":[]}')
    assert asyncio.run(keys.load())
    assert keys.keys == []
