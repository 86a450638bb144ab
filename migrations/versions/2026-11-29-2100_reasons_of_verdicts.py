"""Why a verdict is what it is, kept with it; fixes are fresh by any clock from the next version of the policy on.

Revision: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Stored verdicts keep the policy that they were made by: it knew the device's clock alone (V3)."""
    op.execute("ALTER TABLE check_ins ADD COLUMN verdict_reasons text")
    op.execute("ALTER TABLE orders ADD COLUMN verdict_reasons text")
    op.execute("""
        ALTER TABLE verdict_policies
            ADD COLUMN max_fix_lead_s double precision NOT NULL DEFAULT 30,
            ADD COLUMN any_clock boolean NOT NULL DEFAULT false
    """)
    op.execute("""
        INSERT INTO verdict_policies (version, inside_at_least, outside_at_most, accuracy_floor_m, max_accuracy_m,
            max_fix_age_s, max_fix_lead_s, any_clock, created_at, created_by)
        SELECT version + 1, inside_at_least, outside_at_most, accuracy_floor_m, max_accuracy_m,
            max_fix_age_s, 120, true, now(), 'migration'
        FROM verdict_policies ORDER BY version DESC LIMIT 1
    """)


def downgrade() -> None:
    """The newer policies go with what only they know."""
    op.execute("DELETE FROM verdict_policies WHERE any_clock")
    op.execute("ALTER TABLE verdict_policies DROP COLUMN any_clock, DROP COLUMN max_fix_lead_s")
    op.execute("ALTER TABLE orders DROP COLUMN verdict_reasons")
    op.execute("ALTER TABLE check_ins DROP COLUMN verdict_reasons")
