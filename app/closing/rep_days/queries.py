"""All SQL of reps' days but that of their visits: which lines there are, the runs, what is known beside visits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.closing.rep_days.asked import among, dates, integers, lines_asked
from app.closing.rep_days.records import Line, LineKey, Standing
from app.field.rejected_events.models import RejectedEvent
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.statements import records_of
from app.masters.identity.models import Device
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PointsEntry


@dataclass(frozen=True, slots=True)
class DayRun:
    """The run that closed a territory's day, and is not void."""

    territory_id: int
    id: UUID


async def first_territories(
    session: AsyncSession, territory_ids: Collection[int], reps: int, after: LineKey | None
) -> list[int]:
    """Of these territories, by code, the first with so many active reps after `after`: a page's lines are theirs."""
    counted = (
        select(Rep.territory_id, func.count().label("reps"))
        .join(Territory, Territory.id == Rep.territory_id)
        .where(Rep.active, Rep.territory_id == func.any(integers(territory_ids)), *_after(after))
        .group_by(Rep.territory_id)
        .subquery("counted")
    )
    before = func.sum(func.coalesce(counted.c.reps, 0)).over(order_by=Territory.code, rows=(None, -1))
    summed = (
        select(Territory.id, func.coalesce(before, 0).label("before"))
        .outerjoin(counted, counted.c.territory_id == Territory.id)
        .where(Territory.id == func.any(integers(territory_ids)))
        .subquery("summed")
    )
    return list(await session.scalars(select(summed.c.id).where(summed.c.before < reps)))


async def lines(
    session: AsyncSession,
    days: Mapping[int, date],
    rep_ids: Collection[int] | None,
    after: LineKey | None,
    limit: int | None,
) -> list[Line]:
    """Up to `limit` lines of these territories' days, of these reps (None: all), by codes after `after`."""
    asked = _territory_days(days)
    present = _present(asked, days, rep_ids)
    rows = (
        select(
            present.c.territory_id,
            Territory.code.label("territory_code"),
            Rep.id.label("rep_id"),
            Rep.code.label("rep_code"),
            Rep.name.label("rep_name"),
            asked.c.business_date,
        )
        .select_from(present)
        .join(asked, asked.c.territory_id == present.c.territory_id)
        .join(Territory, Territory.id == present.c.territory_id)
        .join(Rep, Rep.id == present.c.rep_id)
        .order_by(Territory.code, Rep.code)
    )
    rows = rows.where(*_after(after))
    if limit is not None:
        rows = rows.limit(limit)
    return records_of(Line, await session.execute(rows))


def _after(after: LineKey | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    return [tuple_(Territory.code, Rep.code) > tuple_(*(literal(part, Text) for part in after))]


def _territory_days(days: Mapping[int, date]) -> CTE:
    rows = (
        func.unnest(integers(days.keys()), dates(days.values()))
        .table_valued(column("territory_id", Integer), column("business_date", Date), name="given")
        .render_derived()
    )
    return select(*rows.c).cte("asked").prefix_with("MATERIALIZED")


def _present(asked: CTE, days: Mapping[int, date], rep_ids: Collection[int] | None) -> CTE:
    """Who is active and at home there, or has visits of the day there. Visits are looked up, by territory or by rep."""
    at_home = select(Rep.territory_id, Rep.id.label("rep_id")).where(
        Rep.active, Rep.territory_id == func.any(integers(days.keys()))
    )
    visiting = select(Visit.territory_id, Visit.rep_id).where(among(Visit.visit_date, days.values()))
    if rep_ids is None:
        own = (Visit.territory_id == asked.c.territory_id) & (Visit.visit_date == asked.c.business_date)
        visits = visiting.where(own).offset(0).lateral("visits_there")
        visitors = select(visits.c.territory_id, visits.c.rep_id).select_from(asked).join(visits, true())
    else:
        at_home = at_home.where(Rep.id == func.any(integers(rep_ids)))
        reps = func.unnest(integers(rep_ids)).table_valued(column("rep_id", Integer), name="reps").render_derived()
        dates_of = select(asked.c.business_date).distinct().subquery("dates_of")
        own = (Visit.rep_id == reps.c.rep_id) & (Visit.visit_date == dates_of.c.business_date)
        visits = visiting.add_columns(Visit.visit_date).where(own).offset(0).lateral("visits_there")
        visitors = (
            select(visits.c.territory_id, visits.c.rep_id)
            .select_from(reps)
            .join(dates_of, true())
            .join(visits, true())
            .join(
                asked,
                (asked.c.territory_id == visits.c.territory_id) & (asked.c.business_date == visits.c.visit_date),
            )
        )
    return union(at_home, visitors).cte("present")


async def cutoff_runs(session: AsyncSession, days: Mapping[int, date]) -> dict[int, DayRun]:
    """The run of each territory's day that was closed, by territory id."""
    asked = _territory_days(days)
    rows = (
        select(CutoffRun.territory_id, CutoffRun.id)
        .join(
            asked,
            (asked.c.territory_id == CutoffRun.territory_id) & (asked.c.business_date == CutoffRun.business_date),
        )
        .where(CutoffRun.voided_at.is_(None))
    )
    return {run.territory_id: run for run in records_of(DayRun, await session.execute(rows))}


async def standings(session: AsyncSession, of_lines: Sequence[Line]) -> dict[LineKey, Standing]:
    """What is known of each line's rep beside visits, by the line's key. One statement of look-ups."""
    asked = lines_asked(of_lines, [line.business_date for line in of_lines])
    rep, day, territory = asked.c.rep_id, asked.c.business_date, asked.c.territory_id
    watermark_at = DeviceSyncState.watermark_at
    every_has_one = func.bool_and(watermark_at.is_not(None))
    handhelds = (
        select(
            func.count().label("devices"),
            func.max(DeviceSyncState.last_upload_at).label("last_sync_at"),
            case((every_has_one, func.min(watermark_at))).label("watermark_at"),
        )
        .select_from(Device)
        .outerjoin(DeviceSyncState, DeviceSyncState.device_id == Device.id)
        .where(Device.rep_id == rep, Device.revoked_at.is_(None))
        .lateral("handhelds")
    )
    signals = select(func.count()).where(
        RiskSignal.rep_id == rep,
        RiskSignal.business_date == day,
        RiskSignal.territory_id == territory,
        RiskSignal.withdrawn_at.is_(None),
        RiskSignal.reviewed_at.is_(None),
    )
    rejections = select(func.count()).where(
        RejectedEvent.rep_id == rep, RejectedEvent.territory_id == territory, RejectedEvent.settled_at.is_(None)
    )
    month = cast(func.date_trunc("month", day), Date)
    # an entry counts in the month of its day or in a later one
    points = select(func.coalesce(func.sum(PointsEntry.points), 0)).where(
        PointsEntry.rep_id == rep, PointsEntry.month >= month, PointsEntry.business_date == day
    )
    rows = await session.execute(
        select(
            territory,
            rep,
            *handhelds.c,
            signals.scalar_subquery().label("open_signals"),
            rejections.scalar_subquery().label("rejected_events"),
            points.scalar_subquery().label("points"),
        )
        .select_from(asked)
        .join(handhelds, true())
    )
    keys = {(line.territory_id, line.rep_id): line.key for line in of_lines}
    return {
        keys[row.territory_id, row.rep_id]: Standing(
            row.devices, row.last_sync_at, row.watermark_at, row.open_signals, row.rejected_events, row.points
        )
        for row in rows
    }
