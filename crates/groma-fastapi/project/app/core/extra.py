"""What holds for the routes that we have beside the design: `app/<resource>/extra.py`."""

import asyncio
from types import ModuleType

from fastapi import APIRouter, HTTPException, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.auth import current_caller
from app.core.config import BODY_PATIENCE
from app.core.errors import CONTENT_TOO_LARGE, Problem


class PatientRouter(APIRouter):
    """Routes of ours: a body of which nothing more comes is not waited for."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        await super().handle(scope, within_patience(receive), send)


class AskingRouter(PatientRouter):
    """The same for who has a token, which is looked at before the body: FastAPI reads that
    before it solves dependencies.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or 401."""
        await current_caller(Request(scope), None)
        await super().handle(scope, receive, send)


def patient(router: APIRouter) -> APIRouter:
    """Routes for anybody."""
    outer = PatientRouter()
    outer.include_router(router)
    return outer


def asking(module: ModuleType) -> APIRouter:
    """The routes of `router`, for who has a token."""
    refuse_open_routes(module)
    outer = AskingRouter()
    outer.include_router(module.router)
    return outer


def within_patience(receive: Receive) -> Receive:
    """Gives up where the next part of a body is too late."""
    is_whole = False

    async def part() -> Message:
        nonlocal is_whole
        # Behind the body there is nothing but that the client has gone, some day.
        patience = None if is_whole else BODY_PATIENCE
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        is_whole = not message.get("more_body", False)
        return message

    return part


def refuse_open_routes(module: ModuleType) -> None:
    """Ends the start where a route of `router` would not ask for a token: FastAPI gives
    dependencies to its own routes only, and those ask by one that knows no websockets.
    """
    open_routes = [
        (f"`{route.path}`", type(route.original_route).__name__)
        for route in iter_route_contexts(module.router.routes)
        if not isinstance(route.original_route, APIRoute)
    ]
    # FastAPI keeps those of `frontend` apart, and answers some of their requests unasked.
    frontends = [*module.router._iter_low_priority_routes()]
    open_routes += [("what `frontend` serves", type(route).__name__) for route in frontends]
    for name, kind in open_routes:
        file = module.__name__.replace(".", "/")
        raise RuntimeError(
            f"{file}.py: {name} ({kind}) in `router` asks nobody for a token. "
            "Declare it with `@router.get(...)` or the like; or, if it is for anybody or "
            "looks at the token itself, put it into `public_router`."
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
