"""The SQL of second factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, any_, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import record_of
from app.masters.identity.models import SecondFactor

_REPLACE_SEALED = text("""
    UPDATE second_factors AS factor SET sealed_secret = anew.sealed_secret
    FROM unnest(CAST(:user_ids AS int[]), CAST(:sealed_secrets AS text[])) AS anew (user_id, sealed_secret)
    WHERE factor.user_id = anew.user_id
""")


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """A user's second factor."""

    user_id: int
    sealed_secret: str
    begun_at: datetime
    confirmed_at: datetime | None
    recovery_codes: int


async def stored_factor(session: AsyncSession, user_id: int) -> StoredFactor | None:
    """A user's second factor, also one that is only being set up."""
    statement = select(
        SecondFactor.user_id,
        SecondFactor.sealed_secret,
        SecondFactor.begun_at,
        SecondFactor.confirmed_at,
        func.cardinality(SecondFactor.recovery_hashes).label("recovery_codes"),
    ).where(SecondFactor.user_id == user_id)
    return record_of(StoredFactor, await session.execute(statement))


async def begin(session: AsyncSession, user_id: int, sealed_secret: str, at: datetime) -> bool:
    """Store a secret that is to be confirmed, in place of one that was not; False where one was confirmed."""
    values = {"sealed_secret": sealed_secret, "begun_at": at, "last_step": 0, "recovery_hashes": []}
    statement = insert(SecondFactor).values(user_id=user_id, **values)
    unconfirmed = SecondFactor.confirmed_at.is_(None)
    return await _changes(
        session, statement.on_conflict_do_update(index_elements=["user_id"], set_=values, where=unconfirmed)
    )


async def confirm(
    session: AsyncSession, factor: StoredFactor, step: int, recovery_hashes: Sequence[bytes], at: datetime
) -> bool:
    """Let a second factor hold from now on; False where it is another one by now, or holds already."""
    statement = (
        update(SecondFactor)
        .where(
            SecondFactor.user_id == factor.user_id,
            SecondFactor.sealed_secret == factor.sealed_secret,
            SecondFactor.confirmed_at.is_(None),
        )
        .values(confirmed_at=at, last_step=step, recovery_hashes=list(recovery_hashes))
    )
    return await _changes(session, statement)


async def use_step(session: AsyncSession, user_id: int, step: int) -> bool:
    """Use a half minute's code; False where it, or a later one, was used. Of two at once one wins."""
    statement = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None), SecondFactor.last_step < step)
        .values(last_step=step)
    )
    return await _changes(session, statement)


async def use_recovery_code(session: AsyncSession, user_id: int, code_hash: bytes) -> bool:
    """Use a recovery code up; False where it is none, or was used. Of two at once one wins."""
    hashes = SecondFactor.recovery_hashes
    statement = (
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            SecondFactor.confirmed_at.is_not(None),
            literal(code_hash) == any_(hashes),
        )
        .values(recovery_hashes=func.array_remove(hashes, code_hash))
    )
    return await _changes(session, statement)


async def remove(session: AsyncSession, user_id: int) -> bool:
    """Take a second factor away, with its recovery codes; False where none was confirmed."""
    statement = delete(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return await _changes(session, statement)


async def lock_sealed(session: AsyncSession) -> dict[int, str]:
    """Every user's sealed secret, held until the transaction ends: there are no more of them than members of staff."""
    statement = select(SecondFactor.user_id, SecondFactor.sealed_secret).order_by(SecondFactor.user_id)
    return dict((await session.execute(statement.with_for_update())).all())


async def replace_sealed(session: AsyncSession, sealed_secrets: Mapping[int, str]) -> None:
    """Store users' secrets sealed anew, whose rows the transaction holds. One statement."""
    parameters = {"user_ids": list(sealed_secrets), "sealed_secrets": list(sealed_secrets.values())}
    await session.execute(_REPLACE_SEALED, parameters)


async def _changes(session: AsyncSession, statement: Any) -> bool:
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1
