"""Whether an order stood at an instant (O4), said of one order. Nothing here runs in production.

tests/doors/order_taking/test_amendments.py holds `stood_at` of `models.Order` to it.
"""

from datetime import datetime


def stood_at(
    instant: datetime,
    *,
    received_at: datetime,
    first_received_at: datetime | None = None,
    cancelled_effective_at: datetime | None = None,
) -> bool:
    """Whether an order was in the system at an instant and was not cancelled by then, by the facts known now (O4).

    What happens at the very instant has happened. `Order.stood_at` says the same in SQL.
    """
    arrived = (first_received_at or received_at) <= instant
    return arrived and (cancelled_effective_at is None or cancelled_effective_at > instant)
