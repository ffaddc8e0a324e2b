"""What a value on the wire must be, and the mistakes in it, in our words.

Codes of mistakes are pydantic's own error types; the sentences are ours.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainSerializer,
    Strict,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import (
    no_info_after_validator_function,
    no_info_before_validator_function,
    no_info_wrap_validator_function,
)

from app.core.columns import clock_text, instant_text
from app.core.hints import hint, shown

# A hostile body must not buy an answer larger than itself, nor the work for one.
MOST_ERRORS: Final = 100

UUID_PATTERN: Final = (
    r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
)
DATE_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}$"
TIME_PATTERN: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"
INSTANT_PATTERN: Final = (
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$"
)
EMAIL_PATTERN: Final = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$"
)
URL_PATTERN: Final = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?$"
)
# Words of lower-case letters and digits.
SLUG_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
NOT_BLANK: Final = r"[^\s\u0085]"
_UUID = re.compile(UUID_PATTERN)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_NO_OFFSET = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?)?"
)
_EMAIL = re.compile(EMAIL_PATTERN)
_URL = re.compile(URL_PATTERN)
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def mistake(code: str, detail: str, *loc: str | int, value: object = None) -> InitErrorDetails:
    """One mistake, as pydantic takes it."""
    # A template without a context is the message itself.
    return InitErrorDetails(type=PydanticCustomError(code, detail), loc=loc, input=value)


def together(*mistakes: InitErrorDetails) -> ValidationError:
    """Several mistakes of one value."""
    return ValidationError.from_exception_data("input", list(mistakes))


def found(error: ValidationError, start: int = 0) -> list[InitErrorDetails]:
    """The mistakes that pydantic found, in our words; in a list, behind so many other items."""
    mistakes = []
    for each in error.errors(include_url=False):
        first, *rest = each["loc"] or (None,)
        loc = each["loc"] if not isinstance(first, int) else (start + first, *rest)
        mistakes.append(mistake(each["type"], sentence(each), *loc, value=each["input"]))
    return mistakes


def sentence(error: Mapping[str, Any]) -> str:
    """The sentence for a mistake that pydantic has a type for."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"`{error['loc'][-1]}` is required."
        case "model_attributes_type" | "model_type" | "dict_type":
            return "An object is expected."
        case "string_type":
            return "Text is expected."
        case "list_type":
            return "A list is expected."
        case "enum" if context:
            names = context["expected"].replace(" or ", ", ").replace("'", "`")
            return f"One of {names} is expected."
        case "bool_type":
            return "`true` or `false` is expected."
        case "int_type":
            return "A whole number is expected."
        case "float_type":
            return "A number is expected."
        case "finite_number":
            return "The number does not fit a double."
        case "string_pattern_mismatch" if context.get("pattern") == SLUG_PATTERN:
            return "Words of lower-case letters and digits, joined by single hyphens, are expected."
        case "string_pattern_mismatch" if context:
            return f"The text must match the pattern `{context['pattern']}`."
        case "string_too_short" if context:
            return f"The text must have at least {characters(context['min_length'])}."
        case "string_too_long" if context:
            return f"The text must have at most {characters(context['max_length'])}."
        case "greater_than_equal" if context:
            return f"The number must be {plain(context['ge'])} or more."
        case "less_than_equal" if context:
            return f"The number must be {plain(context['le'])} or less."
        case _:
            return str(error["msg"])


def plain(number: float) -> str:
    """A bound, without a fraction of nothing."""
    return str(int(number)) if number == int(number) else str(number)


def characters(count: int) -> str:
    """`1 character`, `2 characters`."""
    return f"{count} character{'' if count == 1 else 's'}"


def wire_names(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The members of a model, by the names that they have on the wire."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


class Body(BaseModel):
    """The body of a request: no other members, and every mistake in the order in which it stands
    there.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def tell_in_order(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Puts the mistakes of a body into our words and into its own order."""
        known = wire_names(cls)
        if isinstance(value, Mapping) and len(value) > len(known) + MOST_ERRORS:
            unknown = islice((name for name in value if name not in known), MOST_ERRORS)
            looked_at = known.keys() | set(unknown)
            value = {name: each for name, each in value.items() if name in looked_at}
        try:
            return handler(value)
        except ValidationError as error:
            mistakes = found(error)
        if not isinstance(value, Mapping):
            raise together(*mistakes)
        places = {name: place for place, name in enumerate(value)}
        for at, each in enumerate(mistakes):
            name = str(each["loc"][0])
            if name not in known:
                detail = f"There is no member `{shown(name)}` here{hint(name, known)}"
                mistakes[at] = mistake("extra_forbidden", detail, shown(name))
                places.setdefault(shown(name), places[name])
        raise together(*sorted(mistakes, key=lambda each: places.get(each["loc"][0], len(places))))


class NoInput(Body):
    """The body of an action that takes no input: none, or an empty object."""


def _no_nul(value: object) -> object:
    if isinstance(value, str) and "\0" in value:
        code = "string_pattern_mismatch"
        raise PydanticCustomError(code, "Text must not contain U+0000.")
    return value


def parse_uuid(value: object) -> object:
    """A UUID in its canonical form, in either case."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        code = "uuid_type"
        raise PydanticCustomError(code, "A UUID is expected as text.")
    if _UUID.fullmatch(value) is None:
        code = "uuid_parsing"
        detail = "A UUID is expected, such as `019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d`."
        raise PydanticCustomError(code, detail)
    return UUID(value)


def parse_date(value: object) -> object:
    """`YYYY-MM-DD`."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        code = "date_type"
        raise PydanticCustomError(code, "A date is expected as text.")
    try:
        if _DATE.fullmatch(value) is not None:
            return date.fromisoformat(value)
    except ValueError:
        pass
    code = "date_from_datetime_parsing"
    raise PydanticCustomError(code, "A date of the calendar is expected, such as `2026-11-21`.")


def parse_time(value: object) -> object:
    """`HH:MM`, or `HH:MM:SS` with up to six digits of a second."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        code = "time_type"
        raise PydanticCustomError(code, "A time is expected as text.")
    try:
        if _TIME.fullmatch(value) is not None:
            return time.fromisoformat(value)
    except ValueError:
        pass
    code = "time_parsing"
    raise PydanticCustomError(code, "A time of day is expected, such as `10:30:00`.")


def parse_instant(value: object) -> object:
    """A date and a time with an offset (RFC 3339); digits of a second after the sixth are cut."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        code = "datetime_type"
        raise PydanticCustomError(code, "A date and time is expected as text.")
    code = "datetime_from_date_parsing"
    such = "such as `2026-11-21T10:00:00Z`."
    found = _INSTANT.fullmatch(value)
    if found is None and _NO_OFFSET.fullmatch(value):
        raise PydanticCustomError(code, f"A date and time needs a time and an offset, {such}")
    try:
        if found is not None:
            day, clock, fraction, offset = found.groups()
            text = f"{day}T{clock}.{(fraction or '')[:6]:0<6}{offset.upper()}"
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError(code, f"A date and time with an offset is expected, {such}")


def _email(text: str) -> str:
    if len(text) > 254 or _EMAIL.fullmatch(text) is None:
        code = "value_error"
        raise PydanticCustomError(code, "An email address is expected, such as `ada@example.com`.")
    return text


def _url(text: object) -> object:
    if not isinstance(text, str):
        code = "url_type"
        raise PydanticCustomError(code, "A URL is expected.")
    if len(text) > 2048 or _URL.fullmatch(text) is None:
        code = "url_parsing"
        detail = (
            "A web address of at most 2,048 characters is expected, such as `https://example.com/`."
        )
        raise PydanticCustomError(code, detail)
    return text


@dataclass(frozen=True)
class Told:
    """What the document tells of a text: a pattern, beside what it tells already."""

    pattern: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        told = handler(schema)
        if "pattern" not in told:
            return told | {"pattern": self.pattern}
        return told | {"allOf": [*told.get("allOf", ()), {"pattern": self.pattern}]}


@dataclass(frozen=True)
class Form(Told):
    """What a text must be like, and the pattern by which the document tells it."""

    check: Callable[[object], object]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(self.check, handler(source))


def trimmed(least: int) -> Told:
    """That a text has so many characters without the white space at its ends, which is cut off."""
    between = rf"[\s\S]{{{least - 2},}}" if least > 2 else r"[\s\S]*"
    return Told(NOT_BLANK if least == 1 else f"{NOT_BLANK}{between}{NOT_BLANK}")


@dataclass(frozen=True)
class Decimals:
    """A decimal number as text, of so many digits, so many of them after the point."""

    precision: int
    scale: int

    def parse(self, value: object) -> object:
        """The number, with every digit after the point."""
        if isinstance(value, Decimal):
            return value
        if not isinstance(value, str):
            code = "decimal_type"
            raise PydanticCustomError(code, "A decimal number is expected as text.")
        if _DECIMAL.fullmatch(value) is None:
            code = "decimal_parsing"
            raise PydanticCustomError(code, "A decimal number is expected, such as `12.50`.")
        whole, _, part = value.removeprefix("-").partition(".")
        if len(part) > self.scale:
            code = "decimal_max_places"
            detail = f"At most {self.scale} digits may stand after the point."
            raise PydanticCustomError(code, detail)
        if len(whole) > self.whole:
            code = "decimal_whole_digits"
            detail = f"At most {self.whole} digits may stand before the point."
            raise PydanticCustomError(code, detail)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.scale)) + 0

    @property
    def whole(self) -> int:
        """How many digits may stand before the point."""
        return max(self.precision - self.scale, 1)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(self.parse, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        part = rf"(\.\d{{1,{self.scale}}})?" if self.scale else ""
        return {"type": "string", "pattern": rf"^-?\d{{1,{self.whole}}}{part}$"}


@dataclass(frozen=True)
class Refusing:
    """Refuses texts that other paths have in the place of a key."""

    texts: tuple[str, ...]

    def check(self, text: str) -> str:
        """Lets every other text pass."""
        if text in self.texts:
            code = "value_error"
            detail = f"No path could lead to a resource with the key `{text}`."
            raise PydanticCustomError(code, detail)
        return text

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"not": {"enum": [*self.texts]}}


def refusing(*texts: str) -> Refusing:
    """A text that is none of these."""
    return Refusing(texts)


def _no_nul_within(value: object) -> object:
    match value:
        case str():
            _no_nul(value)
        case list():
            for item in value:
                _no_nul_within(item)
        case dict():
            for name, item in value.items():
                _no_nul(name)
                _no_nul_within(item)
    return value


@dataclass(frozen=True)
class Count:
    """How many items a list has: mistakes in items are told, and the one in their number."""

    least: int
    most: int | None

    def check(self, value: object, handler: ValidatorFunctionWrapHandler) -> Any:
        """Checks the items, then their number."""
        if not isinstance(value, list):
            return handler(value)
        items: list[object] = []
        mistakes: list[InitErrorDetails] = []
        # Some at a time, so that no more mistakes are worked out than are told.
        for start in range(0, max(len(value), 1), MOST_ERRORS):
            try:
                items += handler(value[start : start + MOST_ERRORS])
            except ValidationError as error:
                mistakes += found(error, start)
            if len(mistakes) >= MOST_ERRORS:
                break
        if len(value) < self.least:
            mistakes.append(mistake("too_short", f"At least {self.least} items are expected."))
        if self.most is not None and len(value) > self.most:
            mistakes.append(mistake("too_long", f"At most {self.most} items are expected."))
        if mistakes:
            raise together(*mistakes)
        return items

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_wrap_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        bounds = {"minItems": self.least or None, "maxItems": self.most}
        return handler(schema) | {name: each for name, each in bounds.items() if each is not None}


def at_most(count: int) -> Count:
    """The bound of a list."""
    return Count(0, count)


def between(least: int, most: int | None) -> Count:
    """The bounds of a list."""
    return Count(least, most)


# Text that any database takes; its bounds stand beside it.
NoNul = Form(r"^[^\u0000]*$", _no_nul)

Uuid = Annotated[
    UUID,
    BeforeValidator(parse_uuid),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": UUID_PATTERN}),
]

Day = Annotated[
    date,
    BeforeValidator(parse_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE_PATTERN}),
]

# An instant as it is answered: in UTC, with six digits of a second.
Instant = Annotated[
    datetime,
    PlainSerializer(instant_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]

Clock = Annotated[
    time,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]

# An instant as it comes in: with any offset.
Moment = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}),
]

Email = Annotated[
    str,
    Strict(),
    AfterValidator(_email),
    WithJsonSchema(
        {"type": "string", "format": "email", "maxLength": 254, "pattern": EMAIL_PATTERN}
    ),
]

Url = Annotated[
    str,
    BeforeValidator(_url),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2048, "pattern": URL_PATTERN}),
]

# Text without bounds, as filters look for it.
PlainText = Annotated[str, StringConstraints(strict=True), NoNul]

AnyJson = Annotated[Any, BeforeValidator(_no_nul_within)]

# A time of day as it is answered: with six digits of a second.
ClockText = Annotated[time, PlainSerializer(clock_text, return_type=str)]

# A decimal number as it is answered: as text, with every digit after the point.
DecimalText = Annotated[Decimal, PlainSerializer(lambda number: f"{number:f}", return_type=str)]
