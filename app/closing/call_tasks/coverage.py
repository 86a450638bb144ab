"""The SQL of tasks that orders make needless, and that are needed again once such an order is cancelled (C6)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER

_CANCEL_UNCLAIMED = text("""
    WITH covered AS (
        SELECT DISTINCT ON (outlet_id, business_date) outlet_id, business_date, order_id
        FROM unnest(CAST(:outlet_ids AS int[]), CAST(:days AS date[]), CAST(:order_ids AS uuid[]))
            AS told (outlet_id, business_date, order_id)
        ORDER BY outlet_id, business_date, order_id NULLS LAST
    ), unclaimed AS (
        SELECT task.id, covered.order_id
        FROM call_tasks AS task JOIN covered USING (outlet_id, business_date)
        WHERE task.status = 'open' OR (task.status = 'claimed' AND task.claimed_at <= :lapsed)
        ORDER BY task.id
        FOR UPDATE OF task
    )
    UPDATE call_tasks AS task
    SET status = 'cancelled', order_id = unclaimed.order_id, finished_at = :at
    FROM unclaimed
    WHERE task.id = unclaimed.id
    RETURNING task.id
""")


async def cancel_unclaimed(
    session: AsyncSession, covered: Sequence[tuple[int, date, UUID | None]], at: datetime
) -> Sequence[UUID]:
    """Cancel the tasks of these (outlet, day, order or none) that nobody holds; answers their ids."""
    result = await session.execute(
        _CANCEL_UNCLAIMED,
        {
            "outlet_ids": [outlet_id for outlet_id, _, _ in covered],
            "days": [day for _, day, _ in covered],
            "order_ids": [order_id for _, _, order_id in covered],
            "lapsed": at - CLAIM_LAPSES_AFTER,
            "at": at,
        },
    )
    return result.scalars().all()


# An operator's order that was cancelled leaves the outlet with no order, too.
_OPEN_AGAIN = text("""
    WITH uncovered AS (
        SELECT task.id
        FROM unnest(CAST(:outlet_ids AS int[]), CAST(:days AS date[])) AS told (outlet_id, business_date)
        JOIN call_tasks AS task USING (outlet_id, business_date)
        WHERE task.due_at > :at
          AND (task.status = 'cancelled' OR (task.status = 'done' AND task.outcome = 'order_taken'))
        ORDER BY task.id
        FOR UPDATE OF task
    )
    UPDATE call_tasks AS task
    SET status = 'open', order_id = NULL, finished_at = NULL, claimed_by = NULL, claimed_at = NULL,
      outcome = NULL, reason_code = NULL, comment = NULL, available_at = :at
    FROM uncovered
    WHERE task.id = uncovered.id
""")


async def open_again(session: AsyncSession, uncovered: Collection[tuple[int, date]], at: datetime) -> None:
    """Open the tasks of these (outlet, day) again that an order had ended, before their deadline."""
    parameters = {"outlet_ids": [outlet_id for outlet_id, _ in uncovered], "days": [day for _, day in uncovered]}
    await session.execute(_OPEN_AGAIN, parameters | {"at": at})
