"""Members of staff may have a second factor; a worker hears of it as of every other change of a caller's rights.

Revision: 0045
Revises: 0044
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one yet."""
    op.execute("""
        CREATE TABLE second_factors (
            user_id integer NOT NULL,
            sealed_secret text NOT NULL,
            begun_at timestamptz NOT NULL,
            confirmed_at timestamptz,
            last_step bigint NOT NULL,
            recovery_hashes bytea[] NOT NULL,
            CONSTRAINT pk_second_factors PRIMARY KEY (user_id),
            CONSTRAINT fk_second_factors_user_id FOREIGN KEY (user_id) REFERENCES users (id)
        )
    """)
    op.execute(
        "CREATE TRIGGER second_factors_told AFTER UPDATE OF confirmed_at OR DELETE ON second_factors"
        " FOR EACH ROW EXECUTE FUNCTION tell_caller_changed('user', 'user_id')"
    )


def downgrade() -> None:
    """Passwords alone open logins again; everybody's second factor is lost."""
    op.execute("DROP TABLE second_factors")
