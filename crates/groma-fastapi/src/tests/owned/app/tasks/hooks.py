"""What we do when tasks are read and change, beside what the design says."""

from uuid import UUID

from sqlmodel import Session

from app.core.auth import Caller
from app.core.db import new_id, new_secret, now
from app.core.errors import FORBIDDEN, INVALID_STATE, Problem
from app.core.paging import Page
from app.projects.models import Project
from app.tasks.models import Task
from app.tasks.schemas import ListTasksQuery, TaskCreate, TaskStats, TaskUpdate


def before_list_tasks(_session: Session, caller: Caller, query: ListTasksQuery) -> None:
    """Nobody lists more than ten at once by this name."""
    if caller.id == "modest" and query.limit > 10:
        raise Problem(FORBIDDEN, "Ten at once.")


def after_list_tasks(_session: Session, _caller: Caller, page: Page[Task]) -> None:
    """Nothing is empty."""
    for task in page.rows:
        task.notes = task.notes or "(none)"


def before_create_task(
    session: Session,
    caller: Caller,
    body: TaskCreate,
) -> TaskCreate:
    """Titles of one word are written large."""
    if body.title == "noted":
        note(session, caller)
    if " " in body.title:
        return body
    return body.model_copy(update={"title": body.title.capitalize()})


def after_create_task(session: Session, caller: Caller, task: Task) -> None:
    """Each task that is called so has another one to follow."""
    if task.title == "Begin":
        values = task.model_dump() | {"id": UUID(int=task.id.int + 1), "title": new_secret(5)}
        session.add(Task(**values))
    if task.title == "Broken":
        task.title = "a" * 201
    if task.title == "Refused":
        raise Problem(INVALID_STATE, f"Not for {caller.id}.")


def before_update_task(
    session: Session, caller: Caller, _task_id: UUID | None, body: TaskUpdate
) -> TaskUpdate:
    """A title that is taken away becomes another one."""
    if body.title == "noted":
        note(session, caller)
    if body.title == "nothing":
        body.title = "Something"
    return body


def after_update_task(_session: Session, _caller: Caller, task: Task) -> None:
    """The row can still be changed."""
    if len(task.title) == 1:
        task.notes = f"{task.title}!"


def after_delete_task(_session: Session, _caller: Caller, task: Task) -> None:
    """What is to stay stays."""
    if task.title == "Kept":
        raise Problem(INVALID_STATE, "It stays.")


def before_complete_task(
    _session: Session,
    caller: Caller,
    _task_id: UUID | None,
) -> None:
    """Somebody never finishes anything."""
    if caller.id == "modest":
        raise Problem(FORBIDDEN)


def after_get_task_stats(_session: Session, _caller: Caller, report: TaskStats) -> None:
    """Ours are more."""
    report.total += 100


def note(session: Session, caller: Caller) -> None:
    """Makes a project beside what is asked for."""
    key, time = new_id(), now()
    session.add(
        Project(
            id=key,
            name=f"Beside {key}",
            description=None,
            owner_id=caller.id,
            created_at=time,
            updated_at=time,
        )
    )
    session.flush()
