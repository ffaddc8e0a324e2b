"""The issuer's keys: fetched at start, kept fresh, used through an outage of the issuer for a
while.
"""

import asyncio
import contextlib
import logging
import math
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK

from app.core.config import ALGORITHMS
from app.core.strict_json import read_json

logger = logging.getLogger(__name__)

_REFRESH: Final = 300.0
_RETRY: Final = 1.0
# An unknown `kid` asks for newer keys, and not again before this is over.
_COOL_DOWN: Final = 10.0
_MOST_STALE: Final = 3600.0
_MOST_WAIT: Final = 5.0
_MOST_BYTES: Final = 256 * 1024
_MOST_KEYS: Final = 256


class KeysUnavailableError(Exception):
    """No keys were ever had, or they are too old to trust."""


class Keys:
    """The keys that may verify a token, by `kid`."""

    def __init__(self, source: str | Path, client: httpx2.AsyncClient) -> None:
        # A file as the log names it, wherever the app was started.
        self.source = source.absolute() if isinstance(source, Path) else source
        self.client = client
        self.keys: list[PyJWK] = []
        self.good_until = 0.0
        self.last_asked = -_COOL_DOWN
        self.lock = asyncio.Lock()

    @property
    def are_good(self) -> bool:
        """Whether there are keys that may be used."""
        return time.monotonic() < self.good_until

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The one key that must have signed a token with this header."""
        if not self.are_good:
            raise KeysUnavailableError
        found = self.named(kid, algorithm)
        if found or kid is None:
            return found[0] if len(found) == 1 else None
        async with self.lock:
            if time.monotonic() - self.last_asked >= _COOL_DOWN:
                self.last_asked = time.monotonic()
                await self.load()
        found = self.named(kid, algorithm)
        return found[0] if len(found) == 1 else None

    def named(self, kid: str | None, algorithm: str) -> list[PyJWK]:
        """The keys of a name; without one, those of the algorithm."""
        if kid is None:
            return [key for key in self.keys if key.algorithm_name == algorithm]
        return [key for key in self.keys if key.key_id == kid]

    async def load(self) -> bool:
        """Brings the keys once; those from before stay in use where that fails."""
        asked = time.monotonic()
        try:
            async with asyncio.timeout(_MOST_WAIT):
                document = read_json(await self.read())
            keys = document["keys"]
            if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
                raise ValueError("not a list of at most 256 keys")
            usable = usable_keys(keys)
        except (httpx2.HTTPError, OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("the issuer's keys could not be had from %s: %r", self.source, error)
            return False
        except Exception:
            # Whatever it is, the next try may bring keys.
            logger.exception("the issuer's keys could not be had from %s", self.source)
            return False
        if not usable:
            logger.warning("the issuer has no key that can be used, so every token is refused")
        self.keys = usable
        self.good_until = asked + _MOST_STALE
        return True

    async def read(self) -> bytes:
        """The bytes of the key set. No redirect is followed: it could lead to another's keys."""
        if isinstance(self.source, Path):
            return self.source.read_bytes()
        async with self.client.stream("GET", self.source, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            data = b""
            async for chunk in answer.aiter_bytes():
                data += chunk
                if len(data) > _MOST_BYTES:
                    raise ValueError("larger than 256 KiB")
        return data

    async def keep_fresh(self, *, is_loaded: bool) -> None:
        """Refreshes for ever; soon again where that fails, and then less and less often."""
        failures = 0
        while True:
            failures = 0 if is_loaded else min(failures + 1, 9)
            await asyncio.sleep(_REFRESH if is_loaded else min(_RETRY * 2.0**failures, _REFRESH))
            is_loaded = await self.load()

    @contextlib.asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Has keys at start, where the issuer answers, and refreshes them in the background."""
        task = asyncio.create_task(self.keep_fresh(is_loaded=await self.load()))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


class SharedSecret(Keys):
    """A secret that issuer and service share, in the place of keys."""

    def __init__(self, secret: str) -> None:
        encoded = urlsafe_b64encode(secret.encode()).decode().rstrip("=")
        self.keys = [PyJWK.from_dict({"kty": "oct", "k": encoded, "alg": "HS256"})]
        self.good_until = math.inf

    async def find(self, _kid: str | None, _algorithm: str) -> PyJWK | None:
        """The secret, whatever a header says."""
        return self.keys[0]

    @contextlib.asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Stays as it is."""
        yield


def usable_keys(documents: list[Any]) -> list[PyJWK]:
    """The public signature keys of the allowed algorithms; others do not spoil them."""
    keys: list[PyJWK] = []
    seen: list[Any] = []
    for document in documents:
        if document in seen or not is_for_signatures(document):
            continue
        seen.append(document)
        # RFC 9864 gives EdDSA on that curve a name of its own.
        renamed = {"alg": "EdDSA"} if document.get("alg") == "Ed25519" else {}
        # PyJWT tells in many ways what it cannot read.
        with contextlib.suppress(Exception):
            key = PyJWK.from_dict(document | renamed)
            if key.algorithm_name in ALGORITHMS and is_sound(key):
                keys.append(key)
    return keys


def is_for_signatures(document: Any) -> bool:
    """`use` and `key_ops` must allow verifying (RFC 7517 §4.2, §4.3), and nothing private may be
    there.
    """
    if not isinstance(document, dict) or "d" in document:
        return False
    operations = document.get("key_ops", ["verify"])
    return (
        document.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and isinstance(document.get("kid", ""), str)
    )


def is_sound(key: PyJWK) -> bool:
    """An RSA key must be long enough to be trusted (RFC 7518 §3.3), and short enough to be used."""
    if not isinstance(key.key, RSAPublicKey):
        return True
    numbers = key.key.public_numbers()
    is_odd = numbers.n % 2 == numbers.e % 2 == 1
    return is_odd and numbers.e > 1 and 2048 <= key.key.key_size <= 8192
