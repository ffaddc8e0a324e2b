"""Who is told of a share."""

from uuid import UUID

from sqlmodel import Session

from app.core.auth import Caller
from app.core.errors import INVALID_STATE, Problem
from app.task_shares.models import TaskShare
from app.task_shares.schemas import TaskTaskShareReplace
from app.tasks.hooks import note


def before_put_task_task_share(
    session: Session,
    caller: Caller,
    _task_id: UUID | None,
    _user_id: str | None,
    body: TaskTaskShareReplace,
) -> TaskTaskShareReplace:
    """Each is noted."""
    note(session, caller)
    return body


def after_put_task_task_share(
    _session: Session,
    caller: Caller,
    share: TaskShare,
) -> None:
    """Nobody shares with themselves."""
    if share.user_id == caller.id:
        raise Problem(INVALID_STATE, "With yourself?")
