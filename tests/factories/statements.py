"""Statements for tests, as they are read: sound by default, what a test is about by keyword."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.motivation.statements.rules import Statement, StatementLine

NOVEMBER = date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)
LINES = (
    StatementLine("order_on_time", 1212, 1212),
    StatementLine("missed_order", 2, -20),
    StatementLine("missed_order", -1, 10, OCTOBER),
)


def a_statement(**fields: Any) -> Statement:
    """A rep's November in Patras: it began with 340 points, and corrects October."""
    lines = fields.get("lines", LINES)
    opening = fields.get("opening", 340)
    sound: dict[str, Any] = {
        "number": "PAT-2026-11-0001",
        "month": NOVEMBER,
        "territory_code": "PAT",
        "territory_name": "Patras",
        "rep_code": "PAT-R1",
        "rep_name": "Anna Georgiou",
        "opening": opening,
        "closing": opening + sum(line.points for line in lines),
        "lines": lines,
        "open_appeals": 0,
        "point_value": Decimal("0.5000"),
        "currency": "EUR",
        "issued_at": datetime(2026, 12, 2, 23, 30, tzinfo=UTC),
        "voided_at": None,
        "language": "en",
        "time_zone": "Europe/Athens",
    }
    return Statement(**sound | fields)


def void(**fields: Any) -> Statement:
    """One whose month was reopened."""
    return a_statement(voided_at=datetime(2026, 12, 5, 8, 0, tzinfo=UTC), **fields)
