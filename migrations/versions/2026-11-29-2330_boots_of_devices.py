"""What devices have told of their clocks, boot by boot, and what is to be told of an event's time.

Revision: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STAMPED = ("check_ins", "orders", "no_order_reports")


def upgrade() -> None:
    """Boots begin to be known with the next request of each device."""
    op.execute("""
        CREATE TABLE device_boots (
            device_id uuid NOT NULL,
            boot_id text NOT NULL,
            first_heard_at timestamptz NOT NULL,
            heard_at timestamptz NOT NULL,
            anchor_at timestamptz,
            skew_ms bigint,
            monotonic_ms bigint,
            sent_at timestamptz,
            claimed_ms bigint,
            claimed_to bigint,
            CONSTRAINT pk_device_boots PRIMARY KEY (device_id, boot_id),
            CONSTRAINT fk_device_boots_device_id_devices FOREIGN KEY (device_id) REFERENCES devices (id)
        )
    """)
    op.execute("CREATE INDEX ix_device_boots_heard_at ON device_boots (heard_at)")
    op.execute("""
        ALTER TABLE device_sync_states
            DROP COLUMN last_skew_ms, DROP COLUMN last_sent_at, DROP COLUMN last_boot_id
    """)
    for table in STAMPED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN clock_doubt text")


def downgrade() -> None:
    """The last sending of each device is told by its next one."""
    for table in STAMPED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN clock_doubt")
    op.execute("""
        ALTER TABLE device_sync_states
            ADD COLUMN last_skew_ms bigint, ADD COLUMN last_sent_at timestamptz, ADD COLUMN last_boot_id text
    """)
    op.execute("DROP TABLE device_boots")
