"""Answers that are kept for a day (`Idempotency-Key`)."""

import logging
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from sqlalchemy import Index, delete, func, select, tuple_
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import Field, SQLModel
from starlette.background import BackgroundTask
from xxhash import xxh3_128_digest

from app.core.auth import Caller, CallerDep, MaybeCallerDep
from app.core.columns import INTEGER, TEXT, InstantColumn
from app.core.db import column, now
from app.core.errors import (
    INVALID_REQUEST,
    KEY_IN_USE,
    KEY_REUSED,
    InputError,
    Problem,
    sqlstate,
)
from app.core.paths import sent_path
from app.core.retries import retried


def answered_once(
    handler: Callable[..., Awaitable[Response]],
) -> Callable[..., Awaitable[Response]]:
    """Has a handler called once for a request, however often that is sent with the same key. What
    the handler's session commits is kept with its answer, or not at all.
    """

    @wraps(handler)
    async def answer(
        session: AsyncSession, _retry: Retry | InputError | None, **rest: Any
    ) -> Response:
        if _retry is None:
            return await handler(session=session, _retry=None, **rest)
        if isinstance(_retry, InputError):
            raise Problem(INVALID_REQUEST, errors=[_retry])
        with _retry.replies.using(_retry.name):
            response = await first_answer(
                session, _retry, lambda own: handler(session=own, _retry=_retry, **rest)
            )
        if _retry.replies.is_due():
            response.background = BackgroundTask(forget_old, _retry.replies.engine)
        return response

    return answer


@retried
async def first_answer(
    session: AsyncSession, retry: Retry, handle: Callable[[AsyncSession], Awaitable[Response]]
) -> Response:
    """The answer that is kept; otherwise what the handler says, which is kept from now on."""
    # Its connection is for others: all is done on another one.
    await session.rollback()
    try:
        return await answer_of(retry, handle)
    except (IntegrityError, Problem) as error:
        # A row that stands in the way may be this very request's, done by another server.
        if sqlstate(error) != "23505":
            raise
    return await answer_of(retry, handle)


async def answer_of(
    retry: Retry, handle: Callable[[AsyncSession], Awaitable[Response]]
) -> Response:
    """The same, in one transaction."""
    async with transaction(retry.replies.engine) as session:
        response = await look(session, retry)
        if response is None:
            response = await handle(session)
            await keep(session, retry, response)
        return response


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session in a transaction that ends after it: what it commits and takes back are parts."""
    async with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session


async def forget_old(engine: AsyncEngine) -> None:
    """Removes all answers that are kept no longer."""
    try:
        async with AsyncSession(engine) as session:
            while await forget_some(session):
                pass
    except SQLAlchemyError as error:
        logger.warning("answers that are kept no longer are not removed: %s", error)
