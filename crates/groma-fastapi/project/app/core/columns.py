"""How values are kept: native types on Postgres, text of a fixed form on SQLite."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Double,
    Function,
    Integer,
    Numeric,
    Text,
    Time,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

# Text sorts by code point everywhere, whatever the language of the database is.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

INTEGER = Integer().with_variant(BigInteger(), "postgresql")
DOUBLE: TypeEngine[float] = REAL().with_variant(Double(), "postgresql")



def compact_json(value: object) -> str:
    """JSON without white space, as it stands in answers and in columns."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def instant_text(value: datetime) -> str:
    """`2026-11-21T10:00:00.123456Z`: of a fixed width, so that its order as text is its order in
    time.
    """
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


def clock_text(value: time) -> str:
    """`10:30:00.000000`: of a fixed width."""
    return value.isoformat("microseconds")


class EnumColumn(TypeDecorator[StrEnum]):
    """One of the names of an enum."""

    impl = Text
    cache_ok = True

    def __init__(self, names: type[StrEnum]) -> None:
        super().__init__()
        self.names = names

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TEXT)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.names(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.names(value)


class UuidColumn(TypeDecorator[UUID]):
    """A UUID; on SQLite its 36 characters."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = Uuid() if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | str | None:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: UUID | str | None, dialect: Dialect) -> UUID | None:
        return UUID(value) if isinstance(value, str) else value


class InstantColumn(TypeDecorator[datetime]):
    """An instant; on SQLite its text in UTC."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        return value if value is None or dialect.name == "postgresql" else instant_text(value)

    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value if value is None else value.astimezone(UTC)


class DateColumn(TypeDecorator[date]):
    """A day of the calendar; on SQLite its text."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = Date() if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | str | None:
        return value if value is None or dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: date | str | None, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class TimeColumn(TypeDecorator[time]):
    """A time of day; on SQLite its text."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = Time() if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: time | None, dialect: Dialect) -> time | str | None:
        return value if value is None or dialect.name == "postgresql" else clock_text(value)

    def process_result_value(self, value: time | str | None, dialect: Dialect) -> time | None:
        return time.fromisoformat(value) if isinstance(value, str) else value


class BoolColumn(TypeDecorator[bool]):
    """Yes or no; on SQLite one or zero."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = Boolean() if dialect.name == "postgresql" else Integer()
        return dialect.type_descriptor(own)

    def process_result_value(self, value: bool | int | None, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class DecimalColumn(TypeDecorator[Decimal]):
    """A decimal number; on SQLite so many units of its last digit."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        postgres: TypeEngine[Any] = Numeric(self.precision, self.scale)
        own = postgres if dialect.name == "postgresql" else Integer()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None or dialect.name == "postgresql":
            return value
        return int(value.scaleb(self.scale))

    def process_result_value(
        self, value: Decimal | float | None, dialect: Dialect
    ) -> Decimal | None:
        return Decimal(value).scaleb(-self.scale) if isinstance(value, (int, float)) else value


def mean(numbers: ColumnElement[Any]) -> Function[Any]:
    """The mean of decimal numbers, however they are kept."""
    return Function("avg", numbers, type_=numbers.type)


class JsonColumn(TypeDecorator[object]):
    """A list or another JSON value; on SQLite its text without white space."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own: TypeEngine[Any] = JSONB() if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        return value if value is None or dialect.name == "postgresql" else compact_json(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        # A driver of Postgres has read it already; what is text then is a text in JSON.
        is_read = dialect.name == "postgresql" or not isinstance(value, str)
        return value if is_read else json.loads(str(value))


def wire_text(value: object) -> str:
    """A value as it stands in JSON, without the quotes of a text."""
    match value:
        case bool() | float():
            return to_json(value).decode()
        case datetime():
            return instant_text(value)
        case time():
            return clock_text(value)
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


class TextsColumn(JsonColumn):
    """A list of values that are text in JSON, such as days."""

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        texts = [wire_text(item) for item in value] if isinstance(value, list) else value
        return super().process_bind_param(texts, dialect)
