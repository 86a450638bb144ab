"""Partition what holds years by month, and write the first versions of the policies.

Revision: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTITIONED = ["visits", "check_ins", "orders", "order_lines", "no_order_reports", "missing_orders"]

ENSURE_MONTH_PARTITIONS = """
CREATE FUNCTION ensure_month_partitions(parents text[], first_day date, last_day date) RETURNS void
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
                END IF;
            END IF;
            month := (month + interval '1 month')::date;
        END LOOP;
    END LOOP;
END $$
"""

FIRST_POINTS = {
    "missed_order": -10,
    "late_order": -3,
    "order_on_time": 1,
    "delivery_matched": 2,
    "delivery_mismatch": -5,
    "price_mismatch": -5,
    "returns_within_3pct": 20,
    "returns_over_3pct": -20,
}

REASONS = {
    "overstocked": "The outlet has stock enough",
    "closed": "The outlet was closed",
    "decision_maker_absent": "Nobody was there who may order",
    "no_money": "The outlet cannot pay at present",
    "competitor": "The outlet buys from a competitor",
    "refused": "The outlet does not want to order",
    "dispute": "An open complaint stands in the way",
    "other": "Another reason: see the comment",
}


def upgrade() -> None:
    op.execute(ENSURE_MONTH_PARTITIONS)
    for table in PARTITIONED:
        op.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")
    tables = ", ".join(f"'{table}'" for table in PARTITIONED)
    op.execute(
        f"SELECT ensure_month_partitions(ARRAY[{tables}], (now() - interval '1 month')::date,"
        " (now() + interval '3 months')::date)"
    )
    op.execute("INSERT INTO verdict_policies VALUES (1, 0.85, 0.15, 3, 100, 120, now(), 'migration')")
    for rule, points in FIRST_POINTS.items():
        op.execute(f"INSERT INTO points_policies VALUES (1, '{rule}', {points}, '2020-01-01', now(), 'migration')")
    for code, label in REASONS.items():
        op.execute(f"INSERT INTO no_order_reasons (code, label, active) VALUES ('{code}', '{label}', true)")


def downgrade() -> None:
    op.execute("DELETE FROM no_order_reasons")
    op.execute("DELETE FROM points_policies")
    op.execute("DELETE FROM verdict_policies")
    for table in reversed(PARTITIONED):
        op.execute(
            f"DO $$ DECLARE child regclass; BEGIN FOR child IN SELECT inhrelid::regclass FROM pg_inherits"
            f" WHERE inhparent = '{table}'::regclass LOOP EXECUTE format('DROP TABLE %s CASCADE', child);"
            f" END LOOP; END $$"
        )
    op.execute("DROP FUNCTION ensure_month_partitions")
