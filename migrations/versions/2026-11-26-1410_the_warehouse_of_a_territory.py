"""The warehouse that delivers to a territory: orders are held against its stock.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("territories", sa.Column("warehouse_code", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("territories", "warehouse_code")
