"""The SQL of who signs in by the organisation's provider."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.identity.models import OidcBinding, User
from app.masters.identity.rules import OidcState


def state_of_user(allowed_since: datetime) -> ColumnElement[str]:
    """How a row of `users` stands to the provider (`OidcState`): allowed after a moment, or bound."""
    state = case(
        (OidcBinding.subject.is_not(None), OidcState.BOUND.value),
        (OidcBinding.allowed_at > allowed_since, OidcState.ON.value),
        else_=OidcState.OFF.value,
    )
    stored = select(state).where(OidcBinding.user_id == User.id).scalar_subquery()
    return func.coalesce(stored, OidcState.OFF.value)


async def hold_bound_user(session: AsyncSession, issuer: str, subject: str) -> int | None:
    """The active user whose account at the provider this is; stays so until the transaction ends."""
    return await session.scalar(
        select(User.id)
        .join(OidcBinding, OidcBinding.user_id == User.id)
        .where(OidcBinding.issuer == issuer, OidcBinding.subject == subject, User.active)
        .with_for_update(read=True)
    )


async def bind(
    session: AsyncSession, username: str, issuer: str, subject: str, at: datetime, allowed_since: datetime
) -> int | None:
    """Bind an account of the provider to the active user of a name who may be; None where there is none such.

    That is who was allowed to after a moment, and has no account yet. Of two at once one wins.
    """
    user_id = await session.scalar(
        select(User.id).where(User.username == username, User.active).with_for_update(read=True)
    )
    statement = (
        update(OidcBinding)
        .where(
            OidcBinding.user_id == user_id,
            OidcBinding.subject.is_(None),
            OidcBinding.allowed_at > allowed_since,
        )
        .values(issuer=issuer, subject=subject, bound_at=at)
    )
    return user_id if await _changed(session, statement) else None


async def allow(session: AsyncSession, user_id: int, at: datetime) -> None:
    """Let a user's account at the provider be bound, from now on; one that is stays."""
    unbound = OidcBinding.subject.is_(None)
    statement = insert(OidcBinding).values(user_id=user_id, allowed_at=at)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_={"allowed_at": at}, where=unbound)
    )


async def forbid(session: AsyncSession, user_id: int) -> bool:
    """Forget a user's account at the provider; whether anything was allowed."""
    return await _changed(session, delete(OidcBinding).where(OidcBinding.user_id == user_id))


async def _changed(session: AsyncSession, statement: Any) -> bool:
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1
