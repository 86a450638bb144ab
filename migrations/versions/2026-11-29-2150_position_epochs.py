"""Positions of the feed and of downloads that go on after a restore, a move and a failover.

Revision: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# A constant within functions that are inlined: a position costs what the transaction's number does. STABLE, for what is
# IMMUTABLE is reckoned once and not looked at again when the function is replaced.
POSITION_OFFSET = "CREATE FUNCTION position_offset() RETURNS bigint LANGUAGE sql STABLE RETURN 0::bigint"
CURRENT_POSITION = """
CREATE FUNCTION current_position() RETURNS bigint LANGUAGE sql STABLE
    RETURN pg_current_xact_id()::text::bigint + position_offset()
"""
# All below it have ended, and what they wrote is visible.
POSITION_HORIZON = """
CREATE FUNCTION position_horizon() RETURNS bigint LANGUAGE sql STABLE
    RETURN pg_snapshot_xmin(pg_current_snapshot())::text::bigint + position_offset()
"""
# Whatever is visible is below it.
POSITION_LIMIT = """
CREATE FUNCTION position_limit() RETURNS bigint LANGUAGE sql STABLE
    RETURN pg_snapshot_xmax(pg_current_snapshot())::text::bigint + position_offset()
"""

# By the owner. Writers of positions are kept out meanwhile: whoever waits for its table plans anew with the new offset.
LIFT_POSITIONS = """
CREATE FUNCTION lift_positions() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '4s' AS $$
DECLARE
    positioned regclass;
    next_number bigint;
BEGIN
    FOR positioned IN
        SELECT DISTINCT d.adrelid FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
        WHERE pg_get_expr(d.adbin, d.adrelid) ~ 'current_position' AND NOT c.relispartition ORDER BY 1
    LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', positioned);
    END LOOP;
    SELECT greatest(max(number), highest_position() >> 40) + 1 INTO next_number FROM position_epochs;
    EXECUTE format('CREATE OR REPLACE FUNCTION position_offset() RETURNS bigint LANGUAGE sql STABLE'
        ' RETURN %s::bigint', next_number << 40);
    INSERT INTO position_epochs (number, system_identifier, timeline, database_oid, known_to)
    SELECT next_number, system_identifier, timeline, database_oid, next_number << 40 FROM present_origin();
END $$
"""

# The timeline of the log: the one of the last checkpoint is the old one for minutes after a promotion.
PRESENT_ORIGIN = """
CREATE FUNCTION present_origin(OUT system_identifier bigint, OUT timeline integer, OUT database_oid bigint)
LANGUAGE sql STABLE AS $$
    SELECT system_identifier, ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer,
        (SELECT oid::bigint FROM pg_database WHERE datname = current_database())
    FROM pg_control_system()
$$
"""

# Of the tables that find it by an index; the others were written in the same epochs.
HIGHEST_POSITION = """
CREATE FUNCTION highest_position() RETURNS bigint LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT greatest(
        (SELECT max(written_in) FROM events), (SELECT max(changed_in) FROM territories),
        (SELECT max(changed_in) FROM reps), (SELECT max(changed_in) FROM outlets),
        (SELECT max(changed_in) FROM products), (SELECT max(changed_in) FROM prices),
        (SELECT max(changed_in) FROM stock), 0)
$$
"""

# A note of its own makes the next transaction's number one higher: where nothing else happened, nothing is noted again.
KEEP_POSITIONS = """
CREATE FUNCTION keep_positions() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    newest position_epochs;
    here record;
    own bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN false;
    END IF;
    SELECT * INTO here FROM present_origin();
    SELECT * INTO newest FROM position_epochs ORDER BY number DESC LIMIT 1;
    IF (newest.system_identifier, newest.timeline, newest.database_oid)
            = (here.system_identifier, here.timeline, here.database_oid)
            AND highest_position() < position_limit() THEN
        IF position_horizon() <= newest.known_to THEN
            RETURN false;
        END IF;
        own := current_position();
        UPDATE position_epochs SET known_to = greatest(known_to,
            CASE position_horizon() WHEN own THEN own + 1 ELSE position_horizon() END)
        WHERE number = newest.number;
        RETURN false;
    END IF;
    PERFORM FROM position_epochs WHERE number = newest.number FOR UPDATE;
    IF EXISTS (SELECT FROM position_epochs WHERE number > newest.number) THEN
        RETURN false;
    END IF;
    PERFORM lift_positions();
    RETURN true;
END $$
"""

FUNCTIONS = (
    POSITION_OFFSET,
    CURRENT_POSITION,
    POSITION_HORIZON,
    POSITION_LIMIT,
    PRESENT_ORIGIN,
    HIGHEST_POSITION,
    LIFT_POSITIONS,
    KEEP_POSITIONS,
)


def upgrade() -> None:
    """What was told until now is epoch 0, whose positions are transaction numbers."""
    op.execute("""
        CREATE TABLE position_epochs (
            number integer NOT NULL,
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            system_identifier bigint NOT NULL,
            timeline integer NOT NULL,
            database_oid bigint NOT NULL,
            opened_at timestamptz NOT NULL DEFAULT now(),
            known_to bigint NOT NULL,
            CONSTRAINT pk_position_epochs PRIMARY KEY (number)
        )
    """)
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("""
        INSERT INTO position_epochs (number, system_identifier, timeline, database_oid, known_to)
        SELECT 0, system_identifier, timeline, database_oid, 0 FROM present_origin()
    """)
    set_defaults("pg_current_xact_id", "current_position()")


def downgrade() -> None:
    """Back to transaction numbers: positions that were told in a later epoch mean nothing then."""
    set_defaults("current_position", "pg_current_xact_id()::text::bigint")
    op.execute("DROP FUNCTION keep_positions, lift_positions, highest_position, present_origin")
    op.execute("DROP FUNCTION position_limit, position_horizon, current_position, position_offset")
    op.execute("DROP TABLE position_epochs")


def set_defaults(function: str, default: str) -> None:
    """Whatever column has a default by that function gets this one; partitions get their parents'."""
    op.execute(f"""
        DO $$
        DECLARE
            found record;
        BEGIN
            FOR found IN
                SELECT adrelid::regclass AS relation, attname FROM pg_attrdef
                JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
                JOIN pg_class ON pg_class.oid = adrelid AND NOT relispartition
                WHERE relnamespace = 'public'::regnamespace
                  AND pg_get_expr(adbin, adrelid) ~ '{function}'
            LOOP
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT {default}', found.relation, found.attname);
            END LOOP;
        END $$
    """)
