"""What holds for the routes that we have beside the design: `app/<resource>/extra.py`."""

from types import ModuleType

from fastapi import Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import CONTENT_TOO_LARGE, Problem


def refuse_open_routes(module: ModuleType) -> None:
    """Ends the start where a route of `router` would not ask for a token: FastAPI gives
    dependencies to its own routes only, and those ask by one that knows no websockets.
    """
    for route in iter_route_contexts(module.router.routes):
        if not isinstance(route.original_route, APIRoute):
            file = module.__name__.replace(".", "/")
            kind = type(route.original_route).__name__
            raise RuntimeError(
                f"{file}.py: `{route.path}` ({kind}) in `router` asks nobody for a token. "
                "Declare it with `@router.get(...)` or the like; or, if it is for anybody or "
                "looks at the token itself, put it into `public_router` (a websocket with "
                "`add_websocket_route`)."
            )


class BodyLimitProblem:
    """A body that is too large, which Starlette refuses in words of its own, as a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on every other answer."""
        is_told = False

        async def as_problem(message: Message) -> None:
            nonlocal is_told
            if message["type"] == "http.response.start" and message["status"] == 413:
                headers = MutableHeaders(scope=message)
                headers["Connection"] = "close"
                is_told = headers.get("content-type", "").startswith("text/plain")
                if is_told:
                    problem = Problem(CONTENT_TOO_LARGE, headers={"Connection": "close"})
                    await problem.response(Request(scope))(scope, receive, send)
            if not is_told:
                await send(message)

        await self.app(scope, receive, as_problem)
