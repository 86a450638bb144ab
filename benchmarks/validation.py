"""What judging a form adds to placing its order: the same orders with the validator, and with its answer given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from app.doors.order_taking.service import EventStatus, NewOrder, place_order
from app.ground import clock
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind
from app.sales.orders import judging
from app.sales.orders.rules import OrderChannel, OrderDecision, OrderForm, OrderFormLine, judge_order

ROUNDS, ORDERS, LINES = 7, 150, 12
ERP = Caller(CallerKind.CLIENT, "1", "benchmark", territory_ids=None, scopes=frozenset({"orders:write"}))

_OUTLETS = text("SELECT code FROM outlets WHERE active ORDER BY code LIMIT 200")
_PRODUCTS = text("SELECT code, pack_size FROM products WHERE active ORDER BY code LIMIT 60")


@dataclass(frozen=True, slots=True)
class Validation:
    """Milliseconds an order, in one process, one after the other: judged, and not."""

    judged_ms: float
    given_ms: float


async def measure(database: Database) -> Validation:
    """In turns, the median of each. Facts are gathered in both: products, prices and the outlet are needed anyway."""
    async with database.read_only() as session:
        outlets = list(await session.scalars(_OUTLETS))
        products = [tuple(row) for row in await session.execute(_PRODUCTS)]
    decisions: dict[str, OrderDecision] = {}

    def remember(form: OrderForm, *rest: Any) -> OrderDecision:
        decisions[form.outlet_code] = judge_order(form, *rest)
        return decisions[form.outlet_code]

    def given(form: OrderForm, *_: Any) -> OrderDecision:
        return decisions[form.outlet_code]

    async def run(how: Callable[..., OrderDecision]) -> float:
        setattr(judging, "judge_order", how)  # noqa: B010 # what is measured is where it is called
        started = time.perf_counter()
        for number in range(ORDERS):
            await _place(database, outlets[number % len(outlets)], products)
        return (time.perf_counter() - started) / ORDERS * 1e3

    try:
        await run(remember)
        rounds = [(await run(judge_order), await run(given)) for _ in range(ROUNDS)]
    finally:
        setattr(judging, "judge_order", judge_order)  # noqa: B010
    return Validation(median(judged for judged, _ in rounds), median(without for _, without in rounds))


async def _place(database: Database, outlet_code: str, products: list[Any]) -> None:
    lines = tuple(OrderFormLine(code, pack * 2, None) for code, pack in products[:LINES])
    form = OrderForm(uuid4(), outlet_code, None, clock.now().date() + timedelta(days=2), lines)
    async with database.transaction() as session:
        result = await place_order(session, NewOrder(form, OrderChannel.API, ERP))
    if result.status is not EventStatus.ACCEPTED:
        raise RuntimeError(f"an order was not accepted: {result}")
