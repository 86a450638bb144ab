"""Who made a calendar link, so that it ends with them.

Revision: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of earlier links the members of staff are known by their names, the devices are not."""
    op.execute("ALTER TABLE calendar_links ADD COLUMN maker_kind text, ADD COLUMN maker_subject text")
    op.execute("""
        UPDATE calendar_links SET maker_kind = 'user', maker_subject = users.id::text
        FROM users WHERE calendar_links.created_by = 'user:' || users.username
    """)


def downgrade() -> None:
    """Links open for as long as nobody revokes them."""
    op.execute("ALTER TABLE calendar_links DROP COLUMN maker_kind, DROP COLUMN maker_subject")
