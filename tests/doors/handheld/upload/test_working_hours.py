"""Where a rep is outside of working hours is not kept; the verdict is (decision 54)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.masters.identity.models import Device
from app.planning.workdays.models import Workday
from app.sales.orders.models import Order
from tests.doors.handheld.conftest import Field, Sync
from tests.factories import handheld
from tests.factories.handheld import NOON, make_fix
from tests.factories.identity import make_device
from tests.factories.outlets import PATRAS
from tests.factories.territories import change_calendar, make_rep

THREE = NOON - timedelta(hours=9)
"""03:00 in Athens on Monday."""
A_KILOMETRE_NORTH = 0.009


SWITCHED_ON = NOON - timedelta(days=1)


def uptime(at: datetime) -> int:
    """Milliseconds since the phone was switched on."""
    return round((at - SWITCHED_ON).total_seconds() * 1000)


def make_check_in(outlet_code: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return handheld.make_check_in(outlet_code, at, monotonic_ms=uptime(at), **fields)


def make_order(outlet_code: str, product_code: str, *, time: datetime, **fields: Any) -> dict[str, Any]:
    return handheld.make_order(outlet_code, product_code, time=time, monotonic_ms=uptime(time), **fields)


def local(hour: int, day: int = 0) -> datetime:
    """An hour of Monday in Athens, or of a day after it."""
    return NOON + timedelta(days=day, hours=hour - 12)


async def placed(session: AsyncSession, of: type[CheckIn | Order] = CheckIn) -> list[bool]:
    """Of the check-ins (or orders), as they happened, which have coordinates."""
    rows = await session.execute(select(of.lat, of.lon).order_by(of.corrected_at))
    return [row.lat is not None and row.lon is not None for row in rows]


@pytest.fixture
async def agreed(session: AsyncSession, field: Field) -> None:
    """The territory works from eight to five."""
    await agree(session, {"territory_id": field.territory.id}, begins=time(8), ends=time(17))


async def agree(session: AsyncSession, owner: dict[str, int], **hours: time) -> None:
    session.add(Workday(**owner, **hours, updated_at=clock.now(), updated_by="user:anna"))
    await session.flush()


async def test_where_no_hours_are_agreed_nothing_lies_outside_of_them(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(THREE)
    await sync(make_check_in(field.outlet.code, THREE), time=THREE, monotonic_ms=uptime(THREE))
    assert await placed(session) == [True]


async def test_a_position_at_three_in_the_morning_is_judged_and_not_kept(
    sync: Sync, session: AsyncSession, field: Field, agreed: None, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(THREE)
    events = [make_check_in(field.outlet.code, THREE), make_order(field.outlet.code, field.product.code, time=THREE)]
    events[1]["fix"] = make_fix(time=THREE)
    answer = await sync(*events, time=THREE, monotonic_ms=uptime(THREE))
    assert [result["verdict"]["code"] for result in answer["results"]] == ["INSIDE", "INSIDE"]
    assert (await placed(session), await placed(session, Order)) == ([False], [False])
    (kept,) = await session.scalars(select(CheckIn))
    assert (kept.verdict, kept.accuracy_m, kept.provider, kept.trusted) == ("INSIDE", 8.5, "fused", True)
    assert kept.distance_m is not None
    assert kept.p_inside is not None
    assert (await session.scalars(select(RiskSignal))).all() == []


@pytest.mark.parametrize(
    ("workdays", "kept"),
    [
        ([{"begins": time(8)}], [False, True, True, False]),
        ([{"begins": time(5)}], [True, True, True, False]),
        ([{"begins": time(11), "ends": time(20)}], [False, False, True, True]),
        ([{"begins": time(5), "ends": time(20)}, {"begins": time(12)}], [False, False, True, True]),
    ],
    ids=["the usual end", "the territory's", "the territory's, later", "the rep's own over the territory's"],
)
async def test_the_hours_are_the_reps_the_territorys_or_the_usual_ones(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock, workdays: Any, kept: list[bool]
) -> None:
    owners = [{"territory_id": field.territory.id}, {"rep_id": field.rep.id}]
    for owner, said in zip(owners, workdays, strict=False):
        await agree(session, owner, **said)
    the_clock.move_to(local(21))
    events = [make_check_in(field.outlet.code, local(hour)) for hour in (4, 7, 18, 21)]
    await sync(*events, time=local(21), monotonic_ms=uptime(local(21)))
    assert await placed(session) == kept


async def test_on_a_day_off_nothing_is_kept_by_the_calendar_that_held(
    sync: Sync, session: AsyncSession, field: Field, agreed: None, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(local(9))
    await change_calendar(session, field.territory, local(9), holidays=[local(12).date(), local(12, day=1).date()])
    the_clock.move_to(local(13, day=1))
    events = [make_check_in(field.outlet.code, local(12, day=day)) for day in (0, 1)]
    await sync(*events, time=local(13, day=1), monotonic_ms=uptime(local(13, day=1)))
    assert await placed(session) == [True, False]


async def test_the_time_as_it_was_corrected_decides_and_not_the_phones(
    sync: Sync, session: AsyncSession, field: Field, agreed: None
) -> None:
    slow = make_check_in(field.outlet.code, THREE)  # its clock shows three in the morning, at noon
    del slow["monotonic_ms"]
    await sync(slow, time=THREE, monotonic_ms=uptime(THREE))
    (kept,) = await session.scalars(select(CheckIn))
    assert (kept.captured_at, kept.corrected_at, kept.lat) == (THREE, NOON, PATRAS[0])


async def test_doubts_are_the_same_in_any_order_of_arrival(
    sync: Sync, session: AsyncSession, field: Field, agreed: None, the_clock: clock.SetClock
) -> None:
    """An early start from another town, simulated; the first outlet; an order without a fix in between."""
    far, soon_after = (PATRAS[0] + 100 * A_KILOMETRE_NORTH, PATRAS[1]), local(6) + timedelta(minutes=1)
    the_clock.move_to(local(7))

    def day() -> list[dict[str, Any]]:
        return [
            make_check_in(field.outlet.code, local(5), fix=make_fix(far, local(5), mock=True)),
            make_order(field.outlet.code, field.product.code, time=local(5) + timedelta(minutes=30)),
            make_check_in(field.outlet.code, local(6), fix=make_fix(time=local(6))),
            make_order(field.outlet.code, field.product.code, time=soon_after, fix=make_fix(far, soon_after)),
        ]

    seen = []
    for order in permutations(range(4)):
        device = await make_device(session, await make_rep(session, field.territory))
        events = day()
        for place in order:
            await sync(events[place], device=device, time=local(7), monotonic_ms=uptime(local(7)))
        seen.append(await doubts(session, device, events))
    assert len(set(seen)) == 1
    assert "mock_location" in str(seen[0])


async def doubts(session: AsyncSession, device: Device, events: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
    """The doubts that stand about a rep's events: rule and place in the day."""
    places = {event["id"]: place for place, event in enumerate(events)}
    signals = await session.scalars(
        select(RiskSignal).where(RiskSignal.rep_id == device.rep_id, RiskSignal.withdrawn_at.is_(None))
    )
    return tuple(sorted((signal.rule, places[str(signal.subject_id)], str(signal.explanation)) for signal in signals))


async def test_an_early_check_in_speaks_for_an_order_as_ever(
    sync: Sync, session: AsyncSession, field: Field, agreed: None, the_clock: clock.SetClock
) -> None:
    early = local(5)
    the_clock.move_to(early)
    await sync(make_check_in(field.outlet.code, early), time=early, monotonic_ms=uptime(early))
    order = make_order(field.outlet.code, field.product.code, time=early + timedelta(hours=1))
    the_clock.move_to(early + timedelta(hours=1))
    await sync(order, time=early + timedelta(hours=1), monotonic_ms=uptime(early + timedelta(hours=1)))
    assert (await session.scalars(select(RiskSignal))).all() == []
