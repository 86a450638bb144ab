"""Terms by channel: defaults that outlets have where they have agreed on nothing else, and who answers for a mismatch.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# what was agreed with outlets until now is their own
OWN = """
    UPDATE outlet_terms SET own = array_remove(ARRAY[
        CASE WHEN allowed_weekdays IS NOT NULL THEN 'allowed_weekdays' END,
        CASE WHEN min_gap_days IS NOT NULL THEN 'min_gap_days' END,
        CASE WHEN min_order_value IS NOT NULL THEN 'min_order_value' END,
        CASE WHEN must_stock <> '[]' THEN 'must_stock' END,
        CASE WHEN order_due_time IS NOT NULL THEN 'order_due_time' END,
        CASE WHEN visiting_hours IS NOT NULL THEN 'visiting_hours' END,
        CASE WHEN visits_per_week IS NOT NULL THEN 'visits_per_week' END
    ], NULL)
"""


def upgrade() -> None:
    op.create_table(
        "channel_terms",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_due_time", sa.Time(), nullable=True),
        sa.Column("visits_per_week", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("orders_per_week", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("min_gap_days", sa.SmallInteger(), nullable=True),
        sa.Column("allowed_weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=True),
        sa.Column("visiting_hours", postgresql.JSONB(), nullable=True),
        sa.Column("must_stock", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("min_order_value", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("mismatch_answered_by", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "version", name=op.f("pk_channel_terms")),
    )
    op.add_column("outlet_terms", sa.Column("orders_per_week", sa.Numeric(precision=14, scale=4), nullable=True))
    op.add_column("outlet_terms", sa.Column("mismatch_answered_by", sa.Text(), nullable=True))
    op.add_column(
        "outlet_terms",
        sa.Column("own", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("outlet_terms", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column("outlet_terms", sa.Column("channel_version", sa.Integer(), nullable=True))
    op.execute(OWN)
    op.create_index("ix_outlets_channel", "outlets", ["channel"])


def downgrade() -> None:
    op.drop_index("ix_outlets_channel", table_name="outlets")
    for column in ("channel_version", "channel", "own", "mismatch_answered_by", "orders_per_week"):
        op.drop_column("outlet_terms", column)
    op.drop_table("channel_terms")
