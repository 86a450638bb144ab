"""What the scheduler's jobs did last is told, one row a job.

Revision: 0048
Revises: 0047
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty: the scheduler that leads next fills it."""
    op.execute("""
        CREATE TABLE job_runs (
            job_id text NOT NULL,
            every_seconds double precision NOT NULL,
            wakes boolean NOT NULL,
            led_by text NOT NULL,
            led_since timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            outcome text,
            failed_at timestamptz,
            failures integer NOT NULL DEFAULT 0,
            error text,
            says jsonb,
            CONSTRAINT pk_job_runs PRIMARY KEY (job_id)
        )
    """)


def downgrade() -> None:
    """Nothing but what was last told of jobs is lost."""
    op.execute("DROP TABLE job_runs")
