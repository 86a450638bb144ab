"""Rejected and lost events for tests."""

from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.rejected_events.models import RejectedEvent
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.factories.check_ins import TEN
from tests.factories.visits import MONDAY


async def make_rejected_event(session: AsyncSession, rep: Rep, **fields: Any) -> RejectedEvent:
    """A check-in at an outlet that nobody knows, of the rep's only device."""
    device_id = await session.scalar(select(Device.id).where(Device.rep_id == rep.id))
    sound = {
        "id": uuid4(),
        "kind": "rejected",
        "device_id": device_id,
        "rep_id": rep.id,
        "territory_id": rep.territory_id,
        "received_at": TEN,
        "business_date": MONDAY,
        "event_type": "check_in",
        "event_id": str(uuid4()),
        "first_sequence": 1,
        "last_sequence": 1,
        "outlet_code": "NOWHERE",
        "problems": [{"pointer": "/outlet_code", "code": "unknown_outlet", "message": "There is no such outlet."}],
        "can_be_sent_again": True,
    }
    rejection = RejectedEvent(**sound | fields)
    session.add(rejection)
    await session.flush()
    return rejection
