"""What an outlet went through: found by the outlet, and by time.

Revision: 0047
Revises: 0046
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

DECISIONS = {
    "fulfilment_decisions": ("orders", "order_id"),
    "return_decisions": ("returns", "return_id"),
}
"""What is decided about, and by which column it is named."""


def upgrade() -> None:
    """Decisions name the outlet; those whose orders and returns are gone stay without.

    Call tasks tell when they opened: of earlier ones that is not known for certain. A change to a plan names the
    outlets whose visits it moved.
    """
    for table, (about, name) in DECISIONS.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN outlet_id integer")
        op.execute(
            f"UPDATE {table} AS decision SET outlet_id = record.outlet_id FROM {about} AS record"
            f" WHERE record.business_date = decision.business_date AND record.id = decision.{name}"
        )
        op.execute(f"CREATE INDEX ix_{table}_outlet_id_decided_at ON {table} (outlet_id, decided_at)")
    op.execute("ALTER TABLE call_tasks ADD COLUMN opened_at timestamptz")
    op.execute("ALTER TABLE week_plan_versions ADD COLUMN outlet_ids integer[]")
    op.execute(
        "CREATE INDEX ix_week_plan_versions_outlet_ids ON week_plan_versions USING gin (outlet_ids)"
        " WHERE outlet_ids IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_order_refusals_outlet_id_received_at ON order_refusals (outlet_id, received_at)")
    op.execute("CREATE INDEX ix_risk_signals_outlet_id_raised_at ON risk_signals (outlet_id, raised_at)")
    op.execute(
        "CREATE INDEX ix_location_proposals_outlet_id_proposed_at ON location_proposals (outlet_id, proposed_at)"
    )
    op.execute("CREATE INDEX ix_inbox_forms_outlet_code ON inbox_forms (outlet_code)")


def downgrade() -> None:
    """Without the columns: what they told is lost."""
    op.execute("DROP INDEX ix_inbox_forms_outlet_code")
    op.execute("DROP INDEX ix_location_proposals_outlet_id_proposed_at")
    op.execute("DROP INDEX ix_risk_signals_outlet_id_raised_at")
    op.execute("DROP INDEX ix_order_refusals_outlet_id_received_at")
    op.execute("ALTER TABLE week_plan_versions DROP COLUMN outlet_ids")
    op.execute("ALTER TABLE call_tasks DROP COLUMN opened_at")
    for table in DECISIONS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN outlet_id")
