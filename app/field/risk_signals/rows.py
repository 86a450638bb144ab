"""Recorded check-ins and orders as the rules look at them: the columns, in every statement that reads some."""

from app.field.risk_signals.signals import FieldEvent
from app.ground.db.statements import maker_of

_SHARED = (
    "{0}.captured_at, {0}.corrected_at, {0}.trusted, {0}.clock_changed, {0}.lat, {0}.lon, {0}.accuracy_m, {0}.fix_at,"
    " {0}.mock, {0}.provider, {0}.skew_ms, {0}.clock_doubt, {0}.device_id, {0}.verdict, {0}.distance_m"
)
CHECK_IN = (
    "c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date, "
    + _SHARED.format("c")
    + ", c.kind = 'arrival' AS arrival"
)
"""Of a check-in `c`; the code of its outlet comes from beside it."""
ORDER = "o.rep_id, o.id, 'order' AS kind, o.outlet_id, o.business_date, " + _SHARED.format("o") + ", false AS arrival"
"""Of an order `o`, likewise."""

event_of = maker_of(FieldEvent)
"""The event of a row with these columns and `outlet_code`."""
