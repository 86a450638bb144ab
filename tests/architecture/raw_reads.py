"""Tables that a domain reads by name although another domain owns them, each with the reason.

Everywhere else the owner's service is called, or its mapped classes are joined: those are renamed together with their
columns. An entry that nothing needs any more fails the test, as one that is missing does.
"""

_ONE_LOOK = "an upload's first statement: it locks, and reads under the lock everything that a decision needs"
_FIRST_ANSWERS = "the first answers to events of four kinds, looked up in one statement with a plan of its own"
_FIELD_DAY = "what lies around events, in one statement of look-ups that the planner must not turn into a join"
_PHONES = "a month of events read once, for what two reps have in common"
_CONTENTS = "the lines of an order and of those before it in one statement, as text: rows would cost the driver more"
_REPLAYED = "a month counted as a whole, in a transaction that only reads"
_LATE = "what came late, with the check-in before it, in one statement for any number of missing orders"
_THEN = "who answered for a visit at its cutoff, looked up beside each visit that is locked"
_BY_KEYS = "orders with their lines and terms, locked and looked up by their keys: rows as arrays, planned once"
_BY_NAME = "strangers, or above it: named by string, like a foreign key"
_SIGHT = "what brings an order into a caller's sight; its owner stands above"
_IMPORT = "a plan's versions from whatever stands in `visits`: INSERT … SELECT for any number of plans"

RAW_READS: dict[tuple[str, str], str] = {
    ("catalogue", "outlets"): _BY_NAME,
    ("cutoff", "check_ins"): _LATE,
    ("cutoff", "orders"): _LATE,
    ("deliveries", "order_lines"): _BY_KEYS,
    ("deliveries", "order_versions"): "what an order said when its rep had the last say, looked up by keys as arrays",
    ("deliveries", "orders"): _BY_KEYS,
    ("deliveries", "outlet_terms"): _BY_KEYS,
    ("deliveries", "outlets"): "an outlet's code, kept in a version by INSERT … SELECT",
    (
        "deliveries",
        "products",
    ): "a line says its product's code: kept in a version by INSERT … SELECT, and listed by look-ups",
    ("cutoff", "risk_signals"): "what waits for a review with the late orders beside it, in one statement for a month",
    ("events", "territories"): _BY_NAME,
    ("handheld", "cutoff_runs"): _ONE_LOOK,
    ("handheld", "device_boots"): _ONE_LOOK,
    ("handheld", "device_days"): _ONE_LOOK,
    ("handheld", "device_sync_states"): _ONE_LOOK,
    ("handheld", "event_receipts"): "which numbers came with an event that nobody knows, in one statement",
    ("handheld", "past_calendars"): _ONE_LOOK,
    ("handheld", "rejected_events"): _ONE_LOOK,
    ("handheld", "territories"): _ONE_LOOK,
    ("handheld", "verdict_policies"): _ONE_LOOK,
    ("handheld", "workdays"): _ONE_LOOK,
    ("identity", "device_sync_states"): "a device's list entry tells when it last uploaded; watermarks stand above it",
    ("order_taking", "check_ins"): _FIRST_ANSWERS,
    ("order_taking", "no_order_reports"): _FIRST_ANSWERS,
    ("order_taking", "order_versions"): _FIRST_ANSWERS,
    ("order_taking", "orders"): _FIRST_ANSWERS,
    ("orders", "call_tasks"): _SIGHT,
    (
        "orders",
        "products",
    ): "a line says its product's code: kept in a version by INSERT … SELECT, and listed by look-ups",
    ("orders", "territories"): "what stands around forms in one look, each part a look-up (decision 17)",
    ("orders", "visits"): _SIGHT,
    ("outlets", "products"): _BY_NAME,
    ("punctuality", "audit_entries"): _THEN,
    ("punctuality", "check_ins"): _LATE,
    ("punctuality", "cutoff_runs"): "visits of days that are closed, locked in one statement; runs stand above them",
    ("punctuality", "orders"): _LATE,
    ("punctuality", "outlet_terms"): "the due time that held, looked up beside each visit that is locked",
    ("punctuality", "outlets"): _THEN,
    ("punctuality", "rep_closings"): _LATE,
    ("punctuality", "reps"): _THEN,
    ("punctuality", "risk_signals"): _LATE,
    ("punctuality", "territories"): _THEN,
    ("punctuality", "visits"): "locked by their outlets and days, before anything is decided about them",
    ("returns", "deliveries"): "deliveries that returns name, looked up by their keys",
    ("returns", "outlets"): "an outlet's code, kept in a version by INSERT … SELECT",
    ("returns", "products"): "a line says its product's code, kept in a version by INSERT … SELECT",
    ("risk_signals", "check_ins"): _FIELD_DAY,
    ("risk_signals", "device_days"): "sums that are kept with each upload, looked up by rep and day",
    ("risk_signals", "devices"): _PHONES,
    ("risk_signals", "order_lines"): _CONTENTS,
    ("risk_signals", "orders"): _FIELD_DAY,
    ("risk_signals", "outlet_locations"): _FIELD_DAY,
    ("risk_signals", "outlets"): _FIELD_DAY,
    ("risk_signals", "products"): _CONTENTS,
    ("risk_signals", "reps"): _PHONES,
    ("simulations", "cutoff_runs"): _REPLAYED,
    ("simulations", "missing_order_resolutions"): _REPLAYED,
    ("simulations", "missing_orders"): _REPLAYED,
    ("simulations", "points_entries"): _REPLAYED,
    ("statements", "points_entries"): "a month added up by one INSERT … SELECT",
    ("week_plans", "reps"): "plans by their reps' codes: INSERT … SELECT for any number of plans",
    ("week_plans", "visits"): _IMPORT,
}

UNREADABLE: dict[str, str] = {
    "app/closing/simulations/fact_queries.py": "counts by conditions that its statements share, and writes nothing",
    "app/doors/personal_data/queries.py": "takes a person out of every table, by the register, as the tables' owner",
    "app/doors/timelines/queries.py": "numbers its sources by constants, and only reads",
    "app/doors/timelines/reading.py": "has titles and members as words of the statement, and only reads",
    "app/ground/db/searching.py": "compares a list's own rows by the expression that is indexed, and only reads",
    "app/ground/db/statements.py": "writes the table that it is given: whoever calls `insert_rows` is looked at",
    "app/ground/db/upserts.py": "writes the table that it is given: whoever calls `upsert_by_code` is looked at",
    "app/ground/private_cluster/roles.py": "makes the role and the database, in the language of psql",
}
"""Files with statements of which the source does not say what they write."""

_FILLS = "fills its world by SQL: rows by the million, in seconds"
_BARE = "the same work by bare SQL, which the service is measured against"

BENCHMARKS: dict[str, str] = {
    "benchmarks/closing.py": _BARE,
    "benchmarks/closing.sql": _FILLS,
    "benchmarks/statements.py": "the bare sum that a closing is compared with",
    "benchmarks/statements.sql": _FILLS,
    "benchmarks/closing_masters.sql": _FILLS,
    "benchmarks/day.sql": _FILLS,
    "benchmarks/deliveries.py": _BARE,
    "benchmarks/deliveries.sql": _FILLS,
    "benchmarks/inbox.py": "gives outlets of its world an address each",
    "benchmarks/month.py": "makes the one user that asks",
    "benchmarks/month.sql": _FILLS,
    "benchmarks/order.pgbench.sql": _BARE,
    "benchmarks/rep_days.py": "makes the one user that asks, and uploads as far as they are looked for",
    "benchmarks/rep_days.sql": _FILLS,
    "benchmarks/storage.py": _BARE,
    "benchmarks/storage.sql": _FILLS,
    "benchmarks/supervisors.py": "makes those who look, by the hundred and without passwords",
    "benchmarks/timeline.py": "runs the statements of timeline.sql",
    "benchmarks/timeline.sql": _FILLS,
    "benchmarks/weeks.py": "runs the statements of weeks.sql",
    "benchmarks/weeks.sql": _FILLS,
    "benchmarks/world.py": "runs the statements of world.sql and day.sql",
    "benchmarks/world.sql": _FILLS,
}
"""Files of the benchmarks that write tables past their owners, each with what for."""
