"""Orders that repeat the outlet's mean and were not captured there: dumping (O6, decision 26)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.presence import PRESENCE_LASTS, shown_there
from app.field.risk_signals.signals import (
    PRESENCE_CHECK_INS,
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    by_day,
    check_ins_before,
    duration_told,
    in_order,
    length_told,
    name_of,
    reference_to,
    signal_about,
)
from app.ground.values import value

MEAN_OF = 4
MIN_COSINE = Decimal("0.98")
MAX_PACKS_OFF = Decimal(1)
MOST_LINES_TOLD = 100

_ZERO = Decimal(0)

Quantities = Mapping[str, Decimal]
"""What an order has of each product, by code."""


@value(frozen=True, slots=True)
class EarlierOrder:
    """One of an outlet's orders of earlier days."""

    id: UUID
    business_date: date
    quantities: Quantities


@value(frozen=True, slots=True)
class OrderContent:
    """What an order says, and what the outlet's last orders before its day said; `packs`: pack sizes by product."""

    quantities: Quantities
    earlier: Sequence[EarlierOrder]
    packs: Quantities


@dataclass(frozen=True, slots=True)
class Likeness:
    """How an order compares with a mean: by direction, and by the product that is farthest from it, in packs."""

    mean: Quantities
    cosine: Decimal
    packs_off: Decimal

    @property
    def dumped(self) -> bool:
        """Whether the order is the mean, as O6 puts it."""
        return self.cosine >= MIN_COSINE and self.packs_off <= MAX_PACKS_OFF


@value(frozen=True, slots=True)
class AwayOrder:
    """An order that nothing shows to be captured INSIDE its outlet's fence; `before`: the rep's last check-in."""

    order: FieldEvent
    before: FieldEvent | None


def likeness(content: OrderContent) -> Likeness | None:
    """How an order compares with the mean of the outlet's last four before its day; None where there are fewer.

    Over all products of the five: what the order leaves out counts as none of it, and so does what it brings anew.
    """
    if len(content.earlier) < MEAN_OF or not content.quantities:
        return None
    sums: dict[str, Decimal] = {}
    for order in content.earlier[:MEAN_OF]:
        for code, quantity in order.quantities.items():
            sums[code] = sums.get(code, _ZERO) + quantity
    mean = {code: total / MEAN_OF for code, total in sums.items()}
    products = mean.keys() | content.quantities.keys()
    packs_off = max(
        abs(content.quantities.get(code, _ZERO) - mean.get(code, _ZERO)) / content.packs[code] for code in products
    )
    return Likeness(mean, _cosine(content.quantities, mean), packs_off)


def _clearly_another(content: OrderContent) -> bool:
    """Whether any product of the order is more than a pack off: nearly always, and found at the first or second one."""
    earlier = content.earlier[:MEAN_OF]
    for code, quantity in content.quantities.items():
        total = sum((order.quantities.get(code, _ZERO) for order in earlier), _ZERO)
        if abs(quantity * MEAN_OF - total) > MAX_PACKS_OFF * MEAN_OF * content.packs[code]:
            return True
    return False


def earlier_alike(content: OrderContent) -> int:
    """How many of the four earlier orders are their mean themselves. Four: a steady outlet, or one long dumped for."""
    earlier = content.earlier[:MEAN_OF]
    compared = (likeness(OrderContent(order.quantities, earlier, content.packs)) for order in earlier)
    return sum(similarity is not None and similarity.dumped for similarity in compared)


def _cosine(quantities: Quantities, other: Quantities) -> Decimal:
    product = sum((quantity * other[code] for code, quantity in quantities.items() if code in other), _ZERO)
    lengths = _squared(quantities) * _squared(other)
    return product / lengths.sqrt() if lengths else _ZERO


def _squared(quantities: Quantities) -> Decimal:
    return sum((quantity * quantity for quantity in quantities.values()), _ZERO)


def away_orders(events: Collection[FieldEvent]) -> list[AwayOrder]:
    """One rep's orders that nothing shows to be captured INSIDE, as the cutoff asks it (V7, C4, decision 9).

    An order's own fix INSIDE or OUTSIDE has the last word; without one, or where it tells neither, the rep's last
    `PRESENCE_CHECK_INS` check-ins of that day up to the order speak.
    """
    away: list[AwayOrder] = []
    orders = {event.id: event for event in events if event.kind == "order" and not event.inside}
    if not orders:
        return away
    days = by_day(event for event in events if event.kind == "check_in")
    for order in orders.values():
        before = check_ins_before(days.get(order.business_date, []), order.corrected_at, PRESENCE_CHECK_INS)
        since = order.corrected_at - PRESENCE_LASTS
        recent = (event for event in reversed(before) if event.corrected_at >= since)
        outside = order.trusted and order.verdict == GeofenceVerdict.OUTSIDE
        if outside or not shown_there(recent, order.outlet_id, order.corrected_at):
            away.append(AwayOrder(order, before[-1] if before else None))
    return away


def averaged_orders(away: Collection[AwayOrder], contents: Mapping[UUID, OrderContent]) -> list[Signal]:
    """Doubt those orders that repeat the outlet's mean (O6). `contents` by order id; one without is not doubted."""
    signals = []
    for away_order in away:
        content = contents.get(away_order.order.id)
        if content is None or _clearly_another(content):
            continue
        similarity = likeness(content)
        if similarity is not None and similarity.dumped:
            signals.append(_averaged_order(away_order, content, similarity))
    return in_order(signals)


def _averaged_order(away_order: AwayOrder, content: OrderContent, similarity: Likeness) -> Signal:
    products = sorted(similarity.mean.keys() | content.quantities.keys())
    lines: list[Json] = [
        {
            "product_code": code,
            "quantity": _plain(content.quantities.get(code, _ZERO)),
            "mean": _plain(similarity.mean.get(code, _ZERO)),
            "pack_size": _plain(content.packs[code]),
        }
        for code in products[:MOST_LINES_TOLD]
    ]
    earlier = content.earlier[:MEAN_OF]
    capture, words = _captured(away_order)
    alike = earlier_alike(content)
    evidence: dict[str, Json] = {
        "lines": lines,
        "products": len(products),
        "cosine": float(round(similarity.cosine, 4)),
        "least_cosine": float(MIN_COSINE),
        "most_packs_off": float(round(similarity.packs_off, 3)),
        "limit_packs": float(MAX_PACKS_OFF),
        "earlier_alike": alike,
        "mean_of": [{"id": str(order.id), "business_date": order.business_date.isoformat()} for order in earlier],
        "captured": capture,
    }
    most_off = f"off by at most {float(round(similarity.packs_off, 2)):g} packs of any product"
    deviation = most_off if similarity.packs_off else "to the last piece"
    days = sorted(order.business_date for order in earlier)
    sentence = (
        f"This {name_of(away_order.order)} is the mean of the outlet's last {MEAN_OF} orders ({days[0]} to {days[-1]}),"
        f" {deviation}, and nothing shows that it was taken at the outlet: {words}."
    )
    if alike == MEAN_OF:
        sentence += " Those four were all like that: a steady outlet, or one that nobody has asked for long."
    return signal_about(RiskRule.AVERAGED_ORDER, away_order.order, evidence, sentence)


def _captured(away_order: AwayOrder) -> tuple[dict[str, Json], str]:
    """How an order was captured: as evidence, and in words."""
    order, before = away_order.order, away_order.before
    if order.verdict == GeofenceVerdict.OUTSIDE or (before is None and order.verdict is not None):
        evidence: dict[str, Json] = {"by": "own_fix", "verdict": order.verdict, "distance_m": order.distance_m}
        distance = length_told(order.distance_m) if order.distance_m is not None else "an unknown distance"
        return evidence, f"its position was {distance} away"
    if before is None:
        return {"by": "nothing", "verdict": None, "distance_m": None}, "no check-in came before it that day"
    since_s = (order.corrected_at - before.corrected_at).total_seconds()
    evidence = {"by": "last_check_in", "verdict": before.verdict, "distance_m": before.distance_m}
    evidence |= {"check_in": reference_to(before), "since_s": round(since_s, 3)}
    if before.outlet_id != order.outlet_id:
        return evidence, f"the check-in before it was at {before.outlet_code}"
    if not before.inside:
        return evidence, f"the check-in before it was not shown to be inside the fence ({before.verdict})"
    if not before.trusted:
        return evidence, "the clock of the check-in before it cannot be believed"
    verb = "arrived" if before.arrival else "left"
    return evidence, f"the rep had {verb} {duration_told(since_s)} before"


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
