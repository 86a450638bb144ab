"""Closed months and statements for tests."""

from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.masters.territories.models import Rep
from app.motivation.statements.models import MonthClosing, RepStatement

OCTOBER = date(2026, 10, 1)


async def make_rep_statement(session: AsyncSession, rep: Rep, *, month: date = OCTOBER, **fields: Any) -> RepStatement:
    """A rep's statement, of the closing of the territory's month: 3 orders on time, from 0 to 3 points."""
    of_month = MonthClosing.territory_id == rep.territory_id, MonthClosing.month == month
    closing = (await session.scalars(select(MonthClosing).where(*of_month))).one_or_none()
    if closing is None:
        closing = MonthClosing(id=uuid4(), territory_id=rep.territory_id, month=month, begun_at=clock.now())
        closing.begun_by, closing.closed_at, closing.statements = "user:root", clock.now(), 0
        session.add(closing)
        await session.flush()
    sound: dict[str, Any] = {
        "closing_id": closing.id,
        "rep_id": rep.id,
        "number": f"{rep.code}-{month:%Y-%m}-0001",
        "month": month,
        "territory_id": rep.territory_id,
        "opening": 0,
        "closing": 3,
        "lines": [{"rule": "order_on_time", "count": 3, "points": 3, "corrects_month": None}],
        "open_appeals": 0,
        "point_value": None,
        "currency": None,
        "issued_at": clock.now(),
    }
    statement = RepStatement(**sound | fields)
    session.add(statement)
    await session.flush()
    return statement
