"""Who is told of a share."""

from sqlmodel import Session

from app.core.auth import Caller
from app.core.errors import INVALID_STATE, Problem
from app.task_shares.models import TaskShare


def after_put_task_task_share(
    _session: Session,
    caller: Caller,
    share: TaskShare,
) -> None:
    """Nobody shares with themselves."""
    if share.user_id == caller.id:
        raise Problem(INVALID_STATE, "With yourself?")
