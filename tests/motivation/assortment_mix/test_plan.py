"""What counting a quarter reads is the territory's, whatever the company's months hold (decision 17)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import without_nested_loops
from app.motivation.assortment_mix.sold_queries import _SUMS


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def test_orders_are_looked_up_by_territory_and_their_lines_by_order(session: AsyncSession) -> None:
    statement = _SUMS.params(territory_id=1, first=date(2026, 7, 1), last=date(2026, 9, 30))
    sql = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    async with without_nested_loops(session):
        # the tables are empty here, and would be read whole
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.scalar(text(f"EXPLAIN (FORMAT JSON) {sql}".replace(":", "\\:")))
    conditions: dict[str, list[str]] = {"orders": [], "order_lines": []}
    for node in nodes(plan[0]["Plan"]):
        table = node.get("Relation Name", "").partition("_y2")[0].removesuffix("_rest")
        if table in conditions:
            conditions[table].append(node.get("Index Cond", ""))
    assert all(conditions.values())
    assert [condition for condition in conditions["orders"] if "territory_id = 1" not in condition] == []
    assert [condition for condition in conditions["order_lines"] if "order_id = counting.id" not in condition] == []
