"""What reads whole days looks things up for each of their rows by the index of one table, and joins nothing for each.

Nested loops are off there (decision 17): a join for each row would read the whole of its tables for every one.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.closing.compliance import service as compliance
from app.closing.compliance.kpis import Kpi
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.closing.compliance.service import Question
from app.closing.cutoff import service as cutoff
from app.field.risk_signals import phone_uses
from app.ground import clock
from app.masters.territories.models import Territory
from app.motivation.points.models import PointsEntry, PointsPolicy
from tests.closing.compliance.worlds import ADMIN
from tests.closing.cutoff.worlds import AFTER, SIXTEEN
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

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


async def test_what_is_settled_by_itself_at_a_closing_is_looked_up_with_loops(
    session: AsyncSession, connection: AsyncConnection, the_clock: clock.SetClock
) -> None:
    """Visits whose orders came late and reps at their caps are a few: without loops whole months are read for them."""
    the_clock.move_to(AFTER)
    territory = await make_territory(session)
    outlet, rep = await make_outlet(session, territory), await make_rep(session, territory)
    await make_visit(session, rep, outlet)
    await make_order(session, outlet, rep=rep, received_at=SIXTEEN)
    await make_order(session, outlet, rep=rep, received_at=AFTER)
    capped: dict[str, Any] = {"rule": "order_on_time", "version": 2, "points": 1, "monthly_cap": 1}
    session.add(PointsPolicy(**capped, valid_from=MONDAY, created_at=SIXTEEN, created_by="test"))
    await session.flush()
    noted = PlansWithoutLoops()
    event.listen(connection.sync_connection, "before_cursor_execute", noted)

    await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")

    event.remove(connection.sync_connection, "before_cursor_execute", noted)
    statements = [statement for statement, _ in noted.seen]
    assert statements
    assert not [each for each in statements if "WITH RECURSIVE" in each or "FOR NO KEY UPDATE" in each]
    assert await session.scalar(select(PointsEntry.id).where(PointsEntry.rule == "order_on_time"))


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
