"""What a visit earns by its orders, and what they cost past the outlet's due time, without a database (P2, P3, P4)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.closing.punctuality.rules import JudgedVisit, findings_of, voided
from app.closing.punctuality.timely_orders import (
    Cancellation,
    CheckInFacts,
    Doubt,
    OutletOrder,
    Proof,
    proof_of,
)
from app.motivation.points.rules import PointsRule
from tests.factories.visits import MONDAY

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NOON = CUTOFF - timedelta(hours=5)
SIXTEEN = CUTOFF - timedelta(hours=1)
AFTER = CUTOFF + timedelta(minutes=5)
TOO_LATE = CUTOFF + timedelta(hours=72, seconds=1)
REP, COLLEAGUE, OUTLET, ELSEWHERE = 1, 2, 7, 8


def visit(due_at: datetime | None = None, **fields: bool) -> JudgedVisit:
    return JudgedVisit(uuid4(), MONDAY, OUTLET, CUTOFF, REP, due_at, **fields)


def order(**fields: Any) -> OutletOrder:
    """An order of 16:00 by the rep's handheld that arrived at once."""
    arrived_at = fields.get("arrived_at", SIXTEEN)
    sound: dict[str, Any] = {
        "id": uuid4(),
        "trusted": True,
        "corrected_at": min(arrived_at, SIXTEEN),
        "arrived_at": arrived_at,
        "accepted_at": arrived_at,
        "rep_id": REP,
        "channel": "HANDHELD",
    }
    return OutletOrder(**sound | fields)


def counting(of: JudgedVisit, *orders: OutletOrder) -> set[PointsRule]:
    return {finding.rule for finding in findings_of(of, orders) if finding.counts}


ON_TIME, PAST_DUE = PointsRule.ORDER_ON_TIME, PointsRule.PAST_DUE_ORDER


@pytest.mark.parametrize(
    ("orders", "earned"),
    [
        ([order()], True),
        ([order(channel="EMAIL", rep_id=None)], True),
        ([order(channel="EMAIL", rep_id=COLLEAGUE)], True),
        ([order(rep_id=COLLEAGUE)], False),
        ([order(channel="CALL_CENTRE", rep_id=None)], False),
        ([order(channel="API", rep_id=None)], False),
        ([order(arrived_at=CUTOFF)], True),
        ([order(arrived_at=CUTOFF + timedelta(microseconds=1))], False),
        ([order(arrived_at=AFTER, proof=Proof.SOUND)], True),
        ([order(arrived_at=AFTER, proof=Proof.DOUBTED)], False),
        ([order(arrived_at=AFTER, proof=Proof.SOUND, told_before=True)], False),
        ([order(arrived_at=AFTER, proof=Proof.SOUND, trusted=False)], False),
        ([order(arrived_at=AFTER, proof=Proof.SOUND, corrected_at=AFTER)], False),
        ([order(arrived_at=AFTER, accepted_at=TOO_LATE, proof=Proof.SOUND)], False),
        # a form that was refused before the cutoff, and accepted after it, counts from its first arrival (O2)
        ([order(arrived_at=SIXTEEN, accepted_at=AFTER)], True),
        ([order(cancellation=Cancellation(SIXTEEN, by_office=False))], False),
        ([order(cancellation=Cancellation(SIXTEEN, by_office=True))], False),
        ([order(cancellation=Cancellation(AFTER, by_office=True))], True),
        ([order(dumped=True)], False),
        ([order(dumped=True), order()], True),
        ([], False),
    ],
)
def test_an_order_in_time_by_the_reps_handheld_or_by_mail_earns(orders: list[OutletOrder], earned: bool) -> None:
    assert (ON_TIME in counting(visit(), *orders)) is earned


@pytest.mark.parametrize(
    ("due_at", "orders", "costs"),
    [
        (None, [order()], False),
        (NOON, [order()], True),
        (NOON, [order(arrived_at=NOON)], False),
        (NOON, [order(arrived_at=NOON - timedelta(hours=1)), order()], False),
        (NOON, [order(channel="EMAIL", rep_id=None)], True),
        (NOON, [order(channel="CALL_CENTRE", rep_id=None)], False),
        # whose order it is that the outlet has by then does not matter (O5)
        (NOON, [order(channel="CALL_CENTRE", rep_id=None, arrived_at=NOON), order()], False),
        (NOON, [order(rep_id=COLLEAGUE, arrived_at=NOON), order()], False),
        (NOON, [order(rep_id=COLLEAGUE, arrived_at=NOON + timedelta(seconds=1)), order()], True),
        (
            NOON,
            [order(rep_id=COLLEAGUE, arrived_at=NOON, cancellation=Cancellation(NOON, by_office=True)), order()],
            True,
        ),
        (NOON, [order(rep_id=COLLEAGUE, arrived_at=NOON, accepted_at=TOO_LATE), order()], True),
        # what was not in the system by the cutoff is another matter: late, or cleared
        (NOON, [order(arrived_at=AFTER, proof=Proof.SOUND)], False),
        (NOON, [], False),
    ],
)
def test_an_order_past_the_outlets_due_time_costs(
    due_at: datetime | None, orders: list[OutletOrder], costs: bool
) -> None:
    assert (PAST_DUE in counting(visit(due_at), *orders)) is costs


def test_an_order_past_due_is_on_time_for_the_cutoff_all_the_same() -> None:
    assert counting(visit(NOON), order()) == {ON_TIME, PAST_DUE}


def test_an_excused_visit_costs_nothing_and_earns_all_the_same() -> None:
    assert counting(visit(NOON, excused=True), order()) == {ON_TIME}


def test_whoever_need_not_answer_for_a_visit_is_neither_charged_nor_paid() -> None:
    assert counting(visit(NOON, answers=False), order()) == set()


@pytest.mark.parametrize(
    ("of", "notes"),
    [
        (visit(NOON), ["", ""]),
        (visit(), ["", "not_past_due"]),
        (visit(NOON, excused=True), ["", "excused"]),
        (visit(NOON, answers=False, excused=True), ["nobody_answers", "nobody_answers"]),
    ],
)
def test_what_is_taken_back_says_whether_it_was_excused_or_nobody_answers(of: JudgedVisit, notes: list[str]) -> None:
    assert [finding.note for finding in findings_of(of, [order()])] == notes


def test_nothing_counts_of_a_day_whose_run_is_void() -> None:
    assert {finding.counts for finding in voided(visit(NOON))} == {False}


@pytest.mark.parametrize(
    ("orders", "note"),
    [
        ([order(dumped=True)], "dumped_order"),
        ([order(cancellation=Cancellation(SIXTEEN, by_office=False))], "no_order_in_time"),
        ([order(arrived_at=AFTER, proof=Proof.SOUND)], "captured_before_cutoff"),
        ([order()], ""),
    ],
)
def test_what_is_booked_and_what_is_taken_back_say_why(orders: list[OutletOrder], note: str) -> None:
    assert findings_of(visit(), orders)[0].note == note


def seen(outlet: int = OUTLET, minutes: int = 10, doubt: Doubt = Doubt.NONE, verdict: str = "INSIDE") -> CheckInFacts:
    """An arrival some minutes before 16:00."""
    return CheckInFacts(outlet, True, verdict, True, SIXTEEN - timedelta(minutes=minutes), doubt)


@pytest.mark.parametrize(
    ("own_verdict", "own_doubt", "check_ins", "proof"),
    [
        (None, Doubt.NONE, [seen()], Proof.SOUND),
        (None, Doubt.NONE, [], Proof.NONE),
        (None, Doubt.NONE, [seen(doubt=Doubt.OPEN)], Proof.DOUBTED),
        (None, Doubt.NONE, [seen(doubt=Doubt.CONFIRMED)], Proof.NONE),
        (None, Doubt.NONE, [seen(doubt=Doubt.OPEN), seen(minutes=20)], Proof.SOUND),
        (None, Doubt.NONE, [seen(doubt=Doubt.CONFIRMED), seen(minutes=20, doubt=Doubt.OPEN)], Proof.DOUBTED),
        ("INSIDE", Doubt.NONE, [], Proof.SOUND),
        ("INSIDE", Doubt.OPEN, [], Proof.DOUBTED),
        ("INSIDE", Doubt.OPEN, [seen()], Proof.DOUBTED),
        ("INSIDE", Doubt.CONFIRMED, [seen()], Proof.NONE),
        ("OUTSIDE", Doubt.NONE, [seen()], Proof.NONE),
        # a tap elsewhere shows that the rep had left, whatever is doubted about its position
        (None, Doubt.NONE, [seen(), seen(ELSEWHERE, 5, Doubt.OPEN)], Proof.NONE),
        (None, Doubt.NONE, [seen(), seen(ELSEWHERE, 5, Doubt.CONFIRMED)], Proof.NONE),
        # a made-up position far off shows nothing once it is known to be made up
        (None, Doubt.NONE, [seen(), seen(minutes=5, doubt=Doubt.CONFIRMED, verdict="OUTSIDE")], Proof.SOUND),
    ],
)
def test_a_proof_is_as_good_as_what_it_rests_on(
    own_verdict: str | None, own_doubt: Doubt, check_ins: list[CheckInFacts], proof: Proof
) -> None:
    assert proof_of(own_verdict, own_doubt, check_ins, OUTLET, SIXTEEN) is proof
