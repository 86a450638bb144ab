"""Know an upload that is sent again as it was, and find orders by their fixes.

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device_sync_states", sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("device_sync_states", sa.Column("last_boot_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_orders_fix",
        "orders",
        ["rep_id", "business_date", "lat", "lon"],
        unique=False,
        postgresql_where=sa.text("lat IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_fix", table_name="orders", postgresql_where=sa.text("lat IS NOT NULL"))
    op.drop_column("device_sync_states", "last_boot_id")
    op.drop_column("device_sync_states", "last_sent_at")
