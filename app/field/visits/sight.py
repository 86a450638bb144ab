"""What a record of the field shows of its outlet, and to whom.

Whatever a record shows of others lies within the caller's sight (decision 52). A rep may check in anywhere (V1), and
makes an ad hoc visit by it (V5): that opens no outlet. One that the office has put into the rep's plan is shown,
wherever it belongs by now: what was recorded there stays explainable after the outlet was handed over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Integer, cast, column, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet


@dataclass(frozen=True, slots=True)
class VisitedOutlet:
    """An outlet on a day of a rep, by the database's own ids."""

    visit_date: date
    rep_id: int
    outlet_id: int


def outlet_in_sight(caller: Caller, planned: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether `Outlet`, joined to a record of the field, is the caller's to see; `planned`: `planned_visit_of`."""
    if caller.territory_ids is None:
        return true()
    return or_(Outlet.territory_id.in_(caller.territory_ids), planned)


def planned_visit_of(record: Any) -> ColumnElement[bool]:
    """Whether the record's outlet stands in its rep's approved plan for its day: `record` has the columns of each."""
    return (
        select(Visit.id)
        .where(
            Visit.visit_date == record.business_date,
            Visit.rep_id == record.rep_id,
            Visit.outlet_id == record.outlet_id,
            Visit.approved_at.is_not(None),
        )
        .exists()
    )


async def planned_among(session: AsyncSession, visited: Collection[VisitedOutlet]) -> set[VisitedOutlet]:
    """Those that stand in their reps' approved plans. One statement."""
    keys = func.unnest(
        cast(literal([key.visit_date for key in visited], ARRAY(Date)), ARRAY(Date)),
        cast(literal([key.rep_id for key in visited], ARRAY(Integer)), ARRAY(Integer)),
        cast(literal([key.outlet_id for key in visited], ARRAY(Integer)), ARRAY(Integer)),
    ).table_valued(column("day", Date), column("rep_id", Integer), column("outlet_id", Integer), name="keys")
    asked = keys.render_derived()
    days = [key.visit_date for key in visited]
    rows = await session.execute(
        select(Visit.visit_date, Visit.rep_id, Visit.outlet_id)
        .join(
            asked,
            (Visit.visit_date == asked.c.day)
            & (Visit.rep_id == asked.c.rep_id)
            & (Visit.outlet_id == asked.c.outlet_id),
        )
        .where(Visit.visit_date.between(min(days), max(days)), Visit.approved_at.is_not(None))
    )
    return {VisitedOutlet(row.visit_date, row.rep_id, row.outlet_id) for row in rows}
