"""Mails in hand: which mails are being worked off, so that one that ends a process is known to the next.

Revision: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE inbox_mails_in_hand (
            key bytea NOT NULL,
            processes smallint NOT NULL,
            begun_at timestamptz NOT NULL,
            CONSTRAINT pk_inbox_mails_in_hand PRIMARY KEY (key)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE inbox_mails_in_hand")
