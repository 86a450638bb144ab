"""Use case of excuses: the supervisor's word, and what it changes about a day that is closed."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.settlement import settle_excuse
from app.field.visits import service as visit_plans
from app.field.visits.service import Excuse, NamedVisit

__all__ = ["Excuse", "NamedVisit", "excuse_visit"]


async def excuse_visit(
    session: AsyncSession,
    visit_id: UUID,
    territory_ids: Collection[int] | None,
    *,
    reason_code: str,
    comment: str,
    by: str,
) -> tuple[NamedVisit, Excuse]:
    """Excuse a planned visit, before its cutoff or after (V5); the excuse that stands.

    After the cutoff it takes the penalty back, and cancels a call that nobody has claimed. Raises as
    `visit_plans.service.excuse_visit` does.
    """
    visit, excuse = await visit_plans.excuse_visit(
        session, visit_id, territory_ids, reason_code=reason_code, comment=comment, by=by
    )
    await settle_excuse(session, visit.visit_date, visit.id, excuse.at)
    return visit, excuse
