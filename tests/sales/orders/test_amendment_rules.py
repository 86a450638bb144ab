from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from app.ground.web.access import CallerKind
from app.masters.territories.field_clock import Stamp
from app.sales.orders.amendment_rules import (
    CHANGES_FOR,
    Openness,
    OrderChangeKind,
    StandingOrder,
    effective_at,
    may_cancel_earlier,
    openness,
)
from app.sales.orders.reference import stood_at

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MORNING = CUTOFF - timedelta(hours=6)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DEVICE, USER, CLIENT = CallerKind.DEVICE, CallerKind.USER, CallerKind.CLIENT


def order(
    *, settled_at: datetime = MORNING, cancelled_at: datetime | None = None, counts_from: datetime | None = None
) -> StandingOrder:
    return StandingOrder(
        date(2026, 11, 23), uuid4(), 1, 7, "PAT-0042", 3, 1, cancelled_at, counts_from or cancelled_at, settled_at
    )


def change(captured_at: datetime, received_at: datetime, *, trusted: bool = True) -> Stamp:
    return Stamp(
        business_date=date(2026, 11, 23),
        captured_at=captured_at,
        received_at=received_at,
        corrected_at=captured_at,
        trusted=trusted,
    )


def asked(
    order: StandingOrder, made: Stamp, by: CallerKind = DEVICE, kind: OrderChangeKind = OrderChangeKind.AMENDED
) -> Openness:
    return openness(order, made, by, CUTOFF, kind)


@pytest.mark.parametrize(("trusted", "by"), list(product([True, False], [DEVICE, USER, CLIENT])))
def test_an_order_may_be_changed_up_to_its_cutoff_whatever_the_device_says_about_its_clock(
    trusted: bool, by: CallerKind
) -> None:
    assert asked(order(), change(CUTOFF - SECOND, CUTOFF, trusted=trusted), by) is Openness.OPEN


@pytest.mark.parametrize(
    ("by", "captured_at", "received_at", "trusted", "expected"),
    [
        (DEVICE, CUTOFF + SECOND, CUTOFF + SECOND, True, Openness.CLOSED),
        (DEVICE, CUTOFF - SECOND, CUTOFF + SECOND, False, Openness.CLOSED),
        (DEVICE, CUTOFF, CUTOFF + SECOND, True, Openness.OPEN),
        (DEVICE, CUTOFF, CUTOFF + CHANGES_FOR, True, Openness.OPEN),
        (DEVICE, CUTOFF, CUTOFF + CHANGES_FOR + SECOND, True, Openness.CLOSED),
        (USER, CUTOFF + SECOND, CUTOFF + SECOND, True, Openness.OPEN),
        (USER, CUTOFF + 5 * HOUR, CUTOFF + 5 * HOUR, True, Openness.OPEN),
        (CLIENT, CUTOFF + SECOND, CUTOFF + SECOND, True, Openness.OPEN),
    ],
)
def test_after_the_cutoff_a_handheld_may_what_it_had_captured_by_then_and_the_office_may(
    by: CallerKind, captured_at: datetime, received_at: datetime, trusted: bool, expected: Openness
) -> None:
    assert asked(order(), change(captured_at, received_at, trusted=trusted), by) is expected


@pytest.mark.parametrize(
    ("by", "trusted", "captured_at", "received_at", "counts_from"),
    [
        (DEVICE, True, CUTOFF - SECOND, CUTOFF + HOUR, CUTOFF - SECOND),
        (DEVICE, False, CUTOFF - HOUR, CUTOFF, CUTOFF),
        (DEVICE, True, CUTOFF + SECOND, CUTOFF, CUTOFF),
        (USER, True, CUTOFF - SECOND, CUTOFF + HOUR, CUTOFF + HOUR),
        (CLIENT, True, CUTOFF - SECOND, CUTOFF + HOUR, CUTOFF + HOUR),
    ],
)
def test_a_handhelds_cancellation_counts_from_its_capture_any_other_from_its_arrival(
    by: CallerKind, trusted: bool, captured_at: datetime, received_at: datetime, counts_from: datetime
) -> None:
    assert effective_at(change(captured_at, received_at, trusted=trusted), by) == counts_from


@pytest.mark.parametrize(
    ("received_at", "first_received_at", "counts_from", "stood"),
    [
        (CUTOFF, None, None, True),
        (CUTOFF + SECOND, None, None, False),
        (CUTOFF + HOUR, CUTOFF, None, True),
        (CUTOFF - HOUR, None, CUTOFF, False),
        (CUTOFF - HOUR, None, CUTOFF + SECOND, True),
    ],
)
def test_an_order_stood_at_the_cutoff_if_it_had_come_by_then_and_no_cancellation_counts_from_before(
    received_at: datetime, first_received_at: datetime | None, counts_from: datetime | None, stood: bool
) -> None:
    told = {"first_received_at": first_received_at, "cancelled_effective_at": counts_from}
    assert stood_at(CUTOFF, received_at=received_at, **told) is stood


def test_of_two_cancellations_the_one_that_counts_from_earlier_stands_in_either_order() -> None:
    reps, offices = change(CUTOFF - HOUR, CUTOFF + HOUR), change(CUTOFF + SECOND, CUTOFF + SECOND)
    by_the_office = order(cancelled_at=CUTOFF + SECOND)
    by_the_rep = order(cancelled_at=CUTOFF + HOUR, counts_from=CUTOFF - HOUR)
    assert may_cancel_earlier(by_the_office, reps, DEVICE, CUTOFF)
    assert not may_cancel_earlier(by_the_rep, offices, USER, CUTOFF)
    assert not may_cancel_earlier(by_the_rep, reps, DEVICE, CUTOFF), "the same once more"
    assert not may_cancel_earlier(by_the_office, change(CUTOFF - HOUR, CUTOFF + HOUR, trusted=False), DEVICE, CUTOFF)


def test_an_amendment_that_was_captured_before_the_version_that_stands_is_superseded() -> None:
    standing = order(settled_at=CUTOFF - timedelta(minutes=5))
    assert asked(standing, change(CUTOFF - timedelta(minutes=6), CUTOFF)) is Openness.SUPERSEDED


def test_a_cancellation_counts_whatever_was_amended_before_it_came_and_after_it_was_captured() -> None:
    by_the_office = order(settled_at=CUTOFF + HOUR)
    reps = change(CUTOFF - SECOND, CUTOFF + 2 * HOUR)
    assert asked(by_the_office, reps, kind=OrderChangeKind.CANCELLED) is Openness.OPEN


def test_what_a_device_ahead_of_its_time_had_captured_supersedes_nothing_that_is_said_later() -> None:
    standing = order(settled_at=CUTOFF + timedelta(minutes=5))
    assert asked(standing, change(CUTOFF - SECOND, CUTOFF - SECOND)) is Openness.OPEN


def test_a_cancelled_order_is_not_changed_any_more() -> None:
    assert asked(order(cancelled_at=MORNING), change(MORNING, MORNING)) is Openness.CANCELLED
