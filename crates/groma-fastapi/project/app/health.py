"""Health: `/livez` without the database, `/readyz` with it and with the issuer's keys."""

import logging

from fastapi import APIRouter, Request
from sqlalchemy import exists, select, true
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import SQLModel

from app.core.db import SessionDep
from app.core.errors import UNAVAILABLE, Problem, is_outage

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def get_livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def get_readyz(request: Request, session: SessionDep) -> dict[str, str]:
    """Database and keys can be had, and every table has its columns."""
    tables = [table for table in SQLModel.metadata.tables.values() if "external" not in table.info]
    whole = [exists(select(table).limit(0)) for table in tables]
    try:
        session.execute(select(true(), *whole))
    except (OperationalError, ProgrammingError) as error:
        if not is_outage(error):
            logger.error("run `alembic upgrade head`, for a table is not there: %s", error.orig)
        raise Problem(UNAVAILABLE, headers={"Retry-After": "1"}) from error
    if not request.app.state.keys.are_good:
        raise Problem(UNAVAILABLE, headers={"Retry-After": "1"})
    return {"status": "ok"}
