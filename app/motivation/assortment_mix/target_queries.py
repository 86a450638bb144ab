"""All SQL of targets: versions are added, and none is ever changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Select, Text, any_, bindparam, exists, func, insert, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.masters.catalogue.models import Product
from app.masters.territories.models import Territory
from app.motivation.assortment_mix.models import AssortmentTargets
from app.motivation.assortment_mix.rules import BonusStep, Quarter, Targets

TargetsOwner = tuple[Quarter, int | None]
"""Whose targets: of which quarter, and of which territory (None: of the company)."""

_LOCK = 0x4650_4154
"""The advisory lock of whoever changes targets. A row could not be locked: there is none before the first version."""

_CURRENT = (
    select(AssortmentTargets)
    .ext(distinct_on(AssortmentTargets.quarter, AssortmentTargets.territory_id))
    .order_by(AssortmentTargets.quarter, AssortmentTargets.territory_id, AssortmentTargets.version.desc())
)
_LISTED: Any = select(AssortmentTargets, Territory.code).outerjoin(
    Territory, Territory.id == AssortmentTargets.territory_id
)


class ListedTargets(NamedTuple):
    """A version of targets, with the code of its territory (None: the company's)."""

    row: AssortmentTargets
    territory_code: str | None


@dataclass(frozen=True, slots=True)
class TargetsFilter:
    """Which targets: within sight (None: all), of a quarter, of a territory. The company's are within everyone's."""

    sight: frozenset[int] | None
    quarter: Quarter | None = None
    territory_code: str | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """`query` with this filter."""
        if self.sight is not None:
            own = AssortmentTargets.territory_id.in_(self.sight)
            query = query.where(or_(AssortmentTargets.territory_id.is_(None), own))
        if self.quarter is not None:
            query = query.where(AssortmentTargets.quarter == self.quarter.first)
        if self.territory_code is not None:
            query = query.where(Territory.code == self.territory_code)
        return query


async def hold_alone(session: AsyncSession) -> None:
    """Let nobody else change targets until the commit."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def as_targets(row: AssortmentTargets) -> Targets:
    """A version as the rules know it."""
    shares = None if row.shares is None else {group: Decimal(share) for group, share in row.shares.items()}
    steps = [BonusStep(Decimal(step["from_score"]), Decimal(step["share"])) for step in row.bonus_steps]
    return Targets(row.id, row.territory_id, row.version, shares, steps)


async def current(session: AsyncSession, quarters: Collection[Quarter]) -> dict[TargetsOwner, Targets]:
    """The newest version of everybody's targets of these quarters."""
    first_days = [quarter.first for quarter in quarters]
    rows = await session.scalars(_CURRENT.where(AssortmentTargets.quarter.in_(first_days)))
    return {(Quarter.of(row.quarter), row.territory_id): as_targets(row) for row in rows}


async def version(session: AsyncSession, targets_id: int) -> ListedTargets:
    """A version that is known to be there."""
    (listed,) = await _listed(session, _LISTED.where(AssortmentTargets.id == targets_id))
    return listed


async def page(
    session: AsyncSession, targets_filter: TargetsFilter, before: int | None, limit: int
) -> list[ListedTargets]:
    """The newest versions before an id, that of the last change first; one more than `limit`."""
    newer = aliased(AssortmentTargets)
    superseded = exists().where(
        newer.quarter == AssortmentTargets.quarter,
        newer.territory_id.is_not_distinct_from(AssortmentTargets.territory_id),
        newer.version > AssortmentTargets.version,
    )
    query = targets_filter.of(_LISTED).where(~superseded).order_by(AssortmentTargets.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AssortmentTargets.id < before)
    return await _listed(session, query)


async def versions(
    session: AsyncSession, quarter: Quarter, territory_id: int | None, before: int | None, limit: int
) -> list[ListedTargets]:
    """The versions of somebody's targets before one, the newest first; one more than `limit`."""
    query = (
        _LISTED.where(AssortmentTargets.quarter == quarter.first)
        .where(AssortmentTargets.territory_id.is_not_distinct_from(territory_id))
        .order_by(AssortmentTargets.version.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(AssortmentTargets.version < before)
    return await _listed(session, query)


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new versions, by one statement."""
    if rows:
        await session.execute(insert(AssortmentTargets).values(rows))


async def groups_of_products(session: AsyncSession, groups: Collection[str]) -> set[str]:
    """Those of the groups that some product has."""
    named = bindparam("groups", sorted(groups), type_=ARRAY(Text))
    query = select(Product.assortment_group).where(Product.assortment_group == any_(named)).distinct()
    return {group for group in await session.scalars(query) if group is not None}


async def _listed(session: AsyncSession, query: Select[Any]) -> list[ListedTargets]:
    return [ListedTargets(targets, code) for targets, code in await session.execute(query)]
