"""Deliveries are found by the number of their note.

Revision: 0049
Revises: 0048
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By an index: whoever phones has the note in his hand, and no outlet's code."""
    op.execute("CREATE INDEX ix_deliveries_number ON deliveries (number)")


def downgrade() -> None:
    """Nothing is lost."""
    op.execute("DROP INDEX ix_deliveries_number")
