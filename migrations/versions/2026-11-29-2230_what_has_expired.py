"""What has been kept for two years goes: months as partitions, other records in batches, by the owner.

Revision: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Nothing of the last 24 whole months goes, whoever asks. Children come before what they point to.
FORGET_EXPIRED = """
CREATE FUNCTION forget_expired(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    kept_from timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '24 months';
    expiring record;
    removed integer;
    total integer := 0;
BEGIN
    FOR expiring IN
        SELECT * FROM (VALUES
            ('call_attempts', 'told_at', ''),
            ('call_tasks', 'due_at', 'AND NOT EXISTS (SELECT FROM call_attempts a WHERE a.task_id = old.id)'),
            ('events', 'occurred_at', ''),
            ('event_receipts', 'received_at', ''),
            ('inbox_answers', 'queued_at', 'AND due_at IS NULL'),
            ('missing_order_resolutions', 'resolved_at', ''),
            ('order_refusals', 'received_at', ''),
            ('order_versions', 'received_at', ''),
            ('risk_signals', 'raised_at', '')
        ) AS list (relation, at, besides)
    LOOP
        EXECUTE format('DELETE FROM %I WHERE ctid = ANY(ARRAY('
            'SELECT old.ctid FROM %I AS old WHERE old.%I < $1 %s LIMIT $2))',
            expiring.relation, expiring.relation, expiring.at, expiring.besides) USING kept_from, most;
        GET DIAGNOSTICS removed = ROW_COUNT;
        total := total + removed;
    END LOOP;
    DELETE FROM inbox_forms WHERE message_id IN (
        SELECT id FROM inbox_messages WHERE received_at < kept_from ORDER BY received_at, id LIMIT most);
    DELETE FROM inbox_messages AS old WHERE id IN (
        SELECT id FROM inbox_messages WHERE received_at < kept_from ORDER BY received_at, id LIMIT most)
      AND NOT EXISTS (SELECT FROM inbox_answers a WHERE a.message_id = old.id);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN total + removed;
END $$
"""

# A partition that a foreign key refers to is taken out before it is dropped. What lies in the default partitions goes
# as rows: it is what clocks that were far off have left.
DROP_EXPIRED_MONTHS = """
CREATE FUNCTION drop_expired_months(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    kept_from date := date_trunc('month', current_date) - interval '24 months';
    month record;
    key text;
    parent text;
    gone integer := 0;
    removed integer;
BEGIN
    FOREACH parent IN ARRAY ARRAY['order_lines', 'orders', 'check_ins', 'no_order_reports', 'missing_orders', 'visits']
    LOOP
        SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0] WHERE partrelid = parent::regclass;
        FOR month IN
            SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = parent::regclass AND relname ~ ('^' || parent || '_y[0-9]{4}m[0-9]{2}$')
              AND to_date(right(relname, 7), 'YYYY"m"MM') < kept_from
            ORDER BY relname
        LOOP
            EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, month.relname);
            EXECUTE format('DROP TABLE %I', month.relname);
            gone := gone + 1;
        END LOOP;
        EXECUTE format('DELETE FROM %I WHERE ctid = ANY(ARRAY(SELECT ctid FROM %I WHERE %I < $1 LIMIT $2))',
            parent || '_rest', parent || '_rest', key) USING kept_from, most;
        GET DIAGNOSTICS removed = ROW_COUNT;
        gone := gone + removed;
    END LOOP;
    RETURN gone;
END $$
"""

INDEXES = {
    "call_attempts": "told_at",
    "call_tasks": "due_at",
    "events": "occurred_at",
    "missing_order_resolutions": "resolved_at",
    "order_refusals": "received_at",
    "order_versions": "received_at",
    "inbox_answers": "queued_at",
    "risk_signals": "raised_at",
}
"""Records come in the order of these times: a summary for each stretch of the table, next to nothing to write."""


def upgrade() -> None:
    """Nothing goes yet: the scheduler asks for it."""
    for table, column in INDEXES.items():
        op.execute(f"CREATE INDEX ix_{table}_{column} ON {table} USING brin ({column})")
    op.execute(FORGET_EXPIRED)
    op.execute(DROP_EXPIRED_MONTHS)


def downgrade() -> None:
    """Kept for good again."""
    op.execute("DROP FUNCTION drop_expired_months, forget_expired")
    for table, column in INDEXES.items():
        op.execute(f"DROP INDEX ix_{table}_{column}")
