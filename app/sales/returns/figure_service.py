"""Use case of figures: add up what was due, what came and what went back, group by group (D5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller
from app.masters.territories.calendar import business_date
from app.masters.territories.service import all_territory_facts
from app.sales.returns import figure_queries
from app.sales.returns.figure_queries import Sums
from app.sales.returns.figures import FigureFilter, FigureGrouping, FigureSums


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """A group by its code; None: of no rep, of no warehouse."""

    code: str | None
    sums: FigureSums


async def figures(
    session: AsyncSession, caller: Caller, filters: FigureFilter, grouping: FigureGrouping, at: datetime
) -> tuple[Sequence[FigureGroup], FigureSums]:
    """The groups of what the caller may see, by code, those of none last; and the whole.

    A device's are those of its rep. Orders are due once their delivery date is over where they are. The whole counts an
    order once, also where its products are the groups. Five statements, eight where products are.
    """
    if caller.rep_id is not None:
        filters = replace(filters, rep_id=caller.rep_id)
    todays: dict[date, list[int]] = {}
    for territory in await all_territory_facts(session):
        todays.setdefault(business_date(territory, at), []).append(territory.id)
    sums = await _added_up(session, caller, filters, grouping, todays)
    codes = await figure_queries.codes_of(session, grouping, sums)
    groups = [FigureGroup(codes[key], group) for key, group in sums.items()]
    groups.sort(key=lambda group: (group.code is None, group.code or ""))
    whole = FigureSums()
    by_order = sums
    if grouping is FigureGrouping.PRODUCT:
        by_order = await _added_up(session, caller, filters, FigureGrouping.TERRITORY, todays)
    for group in by_order.values():
        whole.add(group)
    return groups, whole


async def _added_up(
    session: AsyncSession,
    caller: Caller,
    filters: FigureFilter,
    grouping: FigureGrouping,
    todays: dict[date, list[int]],
) -> Sums:
    sums: Sums = {}
    await figure_queries.add_due_orders(session, caller, filters, grouping, todays, sums)
    await figure_queries.add_delivered(session, caller, filters, grouping, sums)
    await figure_queries.add_returned(session, caller, filters, grouping, sums)
    return sums
