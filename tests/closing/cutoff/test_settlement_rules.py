"""What a missing order comes to, without a database (C4, O4, V7)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.closing.cutoff.settlement_rules import (
    MissingOrderState,
    Settlement,
    Standing,
    Tip,
    settlement,
)
from app.closing.punctuality.timely_orders import (
    Cancellation,
    CheckInFacts,
    OutletOrder,
    Proof,
    captured_there,
)

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SIXTEEN = CUTOFF - timedelta(hours=1)
AFTER = CUTOFF + timedelta(minutes=5)
LAST_MOMENT = CUTOFF + timedelta(hours=72)
TOO_LATE = LAST_MOMENT + timedelta(seconds=1)
OUTLET = 7

BY_REP = Cancellation(SIXTEEN + timedelta(minutes=5), by_office=False)
BY_OFFICE = Cancellation(SIXTEEN + timedelta(minutes=5), by_office=True)
BY_OFFICE_LATER = Cancellation(AFTER, by_office=True)


def order(**fields: object) -> OutletOrder:
    """A trusted order of 16:00 that came after the cutoff, from nobody knows where."""
    sound: dict[str, object] = {
        "id": uuid4(),
        "trusted": True,
        "corrected_at": SIXTEEN,
        "arrived_at": AFTER,
        "accepted_at": fields.get("arrived_at", AFTER),
    }
    return OutletOrder(**sound | fields)  # type: ignore[arg-type] # sound by name


def state(standing: Standing = Standing.MISSED, *, late: Tip | None = None, **fields: object) -> MissingOrderState:
    missed = Tip(1, -10, counts=True) if standing is Standing.MISSED else Tip(2, 10, counts=False)
    sound: dict[str, object] = {"provisional": True, "missed": missed, "late": late}
    return MissingOrderState(uuid4(), CUTOFF, standing, **sound | fields)  # type: ignore[arg-type] # sound by name


def made_of(*orders: OutletOrder, of: MissingOrderState | None = None) -> Settlement:
    made = settlement(of or state(), orders)
    assert made is not None
    return made


there = {"proof": Proof.SOUND}


@pytest.mark.parametrize(
    ("late_order", "outcome"),
    [
        (order(**there), Standing.CLEARED),
        (order(**there, arrived_at=LAST_MOMENT), Standing.CLEARED),
        (order(**there, corrected_at=CUTOFF), Standing.CLEARED),
        (order(**there, cancellation=BY_OFFICE_LATER), Standing.CLEARED),
        (order(), Standing.LATE),
        (order(**there, trusted=False), Standing.LATE),
        (order(**there, corrected_at=CUTOFF + timedelta(microseconds=1)), Standing.LATE),
        (order(**there, told_before=True), Standing.LATE),
        (order(cancellation=BY_OFFICE_LATER), Standing.LATE),
        (order(arrived_at=CUTOFF), Standing.RECEIVED),
        (order(arrived_at=CUTOFF, accepted_at=LAST_MOMENT), Standing.RECEIVED),
        (order(arrived_at=CUTOFF, accepted_at=AFTER, cancellation=BY_OFFICE_LATER), Standing.RECEIVED),
    ],
)
def test_an_order_that_came_late_costs_what_its_own_facts_say(late_order: OutletOrder, outcome: Standing) -> None:
    made = made_of(late_order)
    assert (made.outcome, made.order_id) == (outcome, late_order.id)
    assert (made.book_missed, made.book_late) == (False, outcome is Standing.LATE)
    assert [tip.entry_id for tip in made.reverse] == [1]


@pytest.mark.parametrize(
    "orders",
    [
        [],
        [order(**there, arrived_at=TOO_LATE)],
        [order(arrived_at=CUTOFF, accepted_at=TOO_LATE)],
        [order(**there, cancellation=BY_REP)],
        [order(arrived_at=CUTOFF, cancellation=BY_REP)],
        [order(arrived_at=SIXTEEN, cancellation=Cancellation(CUTOFF, by_office=False))],
    ],
    ids=["none", "after 72 h", "put right after 72 h", "cancelled", "cancelled, in time", "cancelled at the cutoff"],
)
def test_nothing_changes_where_no_order_counts(orders: list[OutletOrder]) -> None:
    assert settlement(state(), orders) is None


@pytest.mark.parametrize("provisional", [True, False])
def test_that_a_penalty_is_final_changes_nothing_about_what_an_order_says(*, provisional: bool) -> None:
    made = made_of(order(**there), of=state(provisional=provisional))
    assert made.outcome is Standing.CLEARED


@pytest.mark.parametrize("standing", [Standing.CLEARED, Standing.RECEIVED])
def test_a_penalty_stands_again_when_the_order_that_had_cleared_it_never_counted(standing: Standing) -> None:
    made = made_of(order(**there, cancellation=BY_REP), of=state(standing))
    assert (made.outcome, made.order_id, [tip.entry_id for tip in made.reverse]) == (Standing.MISSED, None, [2])


def test_a_late_orders_penalty_gives_way_to_the_greater_one_when_the_order_never_counted() -> None:
    made = made_of(order(cancellation=BY_REP), of=state(Standing.LATE, late=Tip(6, -3, counts=True)))
    assert (made.outcome, {tip.entry_id for tip in made.reverse}) == (Standing.MISSED, {2, 6})


def test_a_dummy_that_was_cancelled_in_time_leaves_the_real_order_as_late_as_it_is() -> None:
    dummy, real = order(arrived_at=SIXTEEN, cancellation=BY_REP), order(corrected_at=AFTER)
    made = made_of(dummy, real)
    assert (made.outcome, made.order_id, made.book_late) == (Standing.LATE, real.id, True)


def test_nobody_is_charged_for_what_somebody_else_has_cancelled_before_the_cutoff() -> None:
    uncharged = state(missed=None)
    assert settlement(uncharged, [order(arrived_at=SIXTEEN, cancellation=BY_OFFICE)]) is None
    made = made_of(order(arrived_at=SIXTEEN, cancellation=BY_OFFICE), order(), of=uncharged)
    assert (made.outcome, made.reverse, made.book_missed, made.book_late) == (Standing.LATE, (), False, False)


def test_it_is_charged_when_the_rep_turns_out_to_have_cancelled_it_first() -> None:
    made = made_of(order(arrived_at=SIXTEEN, cancellation=BY_REP), of=state(missed=None))
    assert (made.outcome, made.book_missed) == (Standing.MISSED, True)


def test_a_rep_who_does_not_answer_for_the_outlet_is_charged_nothing() -> None:
    made = made_of(order(), of=state(missed=None, answers=False))
    assert (made.outcome, made.reverse, made.book_missed, made.book_late) == (Standing.LATE, (), False, False)


@pytest.mark.parametrize(
    ("fact", "outcome"), [({"excused": True}, Standing.EXCUSED), ({"voided": True}, Standing.VOIDED)]
)
def test_an_excuse_and_a_void_run_cost_nothing_whatever_orders_came(fact: dict[str, object], outcome: Standing) -> None:
    charged = state(Standing.LATE, late=Tip(3, -3, counts=True), **fact)
    made = made_of(order(), of=charged)
    assert (made.outcome, made.order_id, [tip.entry_id for tip in made.reverse]) == (outcome, None, [3])


def test_a_day_that_is_closed_anew_charges_again_what_the_void_run_had_given_back() -> None:
    made = made_of(of=state(Standing.VOIDED))
    assert (made.outcome, [tip.entry_id for tip in made.reverse], made.book_missed) == (Standing.MISSED, [2], False)


def test_a_late_order_is_booked_once_and_a_proof_takes_it_back() -> None:
    booked = state(Standing.LATE, late=Tip(3, -3, counts=True))
    assert settlement(booked, [order()]) is None
    cleared = made_of(order(), order(**there), of=booked)
    assert ([tip.entry_id for tip in cleared.reverse], cleared.book_late) == ([3], False)
    back = made_of(order(), of=state(Standing.CLEARED, late=Tip(4, 3, counts=False)))
    assert (back.outcome, [tip.entry_id for tip in back.reverse], back.book_late) == (Standing.LATE, [4], False)


def test_the_earliest_order_by_capture_is_the_one_that_is_named() -> None:
    first = order(corrected_at=SIXTEEN - timedelta(hours=1), id=UUID(int=9))
    assert made_of(order(id=UUID(int=1)), first).order_id == first.id


@pytest.mark.parametrize(
    ("own_verdict", "inside"),
    [(None, True), ("UNCERTAIN", True), ("NO_FIX", True), ("INSIDE", True), ("OUTSIDE", False)],
)
def test_an_orders_own_fix_weighs_more_than_the_arrival_before_it(own_verdict: str | None, *, inside: bool) -> None:
    arrival = CheckInFacts(OUTLET, arrival=True, verdict="INSIDE", trusted=True, corrected_at=SIXTEEN)
    assert captured_there(own_verdict, [arrival], OUTLET, SIXTEEN) is inside
    assert captured_there(own_verdict, [], OUTLET, SIXTEEN) is (own_verdict == "INSIDE")
