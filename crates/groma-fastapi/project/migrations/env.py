"""Runs migrations. Tables of other programs in the same database are left alone."""

from logging.config import fileConfig
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.schema import SchemaItem
from sqlmodel import AutoString, SQLModel

# The imports.

# Their names.

# Whoever calls from Python gives settings, and keeps the logging that they have.
given = context.config.attributes.get("settings")
if given is None and context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)


def is_ours(
    item: SchemaItem,
    name: str | None,
    kind: str,
    _reflected: bool,
    _compare_to: SchemaItem | None,
) -> bool:
    """Whether a table belongs to this design; those of Better Auth and others do not."""
    if kind != "table":
        return True
    table = SQLModel.metadata.tables.get(str(name))
    return table is not None and not table.info.get("external") and not item.info.get("external")


def named_type(kind: str, item: object, revision: AutogenContext) -> str | Literal[False]:
    """How a revision that Alembic writes says a type: those of `app.core.columns` are imported."""
    module, name = type(item).__module__, type(item).__name__
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return "sa.String()"
    if name == "EnumColumn":
        return "sa.Text()"
    if module != "app.core.columns":
        return False
    revision.imports.add(f"from {module} import {name}")
    sizes = [f"{size}={vars(item)[size]}" for size in ("precision", "scale") if size in vars(item)]
    return f"{name}({', '.join(sizes)})"


def forget_references(connection: DBAPIConnection, _record: object) -> None:
    """SQLite drops a table that it makes anew: rows that refer to it stay as they are meanwhile."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def begin(connection: Connection) -> None:
    """Python's driver begins no transaction for what changes tables."""
    connection.exec_driver_sql("BEGIN")


def keep_references(connection: Connection) -> None:
    """Takes a revision back that leaves rows which refer to nothing."""
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    tables = sorted({row[0] for row in rows} & SQLModel.metadata.tables.keys())
    if tables:
        raise RuntimeError(f"rows of {', '.join(tables)} refer to rows that are not there")


def run() -> None:
    """Brings the database up to date, each revision whole or not at all. A table that is in use
    for long fails the migration instead of the service.
    """
    engine = make_engine(given or Settings())
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", forget_references)
        event.listen(engine, "begin", begin)
        event.listen(engine, "commit", keep_references)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '5s'"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            include_object=is_ours,
            render_item=named_type,
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
