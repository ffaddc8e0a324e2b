"""Changes that are tried again, from their beginning, where others were in the way."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import CONFLICT, UNAVAILABLE, Problem


def retried(
    change: Callable[Concatenate[AsyncSession, P], Awaitable[R]],
) -> Callable[Concatenate[AsyncSession, P], Coroutine[Any, Any, R]]:
    """Takes back what was refused, and does a change again when others were in the way."""

    @wraps(change)
    async def tried(session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
        pauses = _pauses()
        while True:
            try:
                return await change(session, *args, **kwargs)
            except Exception as error:
                # A change is done whole or not at all.
                await session.rollback()
                pause = next(pauses, None) if _is_collision(error) else None
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    return tried


def made_by_any(
    put: Callable[Concatenate[AsyncSession, P], Awaitable[R]],
) -> Callable[Concatenate[AsyncSession, P], Coroutine[Any, Any, R]]:
    """Does a replace again after a conflict: somebody else may have made the row meanwhile."""

    @wraps(put)
    async def put_again(session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await put(session, *args, **kwargs)
        except Problem as problem:
            if problem.kind is not CONFLICT:
                raise
        return await put(session, *args, **kwargs)

    return put_again
