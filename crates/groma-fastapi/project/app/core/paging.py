"""Pages by keyset: where one ended, the next goes on, whatever is written in between.

A cursor carries a digest of the query that it came from and the sort values of the last row. It
is no secret and proves nothing: whatever it says, the statement still asks what the caller may
read.
"""

import math
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from struct import pack, unpack
from typing import Any, Final, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, false, func, or_, select
from sqlmodel import Session, SQLModel
from xxhash import xxh3_64_intdigest

from app.core.db import column
from app.core.errors import invalid_cursor
from app.core.query import QueryModel

T = TypeVar("T", bound=SQLModel)

# The form of a cursor; another one is another version.
_VERSION: Final = b"\x01"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True)
class SortField:
    """A field that lists may be sorted by."""

    # Its number among the fields of its entity, which cursors are made with.
    number: int
    name: str
    type: type[Any]
    nullable: bool = False


@dataclass(frozen=True)
class Term:
    """One term of an order."""

    field: SortField
    column: ColumnElement[Any]
    descending: bool

    @property
    def value(self) -> ColumnElement[Any]:
        """What rows sort by: an enum sorts in the order in which it is declared."""
        if issubclass(self.field.type, StrEnum):
            ranks = {name.value: rank for rank, name in enumerate(self.field.type)}
            return case(ranks, value=self.column)
        return self.column

    def order(self) -> list[UnaryExpression[Any]]:
        """The order of rows, those without a value last."""
        ordered = self.value.desc() if self.descending else self.value.asc()
        return [ordered.nulls_last() if self.field.nullable else ordered]

    def after(self, bound: Any) -> ColumnElement[bool]:
        """Rows that come after those with this value."""
        if bound is None:
            return false()
        later = self.value < bound if self.descending else self.value > bound
        return or_(later, self.column.is_(None)) if self.field.nullable else later

    def same(self, bound: Any) -> ColumnElement[bool]:
        """Rows with this value."""
        return self.column.is_(None) if bound is None else self.value == bound

    def sort_value(self, row: object) -> Any:
        """What a row sorts by."""
        value = getattr(row, self.field.name)
        if isinstance(value, StrEnum):
            return list(type(value)).index(value)
        return value


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, the parameter that leads to the next page, and how many rows there
    are.
    """

    rows: Sequence[T]
    next: tuple[str, str] | None
    total: int | None

    @property
    def next_cursor(self) -> str | None:
        """Where the next page starts."""
        return self.next[1] if self.next else None

    @property
    def totals(self) -> dict[str, int]:
        """`total`, where it was asked for."""
        return {} if self.total is None else {"total": self.total}


@dataclass(frozen=True)
class Listing:
    """What is fixed of a list: its name, which belongs to its cursors, its order and what may be
    sorted by.
    """

    operation: str
    model: type[SQLModel]
    key: SortField
    fields: Mapping[str, SortField]

    def terms(self, sort: Sequence[str]) -> list[Term]:
        """The order, down to the key, which breaks every tie in the direction of the last term."""
        wanted = [(self.fields[name.removeprefix("-")], name.startswith("-")) for name in sort]
        wanted.append((self.key, wanted[-1][1] if wanted else False))
        return [
            Term(field, column(getattr(self.model, field.name)), descending)
            for field, descending in wanted
        ]

    def digest(self, terms: Sequence[Term], query: QueryModel, below: Sequence[object]) -> bytes:
        """What a cursor belongs to: the route, the rows above, the order, the filters and the
        words.
        """
        parts = [self.operation.encode(), *(str(parent).encode() for parent in below)]
        for term in terms:
            parts += [term.field.number.to_bytes(8, "big"), bytes([term.descending])]
        parts += [*query.filters(), b"q"]
        parts += (word.encode() for word in getattr(query, "q", ()))
        return xxh3_64_intdigest(b"".join(part + b"\xff" for part in parts)).to_bytes(8, "big")


def read_page(
    session: Session,
    listing: Listing,
    model: type[T],
    query: Any,
    keep: Sequence[ColumnElement[bool]],
    below: Sequence[object] = (),
) -> Page[T]:
    """The rows of a page, of those that are to be kept."""
    terms = listing.terms(getattr(query, "sort", ()))
    digest = listing.digest(terms, query, below)
    start = list(keep)
    if query.cursor is not None:
        start.append(continued(terms, decode_cursor(query.cursor, digest, terms)))
    statement = select(model).where(*start).limit(query.limit + 1)
    for term in terms:
        statement = statement.order_by(*term.order())
    rows = session.scalars(statement).all()
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        cursor = encode_cursor(digest, [term.sort_value(rows[-1]) for term in terms])
        following = ("cursor", cursor)
    return Page(rows, following, counted(session, model, query, keep))


def read_numbered_page(
    session: Session,
    listing: Listing,
    model: type[T],
    query: Any,
    keep: Sequence[ColumnElement[bool]],
) -> Page[T]:
    """The rows behind so many others, of those that are to be kept."""
    statement = select(model).where(*keep).offset(query.offset).limit(query.limit + 1)
    for term in listing.terms(getattr(query, "sort", ())):
        statement = statement.order_by(*term.order())
    rows = session.scalars(statement).all()
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        following = ("offset", str(query.offset + query.limit))
    return Page(rows, following, counted(session, model, query, keep))


def counted(
    session: Session, model: type[SQLModel], query: Any, keep: Sequence[ColumnElement[bool]]
) -> int | None:
    """How many rows there are on all pages, where that is asked for."""
    if not query.count:
        return None
    return session.scalar(select(func.count()).select_from(model).where(*keep))


def continued(terms: Sequence[Term], bounds: Sequence[Any]) -> ColumnElement[bool]:
    """The rows after the one with these sort values."""
    rest: ColumnElement[bool] = false()
    for term, bound in zip(reversed(terms), reversed(bounds), strict=True):
        rest = or_(term.after(bound), and_(term.same(bound), rest))
    return rest


def encode_cursor(digest: bytes, values: Sequence[Any]) -> str:
    """The cursor after a row with these sort values."""
    data = _VERSION + digest + b"".join(map(_packed, values))
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode_cursor(cursor: str, digest: bytes, terms: Sequence[Term]) -> list[Any]:
    """The sort values that a cursor carries; 400 where it was not made for this query."""
    try:
        data = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        is_canonical = urlsafe_b64encode(data).decode().rstrip("=") == cursor
        if not is_canonical or not data.startswith(_VERSION + digest):
            raise ValueError
        values, rest = [], data[9:]
        for term in terms:
            value, rest = _unpacked(rest, term)
            values.append(value)
        if rest:
            raise ValueError
    except (ValueError, OverflowError, IndexError):
        raise invalid_cursor() from None
    return values


def _packed(value: Any) -> bytes:
    match value:
        case None:
            return b"\x00"
        case UUID():
            return b"\x01" + value.bytes
        case str():
            text = value.encode()
            return b"\x01" + len(text).to_bytes(4, "big") + text
        case float():
            return b"\x01" + pack(">d", value)
        case Decimal():
            number = int(value.scaleb(-int(value.as_tuple().exponent)))
        case datetime():
            number = (value - _EPOCH) // _MICROSECOND
        case date():
            number = (value - _EPOCH.date()).days
        case time():
            number = (datetime.combine(_EPOCH, value, UTC) - _EPOCH) // _MICROSECOND
        case _:
            number = int(value)
    return b"\x01" + number.to_bytes(8, "big", signed=True)


def _unpacked(data: bytes, term: Term) -> tuple[Any, bytes]:
    kind = term.field.type
    if data[0] == 0 and term.field.nullable:
        return None, data[1:]
    if data[0] != 1:
        raise ValueError
    if issubclass(kind, UUID):
        return UUID(bytes=data[1:17]), data[17:]
    if issubclass(kind, str) and not issubclass(kind, StrEnum):
        end = 5 + int.from_bytes(data[1:5], "big")
        if len(data) < max(end, 5) or 0 in data[5:end]:
            raise ValueError
        return data[5:end].decode(), data[end:]
    if len(data) < 9:
        raise ValueError
    return _from_number(data[1:9], term), data[9:]


def _from_number(data: bytes, term: Term) -> Any:
    kind = term.field.type
    number = int.from_bytes(data, "big", signed=True)
    if issubclass(kind, StrEnum):
        if not 0 <= number < len(kind):
            raise ValueError
        return number
    if issubclass(kind, float):
        [real] = unpack(">d", data)
        if not math.isfinite(real):
            raise ValueError
        return real
    if issubclass(kind, Decimal):
        return Decimal(number).scaleb(-cast(Any, term.column.type).scale)
    if issubclass(kind, datetime):
        return _EPOCH + number * _MICROSECOND
    if issubclass(kind, date):
        return _EPOCH.date() + timedelta(days=number)
    if issubclass(kind, time):
        if not 0 <= number < _DAY:
            raise ValueError
        return (_EPOCH + number * _MICROSECOND).time()
    if issubclass(kind, bool) and number not in (0, 1):
        raise ValueError
    return kind(number)
