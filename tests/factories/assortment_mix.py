"""Targets and statements of the assortment mix for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Territory
from app.motivation.assortment_mix.models import AssortmentStatement, AssortmentTargets

THIRD_QUARTER = date(2026, 7, 1)
OCTOBER = datetime(2026, 10, 5, 6, tzinfo=UTC)


async def make_targets(
    session: AsyncSession, territory: Territory | None, *, by: str = "anna", **fields: Any
) -> AssortmentTargets:
    """Chocolate alone in the third quarter, of `territory` or of the company."""
    sound = {
        "quarter": THIRD_QUARTER,
        "territory_id": None if territory is None else territory.id,
        "version": 1,
        "shares": {"chocolate": "1"},
        "bonus_steps": [{"from_score": "0.95", "share": "1"}],
        "changed_at": OCTOBER,
        "changed_by": f"user:{by}",
    }
    targets = AssortmentTargets(**sound | fields)
    session.add(targets)
    await session.flush()
    return targets


async def make_statement(
    session: AsyncSession, territory: Territory, targets: AssortmentTargets, **fields: Any
) -> AssortmentStatement:
    """The first statement of `territory` in 2026, of a quarter without orders."""
    content = {
        "orders": 0,
        "value": "0",
        "score": None,
        "no_score_because": "few_orders",
        "bonus_share": "0",
        "shares": [{"group": "chocolate", "target": "1", "actual": None, "value": "0"}],
        "segments": [],
        "weeks": [],
        "outlets": {"up": [], "down": []},
        "reps": {"up": [], "down": []},
    }
    sound = {
        "territory_id": territory.id,
        "quarter": targets.quarter,
        "year": targets.quarter.year,
        "number_of_year": 1,
        "targets_id": targets.id,
        "orders": 0,
        "score": None,
        "bonus_share": Decimal(0),
        "content": content,
        "closed_at": OCTOBER,
        "closed_by": "user:anna",
    }
    statement = AssortmentStatement(**sound | fields)
    session.add(statement)
    await session.flush()
    return statement
