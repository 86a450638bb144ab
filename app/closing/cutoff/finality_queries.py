"""All SQL of the question which penalties are final (C4): by what handhelds have told, or by time (decision 6)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Interval,
    Select,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.statements import Relation
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.rules import PROVISIONAL_FOR, SourceType

_AT = bindparam("at", type_=DateTime(timezone=True))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)
_NEVER = literal_column("CAST('-infinity' AS timestamptz)", DateTime(timezone=True))


def watermarks() -> Select[int, datetime]:
    """Up to when all devices of a rep have told everything; those that were revoked have nothing more to tell.

    No row for a rep without a device.
    """
    watermark = func.min(func.coalesce(DeviceSyncState.watermark_at, _NEVER))
    return (
        select(Device.rep_id, watermark.label("watermark_at"))
        .outerjoin(DeviceSyncState, DeviceSyncState.device_id == Device.id)
        .where(Device.revoked_at.is_(None))
        .group_by(Device.rep_id)
    )


_watermarks = watermarks().where(Device.rep_id == any_(bindparam("rep_ids", type_=ARRAY(Integer)))).cte("watermark")
_PENALTIES = (
    points.provisional_penalties(SourceType.VISIT)
    .join(
        MissingOrder,
        and_(MissingOrder.business_date == PointsEntry.business_date, MissingOrder.visit_id == PointsEntry.source_id),
    )
    .join(CutoffRun, CutoffRun.id == MissingOrder.run_id)
)
_PASSED = (
    _PENALTIES.join(_watermarks, _watermarks.c.rep_id == PointsEntry.rep_id)
    .where(PointsEntry.business_date >= bindparam("since", type_=Date))
    .where(CutoffRun.cutoff_at <= _watermarks.c.watermark_at)
)
_PAST_72H = (
    _PENALTIES.where(MissingOrder.business_date == CutoffRun.business_date, MissingOrder.provisional)
    .where(CutoffRun.business_date >= bindparam("since", type_=Date))
    .where(CutoffRun.cutoff_at < _AT - _WINDOW)
)


async def synced_reps(session: AsyncSession, territory_id: int, cutoff_at: datetime) -> tuple[int, ...]:
    """The territory's reps whose devices have all told everything up to the cutoff: their penalties are final (C4)."""
    rows = watermarks().join(Rep, Rep.id == Device.rep_id).where(Rep.territory_id == territory_id).subquery()
    return tuple(await session.scalars(select(rows.c.rep_id).where(rows.c.watermark_at >= cutoff_at)))


def passed(rep_ids: Collection[int], since: date) -> Relation:
    """The reps' penalties for days since `since` whose cutoff the watermarks of all the rep's devices have passed."""
    return Relation(_PASSED, {"rep_ids": sorted(rep_ids), "since": since})


def past_72h(since: date, at: datetime) -> Relation:
    """The penalties for days since `since` whose cutoff lies 72 h before `at`."""
    return Relation(_PAST_72H, {"since": since, "at": at})
