"""Changes comments of `customers`, `orders`."""

from collections.abc import Sequence

from alembic import op

revision: str = "6c15fd3b9541"
down_revision: str | None = "4769e18313d4"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Makes the change."""
    dialect = op.get_context().dialect.name
    if dialect == "postgresql":
        op.alter_column("customers", "name", comment="As on the bill")
        op.create_table_comment("orders", "What somebody's buying.")
        op.alter_column("orders", "note", comment='For the courier: "ring", say.')


def downgrade() -> None:
    """Takes it back."""
    dialect = op.get_context().dialect.name
    if dialect == "postgresql":
        op.alter_column("orders", "note", comment=None)
        op.drop_table_comment("orders")
        op.alter_column("customers", "name", comment=None)
