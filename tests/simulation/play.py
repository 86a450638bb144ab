"""Plays days on the database, through the doors that phones and the office use, a territory for each day.

Several days are played at once: what reaches the server within the same moment is recorded together, as uploads are.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.service import Preview
from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.records import Sending
from app.doors.handheld.upload.records import Upload as Brought
from app.doors.handheld.upload.schemas import UploadBody, read_event
from app.doors.handheld.upload.service import record_uploads
from app.doors.order_taking import amendments
from app.doors.order_taking.schemas import OrderCancellationBody
from app.ground import clock
from app.ground.errors import Conflict
from app.ground.web.access import Caller, CallerKind, Role
from app.ground.web.versions import Precondition
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_fix
from tests.factories.identity import make_device
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit
from tests.simulation.days import CUTOFF, DAY, OUTLETS, Boot, Cancelling, Facts, Phone, Tap
from tests.simulation.deliveries import Change, Upload

MIDNIGHT = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
"""Of the Monday in Athens."""
A_KILOMETRE_NORTH = 0.009
AFTER_ALL = 3 * DAY + CUTOFF + 30
"""More than 72 hours after the cutoff."""


def instant(minute: float) -> datetime:
    """When a minute of the day is."""
    return MIDNIGHT + timedelta(minutes=minute)


@dataclass(frozen=True)
class Stage:
    """A territory on which a day is played."""

    facts: Facts
    territory: Territory
    reps: list[Rep]
    outlets: list[Outlet]
    devices: list[Device]
    product: str
    visits: dict[tuple[int, int], UUID]

    def reporter(self, phone: int) -> Reporter:
        """Who uploads."""
        rep = self.reps[self.facts.phones[phone].rep]
        return Reporter(self.devices[phone].id, rep.id, rep.code, self.territory.id)


@dataclass(frozen=True)
class Closed:
    """A run, and what a dry run had said just before."""

    run: CutoffRun
    preview: Preview
    flagged: dict[UUID, str]


async def make_stage(session: AsyncSession, facts: Facts) -> Stage:
    """A territory for a day."""
    territory = await make_territory(session)
    reps = [await make_rep(session, territory) for _ in range(1 + max(phone.rep for phone in facts.phones))]
    places = [(PATRAS[0] + number * A_KILOMETRE_NORTH, PATRAS[1]) for number in range(OUTLETS)]
    outlets = [await make_outlet(session, territory, at=place) for place in places]
    devices = [await make_device(session, reps[phone.rep]) for phone in facts.phones]
    visits = {}
    for rep, outlet in sorted(facts.visits):
        visits[rep, outlet] = (await make_visit(session, reps[rep], outlets[outlet])).id
    product = (await make_product(session)).code
    return Stage(facts, territory, reps, outlets, devices, product, visits)


News = tuple[float, Stage, Upload | Change | str | tuple[int, int]]


async def play(
    session: AsyncSession, stages: Sequence[Stage], news: Sequence[Sequence[Upload | Change]], run_at: float
) -> list[Closed]:
    """Play the days of stages, each with its news; close them at a minute."""
    happenings: list[News] = []
    for stage, own in zip(stages, news, strict=True):
        happenings += [(each.received_at, stage, each) for each in own]
        happenings += [(minute, stage, visit) for visit, minute in stage.facts.excuses.items()]
        happenings.append((run_at, stage, "close"))
    closed: dict[int, Closed] = {}
    with clock.fixed(instant(0)) as the_clock:
        for minute, at_once in groupby(sorted(happenings, key=lambda each: each[0]), key=lambda each: each[0]):
            the_clock.move_to(instant(minute))
            now = list(at_once)
            await _upload(session, [(stage, what) for _, stage, what in now if isinstance(what, Upload)])
            for _, stage, what in now:
                if what == "close":
                    closed[stage.territory.id] = await close(session, stage)
                elif isinstance(what, Change):
                    await _cancel(session, stage, what)
                elif isinstance(what, tuple):
                    visit_id = stage.visits[what]
                    await cutoff.excuse_visit(session, visit_id, None, reason_code="rep_ill", comment="", by="user:s")
        the_clock.move_to(instant(AFTER_ALL))
        await cutoff.finalise_after_72h(session, clock.now())
    return [closed[stage.territory.id] for stage in stages]


async def close(session: AsyncSession, stage: Stage) -> Closed:
    """Close a day, and ask what would be flagged just before."""
    async with session.begin_nested() as trial:
        preview = await cutoff.preview(session, stage.territory.id, MONDAY)
        await trial.rollback()
    run = await cutoff.close_day(session, stage.territory.id, MONDAY, triggered_by="simulation")
    rows = await session.execute(
        select(MissingOrder.visit_id, MissingOrder.cause).where(MissingOrder.run_id == run.id, ~MissingOrder.supplement)
    )
    return Closed(run, preview, {row.visit_id: row.cause for row in rows})


async def _upload(session: AsyncSession, uploads: Sequence[tuple[Stage, Upload]]) -> None:
    """Record uploads together, those of one rep one after the other."""
    waiting = [_brought(stage, upload) for stage, upload in uploads]
    while waiting:
        group = {upload.reporter.rep_id: upload for upload in reversed(waiting)}
        outcomes = await record_uploads(session, list(group.values()))
        assert None not in outcomes
        together = {id(upload) for upload in group.values()}
        waiting = [upload for upload in waiting if id(upload) not in together]


def _brought(stage: Stage, upload: Upload) -> Brought:
    phone = stage.facts.phones[upload.phone]
    boot = phone.boot_at(upload.built_at)
    told = [tap for tap in stage.facts.taps_of(upload.phone) if tap.minute <= upload.built_at]
    body = UploadBody.model_validate(
        {
            "sent_at": _wall(upload.built_at),
            "monotonic_ms": _monotonic_ms(boot, upload.built_at),
            "boot_id": boot.id,
            "sequence_to": len(told),
            "events": [_event(stage, phone, stage.facts.tap(id_)) for id_ in upload.taps],
        }
    )
    sending = Sending(body.sent_at, body.monotonic_ms, body.boot_id, body.sequence_to)
    return Brought(stage.reporter(upload.phone), sending, [read_event(raw) for raw in body.events])


def _event(stage: Stage, phone: Phone, tap: Tap) -> dict[str, Any]:
    boot, outlet = phone.boot_at(tap.minute), stage.outlets[tap.outlet]
    place = (PATRAS[0] + tap.outlet * A_KILOMETRE_NORTH, PATRAS[1])
    at = {"there": place, "away": (place[0] + 0.004, place[1] + 0.02), "none": None}[tap.place]
    captured_at = datetime.fromisoformat(_wall(tap.minute))
    event: dict[str, Any] = {
        "type": "order" if tap.kind == "order" else "check_in",
        "id": str(tap.id),
        "sequence": tap.sequence,
        "outlet_code": outlet.code,
        "captured_at": captured_at.isoformat(),
        "monotonic_ms": _monotonic_ms(boot, tap.minute),
        "boot_id": boot.id,
        "fix": None if at is None else make_fix(at, time=captured_at),
    }
    if tap.kind != "order":
        return event | {"kind": tap.kind}
    line = {"product_code": stage.product, "quantity": "6", "unit_price": "1.15"}
    return event | {"delivery_date": "2026-12-01", "lines": [line], "comment": ""}


async def _cancel(session: AsyncSession, stage: Stage, change: Change) -> None:
    cancelling = change.cancelling
    caller = _office(stage) if cancelling.by_office else _handheld(stage, cancelling)
    body = OrderCancellationBody.model_validate(_said(stage, change))
    async with session.begin_nested():
        order = await amendments.order_in_sight(session, caller, cancelling.order)
        if order is None:
            return  # filed under another day, for nobody knows when it was
        with suppress(Conflict):  # it came too late: the order stands
            await amendments.cancel_order(session, caller, order, body, Precondition())


def _said(stage: Stage, change: Change) -> dict[str, Any]:
    cancelling = change.cancelling
    if cancelling.by_office:
        return {"reason": "the outlet called"}
    boot = stage.facts.boot_of_cancelling(cancelling)
    return {
        "captured_at": _wall(cancelling.minute),
        "monotonic_ms": _monotonic_ms(boot, cancelling.minute),
        "boot_id": boot.id,
        "sent_at": _wall(change.received_at),
        "sent_monotonic_ms": _monotonic_ms(boot, change.received_at),
    }


def _office(stage: Stage) -> Caller:
    return Caller(
        kind=CallerKind.USER,
        subject="1",
        name="sofia",
        role=Role.SUPERVISOR,
        territory_ids=frozenset({stage.territory.id}),
    )


def _handheld(stage: Stage, cancelling: Cancelling) -> Caller:
    phone = stage.facts.tap(cancelling.order).phone
    reporter = stage.reporter(phone)
    return Caller(
        kind=CallerKind.DEVICE,
        subject=str(reporter.device_id),
        name=reporter.rep_code,
        rep_id=reporter.rep_id,
        rep_code=reporter.rep_code,
        device_id=reporter.device_id,
        territory_ids=frozenset({stage.territory.id}),
    )


def _wall(minute: float) -> str:
    return instant(minute).isoformat()


def _monotonic_ms(boot: Boot, minute: float) -> int | None:
    return None if boot.dark else round((minute - boot.booted_at) * 60_000)


async def costs(session: AsyncSession, stage: Stage) -> dict[tuple[int, int], int]:
    """What each visit has cost in the end."""
    chain = select(PointsEntry.id, PointsEntry.source_id, PointsEntry.points).where(
        PointsEntry.source_id.in_(stage.visits.values())
    )
    entries = chain.cte("chain", recursive=True)
    entries = entries.union_all(
        select(PointsEntry.id, entries.c.source_id, PointsEntry.points).join(
            entries, PointsEntry.reverses_id == entries.c.id
        )
    )
    rows = await session.execute(select(entries.c.source_id, func.sum(entries.c.points)).group_by(entries.c.source_id))
    sums = {source_id: int(points) for source_id, points in rows}
    return {visit: sums.get(id_, 0) for visit, id_ in stage.visits.items()}


async def outlets_with_an_order(session: AsyncSession, stage: Stage) -> set[int]:
    """The outlets that have an order of the day that stands."""
    rows = await session.scalars(
        select(Order.outlet_id).where(
            Order.outlet_id.in_([outlet.id for outlet in stage.outlets]),
            Order.business_date == MONDAY,
            Order.cancelled_at.is_(None),
        )
    )
    ids = set(rows)
    return {number for number, outlet in enumerate(stage.outlets) if outlet.id in ids}
