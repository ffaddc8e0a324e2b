"""A request needs one connection, and does not wait long for it."""

import asyncio

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from app.core.config import Settings
from app.core.db import has_table, make_async_engine
from app.users.models import User


def test_nobody_waits_long_for_a_connection(settings: Settings) -> None:
    engine = make_async_engine(settings)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.timeout() == 5
    asyncio.run(engine.dispose())


async def taken_while_looking(settings: Settings) -> list[object]:
    """The connections that are taken while a table is looked for."""
    engine = make_async_engine(settings)
    more: list[object] = []
    async with AsyncSession(engine) as session:
        await session.connection()
        event.listen(engine.sync_engine, "checkout", lambda *each: more.append(each))
        await has_table(session, User)
    await engine.dispose()
    return more


def test_a_table_is_looked_for_on_the_connection_that_is_there(settings: Settings) -> None:
    assert asyncio.run(taken_while_looking(settings)) == []
