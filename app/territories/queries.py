"""All SQL of territories and reps."""

from collections.abc import Collection, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Integer, Text, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.territories.models import Rep, Territory
from app.territories.rules import RepFacts, TerritoryFacts

_TERRITORY = select(
    Territory.id,
    Territory.code,
    Territory.time_zone,
    Territory.order_cutoff,
    Territory.call_deadline,
    Territory.working_weekdays,
    Territory.holidays,
    Territory.created_at,
)
_ALL = _TERRITORY.order_by(Territory.id)
_BY_ID = _TERRITORY.where(Territory.id == any_(bindparam("ids", type_=ARRAY(Integer))))
_BY_CODE = _TERRITORY.where(Territory.code == any_(bindparam("codes", type_=ARRAY(Text))))

_REP = select(Rep.id, Rep.code, Rep.name, Rep.territory_id, Rep.active)
_REPS_BY_ID = _REP.where(Rep.id == any_(bindparam("ids", type_=ARRAY(Integer))))
_REPS_BY_CODE = _REP.where(Rep.code == any_(bindparam("codes", type_=ARRAY(Text))))


async def all_territories(session: AsyncSession) -> list[TerritoryFacts]:
    """Every territory, by id."""
    return [_facts(row) for row in await session.execute(_ALL)]


async def territories_by_id(session: AsyncSession, ids: Collection[int]) -> list[TerritoryFacts]:
    """The territories with these ids."""
    return [_facts(row) for row in await session.execute(_BY_ID, {"ids": list(ids)})]


async def territories_by_code(session: AsyncSession, codes: Collection[str]) -> list[TerritoryFacts]:
    """The territories with these codes."""
    return [_facts(row) for row in await session.execute(_BY_CODE, {"codes": list(codes)})]


async def reps_by_id(session: AsyncSession, ids: Collection[int]) -> Sequence[RepFacts]:
    """The reps with these ids."""
    return [RepFacts(*row) for row in await session.execute(_REPS_BY_ID, {"ids": list(ids)})]


async def reps_by_code(session: AsyncSession, codes: Collection[str]) -> Sequence[RepFacts]:
    """The reps with these codes."""
    return [RepFacts(*row) for row in await session.execute(_REPS_BY_CODE, {"codes": list(codes)})]


def _facts(row: Any) -> TerritoryFacts:
    territory_id, code, time_zone, order_cutoff, call_deadline, weekdays, holidays, created_at = row
    return TerritoryFacts(
        territory_id,
        code,
        ZoneInfo(time_zone),
        order_cutoff,
        call_deadline,
        frozenset(weekdays),
        frozenset(holidays),
        created_at,
    )
