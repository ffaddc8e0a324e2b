"""Keys that may not verify a token."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from jwt import PyJWK
from jwt.algorithms import get_default_algorithms

from app.core.config import ALGORITHMS
from app.core.jwks import usable_keys
from tests.conftest import LIST, Issuer, Person


def test_a_private_key_is_not_taken(issuer: Issuer) -> None:
    named = {"kid": "first", "alg": ALGORITHMS[0]}
    public = issuer.algorithm.to_jwk(issuer.key.public_key(), as_dict=True)
    private = issuer.algorithm.to_jwk(issuer.key, as_dict=True)
    assert len(usable_keys([public | named])) == 1
    assert usable_keys([private | named]) == []


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
