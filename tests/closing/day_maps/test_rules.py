"""What a map shows of an outlet's day."""

from uuid import UUID

import pytest

from app.closing.compliance.rules import VisitStatus
from app.closing.day_maps.rules import VisitOnMap, outlet_day_state


def visits(*statuses: str) -> list[VisitOnMap]:
    return [VisitOnMap(UUID(int=1), 1, "PAT-R1", 1, VisitStatus(status)) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "ordered", "flagged", "state"),
    [
        ((), False, False, "not_planned"),
        (("planned",), False, False, "planned"),
        (("verified",), False, False, "verified"),
        (("unverified",), False, False, "unverified"),
        (("missed",), False, False, "missed"),
        (("excused",), False, False, "excused"),
        ((), True, False, "ordered"),
        (("missed",), True, False, "ordered"),
        (("verified",), True, False, "ordered"),
        (("verified",), False, True, "flagged"),
        (("missed",), True, True, "flagged"),
    ],
)
def test_a_missing_order_stands_above_an_order_and_an_order_above_the_visits(
    statuses: tuple[str, ...], ordered: bool, flagged: bool, state: str
) -> None:
    assert outlet_day_state(visits(*statuses), ordered=ordered, flagged=flagged) == state


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("planned", "verified"), "verified"),
        (("verified", "unverified"), "verified"),
        (("missed", "unverified"), "unverified"),
        (("excused", "planned"), "planned"),
        (("excused", "missed"), "missed"),
    ],
)
def test_of_several_visits_what_was_done_is_shown_before_what_was_left_undone(
    statuses: tuple[str, ...], state: str
) -> None:
    assert outlet_day_state(visits(*statuses), ordered=False, flagged=False) == state
