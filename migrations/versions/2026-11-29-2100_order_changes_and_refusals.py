"""Orders keep who cancelled them and from when it counts; refused forms are kept whole.

Revision: 0020
Revises: 0019

An order tells since when it counts where its form had been refused before, and from which instant it counts no more. A
refused form is kept once for each content that an id had.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# A handheld's cancellation counts from its capture where its clock could be believed, any other from its arrival.
FILL_CANCELLED = """
    UPDATE orders AS o SET cancelled_by = last.changed_by, cancelled_by_kind = split_part(last.changed_by, ':', 1),
        cancelled_effective_at = CASE WHEN last.trusted AND last.changed_by LIKE 'device:%'
            THEN least(last.corrected_at, o.cancelled_at) ELSE o.cancelled_at END
    FROM (
        SELECT DISTINCT ON (business_date, order_id) business_date, order_id, changed_by, corrected_at, trusted
        FROM order_versions WHERE change = 'cancelled' ORDER BY business_date, order_id, version DESC
    ) AS last
    WHERE o.business_date = last.business_date AND o.id = last.order_id AND o.cancelled_at IS NOT NULL
"""
FILL_AMENDED = """
    UPDATE orders AS o SET amended_by = last.changed_by
    FROM (
        SELECT DISTINCT ON (business_date, order_id) business_date, order_id, changed_by
        FROM order_versions WHERE change = 'amended' ORDER BY business_date, order_id, version DESC
    ) AS last
    WHERE o.business_date = last.business_date AND o.id = last.order_id AND o.amended_at IS NOT NULL
"""
KEEP_FIRST_REFUSALS = """
    DELETE FROM order_refusals AS r USING order_refusals AS first
    WHERE first.id = r.id AND (first.received_at, first.digest) < (r.received_at, r.digest)
"""


def upgrade() -> None:
    """Columns that may be empty, or have a constant default: no table is written anew."""
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN first_received_at timestamptz,
            ADD COLUMN amended_by text,
            ADD COLUMN cancelled_by text,
            ADD COLUMN cancelled_by_kind text,
            ADD COLUMN cancelled_effective_at timestamptz
    """)
    op.execute("ALTER TABLE order_versions ADD COLUMN changed_by_kind text, ADD COLUMN changed_by_id text")
    op.execute("UPDATE order_versions SET changed_by_kind = split_part(changed_by, ':', 1)")
    op.execute("ALTER TABLE order_versions ALTER COLUMN changed_by_kind SET NOT NULL")
    op.execute(FILL_CANCELLED)
    op.execute(FILL_AMENDED)
    op.execute("""
        ALTER TABLE order_refusals
            ADD COLUMN digest bytea NOT NULL DEFAULT '',
            ADD COLUMN device_id uuid,
            ADD COLUMN channel text,
            ADD COLUMN captured_at timestamptz,
            ADD COLUMN corrected_at timestamptz,
            ADD COLUMN trusted boolean,
            ADD COLUMN form jsonb,
            DROP CONSTRAINT pk_order_refusals,
            ADD CONSTRAINT pk_order_refusals PRIMARY KEY (id, digest)
    """)
    op.execute("ALTER TABLE order_refusals ALTER COLUMN digest DROP DEFAULT")


def downgrade() -> None:
    """Of an id that was refused with several contents the first refusal is kept."""
    op.execute(KEEP_FIRST_REFUSALS)
    op.execute("""
        ALTER TABLE order_refusals
            DROP CONSTRAINT pk_order_refusals,
            DROP COLUMN digest,
            DROP COLUMN device_id,
            DROP COLUMN channel,
            DROP COLUMN captured_at,
            DROP COLUMN corrected_at,
            DROP COLUMN trusted,
            DROP COLUMN form,
            ADD CONSTRAINT pk_order_refusals PRIMARY KEY (id)
    """)
    op.execute("ALTER TABLE order_versions DROP COLUMN changed_by_kind, DROP COLUMN changed_by_id")
    op.execute("""
        ALTER TABLE orders
            DROP COLUMN first_received_at,
            DROP COLUMN amended_by,
            DROP COLUMN cancelled_by,
            DROP COLUMN cancelled_by_kind,
            DROP COLUMN cancelled_effective_at
    """)
