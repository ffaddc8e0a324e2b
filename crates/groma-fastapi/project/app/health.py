"""Health: `/livez` without the database, `/readyz` with it and with the issuer's keys."""

from fastapi import APIRouter, Request
from sqlalchemy import text

from app.core.db import SessionDep
from app.core.errors import UNAVAILABLE, Problem

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def get_livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def get_readyz(request: Request, session: SessionDep) -> dict[str, str]:
    """Database and keys can be had."""
    session.execute(text("SELECT 1"))
    if not request.app.state.keys.are_good:
        raise Problem(UNAVAILABLE, headers={"Retry-After": "1"})
    return {"status": "ok"}
