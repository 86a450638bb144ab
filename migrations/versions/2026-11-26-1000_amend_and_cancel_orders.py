"""Orders can be amended and cancelled, all versions kept; an order by mail has a moment at which it was read.

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("orders", sa.Column("amended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "order_versions",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("delivery_date", sa.Date(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("total_value", sa.Numeric(14, 4), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "order_id", "version", name=op.f("pk_order_versions")),
    )
    op.create_index(
        "ix_order_versions_territory_id_business_date",
        "order_versions",
        ["territory_id", "business_date", "received_at"],
    )
    op.execute("ALTER TABLE order_versions ALTER COLUMN business_date SET STATISTICS 0")


def downgrade() -> None:
    op.drop_table("order_versions")
    op.drop_column("orders", "read_at")
    op.drop_column("orders", "cancelled_at")
    op.drop_column("orders", "amended_at")
    op.drop_column("orders", "version")
