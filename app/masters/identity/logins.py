"""Logins of members of staff, as they see and end them (decision 78)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import NotFound
from app.masters.identity import family_queries, staff_queries
from app.masters.identity.rules import normal_username


async def end_login(session: AsyncSession, user_id: int, login_id: UUID, at: datetime) -> None:
    """End one login of a user; again is no error. Raises NotFound where it is none of this user's."""
    family = await family_queries.lock_login(session, user_id, login_id)
    if family is None:
        raise NotFound("No such login.")
    if family.revoked_at is None:
        family.revoked_at, family.revoked_because = at, "ended"
        await session.flush()


async def end_all_logins(session: AsyncSession, user_id: int, at: datetime) -> None:
    """End every login of a user: signed out everywhere, also one that is being opened."""
    await staff_queries.lock_account(session, user_id)
    await family_queries.revoke_families(session, "ended_everywhere", at, user_id=user_id)


async def end_logins_of(session: AsyncSession, username: str, author: ChangeAuthor, at: datetime) -> None:
    """End every login of somebody else. Raises NotFound."""
    user = await staff_queries.lock_user(session, normal_username(username))
    if user is None:
        raise NotFound("No such user.")
    await family_queries.revoke_families(session, "ended_by_admin", at, user_id=user.id)
    change = Change(AuditKind.USER, user.username, {"logins_ended_at": None}, {"logins_ended_at": at})
    await record(session, [change], author, at)
