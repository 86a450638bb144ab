"""Use cases of the mix: what a territory's quarter comes to, closing it, reopening it (MX1-MX3, decision 69)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events import service as events
from app.ground.web.amounts import decimal_text
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.motivation.assortment_mix import sold_queries, statement_queries, target_queries
from app.motivation.assortment_mix.errors import (
    AssortmentStatementNotFound,
    LaterQuarterClosed,
    NoTargets,
    QuarterNotOver,
)
from app.motivation.assortment_mix.figures import Mix, mix_of
from app.motivation.assortment_mix.rules import Quarter, Targets, statement_number, that_hold
from app.motivation.assortment_mix.sold_queries import NamedOutlet, NamedRep
from app.motivation.assortment_mix.statement_queries import ListedStatement
from app.motivation.assortment_mix.target_queries import ListedTargets

_CONTENT = TypeAdapter(Mix)


@dataclass(frozen=True, slots=True)
class ShownMix:
    """A territory's quarter with the names of those whom its figures tell by id.

    `targets`: the version that held. `number`: the statement that the figures are from; None: they are those of now.
    """

    quarter: Quarter
    territory_code: str
    mix: Mix
    targets: ListedTargets | None
    number: str | None
    outlets: Mapping[int, NamedOutlet]
    reps: Mapping[int, NamedRep]


async def shown_mix(session: AsyncSession, territory: TerritoryFacts, quarter: Quarter) -> ShownMix:
    """What the quarter comes to: its statement where it is closed, else what its orders come to now."""
    statement = await statement_queries.newest(session, territory.id, quarter)
    if statement is not None and statement.row.voided_at is None:
        return await shown_statement(session, statement)
    targets, mix = await _counted(session, territory, quarter)
    return await _shown(session, quarter, territory.code, mix, None if targets is None else targets.id, None)


async def shown_statement(session: AsyncSession, statement: ListedStatement) -> ShownMix:
    """The figures of a statement."""
    row, code = statement.row, statement.territory_code
    mix = await asyncio.to_thread(_CONTENT.validate_python, row.content)
    number = statement_number(code, row.year, row.number_of_year)
    return await _shown(session, Quarter.of(row.quarter), code, mix, row.targets_id, number)


async def close_quarter(
    session: AsyncSession, territory: TerritoryFacts, quarter: Quarter, *, by: str
) -> tuple[ListedStatement, bool]:
    """Close a territory's quarter: its statement, and whether this call made it; the one that stands, where one does.

    The orders count as one statement reads them, after all that was committed before it. Raises QuarterNotOver, and
    NoTargets.
    """
    if business_date(territory, clock.now()) <= quarter.last:
        raise QuarterNotOver(f"{quarter} of {territory.code} is over after {quarter.last}.")
    await statement_queries.hold_closing(session, territory.id)
    existing = await statement_queries.newest(session, territory.id, quarter)
    if existing is not None and existing.row.voided_at is None:
        return existing, False
    targets, mix = await _counted(session, territory, quarter)
    if targets is None:
        raise NoTargets(f"{territory.code} has no targets for {quarter}.")
    at = clock.now()
    number = await statement_queries.next_number(session, territory.id, quarter.year)
    values = {
        "territory_id": territory.id,
        "quarter": quarter.first,
        "year": quarter.year,
        "number_of_year": number,
        "targets_id": targets.id,
        "orders": mix.orders,
        "score": mix.score,
        "bonus_share": mix.bonus_share,
        "content": await asyncio.to_thread(_CONTENT.dump_python, mix, mode="json"),
        "closed_at": at,
        "closed_by": by,
    }
    statement = await statement_queries.by_id(session, await statement_queries.add(session, values))
    await _tell(session, "assortment_mix.closed", statement, at)
    return statement, True


async def reopen_quarter(
    session: AsyncSession, territory: TerritoryFacts, quarter: Quarter, *, by: str, reason: str
) -> ListedStatement:
    """Void the statement of a quarter, which may be closed anew then; answers it.

    Safe to repeat: the first reason stays. Raises AssortmentStatementNotFound where it was never closed, and
    LaterQuarterClosed.
    """
    await statement_queries.hold_closing(session, territory.id)
    statement = await statement_queries.newest(session, territory.id, quarter)
    if statement is None:
        raise AssortmentStatementNotFound(f"{quarter} of {territory.code} is not closed.")
    if statement.row.voided_at is not None:
        return statement
    if await statement_queries.is_later_closed(session, territory.id, quarter):
        raise LaterQuarterClosed(f"A quarter after {quarter} is closed in {territory.code}.")
    at = clock.now()
    await statement_queries.void(session, statement.row.id, at, by, reason)
    reopened = await statement_queries.by_id(session, statement.row.id)
    await _tell(session, "assortment_mix.reopened", reopened, at)
    return reopened


async def _counted(session: AsyncSession, territory: TerritoryFacts, quarter: Quarter) -> tuple[Targets | None, Mix]:
    """The targets that hold, and what the orders come to under them. Counted in a thread: outlets may be thousands."""
    of_quarter = await target_queries.current(session, [quarter])
    targets = that_hold(list(of_quarter.values()), territory.id)
    sums = await sold_queries.sold(session, territory.id, quarter)
    return targets, await asyncio.to_thread(mix_of, sums, targets, quarter)


async def _shown(
    session: AsyncSession, quarter: Quarter, code: str, mix: Mix, targets_id: int | None, number: str | None
) -> ShownMix:
    outlet_ids, rep_ids = (
        {mover.id for mover in [*movers.up, *movers.down] if mover.id is not None} for movers in (mix.outlets, mix.reps)
    )
    return ShownMix(
        quarter,
        code,
        mix,
        None if targets_id is None else await target_queries.version(session, targets_id),
        number,
        await sold_queries.outlets_named(session, outlet_ids),
        await sold_queries.reps_named(session, rep_ids),
    )


async def _tell(session: AsyncSession, event_type: str, statement: ListedStatement, at: datetime) -> None:
    row = statement.row
    payload: dict[str, Any] = {
        "number": statement_number(statement.territory_code, row.year, row.number_of_year),
        "quarter": str(Quarter.of(row.quarter)),
        "territory_code": statement.territory_code,
        "orders": row.orders,
        "score": None if row.score is None else decimal_text(row.score),
        "bonus_share": decimal_text(row.bonus_share),
    }
    await events.record(session, event_type, row.territory_id, payload, at)
