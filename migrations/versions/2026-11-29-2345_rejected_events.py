"""Events that could not be recorded or never came, and counters that start over (T7, V6).

Revision: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was rejected before is not known any more."""
    op.execute("""
        CREATE TABLE rejected_events (
            id uuid NOT NULL,
            kind text NOT NULL,
            device_id uuid NOT NULL,
            rep_id integer NOT NULL,
            territory_id integer NOT NULL,
            received_at timestamptz NOT NULL,
            business_date date NOT NULL,
            event_type text,
            event_id text,
            first_sequence bigint,
            last_sequence bigint,
            outlet_code text,
            problems jsonb NOT NULL,
            can_be_sent_again boolean NOT NULL,
            hold_before timestamptz,
            hold_until timestamptz,
            settled_at timestamptz,
            outcome text,
            settled_by text,
            CONSTRAINT pk_rejected_events PRIMARY KEY (id),
            CONSTRAINT fk_rejected_events_device_id_devices FOREIGN KEY (device_id) REFERENCES devices (id),
            CONSTRAINT fk_rejected_events_rep_id_reps FOREIGN KEY (rep_id) REFERENCES reps (id)
        )
    """)
    # of a day newer than the statistics the planner would believe that it is empty (decision 17)
    op.execute("ALTER TABLE rejected_events ALTER COLUMN business_date SET STATISTICS 0")
    op.execute("""
        CREATE INDEX ix_rejected_events_territory_id_received_at ON rejected_events (territory_id, received_at, id)
    """)
    op.execute("CREATE INDEX ix_rejected_events_rep_id_received_at ON rejected_events (rep_id, received_at, id)")
    op.execute("CREATE INDEX ix_rejected_events_device_id_received_at ON rejected_events (device_id, received_at)")
    op.execute("CREATE INDEX ix_rejected_events_received_at ON rejected_events USING brin (received_at)")
    op.execute("""
        ALTER TABLE device_sync_states
            ADD COLUMN given_up int8multirange NOT NULL DEFAULT '{}',
            ADD COLUMN inherited int8multirange NOT NULL DEFAULT '{}',
            ADD COLUMN counter_since timestamptz, ADD COLUMN restarted_at timestamptz
    """)


def downgrade() -> None:
    """Numbers that were given up are waited for again."""
    op.execute("""
        ALTER TABLE device_sync_states
            DROP COLUMN given_up, DROP COLUMN inherited, DROP COLUMN counter_since, DROP COLUMN restarted_at
    """)
    op.execute("DROP TABLE rejected_events")
