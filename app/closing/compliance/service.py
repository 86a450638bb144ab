"""Use cases of the KPIs: the figures of a period, and the records behind a figure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import kpi_queries
from app.closing.compliance.counting import counting_of
from app.closing.compliance.errors import TooManyGroups
from app.closing.compliance.extents import Extent, TerritoryDays
from app.closing.compliance.keeping_statement import definition
from app.closing.compliance.kept_days import KeptDays, kept_of
from app.closing.compliance.kpi_queries import MOST_GROUPS, EvidenceRow, Figures
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import MOST_DAYS, KpiGrouping, KpiPart
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.service import all_territory_facts, reps_by_code

NO_RECORD = -1
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

    Figures without anything behind them are there too. What is kept is added up, all else is counted (decision 60):
    the session must see the records as they were at one moment. Raises Invalid for a period that is upside down or too
    long, TooManyGroups past 10,000 groups.
    """
    extent, territories = await _asked(session, caller, question)
    kept_days = await _kept(session, extent, group_by)
    rest = extent if kept_days is None else _without(extent, kept_days.days)
    counting = None
    if rest is not None:
        concerned = [territory for territory in territories if rest.only is None or territory.id in rest.only]
        counting = await counting_of(session, rest, concerned)
    groups = await kpi_queries.kpi_figures(session, extent, counting, kept_days, group_by)
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
    extent, territories = await _asked(session, caller, question)
    counting = await counting_of(session, extent, territories)
    return await kpi_queries.evidence_rows(session, counting, kpi, part, after, limit)


async def _asked(
    session: AsyncSession, caller: Caller, question: Question
) -> tuple[Extent, Collection[TerritoryFacts]]:
    _check(question)
    territories = [
        territory
        for territory in await all_territory_facts(session)
        if caller.may_see(territory.id) and question.territory_code in {None, territory.code}
    ]
    rep_id = outlet_id = None
    if question.rep_code is not None:
        rep = (await reps_by_code(session, [question.rep_code])).get(question.rep_code)
        rep_id = rep.id if rep else NO_RECORD
    if question.outlet_code is not None:
        outlet = (await outlets_by_code(session, [question.outlet_code])).get(question.outlet_code)
        outlet_id = outlet.id if outlet else NO_RECORD
    ids = [territory.id for territory in territories]
    return Extent(question.first, question.last, ids, rep_id, outlet_id), territories


async def _kept(session: AsyncSession, extent: Extent, group_by: KpiGrouping) -> KeptDays | None:
    """What is kept of an extent; None where nothing is, and of single outlets, of which nothing is."""
    if extent.outlet_id is not None or group_by is KpiGrouping.OUTLET:
        return None
    kept_days = await kept_of(session, extent, definition())
    return kept_days if kept_days.days else None


def _without(extent: Extent, kept_days: TerritoryDays) -> Extent | None:
    """The days of an extent that are not kept; None where all are."""
    days = [extent.first + timedelta(days=number) for number in range((extent.last - extent.first).days + 1)]
    rest = {
        territory_id: missing
        for territory_id in extent.territory_ids
        if (missing := set(days).difference(kept_days.get(territory_id, ())))
    }
    if not rest:
        return None
    every_day = set().union(*rest.values())
    return replace(extent, first=min(every_day), last=max(every_day), territory_ids=list(rest), only=rest)


def _check(question: Question) -> None:
    days = (question.last - question.first).days + 1
    if days < 1:
        problem = FieldProblem("/query/to", "before_from", "The period's last day lies before its first.")
        raise Invalid("The period is upside down.", errors=[problem])
    if days > MOST_DAYS:
        problem = FieldProblem("/query/to", "period_too_long", f"A period may have {MOST_DAYS} days.")
        raise Invalid("The period is too long.", errors=[problem])
