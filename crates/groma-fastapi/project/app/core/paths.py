"""Paths, and the methods that each takes.

A path of the design is matched as it was sent, for an escaped slash is no slash. Any other is
matched as FastAPI does it, with what is escaped in it decoded.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope


def sent_path(scope: Scope) -> str:
    """The path of a request as it was sent."""
    sent: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if sent is None else sent.decode("latin-1")


class SentRoute(APIRoute):
    """A route whose path is matched as it was sent."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches({**scope, "path": sent_path(scope)})


@dataclass(frozen=True)
class KnownPath:
    """A path, and the methods that it takes."""

    pattern: re.Pattern[str]
    # For each part: 0 where it is fixed, 1 for a parameter, 2 for one that takes all that follows.
    shape: tuple[int, ...]
    is_sent: bool
    methods: list[str]

    def matches(self, scope: Scope) -> bool:
        """Whether a request goes there."""
        path = sent_path(scope) if self.is_sent else scope["path"]
        return self.pattern.fullmatch(path) is not None


def known_paths(app: FastAPI) -> list[KnownPath]:
    """Every path with its methods, those that say most of a request first."""
    found: dict[tuple[str, bool], KnownPath] = {}
    for route in iter_route_contexts(app.routes):
        if route.path is None or not route.methods:
            continue
        is_sent = isinstance(route.original_route, SentRoute)
        parts = route.path.split("/")
        shape = tuple(2 if ":path}" in part else int("{" in part) for part in parts)
        # What a parameter is called makes no other path of it; what it takes does.
        key = re.sub(r"\{\w+", "{", route.path), is_sent
        known = found.setdefault(key, KnownPath(route.path_regex, shape, is_sent, []))
        for method in sorted(route.methods - {"HEAD"}):
            known.methods.extend(["GET", "HEAD"] if method == "GET" else [method])
    # A fixed part wins over a parameter.
    return sorted(found.values(), key=lambda known: known.shape)


def methods_of(paths: list[KnownPath], scope: Scope) -> list[str]:
    """The methods of the path of a request; none where there is no such path."""
    found: list[KnownPath] = []
    for known in paths:
        if found and known.shape != found[0].shape:
            break
        if known.matches(scope):
            found.append(known)
    methods = [method for known in found for method in known.methods]
    return list(dict.fromkeys(methods))
