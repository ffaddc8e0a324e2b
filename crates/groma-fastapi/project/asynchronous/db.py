"""The database: its engine, a session for each request, and what SQLModel's types do not say."""

import secrets
import string
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Engine, case, create_engine, event, inspect, literal
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import SQLModel

from app.core.config import Settings
from app.core.search import fold


def make_engine(settings: Settings) -> Engine:
    """An engine for migrations and tests, which do not wait."""
    engine = create_engine(settings.database, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    return engine


def make_async_engine(settings: Settings) -> AsyncEngine:
    """An engine for SQLite, or for Postgres also behind a pooler, such as Neon's."""
    url = settings.database
    # `hide_parameters` keeps what rows hold out of logs.
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite+aiosqlite")
        engine = create_async_engine(
            url, hide_parameters=True, pool_timeout=5, connect_args={"timeout": 5}
        )
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
        return engine
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=240,
        connect_args={"prepare_threshold": None, "connect_timeout": 10},
    )


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A session that ends with the request; services commit what they write."""
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def has_table(session: AsyncSession, model: type[SQLModel]) -> bool:
    """Whether somebody else's table is in this database: then references to it are looked up."""
    name = cast(str, model.__tablename__)
    seen = _SEEN.setdefault(session.get_bind().engine, set())
    if name not in seen:
        connection = await session.connection()
        if await connection.run_sync(lambda connection: inspect(connection).has_table(name)):
            seen.add(name)
    return name in seen
