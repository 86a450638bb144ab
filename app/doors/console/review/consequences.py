"""What follows from a review, to be said before it is done (P4, V6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.closing.punctuality.timely_orders import DOUBTS_OF_PROOFS
from app.doors.console.api_calls import Json
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.rules import PointsRule

COSTING = frozenset(rule.value for rule in DUMPING)
"""Rules whose confirmed doubt costs points."""
_DECIDING = frozenset(rule.value for rule in DOUBTS_OF_PROOFS)
"""Rules for whose doubts a penalty waits."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a review comes to. `costs`: confirmed, it takes `points` (positive) and back what the order earned;
    `decides`: a penalty may wait for it; `counts`: it counts for the rule's precision alone.
    """

    kind: Literal["costs", "decides", "counts"]
    points: int = 0


def consequence_of(rule: str, policies: Iterable[Json] = ()) -> Consequence:
    """What the review of a doubt comes to; `policies`: those that hold on its day (`GET /v1/points/policy`)."""
    if rule in COSTING:
        points = next((policy["points"] for policy in policies if policy["rule"] == PointsRule.DUMPED_ORDER), 0)
        return Consequence("costs", -points)
    return Consequence("decides" if rule in _DECIDING else "counts")
