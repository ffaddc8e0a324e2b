"""A strict reader of JSON (RFC 8259) that tells what is wrong, and where.

Strict where parsers differ: duplicate names, lone surrogates, text after the end, nesting over 64
levels and numbers that no double holds are refused.
"""

import json
import math
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

MOST_DEPTH: Final = 64
# Databases keep numbers digit by digit, and do not round them as a double does.
MOST_PLACES: Final = 400

_SPACE = re.compile(r"[ \t\n\r]*")
_LETTERS = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_WORD = re.compile(r"null|true|false")
_PLAIN = (
    r"(?:null|true|false"
    r"|-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,99})?(?:[eE][+-]?[0-9]{1,2})?"
    r'|"[^"\\\x00-\x1f]*")'
)
# Items of an array that a look tells to be right, with a comma behind each.
_PLAIN_ITEMS = re.compile(rf"(?:[ \t\n\r]*{_PLAIN}[ \t\n\r]*,)*+")
_LONG_NUMBER = re.compile(r"[0-9.]{200}|[0-9][eE][+-]?[0-9]{3}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# A string, or what is left of one that does not end.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_ESCAPES: Final = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


@dataclass
class JsonError(Exception):
    """What is wrong with a text, and the byte at which it was noticed."""

    detail: str
    at: int


def read_json(data: bytes) -> Any:
    """What a document means; `ValueError` for one that means nothing, whose mistake
    `explain_json` tells.
    """
    text = data.decode()
    if text.count("[") + text.count("{") > MOST_DEPTH and depth(text) > MOST_DEPTH:
        raise ValueError
    is_long = _LONG_NUMBER.search(text) is not None
    value = json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_refuse,
        parse_int=_int if is_long else None,
        parse_float=_float if is_long else None,
    )
    if _SURROGATE.search(text):
        # A surrogate that stands alone has no bytes.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def explain_json(data: bytes) -> JsonError:
    """What is wrong with a document that `read_json` refuses. It takes its time, letter by letter:
    for callers who are known.
    """
    try:
        reader = _Reader(data.decode())
        reader.value(0)
        reader.end()
    except UnicodeDecodeError as error:
        return JsonError("The text is not valid UTF-8.", error.start)
    except JsonError as error:
        return error
    return JsonError("The document cannot be read.", 0)


def depth(text: str) -> int:
    """How many brackets are open at most."""
    brackets = _BRACKET.findall(_STRING.sub("", text))
    steps = accumulate(1 if bracket in "[{" else -1 for bracket in brackets)
    return max(steps, default=0)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def _refuse(_constant: str) -> None:
    raise ValueError


def _int(text: str) -> int:
    if not _fits(text):
        raise ValueError
    return int(text)


def _float(text: str) -> float:
    if not _fits(text):
        raise ValueError
    return float(text)


def _fits(number: str) -> bool:
    """Whether a double holds a number, roughly, and a database its digits."""
    digits, _, exponent = number.replace("E", "e").partition("e")
    if len(digits) > MOST_PLACES or len(exponent) > 5 or abs(int(exponent or 0)) > MOST_PLACES:
        return False
    return math.isfinite(float(number))


class _Reader:
    """Goes through a text up to its first mistake; what it means is `read_json`'s."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def value(self, depth: int) -> None:
        self.space()
        first = self.peek()
        if first == '"':
            self.string()
        elif first == "{":
            self.object(depth + 1)
        elif first == "[":
            self.array(depth + 1)
        elif first and first in "-0123456789":
            self.number()
        elif word := _WORD.match(self.text, self.at):
            self.at = word.end()
        else:
            raise self.wrong(
                "A value is expected here." if first else "The text ends where a value is expected."
            )

    def object(self, depth: int) -> None:
        self.enter(depth)
        names: set[str] = set()
        while True:
            self.space()
            if self.skip("}"):
                return
            if names and self.skip(","):
                self.space()
            elif names or self.peek() != '"':
                raise self.wrong("A comma or a closing brace is expected here.")
            start = self.at
            name = self.string()
            if name in names:
                raise self.wrong("A name stands twice in one object.", start)
            names.add(name)
            self.space()
            if not self.skip(":"):
                raise self.wrong("A colon is expected after a name.")
            self.value(depth)

    def array(self, depth: int) -> None:
        self.enter(depth)
        is_first = True
        while True:
            self.space()
            if self.skip("]"):
                return
            if not self.peek() or not (is_first or self.skip(",")):
                raise self.wrong("A comma or a closing bracket is expected here.")
            is_first = False
            items = _PLAIN_ITEMS.match(self.text, self.at)
            self.at = items.end() if items else self.at
            self.value(depth)

    def enter(self, depth: int) -> None:
        self.at += 1
        if depth > MOST_DEPTH:
            raise self.wrong("The document is nested too deeply.")

    def number(self) -> None:
        start = self.at
        match = _NUMBER.match(self.text, start)
        found = match.group() if match else ""
        self.at = start + len(found)
        if not found:
            self.at = start + (self.peek() == "-")
            raise self.wrong("A digit is expected here.")
        if self.peek() == "." and not re.search(r"[.eE]", found):
            self.at += 1
            raise self.wrong("A digit is expected after the point.")
        if self.peek() in ("e", "E") and not re.search(r"[eE]", found):
            self.at += 1
            self.at += self.peek() in ("+", "-")
            raise self.wrong("A digit is expected in the exponent.")
        if not _fits(found):
            raise self.wrong("A number does not fit.", start)

    def string(self) -> str:
        if not self.skip('"'):
            raise self.wrong("A string is expected here.")
        parts: list[str] = []
        while True:
            plain = _LETTERS.match(self.text, self.at)
            parts.append(plain.group() if plain else "")
            self.at += len(parts[-1])
            if self.skip('"'):
                return "".join(parts)
            if self.skip("\\"):
                parts.append(self.escape())
            elif self.peek():
                raise self.wrong("A control character in a string must be escaped.")
            else:
                raise self.wrong("A string does not end.")

    def escape(self) -> str:
        kind = self.peek()
        if kind not in _ESCAPES and kind != "u":
            error = self.wrong("There is no such escape in a string.")
            error.at += len(kind)
            raise error
        self.at += 1
        if kind in _ESCAPES:
            return _ESCAPES[kind]
        start = self.at
        first = self.hex()
        if not 0xD800 <= first < 0xE000:
            return chr(first)
        if first < 0xDC00 and self.skip("\\") and self.skip("u"):
            second = self.hex()
            if 0xDC00 <= second < 0xE000:
                return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        raise self.wrong("A surrogate stands alone in a string.", start)

    def hex(self) -> int:
        match = _HEX.match(self.text, self.at)
        if match is None:
            raise self.wrong("Four hexadecimal digits are expected after \\u.")
        self.at += 4
        return int(match.group(), 16)

    def end(self) -> None:
        self.space()
        if self.at < len(self.text):
            raise self.wrong("Text follows the document.")

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip(self, character: str) -> bool:
        is_here = self.peek() == character
        self.at += is_here
        return is_here

    def wrong(self, detail: str, at: int | None = None) -> JsonError:
        return JsonError(detail, len(self.text[: self.at if at is None else at].encode()))
