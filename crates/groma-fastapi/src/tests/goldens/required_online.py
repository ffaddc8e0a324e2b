"""What reads whole tables of the change before.

On Postgres others read and write meanwhile; broken off, it is run again as it is.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "f62d64088bd1"
down_revision: str | None = "66df273a7b9c"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Makes the change."""
    dialect = op.get_context().dialect.name
    if dialect == "postgresql":
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_place_set")
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_1_check")
            op.drop_index(
                "customers_name_key", "customers", if_exists=True, postgresql_concurrently=True
            )
            op.create_index(
                "customers_name_key",
                "customers",
                ["name"],
                unique=True,
                postgresql_concurrently=True,
            )
        op.execute(
            "ALTER TABLE customers ADD CONSTRAINT customers_name_key UNIQUE USING INDEX "
            "customers_name_key"
        )
    else:
        with op.batch_alter_table("customers", table_kwargs={"sqlite_strict": True}) as batch:
            batch.create_unique_constraint("customers_name_key", ["name"])
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.alter_column("place", nullable=False)
        batch.drop_constraint("orders_place_set", type_="check")


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("customers", table_kwargs={"sqlite_strict": True}) as batch:
        batch.drop_constraint("customers_name_key", type_="unique")
    with op.batch_alter_table("orders", table_kwargs={"sqlite_strict": True}) as batch:
        batch.alter_column("place", nullable=True)
        batch.create_check_constraint("orders_place_set", "place IS NOT NULL")
