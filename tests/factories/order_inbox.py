"""Mails that were worked off, for tests."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail.models import InboxAnswer, InboxForm, InboxMessage
from app.masters.outlets.models import Outlet

_numbers = count(1)


async def make_inbox_message(session: AsyncSession, *outlets: Outlet, **fields: Any) -> InboxMessage:
    """A processed mail with a refused form for each outlet, answered at once."""
    number = next(_numbers)
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    sound = {
        "key": uuid4().bytes,
        "id": uuid4(),
        "message_id": f"<{number}@example.com>",
        "sender": "shop@example.com",
        "subject": "Our order",
        "received_at": at,
        "read_at": at,
        "status": "processed",
        "reason": None,
        "territory_ids": sorted({outlet.territory_id for outlet in outlets}),
    }
    message = InboxMessage(**sound | fields)
    session.add(message)
    await session.flush()
    problem = {"pointer": "/lines/0/quantity", "cell": "I10", "code": "not_in_packs", "message": "Packs of 6."}
    session.add_all(
        InboxForm(
            message_id=message.id,
            number=place,
            file_name="order.xlsx",
            digest=uuid4().bytes,
            form_id=uuid4(),
            outlet_code=outlet.code,
            status="refused",
            order_id=None,
            problems=[problem],
        )
        for place, outlet in enumerate(outlets, 1)
    )
    session.add(
        InboxAnswer(
            message_id=message.id,
            recipient="shop@example.com",
            content=b"",
            queued_at=at,
            due_at=None,
            attempts=1,
            sent_at=at,
        )
    )
    await session.flush()
    return message
