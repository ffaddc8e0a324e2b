"""A request that is sent again with its `Idempotency-Key` is done once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from tests.conftest import Person

PATH = "path"


def sample() -> dict[str, Any]:
    """What Alice may make."""
    return {}


def told(answer: Response) -> tuple[object, ...]:
    """What is the same whenever it is told."""
    headers = (answer.headers.get(name) for name in ("content-type", "etag", "location"))
    return answer.status_code, answer.content, *headers


def test_the_first_answer_is_told_again(alice: Person, bob: Person) -> None:
    key, body = str(uuid4()), sample()
    first = alice.post(PATH, body, Idempotency_Key=key)
    assert first.status_code == 201, first.text
    for same in (key, f'"{key}"'):
        assert told(alice.post(PATH, body, Idempotency_Key=same)) == told(first)
    # The same to whoever reads it, but not the same request.
    spaced = f"{json.dumps(body)} ".encode()
    other = alice.post(PATH, spaced, Idempotency_Key=key)
    assert other.status_code == 422, other.text
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    theirs = bob.post(PATH, body, Idempotency_Key=key)
    assert theirs.status_code in (201, 409)
    assert theirs.content != first.content


def test_what_was_refused_may_be_sent_again(alice: Person) -> None:
    key = str(uuid4())
    assert alice.post(PATH, b"{", Idempotency_Key=key).status_code == 400
    assert alice.post(PATH, sample(), Idempotency_Key=key).status_code == 201


@pytest.mark.parametrize("key", ["", "two words", '"half', "a,b", "x" * 256])
def test_what_is_no_key_is_told_with_other_mistakes(alice: Person, key: str) -> None:
    answer = alice.post(f"{PATH}?zzz=1", {"zzz": 1}, Idempotency_Key=key)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "/problems/invalid-request"
    errors = answer.json()["errors"]
    assert [error.get("parameter") for error in errors[:2]] == ["zzz", None]
    assert errors[1]["header"] == "Idempotency-Key"
    assert errors[2]["pointer"] == "/zzz"
    alone = alice.post(PATH, sample(), Idempotency_Key=key)
    assert (alone.status_code, alone.json()["errors"]) == (400, errors[1:2])


def test_who_sends_it_at_the_same_moment_is_answered_once(alice: Person) -> None:
    key, body = str(uuid4()), sample()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(alice.post, PATH, body, Idempotency_Key=key) for _ in range(8)]
    answers = [each.result() for each in sent]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "/problems/idempotency-key-in-use"
    made = {told(answer) for answer in answers if answer.status_code != 409}
    assert made == {told(alice.post(PATH, body, Idempotency_Key=key))}
    assert {status for status, *_ in made} == {201}
