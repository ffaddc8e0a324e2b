"""Routes of our own."""

from collections.abc import Iterator
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, model_validator
from sqlalchemy import func, select

from app.core.auth import CallerDep
from app.core.config import BODY_LIMIT
from app.core.db import SessionDep
from app.tasks import access
from app.tasks.models import Task

router = APIRouter(tags=["tasks"])
public_router = APIRouter(tags=["tasks"])


class EchoBody(BaseModel):
    """What is said."""

    text: str


class EchoPublic(BaseModel):
    """What comes back."""

    text: str
    sort: str


@router.get("/api/tasks/count", operation_id="countTasks")
def count_tasks(session: SessionDep, caller: CallerDep) -> dict[str, int]:
    """How many tasks the caller may read."""
    statement = select(func.count()).select_from(Task).where(access.may_read(Task, caller))
    return {"count": session.scalars(statement).one()}


@router.get("/api/tasks/teapot")
def get_teapot() -> None:
    """Says no in the words of FastAPI."""
    raise HTTPException(418, "Short and stout.", {"X-Tea": "green"})


@router.get("/api/tasks/refused/{status}")
def refuse(status: int, is_list: bool = False) -> None:
    """Says no in more than words."""
    several = [{"msg": "Sold out."}]
    raise HTTPException(status, several if is_list else {"detail": "Sold out.", "left": 0})


@router.get("/api/tasks/by/{id}")
def get_by(id: UUID, turn: Annotated[int, Header()]) -> list[str]:
    """Takes a key and a header."""
    return [str(id), str(turn)]


class Span(BaseModel):
    """Two numbers, the lower one first."""

    low: int
    high: int

    @model_validator(mode="after")
    def is_ordered(self) -> Self:
        """Refuses them the other way round."""
        if self.low > self.high:
            message = "The lower one comes first."
            raise ValueError(message)
        return self


@router.get("/api/tasks/between")
def get_between(span: Annotated[Span, Query()]) -> int:
    """Takes several parameters that belong together."""
    return span.high - span.low


def half() -> Iterator[str]:
    """Begins, and fails."""
    yield "half"
    1 / 0  # noqa: B018


@public_router.get("/api/tasks/half", response_class=StreamingResponse)
def get_half() -> StreamingResponse:
    """Answers as long as it can."""
    return StreamingResponse(half())


@router.get("/api/tasks/files/{path:path}")
def get_file(path: str) -> list[str]:
    """Takes all that follows."""
    return [path]


@router.post("/api/tasks/heard")
def hear(body: EchoBody) -> str:
    """Comes from somebody who has a token."""
    return body.text


@router.patch("/api/tasks/echo")
def touch_echo() -> None:
    """Takes no body."""


@public_router.post("/api/tasks/echo")
def echo(body: EchoBody, sort: str) -> EchoPublic:
    """Comes from somebody who has no token."""
    return EchoPublic(text=body.text, sort=sort)


@public_router.post("/api/tasks/pictures", max_body_size=2 * BODY_LIMIT)
async def take_picture(request: Request) -> int:
    """Takes more than others do."""
    return len(await request.body())
