"""An order's lines refer to its own month: a key that is checked in one partition, not in all.

Revision: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = "fk_order_lines_business_date_order_id"

# Lines refer to the orders of their own partition. So a month has both tables or neither: one of which orders lie in
# the default partition has its lines there, too.
TOGETHER = """
    IF 'orders' = ANY (parents) THEN
        parents := array_append(array_remove(parents, 'order_lines'), 'order_lines');
    END IF;"""
BOTH_OR_NEITHER = """
                held := held OR parent = 'order_lines'
                    AND to_regclass(replace(partition, 'order_lines', 'orders')) IS NULL;"""
KEY_OF_A_MONTH = f"""
                    IF parent = 'order_lines' THEN
                        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT {KEY}'
                            ' FOREIGN KEY (business_date, order_id) REFERENCES %I (business_date, id)',
                            partition, replace(partition, 'order_lines', 'orders'));
                    END IF;"""

# An order is taken away after its lines, of which a turn takes away as many.
AFTER_ITS_LINES = """
        besides := CASE parent WHEN 'orders' THEN 'AND NOT EXISTS (SELECT FROM order_lines_rest AS line'
            ' WHERE line.business_date = old.business_date AND line.order_id = old.id)' ELSE '' END;"""


def ensure_month_partitions(together: str = "", both_or_neither: str = "", key_of_a_month: str = "") -> str:
    """The function that makes months, with these parts."""
    return f"""
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
    END IF;{together}
    FOREACH parent IN ARRAY parents LOOP
        SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_class ON pg_class.oid = partrelid AND relname = parent AND relnamespace = 'public'::regnamespace
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0];
        month := date_trunc('month', first_day)::date;
        WHILE month <= last_day LOOP
            partition := format('%s_y%sm%s', parent, to_char(month, 'YYYY'), to_char(month, 'MM'));
            IF to_regclass(partition) IS NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)',
                    parent || '_rest', key, month, key, (month + interval '1 month')::date) INTO held;{both_or_neither}
                IF NOT held THEN
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                        partition, parent, month, (month + interval '1 month')::date);
                    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', partition, key);{key_of_a_month}
                END IF;
            END IF;
            month := (month + interval '1 month')::date;
        END LOOP;
    END LOOP;
END $$
"""


def drop_expired_months(after_its_lines: str = "\n        besides := '';") -> str:
    """The function that drops months, with this part."""
    return f"""
CREATE OR REPLACE FUNCTION drop_expired_months(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    kept_from date := date_trunc('month', current_date) - interval '24 months';
    month record;
    key text;
    parent text;
    besides text;
    gone integer := 0;
    removed integer;
BEGIN
    FOREACH parent IN ARRAY ARRAY['order_lines', 'orders', 'check_ins', 'no_order_reports', 'missing_orders', 'visits']
    LOOP
        SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0] WHERE partrelid = parent::regclass;
        FOR month IN
            SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = parent::regclass AND relname ~ ('^' || parent || '_y[0-9]{{4}}m[0-9]{{2}}$')
              AND to_date(right(relname, 7), 'YYYY"m"MM') < kept_from
            ORDER BY relname
        LOOP
            EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, month.relname);
            EXECUTE format('DROP TABLE %I', month.relname);
            gone := gone + 1;
        END LOOP;{after_its_lines}
        EXECUTE format('DELETE FROM %I WHERE ctid = ANY(ARRAY(SELECT ctid FROM %I AS old WHERE %I < $1 %s LIMIT $2))',
            parent || '_rest', parent || '_rest', key, besides) USING kept_from, most;
        GET DIAGNOSTICS removed = ROW_COUNT;
        gone := gone + removed;
    END LOOP;
    RETURN gone;
END $$
"""


# Where one of the two tables had rows of a month in its default partition when the month was made, and the other had
# none, only the other one has the month. The few rows move to where their month is made.
MAKE_MISSING_HALVES = """
DO $$
DECLARE
    half record;
    of_month text;
BEGIN
    FOR half IN
        SELECT missing.parent, to_date(right(relname, 7), 'YYYY"m"MM') AS month
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        CROSS JOIN LATERAL (
            SELECT CASE inhparent WHEN 'orders'::regclass THEN 'order_lines' ELSE 'orders' END
        ) AS missing (parent)
        WHERE inhparent IN ('orders'::regclass, 'order_lines'::regclass) AND relname ~ '_y[0-9]{4}m[0-9]{2}$'
          AND to_regclass(missing.parent || right(relname, 9)) IS NULL
    LOOP
        of_month := format('FROM %I WHERE business_date >= %L AND business_date < %L',
            half.parent || '_rest', half.month, (half.month + interval '1 month')::date);
        EXECUTE 'CREATE TEMPORARY TABLE moving AS SELECT * ' || of_month;
        EXECUTE 'DELETE ' || of_month;
        PERFORM ensure_month_partitions(ARRAY[half.parent], half.month, half.month);
        EXECUTE format('INSERT INTO %I SELECT * FROM moving', half.parent);
        DROP TABLE moving;
    END LOOP;
END $$
"""

# What stands was checked line by line by the key that goes: it is not read again while nobody can write.
KEYS_OF_MONTHS = f"""
DO $$
DECLARE
    lines name;
    filled boolean;
BEGIN
    FOR lines IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'order_lines'::regclass ORDER BY relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', lines) INTO filled;
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT {KEY}'
            ' FOREIGN KEY (business_date, order_id) REFERENCES %I (business_date, id) %s',
            lines, replace(lines, 'order_lines', 'orders'), CASE WHEN filled THEN 'NOT VALID' END);
    END LOOP;
END $$
"""

NO_KEYS_OF_MONTHS = f"""
DO $$
DECLARE
    lines regclass;
BEGIN
    FOR lines IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'order_lines'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT {KEY}', lines);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """No row is read, but those of months that only one of the two tables has: both are locked for moments."""
    op.execute(f"ALTER TABLE order_lines DROP CONSTRAINT {KEY}")
    op.execute(ensure_month_partitions())
    op.execute(MAKE_MISSING_HALVES)
    op.execute(KEYS_OF_MONTHS)
    op.execute(ensure_month_partitions(TOGETHER, BOTH_OR_NEITHER, KEY_OF_A_MONTH))
    op.execute(drop_expired_months(AFTER_ITS_LINES))


def downgrade() -> None:
    """One key over all months again: every line is read and checked while nobody can write."""
    op.execute(drop_expired_months())
    op.execute(ensure_month_partitions())
    op.execute(NO_KEYS_OF_MONTHS)
    op.execute(f"""
        ALTER TABLE order_lines ADD CONSTRAINT {KEY}
            FOREIGN KEY (business_date, order_id) REFERENCES orders (business_date, id)
    """)
