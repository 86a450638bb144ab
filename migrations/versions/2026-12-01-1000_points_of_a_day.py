"""What a rep has booked about a day, by an index alone.

Revision: 0050
Revises: 0049
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Today asks for one day of a month of hundreds of entries, for each of its reps."""
    op.execute("DROP INDEX ix_points_entries_rep_id_month")
    op.execute(
        "CREATE INDEX ix_points_entries_rep_id_month_business_date ON points_entries (rep_id, month, business_date)"
    )


def downgrade() -> None:
    """By month, as it was."""
    op.execute("DROP INDEX ix_points_entries_rep_id_month_business_date")
    op.execute("CREATE INDEX ix_points_entries_rep_id_month ON points_entries (rep_id, month)")
