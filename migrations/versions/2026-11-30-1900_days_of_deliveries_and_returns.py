"""Deliveries and returns of all territories by the day on which they came and went back.

Revision: 0042
Revises: 0041
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

DAYS = {"deliveries": "delivered_date", "returns": "returned_date"}


def upgrade() -> None:
    """A list of the newest ends at its limit, and does not sort all that there ever was."""
    for table, day in DAYS.items():
        op.execute(f"CREATE INDEX ix_{table}_{day}_id ON {table} ({day}, id)")


def downgrade() -> None:
    """Without the indexes: nothing is lost."""
    for table, day in DAYS.items():
        op.execute(f"DROP INDEX ix_{table}_{day}_id")
