"""A digest of an order's lines, by which the same lines are found without reading them (O2).

Revision: 0030
Revises: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Orders before have none: the same lines are told within ten minutes only."""
    op.execute("ALTER TABLE orders ADD COLUMN lines_digest bigint")


def downgrade() -> None:
    """What the digest says can be read from the lines."""
    op.execute("ALTER TABLE orders DROP COLUMN lines_digest")
