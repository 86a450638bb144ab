"""What a signal's evidence names, to be looked at beside it: check-ins, orders and products (V6).

Record by record within the reader's sight: evidence names other records of the rep, and the outlet's earlier orders.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import service as check_ins
from app.field.check_ins.records import ListedCheckIn
from app.field.risk_signals.records import ListedSignal
from app.ground.web.access import Caller
from app.masters.catalogue import service as catalogue
from app.masters.outlets.positions import Fix
from app.sales.orders import service as orders
from app.sales.orders.records import ListedOrder


@dataclass(frozen=True, slots=True)
class DoubtedRecords:
    """The records that a signal rests on, by time, and what their products are called, by code.

    `order_fixes`: where the doubted rep's orders among them were captured, by id.
    """

    check_ins: Sequence[ListedCheckIn]
    orders: Sequence[ListedOrder]
    order_fixes: Mapping[UUID, Fix]
    product_names: Mapping[str, str]


async def doubted_records(session: AsyncSession, caller: Caller, signal: ListedSignal) -> DoubtedRecords:
    """The signal's subject and what its evidence names, as far as the caller may read it. Seven statements."""
    references = {(signal.subject_type, signal.subject_id), *_references(signal.evidence)}
    ids = {kind: {id_ for of_kind, id_ in references if of_kind == kind} for kind in ("check_in", "order")}
    named_check_ins = await check_ins.find_check_ins(session, caller, ids["check_in"]) if ids["check_in"] else []
    named_orders = await orders.find_orders(session, caller, ids["order"]) if ids["order"] else []
    # an order of a mean may be another rep's: that it is in sight opens nothing of where that rep was
    own = [(order.business_date, order.id) for order in named_orders if order.rep_code == signal.rep_code]
    codes = {line["product_code"] for line in signal.evidence.get("lines", ())}
    codes |= {line.product_code for order in named_orders for line in order.lines}
    return DoubtedRecords(
        sorted(named_check_ins, key=attrgetter("corrected_at", "id")),
        sorted(named_orders, key=attrgetter("corrected_at", "id")),
        await orders.fixes_of_orders(session, own) if own else {},
        await catalogue.product_names(session, codes) if codes else {},
    )


def _references(evidence: Mapping[str, Any]) -> Iterator[tuple[str, UUID]]:
    """The kind and id of each record that evidence names (`signals.reference_to`), and of the orders of a mean."""
    for name, value in evidence.items():
        if name == "mean_of":
            yield from (("order", UUID(order["id"])) for order in value)
        elif isinstance(value, Mapping):
            if "kind" in value and "id" in value:
                yield value["kind"], UUID(value["id"])
            yield from _references(value)
