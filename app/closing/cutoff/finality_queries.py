"""All SQL of the question which penalties are final (C4): by what handhelds have told, or by time (decision 6)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Interval,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.snapshot import SNAPSHOT
from app.field.check_ins.models import CheckIn
from app.field.rejected_events.models import RejectedEvent
from app.field.rejected_events.records import RejectionOutcome
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.plans import looked_up
from app.ground.db.statements import Relation
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.rules import PROVISIONAL_FOR, SourceType
from app.sales.orders.models import OrderRefusal

_CUTOFF = bindparam("cutoff_at", type_=DateTime(timezone=True))
_AT = bindparam("at", type_=DateTime(timezone=True))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)
_NEVER = literal_column("CAST('-infinity' AS timestamptz)", DateTime(timezone=True))
_FOR_EVER = literal_column("CAST('infinity' AS timestamptz)", DateTime(timezone=True))


def watermarks() -> Select[int, datetime]:
    """Up to when all devices of a rep have told everything; those that were revoked have nothing more to tell.

    No row for a rep who never had a device.
    """
    oldest = func.min(func.coalesce(DeviceSyncState.watermark_at, _NEVER)).filter(Device.revoked_at.is_(None))
    return (
        select(Device.rep_id, func.coalesce(oldest, _FOR_EVER).label("watermark_at"))
        .outerjoin(DeviceSyncState, DeviceSyncState.device_id == Device.id)
        .group_by(Device.rep_id)
    )


def is_silent(cutoff: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions for a device to have something to tell about the time before a cutoff, as far as is known (C4).

    It has not told everything, or an event of it was rejected that may be of that day (T7).
    """
    watermark = select(DeviceSyncState.watermark_at).where(DeviceSyncState.device_id == Device.id).scalar_subquery()
    held = looked_up(
        RejectedEvent,
        RejectedEvent.device_id == Device.id,
        RejectedEvent.settled_at.is_(None),
        RejectedEvent.hold_before <= cutoff,
        RejectedEvent.hold_until >= cutoff + PROVISIONAL_FOR,
    )
    return Device.revoked_at.is_(None), or_(func.coalesce(watermark, _NEVER) < cutoff, held)


def refusal_stands() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions for a refused form that may be sent again: it stands refused, and was not given up."""
    given_up = looked_up(
        RejectedEvent,
        RejectedEvent.event_id == cast(OrderRefusal.id, Text),
        RejectedEvent.device_id == OrderRefusal.device_id,
        RejectedEvent.outcome == RejectionOutcome.GIVEN_UP.value,
    )
    return OrderRefusal.stands(), ~given_up


def held_back(outlet_id: Any, day: Any, rep_id: Any, cutoff: Any) -> ColumnElement[bool]:
    """Whether something may still come that decides about a rep's missing order at an outlet (C4).

    That is an order on a device of the rep, or of a colleague who had the outlet in plan or checked in there, that is
    silent; or a form that stands refused, may be sent again, and was not given up. `missing_visits` says the same of a
    whole day.
    """
    planned = looked_up(
        Visit,
        Visit.outlet_id == outlet_id,
        Visit.visit_date == day,
        Visit.approved_at.is_not(None),
        looked_up(Device, Device.rep_id == Visit.rep_id, *is_silent(cutoff)),
    )
    seen = looked_up(
        CheckIn,
        CheckIn.outlet_id == outlet_id,
        CheckIn.business_date == day,
        looked_up(Device, Device.rep_id == CheckIn.rep_id, *is_silent(cutoff)),
    )
    refused = looked_up(
        OrderRefusal, OrderRefusal.outlet_id == outlet_id, OrderRefusal.business_date == day, *refusal_stands()
    )
    has_device = looked_up(Device, Device.rep_id == rep_id)
    return or_(~has_device, planned, seen, refused)


_REPS = bindparam("rep_ids", type_=ARRAY(Integer))
_STANDING_RUN = and_(CutoffRun.id == MissingOrder.run_id, CutoffRun.voided_at.is_(None))
_PROVISIONAL = (
    select(
        MissingOrder.visit_id,
        MissingOrder.business_date,
        MissingOrder.outlet_id,
        MissingOrder.rep_id,
        CutoffRun.cutoff_at,
    )
    .join(CutoffRun, _STANDING_RUN)
    .where(MissingOrder.provisional)
)
_LOOKED_UP = literal_column("0", Integer)
"""The offset of a lateral subquery that is to be a look-up for each row, whatever the planner believes (decision 17).

Without it a fresh ledger was read whole for every upload past a cutoff: 1.5 s, and 3 ms with it.
"""


def _decided(provisional: Select[*tuple[Any, ...]]) -> Select[int]:
    """The penalties of these missing orders that nothing holds back any more, looked up for each."""
    missing = provisional.cte("missing").prefix_with("MATERIALIZED")
    penalty = (
        points.provisional_penalties(SourceType.VISIT)
        .where(PointsEntry.source_id == missing.c.visit_id, PointsEntry.business_date == missing.c.business_date)
        .offset(_LOOKED_UP)
        .lateral("undecided")
    )
    held = held_back(missing.c.outlet_id, missing.c.business_date, missing.c.rep_id, missing.c.cutoff_at)
    return select(penalty.c.id).select_from(missing.join(penalty, true())).where(~held)


def _provisional_of_reps() -> Select[*tuple[Any, ...]]:
    """Those at outlets that these reps had in plan or checked in at, of days that closed while they were silent."""
    days = (
        select(CutoffRun.business_date)
        .where(CutoffRun.business_date >= bindparam("since", type_=Date))
        .where(CutoffRun.cutoff_at > func.coalesce(bindparam("told_before", type_=DateTime(timezone=True)), _NEVER))
        .where(CutoffRun.cutoff_at <= func.coalesce(bindparam("told_now", type_=DateTime(timezone=True)), _FOR_EVER))
        .distinct()
        .cte("days")
    )
    planned = select(Visit.outlet_id, Visit.visit_date.label("day")).join(
        days, days.c.business_date == Visit.visit_date
    )
    seen = select(CheckIn.outlet_id, CheckIn.business_date).join(days, days.c.business_date == CheckIn.business_date)
    touched = union(planned.where(Visit.rep_id == any_(_REPS)), seen.where(CheckIn.rep_id == any_(_REPS))).subquery(
        "touched"
    )
    at_outlet = (
        _PROVISIONAL.where(MissingOrder.outlet_id == touched.c.outlet_id, MissingOrder.business_date == touched.c.day)
        .offset(_LOOKED_UP)
        .lateral("at_outlet")
    )
    return select(at_outlet).select_from(touched.join(at_outlet, true()))


_PASSED = _decided(_provisional_of_reps())
_DAY = bindparam("day", type_=Date)
_snapshot = SNAPSHOT.table.c
_PASSED_OF_RUN = _decided(
    select(
        _snapshot.visit_id,
        cast(_DAY, Date).label("business_date"),
        _snapshot.outlet_id,
        _snapshot.rep_id,
        cast(_CUTOFF, DateTime(timezone=True)).label("cutoff_at"),
    ).where(_snapshot.provisional, _snapshot.rep_id == any_(_REPS))
)
_PASSED_OF_SUPPLEMENTS = _decided(
    _PROVISIONAL.where(
        MissingOrder.run_id == bindparam("run_id", type_=Uuid),
        MissingOrder.business_date == _DAY,
        MissingOrder.rep_id == any_(_REPS),
        MissingOrder.supplement,
    )
)
_PAST_72H = (
    points.provisional_penalties(SourceType.VISIT)
    .join(
        MissingOrder,
        and_(MissingOrder.business_date == PointsEntry.business_date, MissingOrder.visit_id == PointsEntry.source_id),
    )
    .join(CutoffRun, _STANDING_RUN)
    .where(MissingOrder.business_date == CutoffRun.business_date, MissingOrder.provisional)
    .where(CutoffRun.business_date >= bindparam("since", type_=Date))
    .where(CutoffRun.cutoff_at < _AT - _WINDOW)
)


_SILENT_REPS = select(func.array_agg(Device.rep_id.distinct())).where(*is_silent(_CUTOFF))


async def silent_reps(session: AsyncSession, cutoff_at: datetime) -> tuple[int, ...]:
    """Every rep with a device that is silent about the time before a cutoff, of any territory. One statement."""
    return tuple(await session.scalar(_SILENT_REPS, {"cutoff_at": cutoff_at}) or ())


async def synced_reps(session: AsyncSession, territory_id: int, cutoff_at: datetime) -> tuple[int, ...]:
    """The territory's reps whose devices have all told everything up to the cutoff."""
    rows = watermarks().join(Rep, Rep.id == Device.rep_id).where(Rep.territory_id == territory_id).subquery()
    return tuple(await session.scalars(select(rows.c.rep_id).where(rows.c.watermark_at >= cutoff_at)))


def passed(
    rep_ids: Collection[int], since: date, told_before: datetime | None = None, told_now: datetime | None = None
) -> Relation:
    """The penalties for days since `since` that nothing holds back any more, of these reps and their colleagues.

    Where a watermark has moved from `told_before` to `told_now`, only days that closed between the two are looked at.
    """
    move = {"told_before": told_before, "told_now": told_now}
    return Relation(_PASSED, {"rep_ids": sorted(rep_ids), "since": since, **move})


def passed_of_run(run: CutoffRun, rep_ids: Collection[int]) -> Relation:
    """The penalties of these reps that nothing holds back any more, in the snapshot of a run."""
    of_run = {"day": run.business_date, "cutoff_at": run.cutoff_at}
    return Relation(_PASSED_OF_RUN, of_run | {"rep_ids": sorted(rep_ids)})


def passed_of_supplements(run: CutoffRun, rep_ids: Collection[int]) -> Relation:
    """The same of the run's supplements."""
    return Relation(_PASSED_OF_SUPPLEMENTS, {"run_id": run.id, "day": run.business_date, "rep_ids": sorted(rep_ids)})


def past_72h(since: date, at: datetime) -> Relation:
    """The penalties for days since `since` whose cutoff lies 72 h before `at`."""
    return Relation(_PAST_72H, {"since": since, "at": at})
