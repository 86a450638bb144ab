"""Logins tell by which door they were opened, with what program, and when they were used last.

Revision: 0043
Revises: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Users' logins so far were used when they were refreshed; with what program was not written."""
    op.execute("""
        ALTER TABLE refresh_families
            ADD COLUMN door text DEFAULT 'api' NOT NULL,
            ADD COLUMN user_agent text,
            ADD COLUMN last_used_at timestamptz
    """)
    op.execute("UPDATE refresh_families SET last_used_at = rotated_at WHERE user_id IS NOT NULL")


def downgrade() -> None:
    """What was told of logins is lost; they stand."""
    op.execute("ALTER TABLE refresh_families DROP COLUMN door, DROP COLUMN user_agent, DROP COLUMN last_used_at")
