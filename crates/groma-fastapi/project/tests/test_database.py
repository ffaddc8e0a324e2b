"""A request needs one connection, and does not wait long for it."""

from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from app.core.config import Settings
from app.core.db import has_table, make_engine
from app.users.models import User


def test_nobody_waits_long_for_a_connection(settings: Settings) -> None:
    engine = make_engine(settings)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.timeout() == 5
    engine.dispose()


def test_a_table_is_looked_for_on_the_connection_that_is_there(settings: Settings) -> None:
    engine = make_engine(settings)
    more: list[object] = []
    with Session(engine) as session:
        session.connection()
        event.listen(engine, "checkout", lambda *each: more.append(each))
        has_table(session, User)
    engine.dispose()
    assert more == []
