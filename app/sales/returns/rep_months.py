"""What reps' months come to: accepted returns that they answer for, and what was delivered of their orders (D5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts.forms import RecordKey
from app.sales.returns import rep_month_queries
from app.sales.returns.rep_month_queries import RepMonth

__all__ = ["RepMonth", "RepReturns", "reps_touched", "returns_of"]

MOST_IDS = 50
"""As many of a month's returns are named."""

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class RepReturns:
    """A rep's month, by its first day; the days are local ones of the territories that things are filed in.

    `returned_value`: accepted returns that the rep answers for; `delivered_value`: what outlets accepted of the rep's
    orders, at the prices charged. `return_ids`: the first 50 by id. `by_reason`: the returned value by its reason.
    """

    rep_id: int
    month: date
    returned_value: Decimal
    delivered_value: Decimal
    return_ids: tuple[UUID, ...]
    by_reason: Mapping[str, Decimal]


async def returns_of(session: AsyncSession, rep_ids: Collection[int], month: date) -> list[RepReturns]:
    """The month of each of these reps, by id, also where nothing was delivered or returned; by what is known now.

    `month`: its first day. Two statements, whatever the number of reps; none without reps.
    """
    if not rep_ids:
        return []
    delivered = await rep_month_queries.delivered_values(session, rep_ids, month)
    by_reason: dict[int, dict[str, Decimal]] = {}
    ids: dict[int, set[UUID]] = {}
    for row in await rep_month_queries.returned_by_reason(session, rep_ids, month, MOST_IDS):
        by_reason.setdefault(row.rep_id, {})[row.reason_code] = row.value
        ids.setdefault(row.rep_id, set()).update(row.return_ids)
    return [
        RepReturns(
            rep_id=rep_id,
            month=month,
            returned_value=sum(by_reason.get(rep_id, {}).values(), _NONE),
            delivered_value=delivered.get(rep_id, _NONE),
            return_ids=tuple(sorted(ids.get(rep_id, ()))[:MOST_IDS]),
            by_reason=by_reason.get(rep_id, {}),
        )
        for rep_id in sorted(set(rep_ids))
    ]


async def reps_touched(
    session: AsyncSession, *, returns: Collection[RecordKey] = (), orders: Collection[RecordKey] = ()
) -> set[RepMonth]:
    """The reps' months that may come to something else for what was told of these returns and orders, each by what it
    is filed under and its id. They are never too few; some may come to what they did before.

    Of returns that were recorded, corrected or decided on: whose they are, and were by what they said before. Of orders
    that were concluded anew: their reps, in the months of their deliveries, and whoever delivered to the same outlets,
    in those of later returns that name no delivery. At most five statements.
    """
    touched: set[RepMonth] = set()
    if returns:
        touched |= await rep_month_queries.months_of_returns(session, returns)
    if orders:
        touched |= await rep_month_queries.months_of_orders(session, orders)
    return touched
