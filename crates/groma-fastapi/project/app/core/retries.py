"""Changes that are tried again, from their beginning, where others were in the way."""

import random
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.core.errors import CONFLICT, UNAVAILABLE, Problem

P = ParamSpec("P")
R = TypeVar("R")

# How often a change is tried at most, and for how many seconds.
_TRIES: Final = 12
_PATIENCE: Final = 5.0
# Postgres ends one of two transactions for the other to go on: where they are not as one behind
# the other, and where each waits for the other.
_COLLISIONS: Final = ("40001", "40P01")


class Collision(Problem):
    """Others wrote in between, and nothing was changed."""

    def __init__(self) -> None:
        super().__init__(UNAVAILABLE, headers={"Retry-After": "1"})


def retried(change: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """Takes back what was refused, and does a change again when others were in the way."""

    @wraps(change)
    def tried(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        pauses = _pauses()
        while True:
            try:
                return change(session, *args, **kwargs)
            except Exception as error:
                # A change is done whole or not at all.
                session.rollback()
                pause = next(pauses, None) if _is_collision(error) else None
                if pause is None:
                    raise
            time.sleep(pause)

    return tried


def made_by_any(put: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """Does a replace again after a conflict: somebody else may have made the row meanwhile."""

    @wraps(put)
    def put_again(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return put(session, *args, **kwargs)
        except Problem as problem:
            if problem.kind is not CONFLICT:
                raise
        return put(session, *args, **kwargs)

    return put_again


def _is_collision(error: Exception) -> bool:
    """Whether the same may succeed at once."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in _COLLISIONS
    return isinstance(error, Collision)


def _pauses() -> Iterator[float]:
    """How many seconds to wait before each try but the first: longer each time, and not the same
    for two who collided.
    """
    start = time.monotonic()
    for count in range(1, _TRIES):
        if time.monotonic() - start > _PATIENCE:
            return
        yield random.uniform(0, 2 ** min(count, 7) / 1000)  # noqa: S311 - nothing is kept secret by it
