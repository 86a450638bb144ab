"""What has changed of reps' days, for those who look at them.

Revision: 0044
Revises: 0043
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# Today, wherever a territory may be: what is of another day nobody looks at live.
RECENT = "BETWEEN (clock_timestamp() AT TIME ZONE 'UTC')::date - 1 AND (clock_timestamp() AT TIME ZONE 'UTC')::date + 1"

# By statement where rows come by the thousand, or where an upload's rows need not be looked at one by one. Ad hoc
# visits are made by uploads, whose device's state tells of them.
OF_VISITS = f"""
CREATE FUNCTION tell_of_visits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id, rep_id)
    SELECT DISTINCT visit_date, territory_id, rep_id FROM changed
    WHERE visit_date {RECENT} AND (approved_at IS NOT NULL OR excused_at IS NOT NULL);
    RETURN NULL;
END $$
"""

# An order covers the visits of its outlet, whoever brought it (O5).
OF_ORDER = """
CREATE FUNCTION tell_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id, rep_id)
    SELECT DISTINCT visit_date, territory_id, rep_id FROM visits
    WHERE visit_date = NEW.business_date AND outlet_id = NEW.outlet_id;
    RETURN NULL;
END $$
"""

OF_SIGNAL = """
CREATE FUNCTION tell_of_signal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id, rep_id)
    VALUES (NEW.business_date, NEW.territory_id, NEW.rep_id);
    RETURN NULL;
END $$
"""

# The first entries about visits come with what tells of itself: the day's run, an order, a check-in, an excuse, a
# review. By the hundred thousand they come with the run.
OF_ENTRY = """
CREATE FUNCTION tell_of_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id, rep_id)
    SELECT NEW.business_date, territory_id, id FROM reps WHERE id = NEW.rep_id;
    RETURN NULL;
END $$
"""

OF_FINALISATION = f"""
CREATE FUNCTION tell_of_finalisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id, rep_id)
    SELECT entry.business_date, reps.territory_id, reps.id
    FROM points_entries entry JOIN reps ON reps.id = entry.rep_id
    WHERE entry.id = NEW.entry_id AND entry.business_date {RECENT};
    RETURN NULL;
END $$
"""

# The whole territory: its run flags visits, opens calls and books penalties by the thousand.
OF_TERRITORY = """
CREATE FUNCTION tell_of_territory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes (business_date, territory_id) VALUES (NEW.business_date, NEW.territory_id);
    RETURN NULL;
END $$
"""

# One by one, but where a territory's expire together.
MOST_CALL_TASKS = 100
OF_CALL_TASKS = f"""
CREATE FUNCTION tell_of_call_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM changed) > {MOST_CALL_TASKS} THEN
        INSERT INTO day_changes (business_date, territory_id)
        SELECT DISTINCT business_date, territory_id FROM changed WHERE business_date {RECENT};
    ELSE
        INSERT INTO day_changes (business_date, territory_id, call_task_id)
        SELECT business_date, territory_id, id FROM changed WHERE business_date {RECENT};
    END IF;
    RETURN NULL;
END $$
"""

FUNCTIONS = {
    "tell_of_visits": OF_VISITS,
    "tell_of_order": OF_ORDER,
    "tell_of_signal": OF_SIGNAL,
    "tell_of_entry": OF_ENTRY,
    "tell_of_finalisation": OF_FINALISATION,
    "tell_of_territory": OF_TERRITORY,
    "tell_of_call_tasks": OF_CALL_TASKS,
}

BY_STATEMENT, BY_ROW = "FOR EACH STATEMENT", "FOR EACH ROW"
REVIEWED = "(OLD.withdrawn_at, OLD.reviewed_at) IS DISTINCT FROM (NEW.withdrawn_at, NEW.reviewed_at)"
TRIGGERS = (
    ("visits", "insert", "INSERT", f"REFERENCING NEW TABLE AS changed {BY_STATEMENT}", "tell_of_visits"),
    ("visits", "delete", "DELETE", f"REFERENCING OLD TABLE AS changed {BY_STATEMENT}", "tell_of_visits"),
    ("visits", "update_old", "UPDATE", f"REFERENCING OLD TABLE AS changed {BY_STATEMENT}", "tell_of_visits"),
    ("visits", "update_new", "UPDATE", f"REFERENCING NEW TABLE AS changed {BY_STATEMENT}", "tell_of_visits"),
    # whoever asks looks for those of handhelds: an upload writes the state of its device, and nothing for this
    (
        "orders",
        "insert",
        "INSERT",
        f"{BY_ROW} WHEN (NEW.channel <> 'HANDHELD' AND NEW.business_date {RECENT})",
        "tell_of_order",
    ),
    (
        "orders",
        "update",
        "UPDATE",
        f"{BY_ROW} WHEN (OLD.version <> NEW.version AND NEW.business_date {RECENT})",
        "tell_of_order",
    ),
    ("risk_signals", "insert", "INSERT", f"{BY_ROW} WHEN (NEW.business_date {RECENT})", "tell_of_signal"),
    (
        "risk_signals",
        "update",
        "UPDATE",
        f"{BY_ROW} WHEN (NEW.business_date {RECENT} AND {REVIEWED})",
        "tell_of_signal",
    ),
    (
        "points_entries",
        "insert",
        "INSERT",
        f"{BY_ROW} WHEN ((NEW.source_type <> 'visit' OR NEW.reverses_id IS NOT NULL) AND NEW.business_date {RECENT})",
        "tell_of_entry",
    ),
    # what 72 hours have made final is of no recent day, and comes by the thousand
    (
        "penalty_finalisations",
        "insert",
        "INSERT",
        f"{BY_ROW} WHEN (NEW.because <> 'after_72h')",
        "tell_of_finalisation",
    ),
    ("cutoff_runs", "change", "INSERT OR UPDATE", f"{BY_ROW} WHEN (NEW.business_date {RECENT})", "tell_of_territory"),
    (
        "missing_orders",
        "supplement",
        "INSERT",
        f"{BY_ROW} WHEN (NEW.supplement AND NEW.business_date {RECENT})",
        "tell_of_territory",
    ),
    ("call_tasks", "update", "UPDATE", f"REFERENCING NEW TABLE AS changed {BY_STATEMENT}", "tell_of_call_tasks"),
)


def upgrade() -> None:
    """Whoever looked before asks everything anew."""
    op.execute("""
        CREATE TABLE day_changes (
            changed_in bigint NOT NULL DEFAULT current_position(),
            id bigint GENERATED BY DEFAULT AS IDENTITY,
            business_date date NOT NULL, territory_id integer NOT NULL, rep_id integer, call_task_id uuid,
            changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT pk_day_changes PRIMARY KEY (changed_in, id))
    """)
    # the planner takes any day for like any other (decision 17)
    op.execute("ALTER TABLE day_changes ALTER COLUMN business_date SET STATISTICS 0")
    op.execute("ALTER TABLE device_sync_states ADD COLUMN changed_in bigint NOT NULL DEFAULT current_position()")
    for function in FUNCTIONS.values():
        op.execute(function)
    for table, name, event, how, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {table}_told_{name} AFTER {event} ON {table} {how} EXECUTE FUNCTION {function}()")


def downgrade() -> None:
    """Nobody is told any more."""
    for table, name, *_ in TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_told_{name} ON {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("ALTER TABLE device_sync_states DROP COLUMN changed_in")
    op.execute("DROP TABLE day_changes")
