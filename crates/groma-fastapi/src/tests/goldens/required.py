"""Makes unique `customers.name`, requires `orders.place`.

The next revision belongs to it: it holds the rows that are there to what is new.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "66df273a7b9c"
down_revision: str | None = "3d1e7b0438c6"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Makes the change."""
    stop_at_rows(
        "SELECT count(*) FROM (SELECT name, count(*) AS rows FROM customers WHERE name IS NOT "
        "NULL GROUP BY name HAVING count(*) > 1) AS shared",
        "rows of `customers` share `name`",
    )
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.alter_column("place", server_default="here")
    op.execute("UPDATE orders SET place = 'here' WHERE place IS NULL")
    stop_at_rows(
        "SELECT count(*) FROM orders WHERE NOT ((amount IS NULL OR amount > 0))",
        "`orders` breaks `orders_1_check`",
    )
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.create_check_constraint(
            "orders_place_set", "place IS NOT NULL", postgresql_not_valid=True
        )
        batch.create_check_constraint(
            "orders_1_check", "(amount IS NULL OR amount > 0)", postgresql_not_valid=True
        )


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.drop_constraint("orders_1_check", type_="check")
        batch.drop_constraint("orders_place_set", type_="check")
        batch.alter_column("place", server_default=None)


def stop_at_rows(count: str, what: str) -> None:
    """Stops before anything that rows which are there would make fail."""
    rows = op.get_bind().scalar(sa.text(count))
    if rows:
        raise RuntimeError(f"{what} in {rows} rows: mend them, here or by hand, and upgrade again")
