"""What adherence and time in store mean, said of one rep's day and of one visit. Nothing here runs in production.

A figure is taken from up to millions of visits, which only a statement can afford: the columns `in_order` and
`dwell_seconds` of `visit_facts.visit_facts` decide, and tests/closing/compliance/test_agreement.py holds them to these
functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from app.field.check_ins.records import CheckInKind


@dataclass(frozen=True, slots=True)
class SequencedVisit:
    """A planned visit of one rep's day: its place in the plan (None: none given), and when the rep first arrived."""

    sequence: int | None
    first_arrival_at: datetime | None


def made_in_planned_order(day: Sequence[SequencedVisit]) -> list[bool]:
    """Which of a rep's planned visits of one day were made in the planned order (`adherence`), in the order of `day`.

    Each is compared with the planned visit that the rep made just before: it is in order unless that visit comes later
    in the plan. So a detour costs only the visit after it, a skipped visit costs only itself, and the first visit made
    is in order. A visit without a place in the plan is always in order.
    """
    arrivals = sorted(
        (stop.first_arrival_at, stop.sequence is None, stop.sequence or 0, index)
        for index, stop in enumerate(day)
        if stop.first_arrival_at is not None
    )
    in_order = [False] * len(day)
    before: int | None = None
    for *_, index in arrivals:
        sequence = day[index].sequence
        in_order[index] = before is None or sequence is None or before <= sequence
        before = sequence
    return in_order


def dwell(check_ins: Iterable[tuple[datetime, CheckInKind]]) -> timedelta:
    """How long a rep stayed at an outlet on a day, by the check-ins of one visit, corrected (V5).

    A departure ends the stay of the arrival right before it; a rep who comes back starts another stay, and the time
    in between does not count. An arrival without a departure, or a departure without an arrival, counts for nothing.
    """
    in_turn = sorted(check_ins)
    return sum(
        (
            left_at - arrived_at
            for (arrived_at, came), (left_at, went) in pairwise(in_turn)
            if came is CheckInKind.ARRIVAL and went is CheckInKind.DEPARTURE
        ),
        timedelta(),
    )
