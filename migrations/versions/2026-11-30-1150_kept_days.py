"""What is kept of days that are over, and the marks of what came late.

Revision: 0034
Revises: 0033
"""

from typing import NamedTuple

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KPIS = {
    "strike_rate_made": "bigint",
    "strike_rate_planned": "bigint",
    "verified_rate": "bigint",
    "adherence": "bigint",
    "on_time_rate": "bigint",
    "lines_per_productive_call": "bigint",
    "drop_size": "numeric",
    "must_stock_rate": "bigint",
    "time_in_store": "bigint",
    "call_recovery_rate": "bigint",
}
"""What is added up for each KPI, and of which type its numerators are."""

FIGURES = "records bigint NOT NULL DEFAULT 0" + "".join(
    f", {kpi}_numerator {of} NOT NULL DEFAULT 0, {kpi}_denominator bigint NOT NULL DEFAULT 0"
    for kpi, of in KPIS.items()
)

# A mark says that a transaction has changed what a territory's day is made of. Marks of several transactions never
# wait for each other: each has its own row.
MARK_DAYS = """
CREATE FUNCTION mark_days_stale(day date, territories integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_days (territory_id, business_date)
    SELECT DISTINCT territory, day FROM unnest(territories) territory
    ON CONFLICT DO NOTHING;
END $$
"""

MARK_BY_SUPPLEMENT = """
CREATE FUNCTION mark_days_by_supplement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_days_stale(NEW.business_date, NEW.territory_id || ARRAY(SELECT territory_id FROM call_tasks
        WHERE business_date = NEW.business_date AND outlet_id = NEW.outlet_id));
    RETURN NULL;
END $$
"""

# A run opens its tasks by the thousand, nearly always for a day that is not over, and marks its day besides: what was
# marked just before, in this transaction, is not marked for each of them.
MARK_BY_NEW_CALL_TASK = """
CREATE FUNCTION mark_days_by_new_call_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marking text := NEW.territory_id || ' ' || NEW.business_date;
BEGIN
    IF current_setting('fieldproof.day_marked', true) IS DISTINCT FROM marking THEN
        PERFORM mark_days_stale(NEW.business_date, ARRAY[NEW.territory_id]);
        PERFORM set_config('fieldproof.day_marked', marking, true);
    END IF;
    RETURN NULL;
END $$
"""

# Terms hold from the moment at which they were written; an order may have come just then.
MARK_BY_TERMS = """
CREATE FUNCTION mark_days_by_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_days (territory_id, business_date)
    SELECT DISTINCT o.territory_id, o.business_date FROM added
    JOIN orders o ON o.outlet_id = added.outlet_id AND o.received_at >= added.valid_from
        AND o.business_date >= added.valid_from::date - 15
        AND o.business_date < (clock_timestamp() AT TIME ZONE 'UTC')::date
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""

FUNCTIONS = {
    "mark_days_stale(date, integer[])": MARK_DAYS,
    "mark_days_by_supplement()": MARK_BY_SUPPLEMENT,
    "mark_days_by_new_call_task()": MARK_BY_NEW_CALL_TASK,
    "mark_days_by_terms()": MARK_BY_TERMS,
}

# For a day that is not over nothing is kept, and nothing to be marked: its rows pay for one comparison each. The clock
# is read when the row is written: by then the transaction has its number (decision 60).
OVER = "(clock_timestamp() AT TIME ZONE 'UTC')::date"

OF_VISITS = "SELECT territory_id FROM visits WHERE visit_date = {row}.business_date AND outlet_id = {row}.outlet_id"
OF_CALLS = (
    "SELECT task.territory_id FROM missing_orders AS missing JOIN call_tasks AS task"
    " ON task.outlet_id = missing.outlet_id AND task.business_date = missing.business_date"
    " WHERE missing.business_date = {row}.business_date AND missing.run_id = {row}.id"
)


class Marking(NamedTuple):
    """Whose rows mark days: by which column, whose they are (of a `{row}`), and what the figures are made of.

    What a row is inserted with marks days, too, unless a function of its own does it.
    """

    table: str
    day: str
    territories: str
    columns: str
    inserted: bool = True


MARKINGS = (
    Marking(
        "visits",
        "visit_date",
        "ARRAY[{row}.territory_id]",
        "visit_date, territory_id, rep_id, outlet_id, sequence, approved_at, excused_at",
    ),
    # a check-in is of its rep's visit, whatever territory that was planned in
    Marking(
        "check_ins",
        "business_date",
        f"ARRAY({OF_VISITS} AND rep_id = {{row}}.rep_id)",
        "business_date, rep_id, outlet_id, kind, verdict, corrected_at",
    ),
    # an order covers the visits of its outlet, whatever territory either is of (O5)
    Marking(
        "orders",
        "business_date",
        f"{{row}}.territory_id || ARRAY({OF_VISITS})",
        "business_date, territory_id, outlet_id, rep_id, channel, cancelled_at, received_at, line_count, total_value,"
        " version",
    ),
    # what a run has missed decides whose a call was (and that it counts), also where another territory's run opened it;
    # at first it has missed nothing, and ends by an update
    Marking(
        "cutoff_runs",
        "business_date",
        f"{{row}}.territory_id || ARRAY({OF_CALLS})",
        "business_date, territory_id, cutoff_at, voided_at, finished_at",
    ),
    Marking(
        "call_tasks",
        "business_date",
        "ARRAY[{row}.territory_id]",
        "business_date, territory_id, outlet_id, outcome",
        inserted=False,
    ),
)


def function_of(marking: Marking) -> str:
    """The function that marks the days of a row as it was, and as it is."""
    marks = {
        row: f"PERFORM mark_days_stale({row}.{marking.day}, {marking.territories.format(row=row)});"
        for row in ("OLD", "NEW")
    }
    return f"""
CREATE FUNCTION mark_days_of_{marking.table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        {marks["OLD"]}
    END IF;
    IF TG_OP <> 'DELETE' THEN
        {marks["NEW"]}
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Nothing is kept yet: the scheduler counts the days that are over, the newest first."""
    op.execute(f"""
        CREATE TABLE kept_days (
            territory_id integer NOT NULL, business_date date NOT NULL,
            announced_in bigint NOT NULL DEFAULT current_position(), kept_to bigint, definition bigint, {FIGURES},
            CONSTRAINT pk_kept_days PRIMARY KEY (territory_id, business_date))
    """)
    op.execute(f"""
        CREATE TABLE kept_rep_days (
            territory_id integer NOT NULL, business_date date NOT NULL, rep_id integer NOT NULL,
            product_codes text[] NOT NULL DEFAULT '{{}}', products_due bigint[] NOT NULL DEFAULT '{{}}',
            products_ordered bigint[] NOT NULL DEFAULT '{{}}', {FIGURES},
            CONSTRAINT pk_kept_rep_days PRIMARY KEY (territory_id, business_date, rep_id))
    """)
    # a day's bits are set in place, without an entry of an index
    op.execute("""
        CREATE TABLE kept_outlets (
            territory_id integer NOT NULL, month date NOT NULL, rep_id integer NOT NULL, outlet_id integer NOT NULL,
            visited_days integer NOT NULL, planned_days integer NOT NULL, made_days integer NOT NULL,
            ordered_days integer NOT NULL,
            CONSTRAINT pk_kept_outlets PRIMARY KEY (territory_id, month, rep_id, outlet_id)) WITH (fillfactor = 50)
    """)
    op.execute("CREATE TABLE kept_products (code text NOT NULL, CONSTRAINT pk_kept_products PRIMARY KEY (code))")
    op.execute("""
        CREATE TABLE stale_days (
            territory_id integer NOT NULL, business_date date NOT NULL,
            marked_in bigint NOT NULL DEFAULT current_position(),
            CONSTRAINT pk_stale_days PRIMARY KEY (territory_id, business_date, marked_in))
    """)
    # the planner takes any day for like any other (decision 17)
    for table in ("kept_days", "kept_rep_days", "stale_days"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN business_date SET STATISTICS 0")
    op.execute("ALTER TABLE kept_outlets ALTER COLUMN month SET STATISTICS 0")
    for function in FUNCTIONS.values():
        op.execute(function)
    for marking in MARKINGS:
        op.execute(function_of(marking))
        old, new = (", ".join(f"{row}.{name}" for name in marking.columns.split(", ")) for row in ("OLD", "NEW"))
        changed = f"least(OLD.{marking.day}, NEW.{marking.day}) < {OVER} AND ({old}) IS DISTINCT FROM ({new})"
        events = {"UPDATE": changed, "DELETE": f"OLD.{marking.day} < {OVER}"}
        if marking.inserted:
            events["INSERT"] = f"NEW.{marking.day} < {OVER}"
        for event, condition in events.items():
            op.execute(
                f"CREATE TRIGGER {marking.table}_stale_{event.lower()} AFTER {event} ON {marking.table}"
                f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION mark_days_of_{marking.table}()"
            )
    op.execute(f"""
        CREATE TRIGGER missing_orders_stale AFTER INSERT ON missing_orders
        FOR EACH ROW WHEN (NEW.supplement AND NEW.business_date < {OVER}) EXECUTE FUNCTION mark_days_by_supplement()
    """)
    op.execute(f"""
        CREATE TRIGGER call_tasks_stale AFTER INSERT ON call_tasks
        FOR EACH ROW WHEN (NEW.business_date < {OVER}) EXECUTE FUNCTION mark_days_by_new_call_task()
    """)
    op.execute("""
        CREATE TRIGGER outlet_terms_stale AFTER INSERT ON outlet_terms REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION mark_days_by_terms()
    """)


def downgrade() -> None:
    """Figures are counted from the records again, each time that somebody asks."""
    for marking in MARKINGS:
        for event in ("update", "delete", "insert"):
            op.execute(f"DROP TRIGGER IF EXISTS {marking.table}_stale_{event} ON {marking.table}")
        op.execute(f"DROP FUNCTION mark_days_of_{marking.table}()")
    for table in ("missing_orders", "call_tasks", "outlet_terms"):
        op.execute(f"DROP TRIGGER {table}_stale ON {table}")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TABLE stale_days, kept_products, kept_outlets, kept_rep_days, kept_days")
