"""All SQL of reps' days but that of their visits: which lines there are, the runs, what is known beside visits.

Every statement is built once, and looks up what it needs.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Date,
    Integer,
    Text,
    bindparam,
    case,
    cast,
    func,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.closing.rep_days.asked import (
    line_parameters,
    lines_asked,
    on_dates,
    territory_days_asked,
    territory_parameters,
)
from app.closing.rep_days.records import ClosingRun, Line, LineKey, RepStanding
from app.field.rejected_events.models import RejectedEvent
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.statements import DirectStatement, maker_of
from app.masters.identity.models import Device
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PointsEntry

_line, _standing, _closing_run = maker_of(Line), maker_of(RepStanding), maker_of(ClosingRun)
_IDS: Any = bindparam("ids", type_=ARRAY(Integer))
_AFTER = tuple_(bindparam("after_territory", type_=Text), bindparam("after_rep", type_=Text))


async def first_territories(
    session: AsyncSession, territory_ids: Collection[int], reps: int, after: LineKey | None
) -> list[int]:
    """Of these territories, by code, the first with so many active reps after `after`: a page's lines are theirs."""
    parameters = {"ids": list(territory_ids), "reps": reps, **_after(after)}
    return [row["id"] for row in await _first_territories().rows(session, parameters)]


@cache
def _first_territories() -> DirectStatement:
    counted = (
        select(Rep.territory_id, func.count().label("reps"))
        .join(Territory, Territory.id == Rep.territory_id)
        .where(Rep.active, Rep.territory_id == func.any(_IDS), tuple_(Territory.code, Rep.code) > _AFTER)
        .group_by(Rep.territory_id)
        .subquery("counted")
    )
    before = func.sum(func.coalesce(counted.c.reps, 0)).over(order_by=Territory.code, rows=(None, -1))
    summed = (
        select(Territory.id, func.coalesce(before, 0).label("before"))
        .outerjoin(counted, counted.c.territory_id == Territory.id)
        .where(Territory.id == func.any(_IDS))
        .subquery("summed")
    )
    return DirectStatement(select(summed.c.id).where(summed.c.before < bindparam("reps", type_=BigInteger)))


async def lines(
    session: AsyncSession,
    days: Mapping[int, date],
    rep_ids: Collection[int] | None,
    after: LineKey | None,
    limit: int | None,
) -> list[Line]:
    """Up to `limit` (None: all) lines of these territories' days, of these reps (None: all), by codes after `after`."""
    parameters = {**territory_parameters(days), **_after(after), "limit": limit}
    if rep_ids is None:
        rows = await _lines_of_territories().rows(session, parameters)
    else:
        rows = await _lines_of_reps().rows(session, {**parameters, "ids": list(rep_ids)})
    return [_line(row) for row in rows]


def _after(after: LineKey | None) -> dict[str, Any]:
    """Every code comes after none."""
    territory_code, rep_code = after or ("", "")
    return {"after_territory": territory_code, "after_rep": rep_code}


@cache
def _lines_of_territories() -> DirectStatement:
    """Who is active and at home there, or has visits of the day there."""
    asked = territory_days_asked()
    own = (Visit.territory_id == asked.c.territory_id) & (Visit.visit_date == asked.c.business_date)
    there = select(Visit.rep_id).distinct().where(on_dates(Visit.visit_date), own).offset(0).lateral("visits_there")
    visitors = select(asked.c.territory_id, there.c.rep_id).select_from(asked).join(there, true())
    at_home = select(Rep.territory_id, Rep.id.label("rep_id")).join(asked, asked.c.territory_id == Rep.territory_id)
    return _lines(asked, union(at_home.where(Rep.active), visitors).cte("present"))


@cache
def _lines_of_reps() -> DirectStatement:
    """The same, of these reps: their visits are looked up."""
    asked = territory_days_asked()
    there = (
        select(Visit.territory_id, Visit.rep_id, Visit.visit_date)
        .distinct()
        .where(on_dates(Visit.visit_date), Visit.rep_id == func.any(_IDS))
        .cte("visits_there")
        .prefix_with("MATERIALIZED")
    )
    of_day = (asked.c.territory_id == there.c.territory_id) & (asked.c.business_date == there.c.visit_date)
    visitors = select(there.c.territory_id, there.c.rep_id).join(asked, of_day)
    at_home = select(Rep.territory_id, Rep.id.label("rep_id")).join(asked, asked.c.territory_id == Rep.territory_id)
    at_home = at_home.where(Rep.active, Rep.id == func.any(_IDS))
    return _lines(asked, union(at_home, visitors).cte("present"))


def _lines(asked: CTE, present: CTE) -> DirectStatement:
    key = tuple_(Territory.code, Rep.code)
    return DirectStatement(
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
        .where(key > _AFTER)
        .order_by(Territory.code, Rep.code)
        .limit(bindparam("limit", type_=Integer))
    )


async def cutoff_runs(session: AsyncSession, days: Mapping[int, date]) -> dict[int, ClosingRun]:
    """The run of each territory's day that was closed, by territory id; a void one closed nothing."""
    rows = await _cutoff_runs().rows(session, territory_parameters(days))
    return {row["territory_id"]: _closing_run(row) for row in rows}


@cache
def _cutoff_runs() -> DirectStatement:
    asked = territory_days_asked()
    of_day = (asked.c.territory_id == CutoffRun.territory_id) & (asked.c.business_date == CutoffRun.business_date)
    columns = (CutoffRun.territory_id, CutoffRun.id, CutoffRun.planned_visits, CutoffRun.missing_orders)
    runs = select(*columns).join(asked, of_day)
    return DirectStatement(runs.where(CutoffRun.voided_at.is_(None)))


async def standings(session: AsyncSession, of_lines: Sequence[Line], today: Mapping[int, date]) -> list[RepStanding]:
    """What is known of each line's rep beside visits, in the order of the lines."""
    rows = await _standings().rows(session, line_parameters(of_lines, today))
    by_line = {(row["territory_id"], row["rep_id"]): _standing(row) for row in rows}
    return [by_line[line.territory_id, line.rep_id] for line in of_lines]


@cache
def _standings() -> DirectStatement:
    """Look-ups of each rep's own."""
    asked = lines_asked()
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
    columns = [
        territory,
        rep,
        *handhelds.c,
        signals.scalar_subquery().label("open_signals"),
        rejections.scalar_subquery().label("rejected_events"),
        points.scalar_subquery().label("points"),
    ]
    return DirectStatement(select(*columns).select_from(asked).join(handhelds, true()))
