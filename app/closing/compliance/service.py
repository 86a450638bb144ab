"""Use cases of the KPIs: the figures of a period, and the records behind a figure."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import kpi_queries
from app.closing.compliance.accountability import places_then
from app.closing.compliance.deadlines import Deadlines, deadlines_of
from app.closing.compliance.errors import TooManyGroups
from app.closing.compliance.extents import Extent
from app.closing.compliance.kpi_queries import MOST_GROUPS, EvidenceRow, Figures
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import MOST_DAYS, KpiGrouping, KpiPart
from app.closing.cutoff.places import Places
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.service import all_territory_facts, reps_by_code

NOBODY = 0
"""An id that no record has."""


@dataclass(frozen=True, slots=True)
class Question:
    """A period, both days included, and the codes that narrow it."""

    first: date
    last: date
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None


async def figures(session: AsyncSession, caller: Caller, question: Question, group_by: KpiGrouping) -> list[Figures]:
    """Every KPI of the territories that the caller may see: of each group, and (key None) of the whole.

    Figures without anything behind them are there too. Raises Invalid for a period that is upside down or too long,
    TooManyGroups past 10,000 groups.
    """
    extent, deadlines, places = await _gather(session, caller, question)
    groups = await kpi_queries.kpi_figures(session, extent, deadlines, places, group_by)
    if len(groups) > MOST_GROUPS + 1:
        raise TooManyGroups("Name a territory, a rep or an outlet.", most_groups=MOST_GROUPS)
    return groups


async def evidence(
    session: AsyncSession,
    caller: Caller,
    question: Question,
    kpi: Kpi,
    part: KpiPart,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[EvidenceRow]:
    """Up to `limit` of the records behind half of a KPI; their amounts add up to the figure. Raises Invalid."""
    extent, deadlines, places = await _gather(session, caller, question)
    return await kpi_queries.evidence_rows(session, extent, deadlines, places, kpi, part, after, limit)


async def _gather(session: AsyncSession, caller: Caller, question: Question) -> tuple[Extent, Deadlines, Places]:
    _check(question)
    territories = [
        territory
        for territory in await all_territory_facts(session)
        if caller.may_see(territory.id) and question.territory_code in {None, territory.code}
    ]
    ids = [territory.id for territory in territories]
    rep_id = outlet_id = None
    if question.rep_code is not None:
        rep = (await reps_by_code(session, [question.rep_code])).get(question.rep_code)
        rep_id = rep.id if rep else NOBODY
    if question.outlet_code is not None:
        outlet = (await outlets_by_code(session, [question.outlet_code])).get(question.outlet_code)
        outlet_id = outlet.id if outlet else NOBODY
    extent = Extent(question.first, question.last, ids, rep_id, outlet_id)
    due_times = await kpi_queries.own_due_times(session, extent)
    places = await places_then(session, extent.first)
    # in a thread: a year of a company that works by many calendars would keep everyone else waiting
    return extent, await asyncio.to_thread(deadlines_of, territories, due_times, extent.first, extent.last), places


def _check(question: Question) -> None:
    days = (question.last - question.first).days + 1
    if days < 1:
        problem = FieldProblem("/query/to", "before_from", "The period's last day lies before its first.")
        raise Invalid("The period is upside down.", errors=[problem])
    if days > MOST_DAYS:
        problem = FieldProblem("/query/to", "period_too_long", f"A period may have {MOST_DAYS} days.")
        raise Invalid("The period is too long.", errors=[problem])
