"""What a query string may say: each parameter once unless it is a filter, no other, every mistake
told.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from urllib.parse import unquote_to_bytes

from fastapi import Query
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function
from starlette.datastructures import ImmutableMultiDict

from app.core.columns import wire_text
from app.core.hints import hint, shown
from app.core.search import fold
from app.core.types import MOST_ERRORS, found, mistake, together, wire_names

# Each value and each word costs the database a comparison a row.
MOST_VALUES: Final = 100
MOST_WORDS: Final = 16

_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
# White space by Unicode; `str.split` would take U+001C to U+001F for it as well.
_BLANKS = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


class Given(str):
    """A part of a query string, where it stood, and what is wrong with it."""

    __slots__ = ("is_malformed", "place", "repeated_at")

    place: int
    is_malformed: bool
    repeated_at: int | None

    @classmethod
    def at(cls, text: str, place: int, *, malformed: bool) -> Self:
        """The text at a place."""
        given = cls(text)
        given.place, given.is_malformed, given.repeated_at = place, malformed, None
        return given


class Parameters(ImmutableMultiDict[str, str]):
    """The parameters of a query string. A pair that cannot be decoded is a name of its own, as it
    came.
    """

    def __init__(self, raw: str) -> None:
        pairs: list[tuple[Given, Given]] = []
        places: dict[str, list[int]] = {}
        for place, pair in enumerate(part for part in raw.split("&") if part):
            raw_name, _, raw_value = pair.partition("=")
            name, value = decode(raw_name, plus=True), decode(raw_value, plus=True)
            if name is None or value is None:
                name, value, malformed = pair, raw_name, True
            else:
                malformed = False
                places.setdefault(name, []).append(place)
            key = Given.at(name, place, malformed=malformed)
            given = Given.at(value, place, malformed=malformed)
            if not malformed and len(places[name]) > 1:
                given.repeated_at = places[name][1]
            pairs.append((key, given))
        super().__init__(pairs)


def decode(text: str, *, plus: bool = False) -> str | None:
    """What a percent-encoded text means; nothing where it is malformed or not UTF-8."""
    if _MALFORMED.search(text):
        return None
    try:
        return unquote_to_bytes(text.replace("+", " ") if plus else text).decode()
    except UnicodeDecodeError:
        return None


class Option(StrEnum):
    """The values of a named filter."""


# Marks a filter that may be given several times, for any of several values.
REPEATABLE: Final = "repeatable"
# What is no filter, and so does not belong to what a cursor continues.
NO_FILTERS: Final = frozenset({"q", "sort", "limit", "cursor", "count", "include", "fields"})


class QueryModel(BaseModel):
    """The parameters of a route."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def tell_in_order(
        cls, values: Mapping[str, Any], handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        """Tells what is unknown, repeated or malformed, where it stands; then what values lack."""
        placed: list[tuple[int, InitErrorDetails]] = []
        known: dict[str, Any] = {}
        fields = wire_names(cls)
        for name, value in values.items():
            parts = value if isinstance(value, list) else [value]
            field = fields.get(name)
            if field is not None:
                known[name] = value
                place = getattr(parts[-1], "repeated_at", None)
                if place is not None and REPEATABLE not in field.metadata:
                    detail = f"`{name}` may be given once."
                    placed.append((place, mistake("repeated_parameter", detail, name)))
            elif getattr(name, "is_malformed", False):
                detail = "The query is not well-formed percent-encoded UTF-8."
                placed += [
                    (part.place, mistake("string_unicode", detail, shown(part))) for part in parts
                ]
            else:
                detail = f"There is no parameter `{shown(name)}` here{hint(name, fields)}"
                placed.append(
                    (getattr(name, "place", 0), mistake("unknown_parameter", detail, shown(name)))
                )
            if len(placed) >= MOST_ERRORS:
                break
        mistakes = [each for _, each in sorted(placed, key=lambda each: each[0])]
        model: Self | None = None
        try:
            model = handler(known)
        except ValidationError as error:
            mistakes += [_with_plus(each, handler) for each in found(error)]
        if model is None or mistakes:
            raise together(*mistakes)
        return model

    def filters(self) -> Iterator[bytes]:
        """The filters that were sent, as a cursor remembers them."""
        for attribute, field in type(self).model_fields.items():
            name, value = field.alias or attribute, getattr(self, attribute)
            if value is None or name in NO_FILTERS:
                continue
            yield name.encode()
            if isinstance(value, Option):
                yield list(type(value)).index(value).to_bytes(8, "big")
            elif name.endswith("__null"):
                yield bytes([value])
            else:
                yield from (wire_text(each).encode() for each in value_list(value))


def _with_plus(
    each: InitErrorDetails, handler: ModelWrapValidatorHandler[QueryModel]
) -> InitErrorDetails:
    """What a filter needs that would fit if its blanks were plus signs."""
    name, text, kind = each["loc"][0], each["input"], each["type"]
    if name in NO_FILTERS or not isinstance(text, str) or " " not in text:
        return each
    meant = text.replace(" ", "+")
    try:
        handler({name: [meant] if len(each["loc"]) > 1 else meant})
    except ValidationError:
        return each
    code = kind if isinstance(kind, str) else kind.type
    sent = shown(meant.replace("+", "%2B"))
    detail = f"A `+` in a query is a blank; write `%2B` for it: `{sent}`."
    return mistake(code, detail, *each["loc"], value=text)


def value_list(value: object) -> Sequence[object]:
    """One value, or several."""
    return value if isinstance(value, list) else [value]


class NoQuery(QueryModel):
    """No parameters."""


async def no_query(query: Annotated[NoQuery, Query()]) -> None:
    """Refuses every parameter, on routes that take none."""


def _most(values: list[str]) -> list[str]:
    if len(values) > MOST_VALUES:
        code = "too_long"
        raise PydanticCustomError(code, f"At most {MOST_VALUES} values may be given.")
    return values


def _commas(given: object) -> list[str]:
    return [part for text in value_list(given) for part in str(text).split(",")]


def _flag(text: object) -> object:
    if text in ("true", "false"):
        return text == "true"
    if isinstance(text, bool):
        return text
    code = "bool_parsing"
    raise PydanticCustomError(code, "`true` or `false` is expected.")


def _whole(text: object) -> object:
    if isinstance(text, int):
        return text
    if re.fullmatch(r"-?[0-9]+", str(text)) is None:
        code = "int_parsing"
        raise PydanticCustomError(code, "A whole number is expected.")
    # What no 64 bits hold is beyond any bound, on the side of its sign.
    return int(str(text)[:20])


def _real(text: object) -> object:
    if isinstance(text, int | float):
        return text
    if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", str(text)) is None:
        code = "float_parsing"
        raise PydanticCustomError(code, "A number is expected.")
    number = float(str(text))
    if not math.isfinite(number):
        code = "finite_number"
        raise PydanticCustomError(code, "The number does not fit a double.")
    return number


def _words(given: object) -> object:
    text = str(value_list(given)[-1])
    folded = (fold(word) for word in _BLANKS.split(text) if word)
    words = list(dict.fromkeys(folded))
    mistakes: list[InitErrorDetails] = []
    if "\0" in text:
        detail = "Text must not contain U+0000."
        mistakes.append(mistake("string_pattern_mismatch", detail))
    if len(words) > MOST_WORDS:
        detail = f"At most {MOST_WORDS} words may be searched for."
        mistakes.append(mistake("too_long", detail))
    if mistakes:
        raise together(*mistakes)
    return words


def known_name(text: str, names: Sequence[str]) -> str:
    """One of the names."""
    if text in names:
        return text
    end = hint(text, names)
    if end == ".":
        end = "; expected one of " + ", ".join(f"`{name}`" for name in names) + "."
    code = "unknown_value"
    raise PydanticCustomError(code, f"`{shown(text)}` is not known here{end}")


def one_of(names: type[Option]) -> BeforeValidator:
    """A value of a named filter."""
    return BeforeValidator(lambda text: known_name(text, [name.value for name in names]))


@dataclass(frozen=True)
class Names:
    """Names that are separated by commas; the document tells which there are."""

    check: Callable[[object], list[str]]
    known: Sequence[str]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "array", "items": {"type": "string", "enum": list(self.known)}}


def some_of(*known: str) -> Names:
    """Some of these names."""
    return Names(
        lambda given: [known_name(part, known) for part in str(value_list(given)[-1]).split(",")],
        known,
    )


def attributes(others: Mapping[str, str], *known: str) -> Names:
    """The same, for members of which some have another name in Python."""
    return Names(
        lambda given: [
            others.get(name, name)
            for name in (known_name(part, known) for part in str(value_list(given)[-1]).split(","))
        ],
        known,
    )


def order_of(*known: str) -> Names:
    """Names to sort by, separated by commas; `-` before a name puts the largest first."""

    def check(given: object) -> list[str]:
        terms = str(value_list(given)[-1]).split(",")
        seen: set[str] = set()
        for term in terms:
            name = known_name(term.removeprefix("-"), known)
            if name in seen:
                code = "unknown_value"
                raise PydanticCustomError(code, f"`{name}` stands twice.")
            seen.add(name)
        return terms

    return Names(check, [term for name in known for term in (name, f"-{name}")])


Values = BeforeValidator(_most)
Commas = BeforeValidator(lambda given: _most(_commas(given)))
Words = BeforeValidator(_words)
Flag = Annotated[bool, BeforeValidator(_flag)]
# A number, whole or any; its bounds stand before it.
Digits = BeforeValidator(_whole)
Real = BeforeValidator(_real)
