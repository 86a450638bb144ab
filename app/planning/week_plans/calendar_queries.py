"""All SQL of calendar links."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.planning.week_plans.models import CalendarLink

_LINKS_CLASS = 0x464C  # "FL": the first key of the two-key advisory locks of this module


async def open_links(session: AsyncSession, rep_id: int) -> Sequence[CalendarLink]:
    """The links of a rep that were not revoked, the newest first."""
    query = select(CalendarLink).where(CalendarLink.rep_id == rep_id, CalendarLink.revoked_at.is_(None))
    return (await session.scalars(query.order_by(CalendarLink.created_at.desc(), CalendarLink.id))).all()


async def take_turns(session: AsyncSession, rep_id: int) -> None:
    """Whoever makes a link of this rep's waits here until the commit of whoever else does: so that they can count."""
    await session.execute(select(func.pg_advisory_xact_lock(_LINKS_CLASS, rep_id)))


async def link(session: AsyncSession, link_id: UUID, *, lock: bool = False) -> CalendarLink | None:
    """A link, revoked or not, read anew; locked until the commit where asked for."""
    query = select(CalendarLink).where(CalendarLink.id == link_id).execution_options(populate_existing=True)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
