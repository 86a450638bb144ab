"""The cutoff's decisions, without a database (C2–C4, C6, C7)."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from app.closing.cutoff.reference import (
    EvidenceAtCutoff,
    VisitAtCutoff,
    cause_of,
    is_charged,
    is_flagged,
    is_provisional,
    last_check_in,
)
from app.closing.cutoff.rules import MissingOrderCause, days_past_their_cutoff, first_due_day
from app.closing.cutoff.settlement_rules import (
    CheckInFacts,
    LateOrder,
    MissingOrderState,
    Standing,
    Tip,
    captured_inside,
    settlement,
)
from app.masters.territories.calendar import TerritoryFacts

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SIXTEEN = CUTOFF - timedelta(hours=1)
AFTER = CUTOFF + timedelta(minutes=5)
OUTLET, REP = 7, 3


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


def check_in(at: datetime, **fields: object) -> CheckInFacts:
    sound: dict[str, object] = {
        "id": uuid4(),
        "rep_id": REP,
        "outlet_id": OUTLET,
        "arrival": True,
        "inside": True,
        "trusted": True,
        "corrected_at": at,
        "received_at": at,
    }
    return CheckInFacts(**sound | fields)  # type: ignore[arg-type] # sound by name


def order(**fields: object) -> LateOrder:
    sound: dict[str, object] = {
        "id": uuid4(),
        "rep_id": REP,
        "outlet_id": OUTLET,
        "inside": False,
        "trusted": True,
        "corrected_at": SIXTEEN,
        "received_at": AFTER,
    }
    return LateOrder(**sound | fields)  # type: ignore[arg-type] # sound by name


def state(
    standing: Standing = Standing.MISSED, *, provisional: bool = True, late: Tip | None = None
) -> MissingOrderState:
    missed = Tip(1, -10, counts=True) if standing is Standing.MISSED else Tip(2, 10, counts=False)
    return MissingOrderState(uuid4(), CUTOFF, standing, provisional, missed, late)


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


@pytest.mark.parametrize(("active", "same_territory"), [(False, True), (True, False), (True, True)])
def test_a_rep_whose_orders_would_be_refused_is_not_charged(*, active: bool, same_territory: bool) -> None:
    assert is_charged(rep_active=active, same_territory=same_territory) is (active and same_territory)


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (EvidenceAtCutoff(), MissingOrderCause.NOT_VISITED),
        (EvidenceAtCutoff(checked_in=True), MissingOrderCause.UNVERIFIED),
        (EvidenceAtCutoff(checked_in=True, inside_arrival=True), MissingOrderCause.VISITED_NO_ORDER),
        (EvidenceAtCutoff(checked_in=True, inside_arrival=True, form_refused=True), MissingOrderCause.ORDER_REFUSED),
        (EvidenceAtCutoff(form_refused=True), MissingOrderCause.ORDER_REFUSED),
    ],
)
def test_the_cause_is_what_came_nearest_to_an_order(evidence: EvidenceAtCutoff, cause: MissingOrderCause) -> None:
    assert cause_of(evidence) is cause


@pytest.mark.parametrize(
    ("watermarks", "provisional"), [([], True), ([None], True), ([CUTOFF], False), ([AFTER, SIXTEEN], True)]
)
def test_the_device_that_has_told_the_least_decides(watermarks: list[datetime | None], provisional: bool) -> None:
    assert is_provisional(watermarks, CUTOFF, AFTER) is provisional
    assert not is_provisional(watermarks, CUTOFF, CUTOFF + timedelta(hours=72, seconds=1))


def test_the_last_check_in_is_the_reps_own_and_not_after_the_order() -> None:
    first, last = check_in(SIXTEEN - timedelta(minutes=9)), check_in(SIXTEEN)
    others = [check_in(SIXTEEN + timedelta(seconds=1)), check_in(SIXTEEN, rep_id=4)]
    too_late = check_in(SIXTEEN, received_at=CUTOFF + timedelta(hours=73))
    assert last_check_in([first, *others, last, too_late], REP, SIXTEEN, CUTOFF) == last
    assert last_check_in(others, REP, SIXTEEN, CUTOFF) is None


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        (None, False),
        (check_in(SIXTEEN - timedelta(hours=3)), True),
        (check_in(SIXTEEN, outlet_id=8), False),
        (check_in(SIXTEEN, inside=False), False),
        (check_in(SIXTEEN, trusted=False), False),
        (check_in(SIXTEEN - timedelta(minutes=5), arrival=False), True),
        (check_in(SIXTEEN - timedelta(minutes=5, seconds=1), arrival=False), False),
    ],
)
def test_without_a_fix_inside_the_last_check_in_tells_where_an_order_was_captured(
    before: CheckInFacts | None, inside: bool
) -> None:
    assert captured_inside(order(before=before)) is inside
    assert captured_inside(order(before=before, inside=True))


def test_a_fix_outside_is_not_outvoted_by_an_earlier_check_in() -> None:
    arrived = check_in(SIXTEEN - timedelta(hours=3))
    assert not captured_inside(order(before=arrived, outside=True))


def test_nothing_is_booked_in_the_place_of_a_penalty_that_never_was() -> None:
    never_charged = MissingOrderState(uuid4(), CUTOFF, Standing.MISSED, provisional=True, missed=None, late=None)
    made = settlement(never_charged, [order()])
    assert made is not None
    assert (made.outcome, made.reverse, made.book_late) == (Standing.LATE, (), False)


def test_nothing_is_settled_without_a_late_order() -> None:
    assert settlement(state(), []) is None


@pytest.mark.parametrize("provisional", [True, False], ids=["provisional", "final"])
def test_an_order_that_the_mail_server_had_in_time_costs_nothing_however_late_it_was_read(provisional: bool) -> None:
    made = settlement(state(provisional=provisional), [order(), mailed := order(received_at=CUTOFF)])
    assert made is not None
    assert (made.outcome, made.order_id, made.book_late) == (Standing.RECEIVED, mailed.id, False)
    assert [tip.entry_id for tip in made.reverse] == [1]


def test_a_penalty_stands_again_when_the_order_that_had_cleared_it_is_cancelled() -> None:
    cleared = state(Standing.CLEARED)
    made = settlement(cleared, [])
    assert made is not None
    assert (made.outcome, made.order_id, [tip.entry_id for tip in made.reverse]) == (Standing.MISSED, None, [2])


def test_a_late_orders_penalty_gives_way_to_the_greater_one_when_the_order_is_cancelled() -> None:
    late = state(Standing.LATE, late=Tip(6, -3, counts=True))
    made = settlement(late, [])
    assert made is not None
    assert (made.outcome, {tip.entry_id for tip in made.reverse}) == (Standing.MISSED, {2, 6})


def test_a_proof_among_late_orders_clears_a_provisional_penalty() -> None:
    made = settlement(state(), [order(), proof := order(inside=True)])
    assert made is not None
    assert (made.outcome, made.order_id, made.book_late) == (Standing.CLEARED, proof.id, False)
    assert [tip.entry_id for tip in made.reverse] == [1]


def test_a_late_order_is_booked_once_and_a_proof_takes_it_back() -> None:
    made = settlement(state(), [order()])
    assert made is not None
    assert (made.outcome, made.book_late) == (Standing.LATE, True)
    booked = state(Standing.LATE, late=Tip(3, -3, counts=True))
    assert settlement(booked, [order()]) is None
    cleared = settlement(booked, [order(inside=True)])
    assert cleared is not None
    assert ([tip.entry_id for tip in cleared.reverse], cleared.book_late) == ([3], False)


def test_a_proof_that_falls_brings_the_late_order_back() -> None:
    fallen = settlement(state(Standing.CLEARED, late=Tip(4, 3, counts=False)), [order()])
    assert fallen is not None
    assert (fallen.outcome, [tip.entry_id for tip in fallen.reverse], fallen.book_late) == (Standing.LATE, [4], False)


def test_a_final_penalty_is_only_ever_replaced() -> None:
    made = settlement(state(provisional=False), [order(inside=True)])
    assert made is not None
    assert made.outcome is Standing.LATE
    for standing in (Standing.LATE, Standing.CLEARED):
        assert settlement(state(standing, provisional=False), [order(inside=True), order()]) is None


def test_the_earliest_order_by_capture_is_the_one_that_is_named() -> None:
    first = order(corrected_at=SIXTEEN - timedelta(hours=1), id=UUID(int=9))
    made = settlement(state(), [order(id=UUID(int=1)), first])
    assert made is not None
    assert made.order_id == first.id
