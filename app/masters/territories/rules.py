"""What a territory or a rep becomes by what is said of it: plain values in, plain values out."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from app.ground.errors import FieldProblem
from app.ground.web.bodies import missing, over

Values = Mapping[str, Any]
Problems = tuple[FieldProblem, ...]

USUAL_DEADLINE = time(19)
LAST_MOMENT = time(23, 59, 59)

_NEW_TERRITORY: dict[str, Any] = {
    "name": None,
    "time_zone": None,
    "order_cutoff": time(17),
    "call_deadline": None,
    "working_weekdays": [1, 2, 3, 4, 5],
    "holidays": [],
    "warehouse_code": None,
}
_NEW_REP: dict[str, Any] = {"name": None, "territory_id": None, "active": True, "emails": []}


def territory_after(before: Values | None, members: Values) -> Values | Problems:
    """A territory (None: a new one) with what is said of it over it, or what is wrong with that.

    Outlets are phoned after the cutoff: a deadline that nobody set is the usual one, or the day's end.
    """
    existing = _NEW_TERRITORY if before is None else {name: before[name] for name in _NEW_TERRITORY}
    after = over(existing, members)
    if problems := missing(after, "name", "time_zone"):
        return problems
    if after["call_deadline"] is None:
        after["call_deadline"] = USUAL_DEADLINE if after["order_cutoff"] < USUAL_DEADLINE else LAST_MOMENT
    if after["call_deadline"] <= after["order_cutoff"]:
        message = "This must come after order_cutoff, or nobody can be phoned."
        return (FieldProblem("/call_deadline", "call_deadline", message),)
    return after


def rep_after(before: Values | None, members: Values) -> Values | Problems:
    """A rep (None: a new one) with what is said of it over it, or what is wrong with that."""
    existing = _NEW_REP if before is None else {name: before[name] for name in _NEW_REP}
    after = over(existing, members)
    problems = missing(after, "name")
    if after["territory_id"] is None:
        problems += missing({}, "territory_code")
    return problems or after
