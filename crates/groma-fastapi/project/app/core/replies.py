"""Answers that are kept for a day (`Idempotency-Key`): who sends a request again is answered as
before, and nothing is done twice.

An answer is kept in the transaction of what it tells of, or not at all. Every server on the same
database finds it.
"""

import logging
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from sqlalchemy import Engine, Index, delete, func, select, tuple_
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Field, Session, SQLModel
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

logger = logging.getLogger(__name__)

_KEPT_FOR: Final = timedelta(hours=24)
# Bare or in quotes: visible characters, but for what would not be plain in a list or in quotes.
_KEY: Final = re.compile(r'("?)([!#-+\--\[\]-~]{1,255})\1')
# Bytes of a caller's own key with which answers are kept.
_LONGEST_CALLER: Final = 1024
# How many answers are removed at once, and how many seconds are between two looks for such.
_AT_ONCE: Final = 500
_PAUSE: Final = 600.0


class KeptReply(SQLModel, table=True):
    """An answer, and which request it was given to."""

    __tablename__ = "groma_replies"
    __table_args__ = (Index("groma_replies_made_at_idx", "made_at"), {"sqlite_strict": True})

    caller: str = Field(primary_key=True, sa_type=TEXT)
    operation: str = Field(primary_key=True, sa_type=TEXT)
    key: str = Field(primary_key=True, sa_type=TEXT)
    # Of the request, and of what its token says.
    digest: str = Field(sa_type=TEXT)
    status: int = Field(sa_type=INTEGER)
    etag: str | None = Field(sa_type=TEXT)
    location: str | None = Field(sa_type=TEXT)
    body: str = Field(sa_type=TEXT)
    made_at: datetime = Field(sa_type=InstantColumn)


class Replies:
    """The answers of a database, and what this process knows of them."""

    def __init__(self, engine: Engine) -> None:
        is_postgres = engine.dialect.name == "postgresql"
        isolation = {"isolation_level": "REPEATABLE READ"} if is_postgres else {}
        self.engine = engine.execution_options(**isolation)
        self.lock = threading.Lock()
        self.in_use: set[tuple[str, str, str]] = set()
        self.next_look = 0.0

    @contextmanager
    def using(self, name: tuple[str, str, str]) -> Iterator[None]:
        """Refuses a key to others as long as its request is being answered."""
        with self.lock:
            if name in self.in_use:
                raise Problem(KEY_IN_USE)
            self.in_use.add(name)
        try:
            yield
        finally:
            self.in_use.discard(name)

    def is_due(self) -> bool:
        """Whether it is time to look for answers that are kept no longer."""
        is_due = time.monotonic() >= self.next_look
        if is_due:
            self.next_look = time.monotonic() + _PAUSE
        return is_due


@dataclass(frozen=True)
class Retry:
    """By what a request is known again when it is sent once more."""

    replies: Replies
    caller: str
    operation: str
    key: str
    digest: str

    @property
    def name(self) -> tuple[str, str, str]:
        """The name of its answer."""
        return self.caller, self.operation, self.key


KeyLines = Annotated[
    list[str] | None,
    Header(
        alias="Idempotency-Key",
        description="A key that you make up for this one change, such as a UUID. The same request "
        "with the same key is done once, and its answer given again for 24 hours; another request "
        "with it: 422.",
    ),
]


async def retry_of(
    request: Request, caller: CallerDep, lines: KeyLines = None
) -> Retry | InputError | None:
    """By what a request is known again; nothing where it has no key."""
    return await known_again(request, caller, lines)


async def public_retry_of(
    request: Request, caller: MaybeCallerDep, lines: KeyLines = None
) -> Retry | InputError | None:
    """The same where the caller may be nobody in particular, whose key means nothing."""
    return None if caller is None else await known_again(request, caller, lines)


async def known_again(
    request: Request, caller: Caller, lines: list[str] | None
) -> Retry | InputError | None:
    """Reads the key. A mistake in it is told with those in the query and in the body."""
    who = str(caller.id)
    if lines is None or len(who.encode()) > _LONGEST_CALLER:
        return None
    match = _KEY.fullmatch(", ".join(lines).strip(" \t"))
    if match is None:
        detail = "`Idempotency-Key` is 1 to 255 visible characters, such as a UUID."
        mistake = InputError(detail, "string_pattern_mismatch", {"header": "Idempotency-Key"})
        request.state.mistakes_in_headers = [mistake]
        return mistake
    # An answer is not for other rights than those that it was made by.
    rights = (right.encode() for right in caller.rights())
    path, query = sent_path(request.scope).encode("latin-1"), request.scope["query_string"]
    asked = b"".join(part + b"\xff" for part in (path, query, *rights, await request.body()))
    return Retry(
        replies=request.app.state.replies,
        caller=who,
        operation=request.scope["route"].operation_id,
        key=match[2],
        digest=urlsafe_b64encode(xxh3_128_digest(asked)).decode().rstrip("="),
    )


RetryDep = Annotated[Retry | InputError | None, Depends(retry_of)]
MaybeRetryDep = Annotated[Retry | InputError | None, Depends(public_retry_of)]


def answered_once(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Has a handler called once for a request, however often that is sent with the same key. What
    the handler's session commits is kept with its answer, or not at all.
    """

    @wraps(handler)
    def answer(session: Session, _retry: Retry | InputError | None, **rest: Any) -> Response:
        if _retry is None:
            return handler(session=session, _retry=None, **rest)
        if isinstance(_retry, InputError):
            raise Problem(INVALID_REQUEST, errors=[_retry])
        with _retry.replies.using(_retry.name):
            response = first_answer(
                session, _retry, lambda own: handler(session=own, _retry=_retry, **rest)
            )
        if _retry.replies.is_due():
            response.background = BackgroundTask(forget_old, _retry.replies.engine)
        return response

    return answer


@retried
def first_answer(session: Session, retry: Retry, handle: Callable[[Session], Response]) -> Response:
    """The answer that is kept; otherwise what the handler says, which is kept from now on."""
    # Its connection is for others: all is done on another one.
    session.rollback()
    try:
        return answer_of(retry, handle)
    except (IntegrityError, Problem) as error:
        # A row that stands in the way may be this very request's, done by another server.
        if sqlstate(error) != "23505":
            raise
    return answer_of(retry, handle)


def answer_of(retry: Retry, handle: Callable[[Session], Response]) -> Response:
    """The same, in one transaction."""
    with transaction(retry.replies.engine) as session:
        response = look(session, retry)
        if response is None:
            response = handle(session)
            keep(session, retry, response)
        return response


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session in a transaction that ends after it: what it commits and takes back are parts."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        with Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session


def look(session: Session, retry: Retry) -> Response | None:
    """The answer that is kept. Where there is none, nobody else uses the key from here on."""
    kept = session.get(KeptReply, retry.name)
    if kept is not None and kept.made_at > now() - _KEPT_FOR:
        if kept.digest != retry.digest:
            raise Problem(KEY_REUSED)
        told = {"ETag": kept.etag, "Location": kept.location}
        headers = {name: value for name, value in told.items() if value is not None}
        media_type = "application/json" if kept.body else None
        return Response(kept.body, kept.status, headers, media_type=media_type)
    if session.get_bind().dialect.name == "postgresql":
        number: Any = 0
        for part in retry.name:
            number = func.hashtextextended(part, number)
        if not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise Problem(KEY_IN_USE)
    return None


def keep(session: Session, retry: Retry, response: Response) -> None:
    """Keeps an answer, in the place of one that is kept no longer. What was refused is not kept."""
    if response.status_code >= 300:
        return
    reply = KeptReply(
        caller=retry.caller,
        operation=retry.operation,
        key=retry.key,
        digest=retry.digest,
        status=response.status_code,
        etag=response.headers.get("etag"),
        location=response.headers.get("location"),
        body=bytes(response.body).decode(),
        made_at=now(),
    )
    session.merge(reply)
    session.commit()


def forget_old(engine: Engine) -> None:
    """Removes all answers that are kept no longer."""
    try:
        with Session(engine) as session:
            while forget_some(session):
                pass
    except SQLAlchemyError as error:
        logger.warning("answers that are kept no longer are not removed: %s", error)


def forget_some(session: Session) -> bool:
    """Removes the oldest, but for those that somebody else removes; whether more may be there."""
    name = (KeptReply.caller, KeptReply.operation, KeptReply.key)
    made_at = column(KeptReply.made_at)
    oldest = select(*map(column, name)).where(made_at <= now() - _KEPT_FOR).order_by(made_at)
    old = oldest.limit(_AT_ONCE).with_for_update(skip_locked=True).cte("old")
    statement = delete(KeptReply).where(tuple_(*map(column, name)).in_(select(old)))
    statement = statement.execution_options(synchronize_session=False)
    removed = session.scalars(statement.returning(column(KeptReply.key))).all()
    session.commit()
    return len(removed) == _AT_ONCE
