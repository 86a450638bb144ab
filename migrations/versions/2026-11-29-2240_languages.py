"""Languages: in which a territory, or one of its outlets, is written to.

Revision: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE territories ADD COLUMN language text NOT NULL DEFAULT 'en'")
    op.execute("ALTER TABLE outlets ADD COLUMN language text")


def downgrade() -> None:
    op.execute("ALTER TABLE outlets DROP COLUMN language")
    op.execute("ALTER TABLE territories DROP COLUMN language")
