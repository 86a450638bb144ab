"""What the outlets of a rep's next planned visits will probably want, for a download (M1)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.fields import decimal_text
from app.sales.orders.service import suggested_lines

DAYS_AHEAD = 1
"""Today and tomorrow: what is downloaded in the evening is for the morning, and a day later it would be stale."""

# Whether anything that a suggestion rests on has changed since the token, but for the orders: those of days that are
# over hardly change, and the day's own count from tomorrow on.
_PLANNED = text("""
    SELECT visit.visit_date, visit.outlet_id, outlet.code, visit.changed_in >= :since OR outlet.changed_in >= :since
            OR EXISTS (SELECT FROM products WHERE changed_in >= :since) AS changed
    FROM visits AS visit JOIN outlets AS outlet ON outlet.id = visit.outlet_id
    WHERE visit.rep_id = :rep_id AND visit.visit_date BETWEEN :first AND :last
        AND visit.approved_at IS NOT NULL AND visit.excused_at IS NULL AND outlet.active
    ORDER BY visit.visit_date, visit.sequence, outlet.code
""")


async def suggestions_for(
    session: AsyncSession, rep_id: int, today: date, since: int, *, first_of_day: bool
) -> list[dict[str, Any]] | None:
    """A suggested order for each planned visit of a rep's today and tomorrow, ready for JSON; None: as told before.

    They are told by the first download of a day, and by one since whose token (`since`) one of the visits, its outlet
    or any product has changed. One statement, and four for each of the two days where there is something to tell.
    """
    last = today + timedelta(days=DAYS_AHEAD)
    parameters = {"rep_id": rep_id, "first": today, "last": last, "since": since}
    planned: dict[date, dict[int, str]] = {}
    changed = first_of_day
    for visit_date, outlet_id, code, changed_since in await session.execute(_PLANNED, parameters):
        planned.setdefault(visit_date, {})[outlet_id] = code
        changed = changed or changed_since
    if not changed:
        return None
    return [
        suggestion
        for visit_date, outlets in planned.items()
        for suggestion in await _of_day(session, visit_date, outlets)
    ]


async def _of_day(session: AsyncSession, visit_date: date, outlets: dict[int, str]) -> Sequence[dict[str, Any]]:
    suggested = await suggested_lines(session, list(outlets), visit_date)
    return [
        {
            "outlet_code": code,
            "visit_date": visit_date,
            "lines": [
                {"product_code": line.product_code, "quantity": decimal_text(line.quantity)}
                for line in suggested.get(outlet_id, ())
            ],
        }
        for outlet_id, code in outlets.items()
    ]
