"""The database: its engine, a session for each request, and what SQLModel's types do not say."""

import secrets
import string
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Engine, case, create_engine, event, inspect, literal
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlmodel import Session, SQLModel

from app.core.config import Settings
from app.core.search import fold

T = TypeVar("T")
RowT = TypeVar("RowT", bound=SQLModel)

_LETTERS: Final = string.ascii_letters + string.digits + "-_"
# Somebody else's tables that were there once, which are not asked for again.
_SEEN: Final[WeakKeyDictionary[object, set[str]]] = WeakKeyDictionary()


def make_engine(settings: Settings) -> Engine:
    """An engine for SQLite, or for Postgres also behind a pooler, such as Neon's."""
    url = settings.database
    # `hide_parameters` keeps what rows hold out of logs.
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, hide_parameters=True, pool_timeout=5, connect_args={"timeout": 5}
        )
        event.listen(engine, "connect", prepare_sqlite)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=240,
        connect_args={"prepare_threshold": None, "connect_timeout": 10},
    )


def prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    """Keeps foreign keys, lets readers read while one writes, and knows how searches compare."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
    cast(Any, connection).create_function("fold", 1, fold, deterministic=True)


def get_session(request: Request) -> Iterator[Session]:
    """A session that ends with the request; services commit what they write."""
    with Session(request.app.state.engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def column(value: T) -> ColumnElement[T]:
    """A column of a class in a statement: SQLModel gives it the type that it has in an instance."""
    return cast(ColumnElement[T], value)


def expression(model: type[SQLModel], name: str, value: Any) -> ColumnElement[Any]:
    """What a column gets: a value of its type, or an expression as it is."""
    if isinstance(value, ColumnElement):
        return value
    return literal(value, getattr(model, name).type)


def rank(value: ColumnElement[Any], names: type[StrEnum]) -> ColumnElement[int]:
    """The place of a name among those of its enum, in the order in which they are declared."""
    return case({name.value: rank for rank, name in enumerate(names)}, value=value)


class _After:
    """What stands for a row's columns after a change."""

    def __init__(self, model: type[SQLModel], written: Mapping[str, Any]) -> None:
        self._model = model
        self._written = {name: expression(model, name, value) for name, value in written.items()}

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        found: ColumnElement[Any] = self._written.get(name, getattr(self._model, name))
        return found


def after(model: type[RowT], written: Mapping[str, Any]) -> type[RowT]:
    """A row as a change leaves it, for rules: what is written as values, the rest as it stands."""
    return cast(type[RowT], _After(model, written))


def has_table(session: Session, model: type[SQLModel]) -> bool:
    """Whether somebody else's table is in this database: then references to it are looked up."""
    name = cast(str, model.__tablename__)
    seen = _SEEN.setdefault(session.get_bind().engine, set())
    if name not in seen and inspect(session.connection()).has_table(name):
        seen.add(name)
    return name in seen


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def new_secret(length: int) -> str:
    """Random text of letters, digits, `-` and `_`: six bits a character."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): ids sort by the time at which they were made."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    number = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=number)
