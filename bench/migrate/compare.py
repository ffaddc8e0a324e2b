"""Alembic's comparison of a database with 1,000 tables: prints seconds, the best of three, and how much it found."""

import sys
import time

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext


def tables(count: int) -> sa.MetaData:
    """What `bench/src/bin/migrate.rs` makes, and wants to be otherwise."""
    metadata = sa.MetaData()
    for at in range(count):
        name = f"t{at:04}"
        extra = [sa.Column("added", sa.Text)] if at < 30 else []
        gone = 30 <= at < 40
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("title", sa.Text, nullable=False),
            *([] if gone else [sa.Column("notes", sa.Text)]),
            sa.Column("state", sa.Text, nullable=False, server_default="open"),
            sa.Column("rank", sa.BigInteger, nullable=False, server_default="0"),
            sa.Column("done", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("due", sa.Date),
            sa.Column("made", sa.DateTime(timezone=True), nullable=False),
            sa.Column("kind", sa.Text),
            sa.Column("parent", sa.BigInteger),
            sa.Column("other", sa.BigInteger),
            *extra,
            sa.UniqueConstraint("title", "kind", name=f"{name}_title_kind_key"),
            sa.CheckConstraint("state IN ('open', 'done', 'late')", name=f"{name}_state_check"),
            sa.ForeignKeyConstraint(["parent"], [f"t{max(at - 1, 0):04}.id"], name=f"{name}_parent_fkey"),
            sa.ForeignKeyConstraint(["other"], ["t0000.id"], name=f"{name}_other_fkey"),
            sa.Index(f"{name}_made_idx", "made"),
            sa.Index(f"{name}_parent_idx", "parent"),
            sa.Index(f"{name}_other_idx", "other"),
            *([sa.Index(f"{name}_due_idx", "due")] if 40 <= at < 60 else []),
        )
    return metadata


def main() -> None:
    engine = sa.create_engine(sys.argv[1])
    metadata = tables(int(sys.argv[2]))
    best, found = None, 0
    for _ in range(3):
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            since = time.perf_counter()
            found = len(compare_metadata(context, metadata))
            took = time.perf_counter() - since
            best = took if best is None else min(best, took)
    print(best, found)


main()
