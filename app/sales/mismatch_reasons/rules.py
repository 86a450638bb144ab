"""Who may answer for a mismatch, and what a reason becomes by what is said of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.ground.errors import FieldProblem
from app.ground.values import value
from app.ground.web.bodies import missing, over


class AnsweringParty(StrEnum):
    """Who can be made to answer (D3)."""

    REP = "rep"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    OUTLET = "outlet"
    PRICING = "pricing"


class ReasonUse(StrEnum):
    """What a reason explains."""

    DELIVERY = "delivery"
    RETURN = "return"


@value(frozen=True, slots=True)
class Reason:
    """A reason as records need it."""

    code: str
    answered_by: str
    active: bool


_NEW: dict[str, Any] = {"name": None, "answered_by": None, "applies_to": None, "active": True}


def reason_after(
    before: Mapping[str, Any] | None, members: Mapping[str, Any]
) -> Mapping[str, Any] | tuple[FieldProblem, ...]:
    """A reason (None: a new one) with what is said of it over it, or what is wrong with that."""
    existing = _NEW if before is None else {name: before[name] for name in _NEW}
    after = over(existing, members)
    if problems := missing({**after, "for": after["applies_to"]}, "name", "answered_by", "for"):
        return problems
    if before is not None and after["applies_to"] != before["applies_to"]:
        message = f"It is for a {before['applies_to']}, and records name it: make another one."
        return (FieldProblem("/for", "stays", message),)
    return after
