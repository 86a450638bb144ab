"""Members of staff may sign in by their organisation's provider (OpenID Connect).

Revision: 0046
Revises: 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody may yet, and no login so far was opened like that."""
    op.execute("""
        CREATE TABLE oidc_bindings (
            user_id integer NOT NULL,
            allowed_at timestamptz NOT NULL,
            issuer text,
            subject text,
            bound_at timestamptz,
            CONSTRAINT pk_oidc_bindings PRIMARY KEY (user_id),
            CONSTRAINT uq_oidc_bindings_issuer_subject UNIQUE (issuer, subject),
            CONSTRAINT fk_oidc_bindings_user_id FOREIGN KEY (user_id) REFERENCES users (id)
        )
    """)
    op.execute("ALTER TABLE refresh_families ADD COLUMN by_provider boolean DEFAULT false NOT NULL")


def downgrade() -> None:
    """Passwords alone open logins again; logins that the provider opened stand until they run out."""
    op.execute("ALTER TABLE refresh_families DROP COLUMN by_provider")
    op.execute("DROP TABLE oidc_bindings")
