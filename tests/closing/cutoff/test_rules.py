"""Which days are due, who is flagged and why, without a database (C2–C4, C6, C7)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.closing.cutoff.reference import (
    EvidenceAtCutoff,
    VisitAtCutoff,
    cause_of,
    is_charged,
    is_flagged,
    is_provisional,
)
from app.closing.cutoff.rules import MissingOrderCause, days_past_their_cutoff, first_due_day
from app.masters.territories.calendar import TerritoryFacts

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SIXTEEN = CUTOFF - timedelta(hours=1)
AFTER = CUTOFF + timedelta(minutes=5)


def territory(**fields: object) -> TerritoryFacts:
    sound: dict[str, object] = {
        "id": 1,
        "code": "PAT",
        "zone": ZoneInfo("Europe/Athens"),
        "order_cutoff": time(17),
        "call_deadline": time(19),
        "working_weekdays": frozenset({1, 2, 3, 4, 5}),
        "holidays": frozenset(),
        "created_at": datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
    }
    return TerritoryFacts(**sound | fields)  # type: ignore[arg-type] # sound by name


def test_a_territory_made_before_its_cutoff_is_due_that_very_day() -> None:
    assert first_due_day(territory()) == date(2026, 11, 19)
    assert first_due_day(territory(created_at=CUTOFF)) == date(2026, 11, 24)


def test_free_days_are_never_due_and_today_is_due_from_its_cutoff_on() -> None:
    made = territory(holidays=frozenset({date(2026, 11, 20)}))
    week_before = date(2026, 11, 15)
    assert list(days_past_their_cutoff(made, week_before, CUTOFF)) == [
        *(date(2026, 11, day) for day in (16, 17, 18, 19)),
        date(2026, 11, 23),
    ]
    assert date(2026, 11, 23) not in days_past_their_cutoff(made, week_before, CUTOFF - timedelta(seconds=1))


def test_an_order_received_at_the_very_cutoff_saves_the_visit() -> None:
    visit = VisitAtCutoff(approved_at=SIXTEEN, excused_at=None)
    assert is_flagged(visit, [], CUTOFF)
    assert is_flagged(visit, [AFTER], CUTOFF)
    assert not is_flagged(visit, [AFTER, CUTOFF], CUTOFF)


def test_a_visit_at_an_outlet_that_is_no_longer_served_is_not_flagged() -> None:
    assert not is_flagged(VisitAtCutoff(approved_at=SIXTEEN, excused_at=None, outlet_served=False), [], CUTOFF)


@pytest.mark.parametrize(
    ("active", "same_territory", "by_office"),
    [(False, True, False), (True, False, False), (True, True, True), (True, True, False)],
)
def test_a_rep_whose_orders_would_be_refused_or_were_cancelled_by_others_is_not_charged(
    *, active: bool, same_territory: bool, by_office: bool
) -> None:
    charged = is_charged(rep_active=active, same_territory=same_territory, cancelled_by_office=by_office)
    assert charged is (active and same_territory and not by_office)


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (EvidenceAtCutoff(), MissingOrderCause.NOT_VISITED),
        (EvidenceAtCutoff(checked_in=True), MissingOrderCause.UNVERIFIED),
        (EvidenceAtCutoff(checked_in=True, inside_arrival=True), MissingOrderCause.VISITED_NO_ORDER),
        (EvidenceAtCutoff(checked_in=True, inside_arrival=True, form_refused=True), MissingOrderCause.ORDER_REFUSED),
        (EvidenceAtCutoff(form_refused=True), MissingOrderCause.ORDER_REFUSED),
        (EvidenceAtCutoff(form_refused=True, cancelled_by_office=True), MissingOrderCause.CANCELLED_BY_OFFICE),
    ],
)
def test_the_cause_is_what_came_nearest_to_an_order(evidence: EvidenceAtCutoff, cause: MissingOrderCause) -> None:
    assert cause_of(evidence) is cause


@pytest.mark.parametrize(
    ("watermarks", "provisional"), [([], False), ([None], True), ([CUTOFF], False), ([AFTER, SIXTEEN], True)]
)
def test_the_device_that_has_told_the_least_decides(watermarks: list[datetime | None], provisional: bool) -> None:
    assert is_provisional(watermarks, CUTOFF, AFTER) is provisional
    assert not is_provisional(watermarks, CUTOFF, CUTOFF + timedelta(hours=72, seconds=1))


def test_a_rep_without_a_device_and_a_form_that_stands_refused_are_waited_for() -> None:
    assert is_provisional([], CUTOFF, AFTER, has_device=False)
    assert is_provisional([AFTER], CUTOFF, AFTER, form_stands=True)
