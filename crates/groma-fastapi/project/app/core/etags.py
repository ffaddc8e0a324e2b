"""Entity tags (RFC 9110 §8.8.3) and the conditions that name them."""

import re
from base64 import urlsafe_b64encode
from typing import Annotated

from fastapi import Depends, Header
from xxhash import xxh3_128_digest

_TAG = re.compile(r'[ \t,]*(W/)?"([^"]*)"')


def make_tag(item: bytes, embedded: bytes | None = None) -> str:
    """The strong tag of an item: a hash of its JSON, and of that of embedded rows behind a dot."""
    parts = [item] if embedded is None else [item, embedded]
    hashes = (urlsafe_b64encode(xxh3_128_digest(part)).decode().rstrip("=") for part in parts)
    return '"' + ".".join(hashes) + '"'


class Tags:
    """The tags of an `If-Match` or `If-None-Match`; what does not read as one matches nothing."""

    def __init__(self, lines: list[str]) -> None:
        text = ", ".join(line if line.isascii() else '"\ufffd"' for line in lines)
        self.is_any = text.strip(" \t") == "*"
        self.tags: list[tuple[bool, str]] = []
        at = 0
        while match := _TAG.match(text, at):
            self.tags.append((match[1] is not None, match[2]))
            at = match.end()

    def match_row(self, current: str) -> bool:
        """For `If-Match`: strong, and blind to what is embedded."""
        row = current.strip('"').partition(".")[0]
        return self.is_any or any(
            not is_weak and tag.partition(".")[0] == row for is_weak, tag in self.tags
        )

    def match_answer(self, current: str) -> bool:
        """For `If-None-Match`: weak, and of the whole."""
        return self.is_any or any(tag == current.strip('"') for _, tag in self.tags)


async def if_match(
    lines: Annotated[
        list[str] | None,
        Header(
            alias="If-Match",
            description="Entity tags of the state that the change is based on, or `*`. "
            "When the item has changed since: 412.",
        ),
    ] = None,
) -> Tags | None:
    """The states that the row may be in."""
    return None if lines is None else Tags(lines)


async def if_none_match(
    lines: Annotated[
        list[str] | None,
        Header(
            alias="If-None-Match",
            description="The `ETag` of the copy that you have. "
            "When it is still good: 304 without a body.",
        ),
    ] = None,
) -> Tags | None:
    """The answers that the client has."""
    return None if lines is None else Tags(lines)


IfMatchDep = Annotated[Tags | None, Depends(if_match)]
IfNoneMatchDep = Annotated[Tags | None, Depends(if_none_match)]
