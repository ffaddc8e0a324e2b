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
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
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
    UNAVAILABLE,
    InputError,
    Problem,
    sqlstate,
)


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
        response = await first_answer(
            _retry, lambda session: handler(session=session, _retry=_retry, **rest)
        )
        if _retry.replies.is_due():
            response.background = BackgroundTask(forget_old, _retry.replies.engine)
        return response

    return answer


async def first_answer(
    retry: Retry, handle: Callable[[AsyncSession], Awaitable[Response]]
) -> Response:
    """The answer that is kept; otherwise what the handler says, which is kept from now on."""
    passing = {"40001", "40P01", "23505"}
    with retry.replies.using(retry.name):
        for _ in range(_TRIES):
            try:
                async with transaction(retry.replies.engine) as session:
                    response = await look(session, retry)
                    if response is None:
                        response = await handle(session)
                        await keep(session, retry, response)
                    return response
            except (OperationalError, IntegrityError, Problem) as error:
                state = sqlstate(error)
                if state not in passing:
                    raise
                # A row that stands in the way may be this very request's, done by another server.
                if state == "23505":
                    passing.remove(state)
    raise Problem(UNAVAILABLE, headers={"Retry-After": "1"})


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
