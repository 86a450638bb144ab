"""A calendar that changes holds from a day on.

Revision: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KEEP_PAST_CALENDAR = """
CREATE FUNCTION keep_past_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO past_calendars (territory_id, until, time_zone, order_cutoff, call_deadline, working_weekdays, holidays)
    VALUES (OLD.id, NEW.updated_at, OLD.time_zone, OLD.order_cutoff, OLD.call_deadline, OLD.working_weekdays, OLD.holidays);
    RETURN NULL;
END $$
"""  # noqa: E501


def upgrade() -> None:
    """The service says from which day on a calendar holds, and keeps the one before it."""
    op.execute("DROP TRIGGER territories_calendar ON territories")
    op.execute("DROP FUNCTION keep_past_calendar()")
    op.execute("ALTER TABLE territories ADD COLUMN calendar_from date")
    op.execute("ALTER TABLE past_calendars ADD COLUMN valid_until date")
    # So far a change held for the day of the change, too, where both cutoffs were still to come.
    op.execute("""
        UPDATE past_calendars AS past SET valid_until = changed.local_date
            + CASE WHEN changed.local_time < least(past.order_cutoff, following.order_cutoff) THEN 0 ELSE 1 END
        FROM (
            SELECT id, (until AT TIME ZONE time_zone)::date AS local_date,
                (until AT TIME ZONE time_zone)::time AS local_time
            FROM past_calendars
        ) AS changed,
        (
            SELECT past.id, coalesce(
                lead(past.order_cutoff) OVER (PARTITION BY past.territory_id ORDER BY past.until, past.id),
                territory.order_cutoff) AS order_cutoff
            FROM past_calendars AS past JOIN territories AS territory ON territory.id = past.territory_id
        ) AS following
        WHERE changed.id = past.id AND following.id = past.id
    """)
    op.execute("ALTER TABLE past_calendars ALTER COLUMN valid_until SET NOT NULL")
    op.execute("""
        UPDATE territories AS territory SET calendar_from = last.valid_until
        FROM (SELECT territory_id, max(valid_until) AS valid_until FROM past_calendars GROUP BY territory_id) AS last
        WHERE last.territory_id = territory.id
    """)


def downgrade() -> None:
    """By the instants of the changes again: a change that is to hold tomorrow holds at once."""
    op.execute("ALTER TABLE past_calendars DROP COLUMN valid_until")
    op.execute("ALTER TABLE territories DROP COLUMN calendar_from")
    op.execute(_KEEP_PAST_CALENDAR)
    op.execute("""
        CREATE TRIGGER territories_calendar AFTER UPDATE ON territories
        FOR EACH ROW WHEN (
            (OLD.time_zone, OLD.order_cutoff, OLD.call_deadline, OLD.working_weekdays, OLD.holidays)
            IS DISTINCT FROM (NEW.time_zone, NEW.order_cutoff, NEW.call_deadline, NEW.working_weekdays, NEW.holidays)
        ) EXECUTE FUNCTION keep_past_calendar()
    """)
