"""Around every answer: an id, the headers that protect a browser, `HEAD`, `OPTIONS`, 405, and a
line in the log.
"""

import logging
import re
import time
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.db import new_id
from app.core.errors import (
    HEADERS_TOO_LARGE,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    URI_TOO_LONG,
    Problem,
)
from app.core.logs import REQUEST_ID
from app.core.paths import KnownPath, known_paths, methods_of, sent_path

logger = logging.getLogger(__name__)

_LONGEST_TARGET: Final = 8 * 1024
_LARGEST_HEAD: Final = 32 * 1024
_SANE_ID = re.compile(r"[A-Za-z0-9\-_.:/+=@]{1,128}")
# All zeros are none; a version after the first may say more behind the flags.
_TRACEPARENT = re.compile(
    r"(?!ff|00-.{52}-)[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}"
    r"-[0-9a-f]{2}(-.*)?"
)
_COMMON: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
# The page of the document has an inline script, and takes the rest from a network.
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src https://cdn.jsdelivr.net; img-src https://fastapi.tiangolo.com data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Around:
    """The outermost layer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.paths: list[KnownPath] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, whatever it is."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET" if is_head else scope["method"]}
        request = Request(inner, receive)
        request.state.request_id = request_id(request)
        REQUEST_ID.set(request.state.request_id)
        request.state.headers = {}
        status: int | None = None

        async def decorated(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.add_headers(request, MutableHeaders(scope=message))
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        answer = self.refusal(request) or self.without_route(request)
        try:
            await (answer or self.app)(inner, receive, decorated)
        except Exception:
            logger.exception("the request failed")
            # An answer that has begun is broken off by the server.
            if status is None:
                await Problem(INTERNAL).response(request)(inner, receive, decorated)
        finally:
            logger.info(
                "%s %s %s %.1f ms%s",
                scope["method"],
                route_template(inner),
                status or "-",
                (time.perf_counter() - start) * 1000,
                trace(request),
            )

    def refusal(self, request: Request) -> Response | None:
        """414 or 431."""
        query = request.scope["query_string"]
        target = len(sent_path(request.scope)) + len(query) + bool(query)
        if target > _LONGEST_TARGET:
            return Problem(URI_TOO_LONG).response(request)
        head = sum(len(name) + len(value) for name, value in request.scope["headers"])
        if head > _LARGEST_HEAD:
            return Problem(HEADERS_TOO_LARGE).response(request)
        return None

    def without_route(self, request: Request) -> Response | None:
        """`OPTIONS`, and methods that the path does not take."""
        if self.paths is None:
            self.paths = known_paths(request.app)
        allowed = methods_of(self.paths, request.scope)
        if not allowed or request.method in allowed:
            return None
        allow = ", ".join([*allowed, "OPTIONS"])
        if request.method != "OPTIONS":
            return Problem(METHOD_NOT_ALLOWED, headers={"Allow": allow}).response(request)
        return Response(status_code=204, headers={"Allow": allow})

    def add_headers(self, request: Request, headers: MutableHeaders) -> None:
        """The headers that every answer has. A caching rule that is there already stays."""
        headers["X-Request-Id"] = request.state.request_id
        is_html = headers.get("Content-Type", "").startswith("text/html")
        if is_html and request.scope["path"] == "/docs":
            headers["Content-Security-Policy"] = _DOCS_POLICY
        for name, value in {**_COMMON, **request.state.headers}.items():
            headers.setdefault(name, value)
        if request.headers.get("x-forwarded-proto") == "https":
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"


def request_id(request: Request) -> str:
    """The caller's id when it is sane, otherwise a new one."""
    given = request.headers.getlist("x-request-id")
    if len(given) == 1 and _SANE_ID.fullmatch(given[0]):
        return given[0]
    return str(new_id())


def route_template(scope: Scope) -> str:
    """The path as documents write it; nothing for an unknown one, which may be anything."""
    return getattr(scope.get("route"), "path", "")


def trace(request: Request) -> str:
    """The trace that a request is part of, where its `traceparent` (W3C Trace Context) is sound."""
    sound = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return f" trace {sound['trace']}" if sound else ""
