"""Migrations make what the models say, and leave the tables of others alone."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text
from sqlmodel import SQLModel

from app.core.config import Settings
from app.core.db import make_engine
from tests.conftest import refuse_rows


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
        connection.execute(text("CREATE TABLE of_another_program (id TEXT PRIMARY KEY)"))
    try:
        command.check(alembic)
        command.downgrade(alembic, "base")
        assert not ours() & tables(settings)
        assert "of_another_program" in tables(settings)
        command.upgrade(alembic, "head")
        assert tables(settings) >= ours()
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE of_another_program"))
        engine.dispose()


def test_rows_of_others_are_left_alone(tmp_path: Path) -> None:
    for name in ("app", "app_test"):
        engine = create_engine(f"sqlite:///{tmp_path / name}.db")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE notes (id TEXT PRIMARY KEY)"))
        refuse_rows(engine)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('one')"))
        with nullcontext() if name == "app_test" else pytest.raises(pytest.exit.Exception):
            refuse_rows(engine)
        engine.dispose()
