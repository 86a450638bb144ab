"""How PostgreSQL plans the few statements that read whole days, whatever it believes about their size (decision 17)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, exists, func, literal, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import Base

WORK_MEM = "64MB"

_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
_HASHED = {"enable_nestloop": "off", "work_mem": WORK_MEM, "plan_cache_mode": "force_custom_plan"}
_UNSORTED = {"enable_sort": "off", "enable_incremental_sort": "off"}
_IN_PARALLEL = {
    # merging sorts a day that the planner takes for a few rows, on disk
    "enable_mergejoin": "off",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
}


@asynccontextmanager
async def without_nested_loops(session: AsyncSession) -> AsyncIterator[None]:
    """Within the block relations are hashed and joined, spilling to disk past `WORK_MEM`; nothing is looped over.

    A loop that is planned for one row and gets a day of them does not end. What has to be looked up by an index all the
    same is asked for as `one_of` an array, by a scalar or lateral subquery that says so, or as `looked_up`. Each of
    these reads one table: a join within them reads the whole of its tables for every row.
    """
    async with _planned_with(session, _HASHED):
        yield


@asynccontextmanager
async def planned_once_without_nested_loops(session: AsyncSession) -> AsyncIterator[None]:
    """The same for what is asked often, and best planned alike whatever its parameters: a connection plans it once.

    Planning a statement over months may cost more than running it. Its look-ups name the months by a parameter.
    """
    async with _planned_with(session, _HASHED | {"plan_cache_mode": "force_generic_plan"}):
        yield


@asynccontextmanager
async def by_hashing(session: AsyncSession, *, whole: bool) -> AsyncIterator[None]:
    """The same for what adds up: groups are hashed, too, and nothing is sorted first.

    The planner takes a month for a few rows. `whole`: all of it is read, so its rows are fetched as they lie, and not
    in the order of an index.
    """
    as_it_lies = {"enable_indexscan": "off"} if whole else {}
    async with _planned_with(session, _HASHED | _UNSORTED | as_it_lies):
        yield


@asynccontextmanager
async def in_parallel(session: AsyncSession, *, big: bool) -> AsyncIterator[None]:
    """Within the block whole days are read by several processes (`max_parallel_workers_per_gather`).

    For days that are known to be big: of themselves the planner takes them for small ones. Where no process is free,
    the statement runs alone. Look-ups for each row stay with the process that asks. Does nothing unless `big`.
    """
    if not big:
        yield
        return
    async with _planned_with(session, _IN_PARALLEL):
        yield


@asynccontextmanager
async def _planned_with(session: AsyncSession, settings: Mapping[str, str]) -> AsyncIterator[None]:
    before = (await session.execute(_standing(tuple(settings)), settings)).one()
    yield
    await session.execute(_setting(tuple(settings)), dict(zip(settings, before[: len(settings)], strict=True)))


async def plan_once(session: AsyncSession) -> None:
    """Let a connection plan each statement of this transaction once: planning over months costs more than running.

    For statements whose best plan is the same whatever their parameters (see `Database.planned_once`). One statement.
    """
    await session.execute(_ONCE)


def _name(setting: str) -> ColumnElement[str]:
    return literal(setting, Text, literal_execute=True)


@cache
def _setting(names: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return select(*(func.set_config(_name(name), bindparam(name, type_=Text), true()) for name in names))


@cache
def _standing(names: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """What the settings are; they are set as well, after they were read: PostgreSQL goes from left to right."""
    return select(*(func.current_setting(_name(name)) for name in names)).add_columns(*_setting(names).selected_columns)


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
