from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.masters.territories.field_clock import Stamp
from app.sales.orders.amendment_rules import Openness, StandingOrder, openness

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DEADLINE = CUTOFF + timedelta(hours=2)
MORNING = CUTOFF - timedelta(hours=6)
SECOND = timedelta(seconds=1)


def order(*, settled_at: datetime = MORNING, cancelled_at: datetime | None = None) -> StandingOrder:
    return StandingOrder(date(2026, 11, 23), uuid4(), 1, 7, "PAT-0042", 3, 1, cancelled_at, settled_at)


def change(captured_at: datetime, received_at: datetime, *, trusted: bool = True) -> Stamp:
    return Stamp(
        business_date=date(2026, 11, 23),
        captured_at=captured_at,
        received_at=received_at,
        corrected_at=captured_at,
        trusted=trusted,
    )


def asked(order: StandingOrder, made: Stamp) -> Openness:
    return openness(order, made, CUTOFF, DEADLINE)


@pytest.mark.parametrize("trusted", [True, False])
def test_an_order_may_be_changed_up_to_its_cutoff_whatever_the_device_says_about_its_clock(trusted: bool) -> None:
    assert asked(order(), change(CUTOFF - SECOND, CUTOFF, trusted=trusted)) is Openness.OPEN


def test_after_the_cutoff_it_is_closed() -> None:
    assert asked(order(), change(CUTOFF + SECOND, CUTOFF + SECOND)) is Openness.CLOSED


def test_what_was_captured_by_the_cutoff_may_come_up_to_the_call_deadline() -> None:
    assert asked(order(), change(CUTOFF, DEADLINE)) is Openness.OPEN
    assert asked(order(), change(CUTOFF, DEADLINE + SECOND)) is Openness.CLOSED


def test_after_the_cutoff_a_clock_that_cannot_be_believed_opens_nothing() -> None:
    assert asked(order(), change(CUTOFF - SECOND, CUTOFF + SECOND, trusted=False)) is Openness.CLOSED


def test_a_change_that_was_captured_before_the_version_that_stands_is_superseded() -> None:
    standing = order(settled_at=CUTOFF - timedelta(minutes=5))
    assert asked(standing, change(CUTOFF - timedelta(minutes=6), CUTOFF)) is Openness.SUPERSEDED


def test_what_a_device_ahead_of_its_time_had_captured_supersedes_nothing_that_is_said_later() -> None:
    standing = order(settled_at=CUTOFF + timedelta(minutes=5))
    assert asked(standing, change(CUTOFF - SECOND, CUTOFF - SECOND)) is Openness.OPEN


def test_a_cancelled_order_is_not_changed_any_more() -> None:
    assert asked(order(cancelled_at=MORNING), change(MORNING, MORNING)) is Openness.CANCELLED
