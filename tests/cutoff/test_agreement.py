"""SQL says what the rules say, and no order of arrival changes a balance, on worlds that nobody thought up (C2–C6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.cutoff import service as cutoff
from app.cutoff.rules import Evidence, VisitFacts, cause_of, is_charged, is_flagged, is_provisional
from app.cutoff.settlement_rules import CheckInFacts, LateOrder, clears, last_check_in
from app.identity.models import Device, DeviceSyncState
from app.outlets.models import Outlet, OutletTerms
from app.territories.models import Rep, Territory
from tests.cutoff.worlds import AFTER, CUTOFF, balance, missing
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import make_device
from tests.factories.orders import make_no_order_report, make_order, make_refusal
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visit_plans import MONDAY, make_visit

EXAMPLES = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])

INSTANTS = st.sampled_from([CUTOFF + timedelta(microseconds=1) * shift for shift in (-5_000_000, -1, 0, 1, 5_000_000)])
MAYBE = st.none() | INSTANTS
OUTLETS, REPS = 3, 2
WHICH_OUTLET, WHICH_REP = st.integers(0, OUTLETS - 1), st.integers(0, REPS - 1)


@dataclass
class Masters:
    territory: Territory
    reps: list[Rep]
    outlets: list[Outlet]
    devices: list[Device]
    elsewhere: Territory


@pytest.fixture
async def masters(session: AsyncSession, the_clock: clock.SetClock) -> Masters:
    the_clock.move_to(AFTER)
    territory = await make_territory(session)
    reps = [await make_rep(session, territory) for _ in range(REPS)]
    outlets = [await make_outlet(session, territory, terms={}) for _ in range(OUTLETS)]
    return Masters(
        territory, reps, outlets, [await make_device(session, rep) for rep in reps], await make_territory(session)
    )


@dataclass(frozen=True)
class DrawnCheckIn:
    rep: int
    outlet: int
    kind: str
    verdict: str
    received_at: datetime


@dataclass(frozen=True)
class World:
    """Everything about one Monday; who and where by number."""

    visits: dict[tuple[int, int], tuple[datetime | None, datetime | None]]
    orders: list[tuple[int, datetime]]
    check_ins: list[DrawnCheckIn]
    refusals: list[tuple[int, int, datetime]]
    reports: list[tuple[int, int, datetime]]
    closed_outlets: set[int]
    credit_holds: set[int]
    reps_who_left: set[int]
    reps_who_moved: set[int]
    watermarks: list[datetime | None]


check_ins = st.builds(
    DrawnCheckIn,
    WHICH_REP,
    WHICH_OUTLET,
    st.sampled_from(["arrival", "departure"]),
    st.sampled_from(["INSIDE", "OUTSIDE", "UNCERTAIN", "NO_FIX"]),
    INSTANTS,
)
worlds = st.builds(
    World,
    visits=st.dictionaries(st.tuples(WHICH_REP, WHICH_OUTLET), st.tuples(MAYBE, MAYBE), min_size=1),
    orders=st.lists(st.tuples(WHICH_OUTLET, INSTANTS), max_size=2),
    check_ins=st.lists(check_ins, max_size=4),
    refusals=st.lists(st.tuples(WHICH_REP, WHICH_OUTLET, INSTANTS), max_size=2),
    reports=st.lists(st.tuples(WHICH_REP, WHICH_OUTLET, INSTANTS), max_size=2),
    closed_outlets=st.sets(WHICH_OUTLET, max_size=1),
    credit_holds=st.sets(WHICH_OUTLET, max_size=1),
    reps_who_left=st.sets(WHICH_REP, max_size=1),
    reps_who_moved=st.sets(WHICH_REP, max_size=1),
    watermarks=st.lists(MAYBE, min_size=REPS, max_size=REPS),
)

Flagged = dict[UUID, tuple[str, bool, bool]]
"""By visit: the cause, whether a reason was given, whether it is provisional."""


async def write(session: AsyncSession, masters: Masters, world: World) -> dict[tuple[int, int], UUID]:
    reps, outlets = masters.reps, masters.outlets
    for outlet, received_at in world.orders:
        await make_order(session, outlets[outlet], received_at=received_at)
    for seen in world.check_ins:
        fields: dict[str, Any] = {"kind": seen.kind, "verdict": seen.verdict, "received_at": seen.received_at}
        await make_stored_check_in(session, reps[seen.rep], outlets[seen.outlet], **fields)
    for rep, outlet, received_at in world.refusals:
        await make_refusal(session, outlets[outlet], rep=reps[rep], received_at=received_at)
    for rep, outlet, received_at in world.reports:
        await make_no_order_report(session, reps[rep], outlets[outlet], received_at=received_at)
    session.add_all(
        DeviceSyncState(device_id=device.id, rep_id=device.rep_id, received=[], watermark_at=watermark_at)
        for device, watermark_at in zip(masters.devices, world.watermarks, strict=True)
    )
    held = [outlets[number].id for number in world.credit_holds]
    for table, key, values, changed in (
        (OutletTerms, OutletTerms.outlet_id, {"credit_hold": True}, held),
        (Outlet, Outlet.id, {"active": False}, [outlets[number].id for number in world.closed_outlets]),
        (Rep, Rep.id, {"active": False}, [reps[number].id for number in world.reps_who_left]),
        (Rep, Rep.id, {"territory_id": masters.elsewhere.id}, [reps[number].id for number in world.reps_who_moved]),
    ):
        # by statement: the objects are to stay as they are when the example is rolled back
        await session.execute(
            update(table).where(key.in_(changed)).values(values).execution_options(synchronize_session=False)
        )
    ids = {}
    for (rep, outlet), (approved_at, excused_at) in world.visits.items():
        times: dict[str, Any] = {"approved_at": approved_at, "excused_at": excused_at}
        ids[rep, outlet] = (await make_visit(session, reps[rep], outlets[outlet], **times)).id
    return ids


def flagged_by_the_rules(world: World, ids: dict[tuple[int, int], UUID]) -> Flagged:
    flagged = {}
    for (rep, outlet), (approved_at, excused_at) in world.visits.items():
        received = [received_at for where, received_at in world.orders if where == outlet]
        served = outlet not in world.closed_outlets
        if not is_flagged(VisitFacts(approved_at, excused_at, served), received, CUTOFF):
            continue
        known = [c for c in world.check_ins if (c.rep, c.outlet) == (rep, outlet) and c.received_at <= CUTOFF]
        inside = any(c.kind == "arrival" and c.verdict == "INSIDE" for c in known)
        refused = any((r, o) == (rep, outlet) and at <= CUTOFF for r, o, at in world.refusals)
        reason = any((r, o) == (rep, outlet) and at <= CUTOFF for r, o, at in world.reports)
        # the territory's run knows of its own reps' watermarks alone
        told = world.watermarks[rep] if rep not in world.reps_who_moved else None
        provisional = is_provisional([told], CUTOFF, AFTER)
        flagged[ids[rep, outlet]] = (cause_of(Evidence(refused, inside, bool(known))).value, reason, provisional)
    return flagged


def charged_by_the_rules(world: World, flagged: Flagged, ids: dict[tuple[int, int], UUID]) -> int:
    """How many of the flagged visits cost their rep points."""
    return sum(
        is_charged(
            rep_active=rep not in world.reps_who_left,
            same_territory=rep not in world.reps_who_moved,
            credit_hold=outlet in world.credit_holds,
        )
        for (rep, outlet), id_ in ids.items()
        if id_ in flagged
    )


@EXAMPLES
@given(world=worlds)
async def test_a_run_and_a_dry_run_flag_what_the_rules_flag(
    session: AsyncSession, masters: Masters, world: World
) -> None:
    async with session.begin_nested() as example:
        ids = await write(session, masters, world)
        async with session.begin_nested():
            preview = await cutoff.preview(session, masters.territory.id, MONDAY)
        run = await cutoff.close_day(session, masters.territory.id, MONDAY, triggered_by="test")
        rows = await missing(session)
        await example.rollback()
    expected = flagged_by_the_rules(world, ids)
    closed = {row.visit_id: (row.cause, row.no_order_reason is not None, row.provisional) for row in rows}
    tried = {row.visit_id: (row.cause, row.no_order_reason is not None, row.provisional) for row in preview.missing}
    assert closed == expected
    assert tried == expected
    assert run.missing_orders == len(expected)
    assert run.penalties == preview.penalties == charged_by_the_rules(world, expected, ids)
    assert run.call_tasks == preview.call_tasks == len({row.outlet_id for row in rows})
    assert run.planned_visits == preview.planned_visits


@dataclass(frozen=True)
class Arrival:
    """Something that reaches the server after the cutoff: an order for the outlet, or a check-in at one of the two.

    `own_verdict` is that of the order's own fix, None where it carries none.
    """

    order: bool
    minutes_before: int
    trusted: bool
    inside: bool
    here: bool
    arrival: bool
    own_verdict: str | None

    @property
    def corrected_at(self) -> datetime:
        return CUTOFF - timedelta(minutes=self.minutes_before)


arrivals = st.builds(
    Arrival,
    st.booleans(),
    st.sampled_from([-3, 0, 3, 4, 9, 30]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, None, "INSIDE", "OUTSIDE", "UNCERTAIN"]),
)


async def receive(session: AsyncSession, masters: Masters, event: Arrival, event_id: UUID) -> None:
    """An upload with one event: recorded, then settled."""
    outlet = masters.outlets[0] if event.here or event.order else masters.outlets[1]
    fields: dict[str, Any] = {
        "id": event_id,
        "trusted": event.trusted,
        "corrected_at": event.corrected_at,
        "received_at": clock.now(),
        "verdict": "INSIDE" if event.inside else "OUTSIDE",
    }
    if event.order:
        await make_order(session, outlet, rep=masters.reps[0], **fields | {"verdict": event.own_verdict})
    else:
        kind = "arrival" if event.arrival else "departure"
        await make_stored_check_in(session, masters.reps[0], outlet, kind=kind, **fields)
    await cutoff.settle_late_orders(session, [(outlet.id, MONDAY)], clock.now())


async def told_everything(session: AsyncSession, masters: Masters) -> None:
    """The rep's device has told all that it recorded, and its watermark passes the cutoff."""
    device = masters.devices[0]
    session.add(DeviceSyncState(device_id=device.id, rep_id=device.rep_id, received=[], watermark_at=clock.now()))
    await session.flush()
    await cutoff.finalise_passed(session, [device.rep_id], clock.now())


def balance_by_the_rules(events: dict[UUID, Arrival], masters: Masters) -> int:
    here, elsewhere, rep_id = masters.outlets[0].id, masters.outlets[1].id, masters.reps[0].id
    seen = [
        CheckInFacts(
            event_id,
            rep_id,
            here if event.here else elsewhere,
            event.arrival,
            event.inside,
            event.trusted,
            event.corrected_at,
            AFTER,
        )
        for event_id, event in events.items()
        if not event.order
    ]
    orders = [
        LateOrder(
            event_id,
            rep_id,
            here,
            inside=event.own_verdict == "INSIDE",
            outside=event.own_verdict == "OUTSIDE",
            trusted=event.trusted,
            corrected_at=event.corrected_at,
            received_at=AFTER,
            before=last_check_in(seen, rep_id, event.corrected_at, CUTOFF),
        )
        for event_id, event in events.items()
        if event.order
    ]
    if any(clears(order, CUTOFF) for order in orders):
        return 0
    return -3 if orders else -10


@EXAMPLES
@given(
    events=st.dictionaries(st.uuids(version=4), arrivals, max_size=5),
    shuffled=st.randoms(use_true_random=False),
    closed_after=st.integers(0, 6),
)
async def test_no_order_of_arrival_and_no_hour_of_closing_changes_what_the_rep_is_charged(
    session: AsyncSession,
    masters: Masters,
    the_clock: clock.SetClock,
    events: dict[UUID, Arrival],
    shuffled: Random,
    closed_after: int,
) -> None:
    order_of_arrival = list(events.items())
    shuffled.shuffle(order_of_arrival)
    async with session.begin_nested() as example:
        await make_visit(session, masters.reps[0], masters.outlets[0])
        for turn in range(len(order_of_arrival) + 2):
            the_clock.move_to(AFTER + timedelta(minutes=turn))
            if turn == min(closed_after, len(order_of_arrival) + 1):
                await cutoff.close_day(session, masters.territory.id, MONDAY, triggered_by="test")
            if turn < len(order_of_arrival):
                event_id, event = order_of_arrival[turn]
                await receive(session, masters, event, event_id)
            elif turn == len(order_of_arrival):
                await told_everything(session, masters)
        charged = await balance(session)
        await example.rollback()
    assert charged == balance_by_the_rules(events, masters)
