"""What reads whole days looks things up for each of their rows by the index of one table, and joins nothing for each.

Nested loops are off there (decision 17): a join for each row would read the whole of its tables for every one.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.closing.compliance import service as compliance
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.closing.compliance.service import Question
from app.closing.cutoff import service as cutoff
from app.field.risk_signals import phone_uses
from app.ground import clock
from app.masters.territories.models import Territory
from tests.closing.compliance.worlds import ADMIN
from tests.closing.cutoff.worlds import AFTER
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

JOINS = {"Hash Join", "Merge Join", "Nested Loop"}
PLANLESS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")

Reading = Callable[[AsyncSession, Territory], Awaitable[Any]]


async def close_a_day(session: AsyncSession, territory: Territory) -> None:
    await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")


async def preview_a_day(session: AsyncSession, territory: Territory) -> None:
    await cutoff.preview(session, territory.id, MONDAY)


async def ask_for_kpis(session: AsyncSession, _: Territory) -> None:
    for group_by in KpiGrouping:
        await compliance.figures(session, ADMIN, Question(MONDAY, MONDAY), group_by)


async def ask_for_evidence(session: AsyncSession, _: Territory) -> None:
    for kpi in Kpi:
        for part in KpiPart:
            await compliance.evidence(session, ADMIN, Question(MONDAY, MONDAY), kpi, part, None, 10)


async def compare_phones(session: AsyncSession, _: Territory) -> None:
    await phone_uses.phone_uses(session, MONDAY, MONDAY)


@pytest.mark.parametrize("read", [close_a_day, preview_a_day, ask_for_kpis, ask_for_evidence, compare_phones])
async def test_nothing_is_joined_for_each_row_of_a_day(
    session: AsyncSession, connection: AsyncConnection, the_clock: clock.SetClock, read: Reading
) -> None:
    the_clock.move_to(AFTER)
    territory = await make_territory(session)
    noted = PlansWithoutLoops()
    event.listen(connection.sync_connection, "before_cursor_execute", noted)

    await read(session, territory)

    event.remove(connection.sync_connection, "before_cursor_execute", noted)
    assert noted.seen
    for statement, plan in noted.seen:
        joined = [path for path in paths(plan) if JOINS & set(path)]
        assert not joined, statement


class PlansWithoutLoops:
    """The statements that ran while nested loops were off, with their plans at that moment.

    The tables are empty here, and the planner would read them whole: that is forbidden while it is asked.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self._off = False
        self._asking = False

    def __call__(self, connection: Connection, *told: Any) -> None:
        _, statement, parameters, *_ = told
        if self._asking or "set_config" in statement:
            self._off ^= "set_config('enable_nestloop'" in statement
        elif self._off and not statement.startswith(PLANLESS):
            self._asking = True
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            self.seen.append((statement, explained.scalar_one()[0]["Plan"]))
            connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
            self._asking = False


def paths(node: dict[str, Any], below: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The plan nodes from each correlated subquery's top downwards."""
    for child in node.get("Plans", ()):
        in_subplan = below or child.get("Parent Relationship") == "SubPlan"
        path = (*below, child["Node Type"]) if in_subplan else ()
        if path:
            yield path
        yield from paths(child, path)
