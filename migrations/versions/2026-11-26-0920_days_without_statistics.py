"""Keep no statistics of days: of a day newer than the statistics the planner would believe that it is empty.

Revision: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DAYS = {
    "visits": "visit_date",
    "check_ins": "business_date",
    "orders": "business_date",
    "order_lines": "business_date",
    "no_order_reports": "business_date",
    "missing_orders": "business_date",
    "missing_order_resolutions": "business_date",
    "event_receipts": "business_date",
    "order_refusals": "business_date",
    "call_tasks": "business_date",
    "points_entries": "business_date",
    "risk_signals": "business_date",
    "cutoff_runs": "business_date",
}

ENSURE_MONTH_PARTITIONS = """
CREATE OR REPLACE FUNCTION ensure_month_partitions(parents text[], first_day date, last_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    month date;
    partition text;
    held boolean;
    key text;
BEGIN
    FOREACH parent IN ARRAY parents LOOP
        SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0] WHERE partrelid = parent::regclass;
        month := date_trunc('month', first_day)::date;
        WHILE month <= last_day LOOP
            partition := format('%s_y%sm%s', parent, to_char(month, 'YYYY'), to_char(month, 'MM'));
            IF to_regclass(partition) IS NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)',
                    parent || '_rest', key, month, key, (month + interval '1 month')::date) INTO held;
                IF NOT held THEN
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                        partition, parent, month, (month + interval '1 month')::date);
                    {also}
                END IF;
            END IF;
            month := (month + interval '1 month')::date;
        END LOOP;
    END LOOP;
END $$
"""

# a partition does not take over what its parent keeps statistics of
NO_STATISTICS = "EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', partition, key);"


def upgrade() -> None:
    op.execute(ENSURE_MONTH_PARTITIONS.replace("{also}", NO_STATISTICS))
    for table, day in DAYS.items():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {day} SET STATISTICS 0")


def downgrade() -> None:
    op.execute(ENSURE_MONTH_PARTITIONS.replace("{also}", ""))
    for table, day in DAYS.items():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {day} SET STATISTICS -1")
