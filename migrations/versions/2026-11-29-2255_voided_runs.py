"""Runs that were made in error, and what a cutoff flags afterwards (C9, O4).

Revision: 0027
Revises: 0026

A run can be voided and its day closed anew, so a day has at most one run that stands, and a visit may be missing in
several runs. A supplement is a visit that was flagged after its run: an order that was cancelled by the cutoff was in
the system then, and its cancellation was not. An order keeps up to when its handheld had told everything before it
came.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Void runs, and a missing order by its run."""
    op.execute("""
        ALTER TABLE cutoff_runs
            ADD COLUMN voided_at timestamptz, ADD COLUMN voided_by text, ADD COLUMN void_reason text,
            DROP CONSTRAINT uq_cutoff_runs_territory_id_business_date,
            ADD CONSTRAINT ck_cutoff_runs_void CHECK (num_nonnulls(voided_at, voided_by, void_reason) IN (0, 3))
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_cutoff_runs_territory_id_business_date ON cutoff_runs (territory_id, business_date)
        WHERE voided_at IS NULL
    """)
    op.execute("CREATE INDEX ix_cutoff_runs_business_date_territory_id ON cutoff_runs (business_date, territory_id)")
    op.execute("""
        ALTER TABLE missing_orders
            ADD COLUMN supplement boolean NOT NULL DEFAULT false,
            ADD COLUMN answers boolean NOT NULL DEFAULT true,
            DROP CONSTRAINT pk_missing_orders,
            ADD CONSTRAINT pk_missing_orders PRIMARY KEY (business_date, visit_id, run_id)
    """)
    # what was committed is kept by a trigger, which knows nothing of a column that is filled for the first time
    op.execute("DROP TRIGGER missing_orders_kept ON missing_orders")
    op.execute("""
        UPDATE missing_orders m SET answers = false WHERE NOT EXISTS (
            SELECT FROM points_entries e
            WHERE e.source_id = m.visit_id AND e.source_type = 'visit' AND e.rule = 'missed_order')
    """)
    op.execute("""
        CREATE TRIGGER missing_orders_kept BEFORE UPDATE ON missing_orders
        FOR EACH ROW EXECUTE FUNCTION keep_what_was_committed()
    """)
    op.execute("ALTER TABLE missing_orders ALTER COLUMN answers DROP DEFAULT")
    op.execute("ALTER TABLE orders ADD COLUMN device_told_until timestamptz")
    op.execute("""
        CREATE INDEX ix_audit_entries_places ON audit_entries (at)
        WHERE before ?| ARRAY['active', 'territory_code']
    """)


def downgrade() -> None:
    """A day has one run again: void runs and supplements are lost, with what they flagged."""
    op.execute("DROP INDEX ix_audit_entries_places")
    op.execute("ALTER TABLE orders DROP COLUMN device_told_until")
    op.execute("""
        DELETE FROM missing_orders m USING cutoff_runs r
        WHERE r.id = m.run_id AND (r.voided_at IS NOT NULL OR m.supplement)
    """)
    op.execute("DELETE FROM cutoff_runs WHERE voided_at IS NOT NULL")
    op.execute("""
        ALTER TABLE missing_orders
            DROP CONSTRAINT pk_missing_orders, ADD CONSTRAINT pk_missing_orders PRIMARY KEY (business_date, visit_id),
            DROP COLUMN supplement, DROP COLUMN answers
    """)
    op.execute("DROP INDEX ix_cutoff_runs_business_date_territory_id")
    op.execute("DROP INDEX uq_cutoff_runs_territory_id_business_date")
    op.execute("""
        ALTER TABLE cutoff_runs
            DROP CONSTRAINT ck_cutoff_runs_void,
            DROP COLUMN voided_at, DROP COLUMN voided_by, DROP COLUMN void_reason,
            ADD CONSTRAINT uq_cutoff_runs_territory_id_business_date UNIQUE (territory_id, business_date)
    """)
