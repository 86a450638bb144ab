"""SQL says what the rules say, on worlds that nobody thought up (C2–C4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import models
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.reference import (
    EvidenceAtCutoff,
    VisitAtCutoff,
    cause_of,
    is_charged,
    is_flagged,
    is_provisional,
)
from app.field.watermarks.models import DeviceSyncState
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from tests.closing.cutoff.worlds import AFTER, CUTOFF, OUTLETS, REPS, Masters, missing
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_no_order_report, make_order, make_refusal
from tests.factories.visits import MONDAY, make_visit

EXAMPLES = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])

INSTANTS = st.sampled_from([CUTOFF + timedelta(microseconds=1) * shift for shift in (-5_000_000, -1, 0, 1, 5_000_000)])
MAYBE = st.none() | INSTANTS
WHICH_OUTLET, WHICH_REP = st.integers(0, OUTLETS - 1), st.integers(0, REPS - 1)


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
    for table, values, changed in (
        (Outlet, {"active": False}, [outlets[number].id for number in world.closed_outlets]),
        (Rep, {"active": False}, [reps[number].id for number in world.reps_who_left]),
        (Rep, {"territory_id": masters.elsewhere.id}, [reps[number].id for number in world.reps_who_moved]),
    ):
        # by statement: the objects are to stay as they are when the example is rolled back
        await session.execute(
            update(table).where(table.id.in_(changed)).values(values).execution_options(synchronize_session=False)
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
        if not is_flagged(VisitAtCutoff(approved_at, excused_at, served), received, CUTOFF):
            continue
        known = [c for c in world.check_ins if (c.rep, c.outlet) == (rep, outlet) and c.received_at <= CUTOFF]
        inside = any(c.kind == "arrival" and c.verdict == "INSIDE" for c in known)
        refused = any((r, o) == (rep, outlet) and at <= CUTOFF for r, o, at in world.refusals)
        reason = any((r, o) == (rep, outlet) and at <= CUTOFF for r, o, at in world.reports)
        # the territory's run knows of its own reps' watermarks alone
        told = world.watermarks[rep] if rep not in world.reps_who_moved else None
        colleagues = {r for (r, o), (approved, _) in world.visits.items() if o == outlet and approved is not None}
        colleagues |= {c.rep for c in world.check_ins if c.outlet == outlet}
        watermarks = [told, *(world.watermarks[colleague] for colleague in colleagues)]
        form_stands = any(o == outlet for _, o, _ in world.refusals)
        provisional = is_provisional(watermarks, CUTOFF, AFTER, form_stands=form_stands)
        evidence = EvidenceAtCutoff(form_refused=refused, inside_arrival=inside, checked_in=bool(known))
        flagged[ids[rep, outlet]] = (
            cause_of(evidence).value,
            reason,
            provisional,
        )
    return flagged


def charged_by_the_rules(world: World, flagged: Flagged, ids: dict[tuple[int, int], UUID]) -> int:
    """How many of the flagged visits cost their rep points."""
    return sum(
        is_charged(rep_active=rep not in world.reps_who_left, same_territory=rep not in world.reps_who_moved)
        for (rep, _), id_ in ids.items()
        if id_ in flagged
    )


@EXAMPLES
@given(world=worlds, big=st.booleans())
async def test_a_run_and_a_dry_run_flag_what_the_rules_flag(
    session: AsyncSession, masters: Masters, world: World, big: bool
) -> None:
    """A big day is read by several processes."""
    async with session.begin_nested() as example:
        ids = await write(session, masters, world)
        async with session.begin_nested():
            preview = await cutoff.preview(session, masters.territory.id, MONDAY)
        with patch.object(models, "BIG_DAY", 0 if big else models.BIG_DAY):
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
