"""Migrations make what the models say, and leave the tables of others alone."""

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from app.core.config import Settings
from app.core.db import make_engine


def ours() -> set[str]:
    """The tables that the migrations make."""
    tables = SQLModel.metadata.tables.values()
    return {table.name for table in tables if not table.info.get("external")}


def tables(settings: Settings) -> set[str]:
    """The tables that are there."""
    engine = make_engine(settings)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_nothing_is_left_to_be_made(alembic: Config) -> None:
    command.check(alembic)


def test_there_and_back(settings: Settings, alembic: Config) -> None:
    engine = make_engine(settings)
    with engine.begin() as connection:
        connection.execute(text('CREATE TABLE IF NOT EXISTS "session" (id TEXT PRIMARY KEY)'))
    engine.dispose()
    command.check(alembic)
    command.downgrade(alembic, "base")
    assert not ours() & tables(settings)
    assert "session" in tables(settings)
    command.upgrade(alembic, "head")
    assert tables(settings) >= ours()
