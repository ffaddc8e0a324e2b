"""Routes of our own."""

from fastapi import APIRouter
from sqlalchemy import func, select

from app.core.auth import CallerDep
from app.core.db import SessionDep
from app.tasks import access
from app.tasks.models import Task

router = APIRouter(tags=["tasks"])


@router.get("/api/tasks/count", operation_id="countTasks")
def count_tasks(session: SessionDep, caller: CallerDep) -> dict[str, int]:
    """How many tasks the caller may read."""
    statement = select(func.count()).select_from(Task).where(access.may_read(Task, caller))
    return {"count": session.scalars(statement).one()}
