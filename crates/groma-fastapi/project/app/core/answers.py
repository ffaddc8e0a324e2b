"""Answers: JSON, byte for byte the same for the same row, so that tags and cursors mean the same
everywhere.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel, RootModel

from app.core.errors import NOT_ACCEPTABLE, Problem
from app.core.etags import Tags, make_tag
from app.core.paging import Page
from app.core.paths import sent_path
from app.core.query import decode


def encode(model: BaseModel, include: Any = None, exclude: Any = None) -> bytes:
    """A model as JSON without white space."""
    return model.model_dump_json(include=include, exclude=exclude, by_alias=True).encode()


def json_answer(content: bytes, status: int = 200, **headers: str) -> Response:
    """An answer with a body."""
    return Response(content, status, headers, media_type="application/json")


def item_tag(item: BaseModel) -> str:
    """The tag of an item that embeds nothing."""
    return make_tag(encode(item))


def item_answer(
    item: BaseModel,
    tags: Tags | None = None,
    *,
    fields: Sequence[str] | None = None,
    embedded: Sequence[str] = (),
) -> Response:
    """One item, all of it or some fields, with what is embedded; 304 where the client has it."""
    whole = encode(item, exclude=set(embedded))
    tag = make_tag(whole)
    if embedded:
        tag = make_tag(whole, b"," + encode(item, include=set(embedded))[1:-1])
    if tags is not None and tags.match_answer(tag):
        return Response(status_code=304, headers={"ETag": tag})
    if fields is None and not embedded:
        return json_answer(whole, ETag=tag)
    return json_answer(encode(item, include=narrowed(fields, embedded)), ETag=tag)


def narrowed(fields: Sequence[str] | None, embedded: Sequence[str]) -> set[str] | None:
    """The members to answer with; nothing means all."""
    return None if fields is None else {*fields, *embedded}


def created_answer(item: BaseModel, location: str, status: int = 201) -> Response:
    """A new item, and where it is."""
    content = encode(item)
    return json_answer(content, status, ETag=make_tag(content), Location=location)


def made_answer(item: BaseModel, status: int = 201) -> Response:
    """A new item that has no path of its own."""
    content = encode(item)
    return json_answer(content, status, ETag=make_tag(content))


def location_below(request: Request, key: object) -> str:
    """The path of an item below the collection that the request went to."""
    return f"{sent_path(request.scope)}/{quote(str(key), safe='-._~')}"


def page_answer(
    request: Request,
    page: Page[Any],
    body: BaseModel,
    *,
    fields: Sequence[str] | None = None,
    embedded: Sequence[str] = (),
) -> Response:
    """A page, with `Link` to the next one."""
    include: Any = None
    if fields is not None:
        items = {"__all__": narrowed(fields, embedded)}
        include = {name: items if isinstance(value, list) else True for name, value in body}
    answer = json_answer(encode(body, include))
    if page.next is not None:
        answer.headers["Link"] = next_link(request, *page.next)
    return answer


def array_answer(
    request: Request,
    page: Page[Any],
    body: RootModel[Any],
    *,
    fields: Sequence[str] | None = None,
    embedded: Sequence[str] = (),
) -> Response:
    """The rows of a page alone: what else is to be said of it stands in headers."""
    include = None if fields is None else {"__all__": narrowed(fields, embedded)}
    answer = json_answer(encode(body, include))
    if page.next is not None:
        answer.headers["Link"] = next_link(request, *page.next)
    if page.total is not None:
        answer.headers["X-Total-Count"] = str(page.total)
    return answer


def next_link(request: Request, name: str, value: str) -> str:
    """The same query with a parameter put in place."""
    raw = request.scope["query_string"].decode("latin-1")
    kept = [
        pair.replace(">", "%3E")
        for pair in raw.split("&")
        if pair and decode(pair.partition("=")[0], plus=True) != name
    ]
    query = "&".join([*kept, f"{name}={quote(value, safe='-._~')}"])
    return f'<{sent_path(request.scope)}?{query}>; rel="next"'


async def may_be_kept(request: Request) -> None:
    """What nobody in particular reads may be kept, and is asked for again."""
    if request.method == "GET":
        request.state.headers["Cache-Control"] = "no-cache"


async def answers_json(request: Request) -> None:
    """406 where `Accept` leaves no room for JSON (RFC 9110 §12.5.1)."""
    ranges = [part for line in request.headers.getlist("accept") for part in line.split(",")]
    if not any(part.partition(";")[0].strip() for part in ranges):
        return
    best: tuple[int, bool] | None = None
    precisions = {"*/*": 0, "application/*": 1, "application/json": 2}
    for part in ranges:
        name, *parameters = part.split(";")
        precision = precisions.get(name.strip().lower())
        if precision is None:
            continue
        wanted = not any(map(is_zero_weight, parameters))
        if best is None or best < (precision, wanted):
            best = (precision, wanted)
    if best is None or not best[1]:
        raise Problem(NOT_ACCEPTABLE)


def is_zero_weight(parameter: str) -> bool:
    """`q=0`: not this one."""
    name, found, value = parameter.partition("=")
    try:
        is_weight = bool(found) and name.strip().lower() == "q" and "_" not in value
        return is_weight and float(value.strip()) <= 0
    except ValueError:
        return False
