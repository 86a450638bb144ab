"""Call tasks for tests."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.masters.outlets.models import Outlet
from tests.factories.visits import MONDAY

FIVE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""17:00 in Athens: when Monday's tasks come up."""
SEVEN = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""19:00 in Athens: their deadline."""


async def make_call_task(session: AsyncSession, outlet: Outlet, **fields: Any) -> CallTask:
    """An open task of Monday, due at 19:00 in Athens."""
    sound = {
        "territory_id": outlet.territory_id,
        "outlet_id": outlet.id,
        "business_date": MONDAY,
        "due_at": SEVEN,
        "priority": Decimal(0),
        "status": "open",
        "available_at": FIVE,
    }
    task = CallTask(**sound | fields)
    session.add(task)
    await session.flush()
    return task


async def read_call_task(session: AsyncSession, task_id: UUID) -> CallTask:
    """A task as it stands in the database now."""
    return await session.get_one(CallTask, task_id, populate_existing=True)
