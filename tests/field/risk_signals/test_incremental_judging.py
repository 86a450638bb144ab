"""Judging what is new, by look-ups, comes to what judging everything anew would: however the events came.

The rules look at so few events around each one here that a day of a dozen has gaps everywhere.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.field import risk_signals
from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.order_contents import contents_of
from app.field.risk_signals.rules.two_devices import spans_of
from app.field.risk_signals.service import RecordedEvents, judge_again, reconcile
from app.field.risk_signals.signals import FieldEvent
from app.field.watermarks.day_counts import DayCount
from app.field.watermarks.models import DeviceDay
from app.field.watermarks.service import DAYS_KEPT, forget_day_counts, save_states
from app.ground.receipts.models import EventReceipt
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import Order, OrderLine
from tests.databases import by_the_owner
from tests.factories.catalogue import make_product
from tests.factories.check_ins import make_stored_check_in
from tests.factories.handheld import NOON
from tests.factories.orders import make_order
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.field.risk_signals.whole_days import all_doubts

MONDAY = NOON.date()
WEEK = timedelta(days=7)
DEVICES = (UUID(int=71), UUID(int=72))
NARROW = {
    "NEIGHBOURS": 2, "PRESENCE_CHECK_INS": 4, "ON_THE_SPOT": 3, "FIRST_ORDERS": 3, "FIRST_CHECK_INS": 4, "WITHIN": 1,
}  # fmt: skip
STORED = (
    "captured_at", "corrected_at", "trusted", "clock_changed", "lat", "lon", "accuracy_m", "fix_at", "mock", "provider",
    "clock_doubt", "device_id", "verdict", "distance_m",
)  # fmt: skip


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [each for name, each in sys.modules.items() if name.startswith(risk_signals.__name__)]:
        for name, most in NARROW.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, most)


@dataclass
class World:
    """A rep whose three outlets have ordered the same every week, and what is sold."""

    rep: Rep
    outlets: list[Outlet]
    product: Product

    @property
    def positions(self) -> dict[int, tuple[float, float]]:
        return {outlet.id: place for outlet, place in zip(self.outlets, PLACES, strict=True)}


PLACES = [PATRAS, (PATRAS[0] + 0.002, PATRAS[1]), (PATRAS[0] + 0.02, PATRAS[1])]
SPOTS = [None, None, PATRAS, (PATRAS[0] + 5e-5, PATRAS[1]), (PATRAS[0] + 0.02, PATRAS[1]), (38.2080319, 21.712654)]
EARLIER = [MONDAY - (number + 2) * WEEK for number in range(4)]


@pytest.fixture
async def world(session: AsyncSession) -> World:
    territory = await make_territory(session)
    return World(
        await make_rep(session, territory),
        [await make_outlet(session, territory, at=place) for place in PLACES],
        await make_product(session),
    )


@st.composite
def recorded(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What a rep did on two days, full of ties: few instants, few places, few outlets."""
    return [
        {
            "kind": draw(st.sampled_from(["check_in", "check_in", "order"])),
            "outlet": draw(st.integers(0, 2)),
            "day": draw(st.sampled_from([MONDAY, MONDAY, MONDAY - timedelta(days=1)])),
            "minutes": draw(st.sampled_from([0, 1, 2, 10, 30, 150])),
            "spot": draw(st.sampled_from(SPOTS)),
            "verdict": draw(st.sampled_from(["INSIDE", "INSIDE", "OUTSIDE", "INCONCLUSIVE"])),
            "arrival": draw(st.sampled_from([True, True, False])),
            "trusted": draw(st.sampled_from([True, True, True, False])),
            "clock_changed": draw(st.sampled_from([False, False, True])),
            "clock_doubt": draw(st.sampled_from([None, None, None, "unproven_time"])),
            "accuracy_m": draw(st.sampled_from([10.0, 3_000.0])),
            "provider": draw(st.sampled_from(["gps", "gps", "network"])),
            "mock": draw(st.sampled_from([False, False, True])),
            "device": draw(st.sampled_from([0, 0, 1])),
            "quantity": draw(st.sampled_from([6, 24])),
            "upload": draw(st.integers(0, 4)),
            "changed_to": draw(st.sampled_from([None, None, 6, 0])),
        }
        for _ in range(draw(st.integers(1, 12)))
    ]


def event_of(world: World, number: int, made: dict[str, Any]) -> FieldEvent:
    at = NOON + timedelta(minutes=made["minutes"]) - (MONDAY - made["day"])
    spot, outlet, is_order = made["spot"], world.outlets[made["outlet"]], made["kind"] == "order"
    return FieldEvent(
        id=UUID(int=number, version=4),
        kind=made["kind"],
        outlet_id=outlet.id,
        outlet_code=outlet.code,
        business_date=made["day"],
        captured_at=at,
        corrected_at=at,
        trusted=made["trusted"],
        clock_changed=made["clock_changed"],
        lat=spot and spot[0],
        lon=spot and spot[1],
        accuracy_m=made["accuracy_m"] if spot else None,
        fix_at=at if spot else None,
        mock=made["mock"] and spot is not None,
        device_id=DEVICES[made["device"]],
        verdict=made["verdict"] if spot else (None if is_order else "NO_FIX"),
        distance_m=20.0 if spot else None,
        arrival=made["arrival"] and not is_order,
        provider=made["provider"] if spot else None,
        clock_doubt=made["clock_doubt"],
    )


async def store(session: AsyncSession, world: World, event: FieldEvent, quantity: int) -> None:
    columns = {name: getattr(event, name) for name in STORED} | {"id": event.id}
    outlet = next(outlet for outlet in world.outlets if outlet.id == event.outlet_id)
    if event.kind == "check_in":
        kind = "arrival" if event.arrival else "departure"
        await make_stored_check_in(session, world.rep, outlet, kind=kind, business_date=event.business_date, **columns)
    else:
        lines = [(world.product, quantity)]
        await make_order(session, outlet, rep=world.rep, lines=lines, business_date=event.business_date, **columns)


async def upload(
    session: AsyncSession, world: World, events: Sequence[FieldEvent], *, several: bool, today: date = MONDAY
) -> None:
    """Judge events that were just recorded, as an upload does; then their days are counted."""
    rep = world.rep
    recorded_events = RecordedEvents(rep.territory_id, rep.id, events, today, several_devices=several)
    await reconcile(session, [recorded_events], world.positions, NOON)
    spans = spans_of(events)
    counts = []
    for day, device_id in sorted({(event.business_date, event.device_id) for event in events if event.device_id}):
        of_day = sum((event.business_date, event.device_id) == (day, device_id) for event in events)
        span = next((span for span in spans.get(day, ()) if span.device_id == device_id), None)
        timed = (span.events, span.first_at, span.first_id, span.last_at, span.last_id) if span else ()
        counts.append(DayCount(rep.id, day, device_id, of_day, of_day, *timed))
    await save_states(session, [], None, counts)


async def change(session: AsyncSession, world: World, order: FieldEvent, quantity: int) -> None:
    """Amend an order, or cancel it (none)."""
    async with by_the_owner(session):
        if quantity:
            lines = update(OrderLine).where(OrderLine.order_id == order.id)
            await session.execute(lines.values(quantity=Decimal(quantity)))
        else:
            await session.execute(update(Order).where(Order.id == order.id).values(cancelled_at=NOON))
    await judge_again(session, world.rep.territory_id, world.rep.id, (order.business_date, order.id), NOON)


async def start_over(session: AsyncSession, world: World) -> None:
    async with by_the_owner(session):
        for table in (RiskSignal, OrderLine, Order, CheckIn, EventReceipt, DeviceDay):
            await session.execute(delete(table))
    session.expunge_all()
    for outlet in world.outlets:
        for day in EARLIER:
            await make_order(session, outlet, lines=[(world.product, 6)], business_date=day)


Told = dict[tuple[str, str, UUID], tuple[Any, str, date]]


async def standing(session: AsyncSession) -> Told:
    rows = await session.execute(
        select(RiskSignal.__table__).where(RiskSignal.withdrawn_at.is_(None), RiskSignal.reviewed_at.is_(None))
    )
    return {
        (row.rule, row.subject_type, row.subject_id): (row.evidence, row.explanation, row.business_date) for row in rows
    }


async def truth(session: AsyncSession, world: World, events: Sequence[FieldEvent]) -> Told:
    orders = [event for event in events if event.kind == "order"]
    contents = await contents_of(session, orders) if orders else {}
    return {
        (signal.rule.value, signal.subject_type, signal.subject_id): (
            signal.evidence,
            signal.explanation,
            signal.business_date,
        )
        for signal in all_doubts(events, world.positions, contents)
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=recorded(), review=st.integers(0, 5))
async def test_uploads_in_any_order_come_to_what_judging_everything_anew_does(
    session: AsyncSession, world: World, day: list[dict[str, Any]], review: int
) -> None:
    await start_over(session, world)
    events = [event_of(world, number, made) for number, made in enumerate(day, 1)]
    reviewed: set[tuple[str, str, UUID]] = set()
    for number in range(5):
        places = [place for place, made in enumerate(day) if made["upload"] == number]
        for place in places:
            await store(session, world, events[place], day[place]["quantity"])
        await upload(session, world, [events[place] for place in places], several=True)
        for place in places:
            if events[place].kind == "order" and day[place]["changed_to"] is not None:
                await change(session, world, events[place], day[place]["changed_to"])
        known = sorted(await standing(session))
        if number == 2 and review < len(known):
            reviewed.add(known[review])
            of_subject = RiskSignal.subject_id == known[review][2], RiskSignal.withdrawn_at.is_(None)
            await session.execute(update(RiskSignal).where(*of_subject).values(reviewed_at=NOON))
            reviewed.update(key for key in known if key[2] == known[review][2])

    expected = await truth(session, world, events)

    assert await standing(session) == {key: told for key, told in expected.items() if key not in reviewed}


PLAIN = {
    "kind": "check_in", "outlet": 0, "day": MONDAY, "spot": PATRAS, "verdict": "INSIDE", "arrival": True,
    "trusted": True, "clock_changed": False, "clock_doubt": None, "accuracy_m": 10.0, "mock": False, "provider": "gps",
    "device": 0,
}  # fmt: skip


async def record(
    session: AsyncSession, world: World, events: Sequence[FieldEvent], *, several: bool = False, today: date = MONDAY
) -> None:
    for event in events:
        await store(session, world, event, 6)
    await upload(session, world, events, several=several, today=today)


async def test_a_day_that_mostly_had_no_positions_is_cleared_by_earlier_check_ins_that_fill_its_first_ones(
    session: AsyncSession, world: World
) -> None:
    await start_over(session, world)
    made = [PLAIN | {"minutes": 60 + number, "spot": None} for number in range(3)]
    made += [PLAIN | {"minutes": number} for number in range(NARROW["FIRST_CHECK_INS"])]
    events = [event_of(world, number, each) for number, each in enumerate(made, 1)]

    await record(session, world, events[:3])
    assert {rule for rule, _, _ in await standing(session)} == {"no_position"}
    await record(session, world, events[3:])

    assert "no_position" not in {rule for rule, _, _ in await standing(session)}


async def test_a_doubt_about_two_handhelds_stands_where_what_is_known_of_its_day_is_forgotten(
    session: AsyncSession, world: World
) -> None:
    await start_over(session, world)
    day = MONDAY - DAYS_KEPT
    made = [PLAIN | {"day": day, "minutes": number, "device": number % 2} for number in range(4)]
    *on_the_day, late = [event_of(world, number, each) for number, each in enumerate(made, 1)]

    await record(session, world, on_the_day, several=True, today=day)
    assert "two_devices" in {rule for rule, _, _ in await standing(session)}
    await forget_day_counts(session, NOON + timedelta(days=1))
    await record(session, world, [late], several=True)

    assert "two_devices" in {rule for rule, _, _ in await standing(session)}


async def test_an_order_is_judged_anew_only_where_a_check_in_can_change_it(session: AsyncSession, world: World) -> None:
    """Two check-ins that came later lie between: the next two after the order are not known."""
    await start_over(session, world)
    made = [PLAIN | {"minutes": minutes, "spot": None} for minutes in (1, 2, 10)]
    made += [PLAIN | {"minutes": 30, "outlet": 2, "spot": PLACES[2]}]
    made += [PLAIN | {"kind": "order", "minutes": 2, "spot": None}, PLAIN | {"minutes": 0, "spot": None}]
    *known, late = [event_of(world, number, each) for number, each in enumerate(made, 1)]

    await record(session, world, known)
    await record(session, world, [late])

    assert await standing(session) == await truth(session, world, [*known, late])


async def test_what_is_far_off_on_a_long_day_says_nothing(session: AsyncSession, world: World) -> None:
    """That the narrow constants hold here, and the windows are windows: the third check-in back is out of sight."""
    await start_over(session, world)
    made = [PLAIN | {"minutes": 10 * number} for number in range(4)]
    line = [event_of(world, number, each) for number, each in enumerate(made, 1)]
    away = replace(line[0], id=UUID(int=99), outlet_id=world.outlets[2].id, outlet_code=world.outlets[2].code)

    assert {signal.subject_id for signal in all_doubts([away, *line[:2]], world.positions)} >= {line[1].id}
    found = [signal for signal in all_doubts([away, *line], world.positions) if signal.rule == "repeated_fix"]
    assert line[3].id not in {signal.subject_id for signal in found}
