"""Parameters of paths. One that cannot be a key is the key of no row: it ends as every row that is
not there.
"""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.query import decode
from app.core.types import UUID_PATTERN, parse_uuid


def _uuid(part: object) -> object:
    try:
        return parse_uuid(decode(str(part)) or "")
    except PydanticCustomError:
        return None


def path_text(least: int, most: int) -> BeforeValidator:
    """A text of such a length."""

    def parse(part: object) -> object:
        text = decode(str(part))
        return (
            text if text is not None and least <= len(text) <= most and "\0" not in text else None
        )

    return BeforeValidator(parse)


def path_form(form: Any) -> BeforeValidator:
    """A text of such a form."""
    adapter = TypeAdapter[str](form)

    def parse(part: object) -> object:
        try:
            return adapter.validate_python(decode(str(part)))
        except ValidationError:
            return None

    return BeforeValidator(parse)


def path_int(least: int, most: int) -> BeforeValidator:
    """A whole number within these bounds."""

    def parse(part: object) -> object:
        text = decode(str(part)) or ""
        number = int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None
        return number if number is not None and least <= number <= most else None

    return BeforeValidator(parse)


PathUuid = Annotated[
    UUID | None,
    BeforeValidator(_uuid),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": UUID_PATTERN}),
]
