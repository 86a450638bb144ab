"""What the service's role, which owns no table, has done by their owner, and what nobody changes any more.

Revision: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What it came to is written into a run's row before it is committed (C3); from then on it stands. A missing order's row
# is locked while it is settled, for which PostgreSQL asks for the right to update it.
KEEP_WHAT_WAS_COMMITTED = """
CREATE FUNCTION keep_what_was_committed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    -- a row names its writer by 32 of the 64 bits; savepoints have numbers of their own
    current bigint := pg_current_xact_id()::text::bigint;
    writer bigint := (current & ~4294967295) | OLD.xmin::text::bigint;
BEGIN
    IF writer > current + 2147483648 THEN
        writer := writer - 4294967296;
    ELSIF writer < current - 2147483648 THEN
        writer := writer + 4294967296;
    END IF;
    IF pg_xact_status(writer::text::xid8) IS DISTINCT FROM 'in progress' THEN
        RAISE insufficient_privilege USING MESSAGE = format('%s is append-only', TG_TABLE_NAME);
    END IF;
    RETURN NEW;
END $$
"""

# Bounded in what it does for a role that could not do it itself: months of tables that have months already.
ENSURE_MONTH_PARTITIONS = """
CREATE OR REPLACE FUNCTION ensure_month_partitions(parents text[], first_day date, last_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    month date;
    partition text;
    held boolean;
    key text;
BEGIN
    IF last_day > first_day + 1830 THEN
        RAISE EXCEPTION 'no more than five years at once';
    END IF;
    FOREACH parent IN ARRAY parents LOOP
        SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_class ON pg_class.oid = partrelid AND relname = parent AND relnamespace = 'public'::regnamespace
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0];
        month := date_trunc('month', first_day)::date;
        WHILE month <= last_day LOOP
            partition := format('%s_y%sm%s', parent, to_char(month, 'YYYY'), to_char(month, 'MM'));
            IF to_regclass(partition) IS NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)',
                    parent || '_rest', key, month, key, (month + interval '1 month')::date) INTO held;
                IF NOT held THEN
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                        partition, parent, month, (month + interval '1 month')::date);
                    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', partition, key);
                END IF;
            END IF;
            month := (month + interval '1 month')::date;
        END LOOP;
    END LOOP;
END $$
"""

# A verdict stays; where the rep was goes, and nothing younger than 90 days, whatever the service believes the day is.
FORGET_CHECK_IN_POSITIONS = """
CREATE FUNCTION forget_check_in_positions(first_day date, end_day date, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    IF end_day > current_date - 89 THEN
        RAISE insufficient_privilege USING MESSAGE = 'positions of the last 90 days are kept';
    END IF;
    UPDATE check_ins SET lat = NULL, lon = NULL
    WHERE (business_date, id) IN (
        SELECT business_date, id FROM check_ins
        WHERE business_date >= first_day AND business_date < end_day AND lat IS NOT NULL LIMIT most)
      AND business_date >= first_day AND business_date < end_day;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$
"""


def upgrade() -> None:
    """The rights themselves are granted by `fieldproof migrate`, from `app/ground/db/stored_tables.py`."""
    op.execute(KEEP_WHAT_WAS_COMMITTED)
    op.execute("""
        CREATE TRIGGER cutoff_runs_kept
        BEFORE UPDATE OF planned_visits, missing_orders, call_tasks, penalties, finished_at ON cutoff_runs
        FOR EACH ROW EXECUTE FUNCTION keep_what_was_committed()
    """)
    op.execute("""
        CREATE TRIGGER missing_orders_kept BEFORE UPDATE ON missing_orders
        FOR EACH ROW EXECUTE FUNCTION keep_what_was_committed()
    """)
    op.execute(ENSURE_MONTH_PARTITIONS)
    op.execute(FORGET_CHECK_IN_POSITIONS)


def downgrade() -> None:
    """Back to a service that owns its tables."""
    op.execute("DROP FUNCTION forget_check_in_positions")
    op.execute("ALTER FUNCTION ensure_month_partitions(text[], date, date) SECURITY INVOKER RESET ALL")
    op.execute("DROP TRIGGER missing_orders_kept ON missing_orders")
    op.execute("DROP TRIGGER cutoff_runs_kept ON cutoff_runs")
    op.execute("DROP FUNCTION keep_what_was_committed")
