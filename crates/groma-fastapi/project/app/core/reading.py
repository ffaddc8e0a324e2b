"""How a request is read: its query and its body, strictly, and without a word before the caller is
known.

FastAPI reads a body before it solves dependencies. So bytes that are no object of JSON are kept,
and the body is then no object: validation fails once the caller is known, and only then is worked
out what is wrong with them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.core.auth import current_caller
from app.core.config import BODY_LIMIT, BODY_PATIENCE
from app.core.errors import (
    CONTENT_TOO_LARGE,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
)
from app.core.paths import SentRoute
from app.core.query import Parameters
from app.core.strict_json import read_json

# Bytes of JSON that are read at once; more would keep others waiting.
_QUICK: Final = 16 * 1024


class StrictRequest(Request):
    """A request of which nothing is guessed."""

    @property
    def query_params(self) -> Any:
        """The parameters, with what is wrong with them."""
        return Parameters(self.scope["query_string"].decode("latin-1"))

    async def body(self) -> bytes:
        """The body, or as much of it as tells that it is too large."""
        if not hasattr(self, "_body"):
            chunks: list[bytes] = []
            size = int(self.headers.get("content-length", "0"))
            self.state.is_late = False
            if getattr(self.state, "is_unknown", False):
                size = 0
            elif size <= BODY_LIMIT:
                size = 0
                try:
                    async with asyncio.timeout(BODY_PATIENCE):
                        async for chunk in self.stream():
                            size += len(chunk)
                            chunks.append(chunk)
                            if size > BODY_LIMIT:
                                break
                except TimeoutError:
                    self.state.is_late = True
            self.state.body_size = size
            self._body = b"" if size > BODY_LIMIT else b"".join(chunks)
            if not self._body:
                self.state.unreadable_body = b""
        return self._body

    async def json(self) -> Any:
        """The object in the body; `False`, which is no object, for anything else."""
        data = await self.body()
        try:
            if len(data) <= _QUICK:
                value = read_json(data)
            else:
                value = await run_in_threadpool(read_json, data)
        except ValueError:
            self.state.unreadable_body = data
            return False
        return value if isinstance(value, dict) else False


class StrictRoute(SentRoute):
    """A route that reads strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return handle


class TokenRoute(StrictRoute):
    """The same, and the body of whom nobody knows is not read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        if not any(each.call is current_caller for each in self.dependant.dependencies):
            return handler

        async def handle(request: Request) -> Response:
            if current_caller not in request.app.dependency_overrides:
                try:
                    await current_caller(request, None)
                except Problem:
                    # It is told in its turn.
                    request.state.is_unknown = True
            return await handler(request)

        return handle


async def takes_json(request: Request) -> None:
    """415 for a body that is not JSON in UTF-8, then 413 for one that is too large."""
    check_content_type(request, "application/json")


async def takes_patch(request: Request) -> None:
    """The same; a merge patch (RFC 7396) has a media type of its own beside JSON."""
    check_content_type(request, "application/json", "application/merge-patch+json")


def check_content_type(request: Request, *accepted: str) -> None:
    """Looks at how a body was sent (RFC 9110 §8.3, §8.4), then at its size."""
    given = request.headers.getlist("content-type")
    if given:
        name, *parameters = given[0].split(";")
        fits = len(given) == 1 and name.strip(" \t").lower() in accepted
        fits = fits and all(map(is_utf8, parameters))
    else:
        fits = request.state.body_size == 0
    codings = request.headers.getlist("content-encoding")
    if not fits or any(coding.lower() != "identity" for coding in codings):
        raise Problem(UNSUPPORTED_MEDIA_TYPE)
    if request.state.is_late:
        raise Problem(REQUEST_TIMEOUT, headers={"Connection": "close"})
    if request.state.body_size > BODY_LIMIT:
        raise Problem(CONTENT_TOO_LARGE, headers={"Connection": "close"})


def is_utf8(parameter: str) -> bool:
    """Whether a parameter leaves the text in UTF-8: only `charset` could say otherwise."""
    name, found, value = parameter.partition("=")
    if not found or name.strip().lower() != "charset":
        return True
    return value.strip().strip('"').lower() in ("utf-8", "utf8")
