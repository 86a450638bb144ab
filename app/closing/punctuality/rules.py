"""What a planned visit earns by an order in time, and what it costs past the outlet's own due time (P2, P3)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from app.closing.punctuality.timely_orders import ClosedVisit, OutletOrder, clears, in_the_window, was_received
from app.masters.territories.calendar import TerritoryFacts, zone_on
from app.masters.territories.local_time import instant_of
from app.motivation.points.rules import PointsFinding, PointsRule
from app.sales.orders.rules import OrderChannel

RULES = (PointsRule.ORDER_ON_TIME, PointsRule.PAST_DUE_ORDER)

EXCUSED = "excused"
NOBODY_ANSWERS = "nobody_answers"
"""Notes of what is taken back although the orders are what they were."""


@dataclass(frozen=True, slots=True)
class JudgedVisit:
    """A planned visit of a closed day. `due_at`: the outlet's own due time, where it lies before the cutoff (C2).

    `answers`: whether its rep has to answer for the outlet's orders at all (decision 19). `excused`: a supervisor has
    excused it, before the cutoff or since (V5).
    """

    visit_id: UUID
    business_date: date
    outlet_id: int
    cutoff_at: datetime
    rep_id: int
    due_at: datetime | None = None
    answers: bool = True
    excused: bool = False

    @property
    def closed(self) -> ClosedVisit:
        """The visit as orders are gathered for it."""
        return ClosedVisit(self.visit_id, self.business_date, self.outlet_id, self.cutoff_at)


def due_instant(territory: TerritoryFacts, business_date: date, due_time: time, cutoff_at: datetime) -> datetime | None:
    """When an outlet's orders of a day are due by its own time; None where that is not before the cutoff (C2)."""
    due_at = instant_of(business_date, due_time, zone_on(territory, business_date))
    return due_at if due_at < cutoff_at else None


def orders_of_rep(visit: JudgedVisit, orders: Iterable[OutletOrder]) -> list[OutletOrder]:
    """The orders that a visit can earn by (P3): by its rep's handheld, or by mail. Cancelled ones are none (O4)."""
    return [
        order
        for order in in_the_window(orders, visit.cutoff_at)
        if order.channel == OrderChannel.EMAIL
        or (order.channel == OrderChannel.HANDHELD and order.rep_id == visit.rep_id)
    ]


def findings_of(visit: JudgedVisit, orders: Collection[OutletOrder]) -> Sequence[PointsFinding]:
    """Whether `order_on_time` and `past_due_order` count for a visit, by all that is known (P2, P3, P4).

    On time: an order in the system by the cutoff, or one that clears the visit, as long as nobody has confirmed that it
    was dumped. Past due: one was in the system by the cutoff, and until the outlet's own due time nothing was, by any
    channel or rep (O5). An excused visit costs nothing, and may earn all the same; whoever need not answer for a visit
    is neither charged for it nor paid.
    """
    own = orders_of_rep(visit, orders)
    received = [order for order in own if was_received(order, visit.cutoff_at)]
    cleared = [order for order in own if clears(order, visit.cutoff_at)]
    sound = [order for order in (*received, *cleared) if not order.dumped]
    by_clearing = bool(sound) and not any(was_received(order, visit.cutoff_at) for order in sound)
    earns = visit.answers and bool(sound)
    past_due = visit.answers and not visit.excused and bool(received) and _is_past_due(visit, orders)
    note = _note(own, sound, by_clearing=by_clearing) if visit.answers else NOBODY_ANSWERS
    return (
        _finding(visit, PointsRule.ORDER_ON_TIME, counts=earns, note=note),
        _finding(visit, PointsRule.PAST_DUE_ORDER, counts=past_due, note="" if past_due else _not_past_due(visit)),
    )


def _is_past_due(visit: JudgedVisit, orders: Collection[OutletOrder]) -> bool:
    """Whether no order covered the outlet yet when its orders were due (C2, O5)."""
    if visit.due_at is None:
        return False
    due_at = visit.due_at
    return all(order.arrived_at > due_at for order in in_the_window(orders, visit.cutoff_at))


def _not_past_due(visit: JudgedVisit) -> str:
    if not visit.answers:
        return NOBODY_ANSWERS
    return EXCUSED if visit.excused else "not_past_due"


def voided(visit: JudgedVisit) -> Sequence[PointsFinding]:
    """Nothing counts of a day whose run is void (C9)."""
    return tuple(_finding(visit, rule, counts=False, note="run_voided") for rule in RULES)


def _note(own: Sequence[OutletOrder], sound: Sequence[OutletOrder], *, by_clearing: bool) -> str:
    if sound:
        return "captured_before_cutoff" if by_clearing else ""
    return "dumped_order" if any(order.dumped for order in own) else "no_order_in_time"


def _finding(visit: JudgedVisit, rule: PointsRule, *, counts: bool, note: str) -> PointsFinding:
    return PointsFinding(rule, visit.visit_id, visit.rep_id, visit.business_date, counts=counts, note=note)
