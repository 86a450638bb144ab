"""Risk signals for tests."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.sales.orders.models import Order


async def make_signal(session: AsyncSession, about: Order | CheckIn, rule: str, **fields: Any) -> RiskSignal:
    """An open doubt about an order or a check-in of a rep, raised on its afternoon."""
    business_date: date = about.business_date
    sound: dict[str, Any] = {
        "id": uuid4(),
        "rule": rule,
        "subject_type": "order" if isinstance(about, Order) else "check_in",
        "subject_id": about.id,
        "territory_id": about.territory_id,
        "rep_id": about.rep_id,
        "outlet_id": about.outlet_id,
        "business_date": business_date,
        "evidence": {},
        "explanation": "There is a doubt about this.",
        "raised_at": datetime.combine(business_date, time(14), UTC),
    }
    signal = RiskSignal(**sound | fields)
    session.add(signal)
    await session.flush()
    return signal
