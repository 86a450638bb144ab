"""A rep's days and fixes in the order of time, and how many events each handheld has had on each day (decision 59).

Revision: 0033
Revises: 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What lies next to an event is looked up, whatever its rep did on the day."""
    for table in ("check_ins", "orders"):
        op.execute(f"""
            CREATE INDEX ix_{table}_rep_id_business_date_corrected_at
            ON {table} (rep_id, business_date, corrected_at, id)
        """)
        op.execute(f"DROP INDEX ix_{table}_rep_id_business_date")
    op.execute("DROP INDEX ix_orders_fix")
    for table in ("check_ins", "orders"):
        op.execute(f"""
            CREATE INDEX ix_{table}_fix ON {table} (rep_id, lat, lon, corrected_at, id) WHERE lat IS NOT NULL
        """)
    op.execute("CREATE INDEX ix_risk_signals_rep_id_business_date_rule ON risk_signals (rep_id, business_date, rule)")
    op.execute("DROP INDEX ix_risk_signals_rep_id_business_date")
    create_device_days()


def create_device_days() -> None:
    op.execute("""
        CREATE TABLE device_days (
            rep_id integer NOT NULL,
            business_date date NOT NULL,
            device_id uuid NOT NULL,
            events integer DEFAULT 0 NOT NULL,
            received integer DEFAULT 0 NOT NULL,
            timed_events integer DEFAULT 0 NOT NULL,
            first_at timestamp with time zone,
            first_id uuid,
            last_at timestamp with time zone,
            last_id uuid,
            CONSTRAINT pk_device_days PRIMARY KEY (rep_id, business_date, device_id)
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX ix_device_days_business_date ON device_days (business_date)")
    # of a day newer than the statistics the planner would believe that it is empty (decision 17)
    op.execute("ALTER TABLE device_days ALTER COLUMN business_date SET STATISTICS 0")
    # of all days whose counts are kept: what comes late is judged beside them
    op.execute("""
        INSERT INTO device_days (
            rep_id, business_date, device_id, events, timed_events, first_at, first_id, last_at, last_id
        )
        SELECT rep_id, business_date, device_id, count(*), count(*) FILTER (WHERE timed),
            min(corrected_at) FILTER (WHERE timed),
            (array_agg(id ORDER BY corrected_at, id) FILTER (WHERE timed))[1],
            max(corrected_at) FILTER (WHERE timed),
            (array_agg(id ORDER BY corrected_at DESC, id DESC) FILTER (WHERE timed))[1]
        FROM (
            SELECT rep_id, business_date, device_id, id, corrected_at,
                clock_doubt IS DISTINCT FROM 'unproven_time' AND (trusted OR NOT clock_changed) AS timed
            FROM check_ins WHERE business_date >= current_date - 35 AND device_id IS NOT NULL
            UNION ALL
            SELECT rep_id, business_date, device_id, id, corrected_at,
                clock_doubt IS DISTINCT FROM 'unproven_time' AND (trusted OR NOT clock_changed)
            FROM orders WHERE business_date >= current_date - 35 AND device_id IS NOT NULL AND rep_id IS NOT NULL
        ) AS event GROUP BY rep_id, business_date, device_id
    """)


def downgrade() -> None:
    """Whole days are read again."""
    op.execute("DROP TABLE device_days")
    op.execute("CREATE INDEX ix_risk_signals_rep_id_business_date ON risk_signals (rep_id, business_date)")
    op.execute("DROP INDEX ix_risk_signals_rep_id_business_date_rule")
    op.execute("DROP INDEX ix_check_ins_fix")
    op.execute("DROP INDEX ix_orders_fix")
    op.execute("CREATE INDEX ix_orders_fix ON orders (rep_id, business_date, lat, lon) WHERE lat IS NOT NULL")
    op.execute("CREATE INDEX ix_check_ins_rep_id_business_date ON check_ins (rep_id, business_date) INCLUDE (lat, lon)")
    op.execute("CREATE INDEX ix_orders_rep_id_business_date ON orders (rep_id, business_date)")
    for table in ("check_ins", "orders"):
        op.execute(f"DROP INDEX ix_{table}_rep_id_business_date_corrected_at")
