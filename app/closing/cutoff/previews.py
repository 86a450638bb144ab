"""What a run would flag, asked before there is one (C7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import queries
from app.closing.cutoff.masters_then import closing_day
from app.ground import clock
from app.ground.db.plans import without_nested_loops
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, call_deadline_at, cutoff_at, is_working_day
from app.motivation.points import service as points
from app.motivation.points.service import PointsRule


@dataclass(frozen=True, slots=True)
class MissingPreview:
    """A planned visit that a run would flag, and why."""

    visit_id: UUID
    rep_code: str
    outlet_code: str
    cause: str
    no_order_reason: str | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would come to, and the visits that it would flag (C7)."""

    territory_code: str
    business_date: date
    cutoff_at: datetime
    planned_visits: int
    call_tasks: int
    penalties: int
    missing: list[MissingPreview]


async def preview(session: AsyncSession, territory_id: int, business_date: date) -> Preview:
    """What a run would flag, and why (C7): as of the cutoff, or as of now where that is still to come. Writes nothing.

    A day on which the territory does not work flags nothing. Raises TerritoryNotFound.
    """
    await session.execute(text("SET TRANSACTION READ ONLY"))
    territory = await territories.territory_facts(session, territory_id)
    cutoff = cutoff_at(territory, business_date)
    if not is_working_day(territory, business_date):
        return Preview(territory.code, business_date, cutoff, 0, 0, 0, [])
    now = clock.now()
    day = await closing_day(session, territory.id, business_date, min(cutoff, now), now)
    policies = await points.policies_in_force(session, business_date)
    async with without_nested_loops(session):
        rows = await queries.missing_now(session, day)
        planned = await queries.count_planned(session, day)
    return Preview(
        territory.code,
        business_date,
        cutoff,
        planned_visits=planned,
        call_tasks=len({row.outlet_id for row in rows}) if _phones(territory, business_date, now) else 0,
        penalties=sum(row.charged for row in rows) if PointsRule.MISSED_ORDER in policies else 0,
        missing=[MissingPreview(*_preview_columns(row)) for row in rows],
    )


def _phones(territory: TerritoryFacts, business_date: date, at: datetime) -> bool:
    """Whether a run that is made at `at` has outlets phoned (C6): any that comes by the deadline, or not much later."""
    deadline = call_deadline_at(territory, business_date)
    return call_tasks.due_at(business_date, deadline, territory.zone, at) is not None


def _preview_columns(row: Any) -> tuple[Any, ...]:
    return row.visit_id, row.rep_code, row.outlet_code, row.cause, row.no_order_reason, row.provisional
