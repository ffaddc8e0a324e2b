"""Answers that are kept no longer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from app.core import replies
from app.core.config import Settings
from app.core.db import now
from app.core.replies import KeptReply
from app.main import create_app
from tests.conformance.test_retries import PATH, sample
from tests.conftest import Issuer, Person, add

DAY = timedelta(hours=24)


def test_an_answer_is_kept_for_a_day(
    client: TestClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, key, body = Person(client, issuer.token("alice")), str(uuid4()), sample()
    first = alice.post(PATH, body, Idempotency_Key=key)
    assert first.status_code == 201, first.text
    monkeypatch.setattr(replies, "now", lambda: now() + DAY - timedelta(minutes=1))
    assert alice.post(PATH, body, Idempotency_Key=key).content == first.content
    monkeypatch.setattr(replies, "now", lambda: now() + DAY)
    later = alice.post(PATH, body, Idempotency_Key=key)
    assert later.status_code in (201, 409)
    assert later.content != first.content


def count(client: TestClient) -> int:
    """How many rows there are."""
    tables = [table for table in SQLModel.metadata.sorted_tables if not table.info.get("external")]
    with client.app.state.engine.connect() as connection:  # type: ignore[attr-defined]
        counts = (connection.scalar(select(func.count()).select_from(table)) for table in tables)
        return sum(counts)


def test_what_cannot_be_kept_is_not_done(
    client: TestClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, key, before = Person(client, issuer.token("alice")), str(uuid4()), count(client)

    def refuse(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("no room"))

    monkeypatch.setattr(replies, "keep", refuse)
    assert alice.post(PATH, sample(), Idempotency_Key=key).status_code == 503
    assert count(client) == before
    monkeypatch.undo()
    assert alice.post(PATH, sample(), Idempotency_Key=key).status_code == 201
    assert count(client) >= before + 2


def yesterdays() -> list[KeptReply]:
    """More answers than are removed at once."""
    told: dict[str, Any] = {"status": 204, "etag": None, "location": None, "body": ""}
    told |= {"caller": "carol", "operation": "none", "digest": "", "made_at": now() - DAY}
    return [KeptReply(key=str(key), **told) for key in range(501)]


def test_what_is_kept_no_longer_is_removed(
    client: TestClient, settings: Settings, issuer: Issuer
) -> None:
    add(client, *yesterdays())
    with TestClient(create_app(settings)) as started:
        alice = Person(started, issuer.token("alice"))
        assert alice.post(PATH, sample(), Idempotency_Key=str(uuid4())).status_code == 201
    # They would not fit beside themselves.
    add(client, *yesterdays())
