"""Logins are paced, not counted by name: nobody who comes from where he logged in before is kept out by others.

Revision: 0032
Revises: 0031
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was counted in the last quarter of an hour is forgotten."""
    op.execute("DROP TABLE login_failures")
    op.execute("""
        CREATE TABLE login_paces (
            kind smallint NOT NULL,
            slot integer NOT NULL,
            clear_at timestamptz NOT NULL,
            CONSTRAINT pk_login_paces PRIMARY KEY (kind, slot)
        )
    """)
    op.execute("""
        CREATE TABLE login_places (
            user_id integer NOT NULL,
            place bytea NOT NULL,
            network bytea NOT NULL,
            last_login_at timestamptz NOT NULL,
            CONSTRAINT pk_login_places PRIMARY KEY (user_id, place),
            CONSTRAINT fk_login_places_user_id FOREIGN KEY (user_id) REFERENCES users (id)
        )
    """)


def downgrade() -> None:
    """Counted by name and address again; where somebody logged in before is forgotten."""
    op.execute("DROP TABLE login_places, login_paces")
    op.execute("""
        CREATE TABLE login_failures (
            name text NOT NULL,
            failures integer NOT NULL,
            window_started_at timestamptz NOT NULL,
            CONSTRAINT pk_login_failures PRIMARY KEY (name)
        )
    """)
