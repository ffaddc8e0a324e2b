"""Renames values of `orders.state`.

The next revision belongs to it: it holds the rows that are there to what is new.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2c0c9a7b3be0"
down_revision: str | None = "36d5ab844e63"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Makes the change."""
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.drop_constraint("orders_state_check", type_="check")
        batch.alter_column("state", server_default="fresh")
    op.execute("UPDATE orders SET state = 'fresh' WHERE state = 'open'")
    stop_at_rows(
        "SELECT count(*) FROM orders WHERE NOT (state IN ('fresh', 'paid', 'sent', 'lost'))",
        "`orders` breaks `orders_state_check`",
    )
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.create_check_constraint(
            "orders_state_check",
            "state IN ('fresh', 'paid', 'sent', 'lost')",
            postgresql_not_valid=True,
        )


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.drop_constraint("orders_state_check", type_="check")
        batch.alter_column("state", server_default="open")
    op.execute("UPDATE orders SET state = 'open' WHERE state = 'fresh'")
    stop_at_rows(
        "SELECT count(*) FROM orders WHERE NOT (state IN ('open', 'paid', 'sent'))",
        "`orders` breaks `orders_state_check`",
    )
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.create_check_constraint("orders_state_check", "state IN ('open', 'paid', 'sent')")


def stop_at_rows(count: str, what: str) -> None:
    """Stops before anything that rows which are there would make fail."""
    rows = op.get_bind().scalar(sa.text(count))
    if rows:
        raise RuntimeError(f"{what} in {rows} rows: mend them, here or by hand, and upgrade again")
