"""The slow truth about a rep: every rule looks at everything that was recorded, and nothing is looked up."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from app.field.risk_signals import signals
from app.field.risk_signals.registry import (
    Reach,
    RepDays,
    judge_events,
    judge_fixes,
    judge_neighbours,
    judge_shares,
    judge_spans,
)
from app.field.risk_signals.rules.averaged_order import OrderContent
from app.field.risk_signals.rules.two_devices import spans_of
from app.field.risk_signals.signals import FieldEvent, Position, Signal, by_day


def all_doubts(
    events: Collection[FieldEvent],
    positions: Mapping[int, Position],
    contents: Mapping[UUID, OrderContent] | None = None,
) -> list[Signal]:
    """Every doubt about one rep's events."""
    each = list({event.id: event for event in events}.values())
    rep = RepDays(each, beyond_the_first(each), positions, contents=contents or {})
    found = [*judge_events(each), *judge_fixes(each), *judge_shares(each)]
    found += [signal for reach in Reach for signal in judge_neighbours(rep, reach)]
    found += judge_spans(spans_of(each), {event.id: event for event in each})
    return sorted(found, key=lambda signal: (signal.rule.value, signal.subject_type, signal.subject_id))


def beyond_the_first(events: Collection[FieldEvent]) -> set[UUID]:
    """The orders that come after the day's first."""
    orders: dict[date, list[FieldEvent]] = by_day(event for event in events if event.kind == "order")
    return {order.id for of_day in orders.values() for order in of_day[signals.FIRST_ORDERS :]}
