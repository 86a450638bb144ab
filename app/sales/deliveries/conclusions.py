"""What was found of an order, for whoever acts on it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.ground.values import value
from app.sales.deliveries.fulfilment_rules import FillingDelivery, FulfilmentState, FulfilmentStatus, OrderToFill


@value(frozen=True, slots=True)
class Conclusion:
    """What an order's fulfilment was found to be, for whoever acts on it: always by all facts, so the last one counts.

    `previous_status`: what was concluded before, None: nothing. `rep_answers_…`: whether the order's rep answers for a
    quantity, for a price that differ. `facts`: what it rests on, as JSON.
    """

    order_id: UUID
    business_date: date
    rep_id: int | None
    territory_id: int
    outlet_id: int
    settled: bool
    status: FulfilmentStatus
    previous_status: FulfilmentStatus | None
    rep_answers_quantity: bool
    rep_answers_price: bool
    facts: Mapping[str, Any]


def conclusion_of(
    order: OrderToFill, deliveries: Iterable[FillingDelivery], state: FulfilmentState, previous: FulfilmentStatus | None
) -> Conclusion:
    """What was concluded of an order."""
    return Conclusion(
        order_id=order.id,
        business_date=order.business_date,
        rep_id=order.rep_id,
        territory_id=order.territory_id,
        outlet_id=order.outlet_id,
        settled=state.settled,
        status=state.status,
        previous_status=previous,
        rep_answers_quantity=state.rep_answers_quantity,
        rep_answers_price=state.rep_answers_price,
        facts={
            "delivery_date": order.delivery_date.isoformat(),
            "cancelled": order.cancelled,
            "on_time": state.on_time,
            "deliveries": [
                {"id": str(delivery.id), "version": delivery.version}
                for delivery in deliveries
                if not delivery.never_was
            ],
            "lines": [line.as_json() for line in state.mismatched_lines],
        },
    )
