"""Counters that start over, requests that waited, phones that are enrolled anew: no watermark claims too much."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import close_day
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import make_check_in, make_order, monotonic_ms
from tests.factories.identity import make_device
from tests.factories.visits import MONDAY, make_visit

MORNING = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEFORE = CUTOFF - timedelta(minutes=30)
EVENING = CUTOFF + timedelta(minutes=20)

ON_TIME = 1
"""What the visit earns by an order from before the cutoff."""


@pytest.fixture
async def closed(sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock) -> None:
    """In the morning the phone has told five events; the day was closed without an order."""
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(MORNING)
    events = [make_check_in(field.outlet.code, MORNING, sequence=number) for number in range(1, 6)]
    await sync(*events, time=MORNING, sequence_to=5)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(EVENING)


async def rules(session: AsyncSession) -> list[str]:
    return sorted(await session.scalars(select(RiskSignal.rule).where(RiskSignal.withdrawn_at.is_(None))))


async def points(session: AsyncSession) -> int:
    return sum(await session.scalars(select(PointsEntry.points)))


async def test_a_counter_that_starts_over_claims_nothing_and_costs_nothing(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    first = await sync(make_check_in(field.outlet.code, BEFORE, sequence=1), time=EVENING, sequence_to=2)
    assert first["watermark"] == "2026-11-23T08:10:00Z"
    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == []
    order = make_order(field.outlet.code, field.product.code, time=BEFORE + timedelta(minutes=3), sequence=2)
    await sync(order, time=EVENING + timedelta(minutes=1), sequence_to=2)
    assert await points(session) == ON_TIME
    assert "counter_restarted" in await rules(session)
    assert "sequence_gap" not in await rules(session)


async def test_a_claim_below_an_earlier_one_is_proof_enough(sync: Sync, session: AsyncSession, closed: None) -> None:
    assert (await sync(time=EVENING, sequence_to=2))["watermark"] == "2026-11-23T08:10:00Z"
    sentence = await session.scalar(select(RiskSignal.explanation).where(RiskSignal.rule == "counter_restarted"))
    assert sentence is not None
    assert "had counted 5 events, and said later that it had recorded 2" in sentence


async def test_a_number_that_is_used_twice_is_told_and_its_neighbours_are_not_missed(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    answer = await sync(make_check_in(field.outlet.code, EVENING, sequence=2), time=EVENING, sequence_to=5)
    assert answer["watermark"] == "2026-11-23T08:10:00Z"
    assert "counter_restarted" in await rules(session)
    assert "sequence_gap" not in await rules(session)


async def test_the_same_event_again_proves_nothing(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(MORNING)
    event = make_check_in(field.outlet.code, MORNING, sequence=1)
    answers = [await sync(event, event, time=MORNING, sequence_to=1) for _ in range(2)]
    assert [answer["watermark"] for answer in answers] == ["2026-11-23T08:10:00Z"] * 2
    assert await rules(session) == []


async def test_a_new_count_is_believed_once_the_day_of_its_start_cannot_change(
    sync: Sync, field: Field, closed: None, the_clock: clock.SetClock
) -> None:
    await sync(make_check_in(field.outlet.code, BEFORE, sequence=1), time=EVENING, sequence_to=1)
    the_clock.move_to(EVENING + timedelta(hours=72))
    event = make_check_in(field.outlet.code, clock.now(), sequence=2)
    answer = await sync(event, time=clock.now(), sequence_to=2)
    assert answer["watermark"] == "2026-11-26T15:20:00Z"


async def test_what_was_sent_before_the_new_count_changes_it_no_more(
    sync: Sync, field: Field, closed: None, the_clock: clock.SetClock
) -> None:
    await sync(make_check_in(field.outlet.code, BEFORE, sequence=1), time=EVENING, sequence_to=1)
    old = make_check_in(field.outlet.code, MORNING, sequence=6)
    noon = MORNING + timedelta(hours=2)
    await sync(old, time=noon, sequence_to=6)
    the_clock.move_to(EVENING + timedelta(hours=72))
    assert (await sync(time=clock.now(), sequence_to=1))["watermark"] == "2026-11-26T15:20:00Z"


async def test_a_request_that_waited_claims_nothing_past_its_sending(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    """Sent again by a queue after newer ones: its low claim is of when it was made, and no restart."""
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(MORNING)
    await sync(time=MORNING, sequence_to=0)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(EVENING)
    frozen = CUTOFF - timedelta(minutes=49)
    await sync(make_check_in(field.outlet.code, frozen, sequence=2), time=EVENING, sequence_to=3)
    waited = await sync(
        make_check_in(field.outlet.code, frozen, sequence=1),
        time=frozen,
        monotonic_ms=monotonic_ms(frozen),
        sequence_to=1,
    )
    assert datetime.fromisoformat(waited["watermark"]) <= frozen
    order = make_order(field.outlet.code, field.product.code, time=CUTOFF - timedelta(minutes=20), sequence=3)
    await sync(order, time=EVENING, sequence_to=3)
    assert await points(session) == ON_TIME
    assert "counter_restarted" not in await rules(session)


@pytest.mark.parametrize(
    ("boot_id", "watermark"), [("boot-1", "2026-11-23T15:20:00Z"), ("boot-2", None)], ids=["same boot", "another boot"]
)
async def test_a_phone_that_is_enrolled_anew_goes_on_counting_and_is_accused_of_nothing(
    sync: Sync, session: AsyncSession, field: Field, closed: None, boot_id: str, watermark: str | None
) -> None:
    """Only the same boot proves that it is the same phone: else nothing is claimed, and nobody blamed."""
    again = await make_device(session, field.rep)
    event = make_check_in(field.outlet.code, BEFORE, sequence=6)
    answer = await sync(event, device=again, time=EVENING, boot_id=boot_id, sequence_to=6)
    assert answer["watermark"] == watermark
    assert "sequence_gap" not in await rules(session)


async def test_a_second_phone_with_a_counter_of_its_own_inherits_nothing(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    second = await make_device(session, field.rep)
    event = make_check_in(field.outlet.code, BEFORE, sequence=3)
    assert (await sync(event, device=second, time=EVENING, sequence_to=3))["watermark"] is None
