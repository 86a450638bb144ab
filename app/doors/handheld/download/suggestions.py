"""What the outlets of a rep's next planned visits will probably want, for a download (M1)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.ground.web.amounts import decimal_text
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.orders.service import suggested_lines

DAYS_AHEAD = 1
"""Today and tomorrow: what is downloaded in the evening is for the morning, and a day later it would be stale."""

# Whether anything that a suggestion rests on has changed since the token, but for the orders: those of days that are
# over hardly change, and the day's own count from tomorrow on.
_since = bindparam("since", type_=BigInteger)
_changed = or_(
    Visit.changed_in >= _since,
    Outlet.changed_in >= _since,
    exists().where(Product.changed_in >= _since),
)
_PLANNED = (
    select(Visit.visit_date, Visit.outlet_id, Outlet.code, _changed.label("changed"))
    .join(Outlet, Outlet.id == Visit.outlet_id)
    .where(Visit.rep_id == bindparam("rep_id"), Visit.visit_date.between(bindparam("first"), bindparam("last")))
    .where(Visit.approved_at.is_not(None), Visit.excused_at.is_(None), Outlet.active)
    .order_by(Visit.visit_date, Visit.sequence, Outlet.code)
)


async def suggestions_for(
    session: AsyncSession, rep_id: int, today: date, since: int, *, first_of_day: bool
) -> list[dict[str, Any]] | None:
    """A suggested order for each planned visit of a rep's today and tomorrow, ready for JSON; None: unchanged.

    They are told by the first download of a day, and by one since whose token (`since`) one of the visits, its outlet
    or any product has changed. One statement, and four for each of the two days where there is something to tell.
    """
    last = today + timedelta(days=DAYS_AHEAD)
    parameters = {"rep_id": rep_id, "first": today, "last": last, "since": since}
    planned: dict[date, dict[int, str]] = {}
    changed = first_of_day
    for visit in await session.execute(_PLANNED, parameters):
        planned.setdefault(visit.visit_date, {})[visit.outlet_id] = visit.code
        changed = changed or visit.changed
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
