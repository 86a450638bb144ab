"""Bookings as plain values, to be put into words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import (
    AppliedPolicy,
    ExplainedEntry,
    ExplainedOutlet,
    ExplainedProduct,
    LedgerStep,
    Reader,
    SeenOrder,
    World,
)
from app.closing.explanations.registry import explainer_of
from app.motivation.points.rules import BOOKINGS, PointsRule

ATHENS = ZoneInfo("Europe/Athens")
BOOKED_AT = datetime(2026, 11, 30, 15, tzinfo=UTC)
ORDER = UUID("0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a")
MONDAY, NOVEMBER = date(2026, 11, 23), date(2026, 11, 1)


def world_of(
    rule: PointsRule,
    points: int,
    facts: Mapping[str, Any],
    *,
    note: str = "",
    day: date = MONDAY,
    rate_limit: Decimal | None = None,
) -> World:
    """A booking by a rule about an order of Kiosk Nikos, or about November, told to its rep a day later."""
    step = LedgerStep(1, rule, BOOKINGS[rule].kind, points, note, BOOKED_AT, None, False, None, None)
    terms = AppliedPolicy(1, points, NOVEMBER, None, rate_limit)
    entry = ExplainedEntry(
        step,
        1,
        "PAT-R1",
        1,
        BOOKINGS[rule].source_type,
        ORDER,
        day,
        day.replace(day=1),
        facts,
        terms,
        (step,),
        False,
        None,
    )
    reader = Reader(is_rep=True, is_staff=False)
    return World(reader, entry, ATHENS, BOOKED_AT + timedelta(days=1), facts_in_sight=True)


def of_order(world: World) -> World:
    """The same, with its order at hand."""
    captured_at = datetime(2026, 11, 23, 14, 58, tzinfo=UTC)
    order = SeenOrder(
        ORDER,
        True,
        1,
        True,
        "HANDHELD",
        None,
        None,
        True,
        captured_at,
        captured_at,
        captured_at,
        captured_at,
        None,
        None,
        None,
        False,
    )
    outlet, product = (
        ExplainedOutlet(1, "PAT-0042", "Kiosk Nikos"),
        ExplainedProduct(1, "CHOC-90", "Milk chocolate 90 g"),
    )
    return replace(world, orders=[order], outlet=outlet, products=[product])


def explained(world: World) -> Explanation:
    return explainer_of(world.entry.step)(world)
