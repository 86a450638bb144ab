"""How PostgreSQL plans the few statements that read whole days, whatever it believes about their size (decision 17)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import Base

WORK_MEM = "64MB"

_SETTINGS = text(
    "SELECT current_setting('enable_nestloop'), current_setting('work_mem'), current_setting('plan_cache_mode')"
)
_PLANNING = text(
    "SELECT set_config('enable_nestloop', :loops, true), set_config('work_mem', :memory, true),"
    " set_config('plan_cache_mode', :cache, true)"
)


@asynccontextmanager
async def without_nested_loops(session: AsyncSession) -> AsyncIterator[None]:
    """Within the block relations are hashed and joined, spilling to disk past `WORK_MEM`; nothing is looped over.

    A loop that is planned for one row and gets a day of them does not end. What has to be looked up by an index all the
    same is asked for as `one_of` an array, by a scalar or lateral subquery that says so, or as `looked_up`. Each of
    these reads one table: a join within them reads the whole of its tables for every row.
    """
    before = (await session.execute(_SETTINGS)).one()
    await session.execute(_PLANNING, {"loops": "off", "memory": WORK_MEM, "cache": "force_custom_plan"})
    yield
    await session.execute(_PLANNING, dict(zip(("loops", "memory", "cache"), before, strict=True)))


def looked_up(table: type[Base], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """`EXISTS (SELECT … FROM table WHERE …)` as a look-up for each row, not as a join.

    Every other table that the conditions name is that of the query around it, however deep this stands.
    """
    condition = exists().where(*conditions).correlate_except(table)
    # the planner makes a join of an EXISTS, and of none that is compared
    return condition.is_(true())


def one_of(column: Any, query: Select[Any]) -> ColumnElement[bool]:
    """`column IN (SELECT DISTINCT …)` as a look-up of each value by the column's index, not as a join."""
    condition: ColumnElement[bool] = column == func.any(func.array(query.distinct().scalar_subquery()))
    return condition
