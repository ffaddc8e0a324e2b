"""How often each may call: a token bucket each, as one number (the generic cell rate algorithm).

In this process only: several processes share nothing, so each gives the whole rate.
"""

import math
import time
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any, Final

from fastapi import Request
from starlette.requests import HTTPConnection

from app.core.auth import CallerDep, MaybeCallerDep
from app.core.errors import TOO_MANY_REQUESTS, Problem

# Callers remembered; those who have most of their quota are forgotten first.
_MOST: Final = 100_000

Dependency = Callable[..., Coroutine[Any, Any, None]]


class Limiter:
    """A limit, and for each caller the moment at which their whole quota is there again."""

    def __init__(self, name: str, requests: int, window: int) -> None:
        self.name = name
        self.policy = f'"{name}";q={requests};w={window}'
        self.window = float(window)
        self.each = window / requests
        self.full_at: dict[str, float] = {}

    def count(self, caller: str, now: float) -> tuple[bool, int, int]:
        """Whether a request is within the quota, how many may follow, and seconds until more are
        there.
        """
        if len(self.full_at) >= _MOST:
            self.full_at = {name: at for name, at in self.full_at.items() if at > now}
            if len(self.full_at) >= _MOST // 2:
                by_quota = sorted(self.full_at.items(), key=lambda each: each[1])
                self.full_at = dict(by_quota[-_MOST // 2 :])
        used = max(self.full_at.get(caller, now), now) + self.each - now
        if used > self.window:
            return False, 0, math.ceil(used - self.window)
        self.full_at[caller] = now + used
        left = int((self.window - used) / self.each + 1e-9)
        wait = used if left else used + self.each - self.window
        return True, left, math.ceil(wait)


def take(request: Request, limiter: Limiter, client: str) -> None:
    """Counts a request: 429 over the limit; every answer tells what is left of it."""
    is_admitted, left, seconds = limiter.count(client, time.monotonic())
    headers: dict[str, str] = request.state.headers
    said = {
        "RateLimit-Policy": limiter.policy,
        "RateLimit": f'"{limiter.name}";r={left};t={seconds}',
    }
    for name, value in said.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if not is_admitted:
        raise Problem(TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)})


def address(request: Request) -> str:
    """Whom a request without a token is counted for. A network of IPv6 (/64) is one client: it has
    as many addresses as it likes.
    """
    host = request.client.host if request.client else ""
    try:
        known = ip_address(host)
    except ValueError:
        return f"address {host}"
    if known.version == 6 and known.ipv4_mapped is None:
        return f"address {int(known) >> 64:x}::/64"
    return f"address {host}"


async def within_rate(request: Request, caller: CallerDep) -> None:
    """The limit of the service, for each caller."""
    if request.app.state.limiter is not None:
        take(request, request.app.state.limiter, f"caller {caller.id}")


async def within_public_rate(request: Request, caller: MaybeCallerDep) -> None:
    """The limit of the service; of those without a token, for each address."""
    if request.app.state.limiter is not None:
        client = address(request) if caller is None else f"caller {caller.id}"
        take(request, request.app.state.limiter, client)


async def within_address_rate(connection: HTTPConnection) -> None:
    """The limit of the service, for each address; a websocket of ours is not counted."""
    if isinstance(connection, Request) and connection.app.state.limiter is not None:
        take(connection, connection.app.state.limiter, address(connection))


def route_limiter(request: Request, name: str, requests: int, window: int) -> Limiter | None:
    """The limit of one route; nothing where no limits hold."""
    limiters: dict[str, Limiter] | None = request.app.state.route_limiters
    if limiters is None:
        return None
    return limiters.setdefault(name, Limiter(name, requests, window))


def limited(name: str, requests: int, window: int) -> Dependency:
    """A limit of one route, for each caller, beside that of the service."""

    async def within(request: Request, caller: CallerDep) -> None:
        limiter = route_limiter(request, name, requests, window)
        if limiter is not None:
            take(request, limiter, f"caller {caller.id}")

    return within


def limited_publicly(name: str, requests: int, window: int) -> Dependency:
    """The same, of those without a token for each address."""

    async def within(request: Request, caller: MaybeCallerDep) -> None:
        limiter = route_limiter(request, name, requests, window)
        if limiter is not None:
            client = address(request) if caller is None else f"caller {caller.id}"
            take(request, limiter, client)

    return within


def limited_by_address(name: str, requests: int, window: int) -> Dependency:
    """A limit of one route, for each address, beside that of the service."""

    async def within(request: Request) -> None:
        limiter = route_limiter(request, name, requests, window)
        if limiter is not None:
            take(request, limiter, address(request))

    return within
