"""Keys that are fetched: new ones, an outage, and what is no key set."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx2
import pytest

from app.core import jwks
from app.core.config import ALGORITHMS
from app.core.jwks import Keys, KeysUnavailableError
from tests.conftest import Issuer

[ALGORITHM, *_] = ALGORITHMS
LARGEST = 256 * 1024


class Publisher:
    """The server that publishes an issuer's keys."""

    def __init__(self, issuer: Issuer) -> None:
        self.asked = 0
        self.answer: httpx2.Response | Exception
        self.publish(issuer)

    def publish(self, issuer: Issuer) -> None:
        """These are the keys from now on."""
        self.answer = httpx2.Response(200, text=issuer.jwks())

    def __call__(self, _request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return httpx2.Response(
            self.answer.status_code, headers=self.answer.headers, content=self.answer.content
        )


@asynccontextmanager
async def fetched(
    publish: Callable[[httpx2.Request], httpx2.Response],
) -> AsyncIterator[Keys]:
    """The keys that a publisher gives, before they are asked for."""
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(publish)) as client:
        yield Keys("https://issuer.example.com/jwks", client)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that a test turns."""
    clock = SimpleNamespace(now=1_000_000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(jwks, "time", clock)
    return clock


@pytest.fixture
def publisher(issuer: Issuer) -> Publisher:
    return Publisher(issuer)


@pytest.fixture
def other() -> Issuer:
    """Another key of the issuer's."""
    other = Issuer()
    other.kid = "other"
    return other


def test_a_key_that_is_new_is_fetched(publisher: Publisher, issuer: Issuer, other: Issuer) -> None:
    async def rotate() -> None:
        async with fetched(publisher) as keys:
            assert await keys.load()
            assert await keys.find(issuer.kid, ALGORITHM) is not None
            publisher.publish(other)
            assert await keys.find(other.kid, ALGORITHM) is not None
            assert await keys.find(issuer.kid, ALGORITHM) is None

    asyncio.run(rotate())
    assert publisher.asked == 2


def test_an_unknown_name_asks_once_in_ten_seconds(
    publisher: Publisher, clock: SimpleNamespace
) -> None:
    async def ask() -> list[int]:
        asked = []
        async with fetched(publisher) as keys:
            assert await keys.load()
            for seconds in (0, 0, 9, 2):
                clock.now += seconds
                assert await keys.find("unknown", ALGORITHM) is None
                asked.append(publisher.asked)
        return asked

    assert asyncio.run(ask()) == [2, 2, 2, 3]


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.ConnectError("nobody is there"),
        httpx2.ReadTimeout("nobody answers"),
        httpx2.Response(500),
        httpx2.Response(302, headers={"Location": "https://attacker.example.com/"}),
        httpx2.Response(200, text="not JSON"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={"keys": {}}),
        httpx2.Response(200, json={"keys": [{}] * 257}),
    ],
    ids=repr,
)
def test_keys_outlast_an_outage_for_an_hour(
    publisher: Publisher,
    issuer: Issuer,
    clock: SimpleNamespace,
    answer: httpx2.Response | Exception,
) -> None:
    async def outlast() -> None:
        async with fetched(publisher) as keys:
            assert await keys.load()
            publisher.answer = answer
            clock.now += 3599
            assert not await keys.load()
            assert await keys.find(issuer.kid, ALGORITHM) is not None
            clock.now += 2
            with pytest.raises(KeysUnavailableError):
                await keys.find(issuer.kid, ALGORITHM)

    asyncio.run(outlast())


@pytest.mark.parametrize(("size", "is_taken"), [(LARGEST, True), (LARGEST + 1, False)])
def test_a_key_set_that_is_too_large_is_not_taken(
    publisher: Publisher, issuer: Issuer, size: int, is_taken: bool
) -> None:
    async def load() -> bool:
        publisher.answer = httpx2.Response(200, content=issuer.jwks().encode().ljust(size))
        async with fetched(publisher) as keys:
            return await keys.load()

    assert asyncio.run(load()) == is_taken


def test_of_two_keys_with_one_name_none_is_taken(
    publisher: Publisher, issuer: Issuer, other: Issuer
) -> None:
    async def find() -> object:
        other.kid = issuer.kid
        both = [json.loads(each.jwks())["keys"][0] for each in (issuer, other)]
        publisher.answer = httpx2.Response(200, json={"keys": both})
        async with fetched(publisher) as keys:
            assert await keys.load()
            return await keys.find(issuer.kid, ALGORITHM)

    assert asyncio.run(find()) is None


def test_keys_that_cannot_be_used_spoil_no_others(publisher: Publisher, issuer: Issuer) -> None:
    async def find(*others: object) -> object:
        [key] = json.loads(issuer.jwks())["keys"]
        unusable = [{**key, "kid": "other", "alg": "none"}, {**key, "kid": "other", "kty": 5}, 5]
        publisher.answer = httpx2.Response(200, json={"keys": [*unusable, *others]})
        async with fetched(publisher) as keys:
            assert await keys.load()
            return await keys.find(issuer.kid, ALGORITHM)

    assert asyncio.run(find(*json.loads(issuer.jwks())["keys"])) is not None
    assert asyncio.run(find()) is None


def test_a_key_that_is_withdrawn_is_trusted_no_longer(publisher: Publisher, issuer: Issuer) -> None:
    async def find() -> object:
        async with fetched(publisher) as keys:
            assert await keys.load()
            [key] = json.loads(issuer.jwks())["keys"]
            publisher.answer = httpx2.Response(200, json={"keys": [{**key, "use": "enc"}]})
            assert await keys.load()
            return await keys.find(issuer.kid, ALGORITHM)

    assert asyncio.run(find()) is None


def test_keys_are_fetched_again_and_again(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "_REFRESH", 0.01)
    monkeypatch.setattr(jwks, "_RETRY", 0.001)

    async def keep() -> None:
        asked: list[httpx2.Request] = []
        enough = asyncio.Event()

        def publish(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            if len(asked) == 1:
                raise httpx2.ConnectError("nobody is there yet")
            if len(asked) == 4:
                enough.set()
            return httpx2.Response(200, text=issuer.jwks())

        async with asyncio.timeout(10), fetched(publish) as keys, keys.kept_fresh():
            assert not keys.are_good
            await enough.wait()
            assert keys.are_good

    asyncio.run(keep())
