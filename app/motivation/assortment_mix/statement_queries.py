"""All SQL of statements: each is written once, and can be voided once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Territory
from app.motivation.assortment_mix.models import AssortmentStatement
from app.motivation.assortment_mix.rules import Quarter

_CLOSING_CLASS = 0x464D  # "FM": the first key of the two-key advisory locks of this module

_LISTED: Any = select(
    AssortmentStatement, Territory.code, Territory.name, Territory.language, Territory.time_zone
).join(Territory, Territory.id == AssortmentStatement.territory_id)


class ListedStatement(NamedTuple):
    """A statement with its territory: its names, its language and its zone as they are now."""

    row: AssortmentStatement
    territory_code: str
    territory_name: str
    language: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements: within sight (None: all territories), of a territory, of a quarter."""

    sight: frozenset[int] | None
    territory_code: str | None = None
    quarter: Quarter | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """`query` with this filter."""
        if self.sight is not None:
            query = query.where(AssortmentStatement.territory_id.in_(self.sight))
        if self.territory_code is not None:
            query = query.where(Territory.code == self.territory_code)
        if self.quarter is not None:
            query = query.where(AssortmentStatement.quarter == self.quarter.first)
        return query


async def hold_closing(session: AsyncSession, territory_id: int) -> None:
    """Let nobody else close or reopen a quarter of the territory until the commit."""
    await session.execute(select(func.pg_advisory_xact_lock(_CLOSING_CLASS, territory_id)))


async def newest(session: AsyncSession, territory_id: int, quarter: Quarter) -> ListedStatement | None:
    """The last statement of a territory's quarter: the one that stands, if any does, else the last one that is void."""
    query = (
        _LISTED.where(AssortmentStatement.territory_id == territory_id, AssortmentStatement.quarter == quarter.first)
        .order_by(AssortmentStatement.number_of_year.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return next(iter(await _listed(session, query)), None)


async def is_later_closed(session: AsyncSession, territory_id: int, quarter: Quarter) -> bool:
    """Whether a statement of a later quarter stands."""
    later = exists().where(
        AssortmentStatement.territory_id == territory_id,
        AssortmentStatement.quarter > quarter.first,
        AssortmentStatement.voided_at.is_(None),
    )
    return bool(await session.scalar(select(later)))


async def next_number(session: AsyncSession, territory_id: int, year: int) -> int:
    """The number of the next statement, from 1 on without a gap; under the territory's lock."""
    highest = select(func.coalesce(func.max(AssortmentStatement.number_of_year), 0)).where(
        AssortmentStatement.territory_id == territory_id, AssortmentStatement.year == year
    )
    return int((await session.scalars(highest)).one()) + 1


async def add(session: AsyncSession, values: Mapping[str, Any]) -> int:
    """Write a statement; answers its id."""
    statement = insert(AssortmentStatement).values(dict(values)).returning(AssortmentStatement.id)
    return int((await session.scalars(statement)).one())


async def by_id(session: AsyncSession, statement_id: int) -> ListedStatement:
    """A statement that is known to be there, read anew."""
    query = _LISTED.where(AssortmentStatement.id == statement_id).execution_options(populate_existing=True)
    (statement,) = await _listed(session, query)
    return statement


async def void(session: AsyncSession, statement_id: int, at: datetime, by: str, reason: str) -> None:
    """Void a statement that stands."""
    await session.execute(
        update(AssortmentStatement)
        .where(AssortmentStatement.id == statement_id, AssortmentStatement.voided_at.is_(None))
        .values(voided_at=at, voided_by=by, void_reason=reason)
        .execution_options(synchronize_session=False)
    )


async def page(
    session: AsyncSession, statement_filter: StatementFilter, before: int | None, limit: int
) -> list[ListedStatement]:
    """The statements before an id, the last one first; one more than `limit`."""
    query = statement_filter.of(_LISTED).order_by(AssortmentStatement.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AssortmentStatement.id < before)
    return await _listed(session, query)


async def numbered(
    session: AsyncSession, statement_filter: StatementFilter, year: int, number: int
) -> ListedStatement | None:
    """The statement of a territory with this number."""
    query = statement_filter.of(_LISTED).where(
        AssortmentStatement.year == year, AssortmentStatement.number_of_year == number
    )
    return next(iter(await _listed(session, query)), None)


async def closed_quarters(session: AsyncSession, first_days: Collection[date]) -> set[tuple[int, Quarter]]:
    """The territories that have a statement of these quarters, void or not."""
    query = select(AssortmentStatement.territory_id, AssortmentStatement.quarter).where(
        AssortmentStatement.quarter.in_(list(first_days))
    )
    return {(territory_id, Quarter.of(first)) for territory_id, first in await session.execute(query)}


async def _listed(session: AsyncSession, query: Select[Any]) -> list[ListedStatement]:
    return [
        ListedStatement(row.AssortmentStatement, row.code, row.name, row.language, row.time_zone)
        for row in await session.execute(query)
    ]
