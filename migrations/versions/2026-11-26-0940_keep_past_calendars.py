"""Keep the calendars that territories had: a day is closed by the one that held when its cutoff came.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CALENDAR = "time_zone, order_cutoff, call_deadline, working_weekdays, holidays"

KEEP_CALENDAR = f"""
CREATE FUNCTION keep_past_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO past_calendars (territory_id, until, {CALENDAR})
    VALUES (OLD.id, NEW.updated_at, {", ".join(f"OLD.{name}" for name in CALENDAR.split(", "))});
    RETURN NULL;
END $$
"""

ON_CHANGE = f"""
CREATE TRIGGER territories_calendar AFTER UPDATE ON territories
FOR EACH ROW WHEN (
    ({", ".join(f"OLD.{name}" for name in CALENDAR.split(", "))})
    IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in CALENDAR.split(", "))})
) EXECUTE FUNCTION keep_past_calendar()
"""


def upgrade() -> None:
    op.create_table(
        "past_calendars",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("order_cutoff", sa.Time(), nullable=False),
        sa.Column("call_deadline", sa.Time(), nullable=False),
        sa.Column("working_weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("holidays", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_past_calendars_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_calendars")),
    )
    op.create_index(op.f("ix_past_calendars_territory_id"), "past_calendars", ["territory_id"])
    op.execute(KEEP_CALENDAR)
    op.execute(ON_CHANGE)


def downgrade() -> None:
    op.execute("DROP TRIGGER territories_calendar ON territories")
    op.execute("DROP FUNCTION keep_past_calendar")
    op.drop_table("past_calendars")
