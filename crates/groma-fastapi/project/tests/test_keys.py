"""Public keys are no secrets."""

import hmac

from fastapi.testclient import TestClient
from jwt.utils import base64url_encode

from tests.conftest import Issuer
from tests.test_auth import status_of


def shared(signed: str, secret: bytes) -> str:
    """The signature of somebody who takes the public key for a secret."""
    return base64url_encode(hmac.digest(secret, signed.encode(), "sha256")).decode()


def test_the_public_key_is_no_shared_secret(client: TestClient, issuer: Issuer) -> None:
    public = issuer.jwks().encode()
    header, claims, _ = issuer.token("alice").split(".")
    assert status_of(client, f"{header}.{claims}.{shared(f'{header}.{claims}', public)}") == 401
    other = base64url_encode(b'{"alg":"HS256","kid":"first"}').decode()
    assert status_of(client, f"{other}.{claims}.{shared(f'{other}.{claims}', public)}") == 401
