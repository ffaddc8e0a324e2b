"""What searches and filters on lists need of a database, in the words of each."""

from collections.abc import Sequence
from typing import Any, overload

from sqlalchemy import Boolean, ColumnElement, Integer, Text, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.core.columns import compact_json, wire_text


@overload
def fold(text: str) -> str: ...
@overload
def fold(text: None) -> None: ...
def fold(text: str | None) -> str | None:
    """Text without its case: `ẞ`, `ß` and `SS`, or `Σ`, `σ` and `ς`, are one."""
    if text is None or text.isascii():
        return text and text.lower()
    return "".join(character.lower() for character in text.lower().upper())


def folded(word: str) -> str:
    """A word as it is compared."""
    return fold(word) or ""


class position(FunctionElement[int]):  # noqa: N801 - in statements it reads as a function
    """Where a folded text holds a part, counted from one; zero where it does not."""

    type = Integer()
    inherit_cache = True
    name = "position"


@compiles(position, "sqlite")
def _position_sqlite(element: position, compiler: SQLCompiler, **kw: Any) -> str:
    text, part = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"instr(fold({text}), {part})"


@compiles(position, "postgresql")
def _position_postgresql(element: position, compiler: SQLCompiler, **kw: Any) -> str:
    text, part = (compiler.process(clause, **kw) for clause in element.clauses)
    lower = f'lower(upper(lower({text} COLLATE "und-x-icu")))'
    return f"position({part} IN (translate({lower}, 'ς', 'σ') COLLATE \"C\"))"


def contains(text: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a column holds a folded word; nothing in the word is a wildcard."""
    return position(text, type_coerce(word, Text())) > 0


def starts_with(text: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a column starts with a folded word."""
    return position(text, type_coerce(word, Text())) == 1


class holds(FunctionElement[bool]):  # noqa: N801 - in statements it reads as a function
    """Whether a JSON list holds one of the values of another."""

    type = Boolean()
    inherit_cache = True
    name = "holds"


@compiles(holds, "sqlite")
def _holds_sqlite(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    items, values = (compiler.process(clause, **kw) for clause in element.clauses)
    wanted = f"(SELECT value FROM json_each({values}))"
    return f"EXISTS (SELECT 1 FROM json_each({items}) AS item WHERE item.value IN {wanted})"


@compiles(holds, "postgresql")
def _holds_postgresql(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    items, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{items} @> ANY(ARRAY(SELECT jsonb_array_elements(CAST({values} AS jsonb))))"


def holds_one_of(items: ColumnElement[Any], values: Sequence[object]) -> ColumnElement[bool]:
    """Whether a column that keeps a list holds one of these."""
    wanted = [each if isinstance(each, str | int | float) else wire_text(each) for each in values]
    return holds(items, type_coerce(compact_json(wanted), Text()))
