"""What we do beside what the design says."""

from sqlmodel import Session

from app.core.auth import Caller
from app.core.errors import INVALID_BODY, InputError, Problem
from app.projects.schemas import ProjectCreate


def before_create_project(session: Session, caller: Caller, body: ProjectCreate) -> ProjectCreate:
    """Nobody shouts."""
    if body.name.endswith("!!!"):
        mistake = InputError("Say it quietly.", "shouting", {"pointer": "/name"})
        raise Problem(INVALID_BODY, errors=[mistake])
    return body
