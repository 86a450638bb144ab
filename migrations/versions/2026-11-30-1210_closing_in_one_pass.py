"""Indexes for a day that is closed in one pass: closed outlets, and the refused forms of a day.

Revision: 0035
Revises: 0034
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both are small: few outlets are closed, few forms are refused. All refusals of a day are read at once."""
    op.execute("CREATE INDEX ix_outlets_closed ON outlets (territory_id) WHERE NOT active")
    op.execute("CREATE INDEX ix_order_refusals_business_date_outlet_id ON order_refusals (business_date, outlet_id)")
    op.execute("DROP INDEX ix_order_refusals_outlet_id_business_date")


def downgrade() -> None:
    """As before."""
    op.execute("CREATE INDEX ix_order_refusals_outlet_id_business_date ON order_refusals (outlet_id, business_date)")
    op.execute("DROP INDEX ix_order_refusals_business_date_outlet_id")
    op.execute("DROP INDEX ix_outlets_closed")
