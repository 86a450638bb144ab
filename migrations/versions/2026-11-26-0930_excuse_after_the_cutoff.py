"""An excuse that comes after the cutoff is a step without an order, and a run finds the day's excuses.

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("missing_order_resolutions", "order_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        "ix_visits_excused",
        "visits",
        ["territory_id", "visit_date"],
        unique=False,
        postgresql_where=sa.text("excused_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_visits_excused", table_name="visits", postgresql_where=sa.text("excused_at IS NOT NULL"))
    op.execute("DELETE FROM missing_order_resolutions WHERE order_id IS NULL")
    op.alter_column("missing_order_resolutions", "order_id", existing_type=sa.Uuid(), nullable=False)
