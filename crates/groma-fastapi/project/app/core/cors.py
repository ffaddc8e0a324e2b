"""Browsers of other origins (CORS): what their pages may ask for, and see of an answer."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp

from app.core.http import Around

_REQUEST_HEADERS: Final = (
    "authorization, content-type, accept, if-match, if-none-match, idempotency-key, x-request-id, "
    "traceparent"
)
_EXPOSED_HEADERS: Final = (
    "etag, link, location, retry-after, ratelimit, ratelimit-policy, www-authenticate, "
    "x-request-id, x-total-count"
)


class AroundOrigins(Around):
    """The outermost layer, where pages of other origins may ask: of these, written exactly so."""

    def __init__(self, app: ASGIApp, origins: Sequence[str], *, credentials: bool = False) -> None:
        super().__init__(app)
        self.origins = frozenset(origins)
        self.credentials = credentials

    def without_route(self, request: Request) -> Response | None:
        """A preflight needs no token."""
        answer = super().without_route(request)
        if answer is None or request.method != "OPTIONS":
            return answer
        headers = answer.headers
        headers["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        is_preflight = "access-control-request-method" in request.headers
        if is_preflight and request.headers.get("origin") in self.origins:
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
            headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
            headers["Access-Control-Max-Age"] = "600"
        return answer

    def add_headers(self, request: Request, headers: MutableHeaders) -> None:
        """Those of every answer, and whether a page of the origin may see it."""
        super().add_headers(request, headers)
        if not headers.get("vary", "").startswith("Origin"):
            headers.append("Vary", "Origin")
        origin = request.headers.get("origin")
        if origin in self.origins:
            headers["Access-Control-Allow-Origin"] = str(origin)
            headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
            if self.credentials:
                headers["Access-Control-Allow-Credentials"] = "true"
