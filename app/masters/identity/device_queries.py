"""The SQL of devices and enrolment codes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, DateTime, Select, Uuid, column, select, table, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import record_of, records_of
from app.masters.identity.models import Device, EnrolmentCode
from app.masters.territories.models import Rep, Territory

# `watermarks` owns it, and stands above: here it only tells when a device has last been heard of.
_SYNC_STATE = table("device_sync_states", column("device_id", Uuid), column("last_upload_at", DateTime(timezone=True)))


async def visible_rep(session: AsyncSession, rep_code: str, territory_ids: Collection[int] | None) -> Rep | None:
    """A rep of one of these territories (None: of any)."""
    statement = select(Rep).where(Rep.code == rep_code)
    if territory_ids is not None:
        statement = statement.where(Rep.territory_id.in_(territory_ids))
    return await session.scalar(statement)


async def use_code(session: AsyncSession, code_hashes: Collection[bytes], at: datetime) -> int | None:
    """Use an enrolment code, by its hash under each signing key: its rep's id, or None where it is not good.

    That is, unknown, expired or used. Of two at once one wins.
    """
    return await session.scalar(
        update(EnrolmentCode)
        .where(EnrolmentCode.code_hash.in_(code_hashes), EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > at)
        .values(used_at=at)
        .returning(EnrolmentCode.rep_id)
    )


async def code_was_used(session: AsyncSession, code_hashes: Collection[bytes]) -> bool:
    """Whether a code exists and has been used."""
    used_at = await session.scalar(select(EnrolmentCode.used_at).where(EnrolmentCode.code_hash.in_(code_hashes)))
    return used_at is not None


@dataclass(frozen=True, slots=True)
class ListedHandheld:
    """A device with its rep and what was last heard of it."""

    id: UUID
    rep_id: int
    rep_code: str
    territory_id: int
    territory_code: str
    model: str
    os: str
    app_version: str
    enrolled_at: datetime
    revoked_at: datetime | None
    last_upload_at: datetime | None


def _handhelds(
    territory_ids: Collection[int] | None,
) -> Select[UUID, int, str, int, str, str, str, str, datetime, datetime | None, datetime | None]:
    statement = (
        select(
            Device.id,
            Device.rep_id,
            Rep.code.label("rep_code"),
            Rep.territory_id,
            Territory.code.label("territory_code"),
            Device.model,
            Device.os,
            Device.app_version,
            Device.enrolled_at,
            Device.revoked_at,
            _SYNC_STATE.c.last_upload_at,
        )
        .join(Rep, Rep.id == Device.rep_id)
        .join(Territory, Territory.id == Rep.territory_id)
        .outerjoin(_SYNC_STATE, _SYNC_STATE.c.device_id == Device.id)
    )
    return statement if territory_ids is None else statement.where(Rep.territory_id.in_(territory_ids))


async def devices_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    rep_code: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedHandheld]:
    """Devices of these territories (None: all), newest first, one more than `limit`."""
    statement = _handhelds(territory_ids).order_by(Device.enrolled_at.desc(), Device.id.desc()).limit(limit + 1)
    if rep_code is not None:
        statement = statement.where(Rep.code == rep_code)
    if after is not None:
        statement = statement.where(tuple_(Device.enrolled_at, Device.id) < after)
    return records_of(ListedHandheld, await session.execute(statement))


async def handheld(
    session: AsyncSession, device_id: UUID, territory_ids: Collection[int] | None = None
) -> ListedHandheld | None:
    """One device of these territories (None: of any)."""
    statement = _handhelds(territory_ids).where(Device.id == device_id)
    return record_of(ListedHandheld, await session.execute(statement))


async def revoke_device(session: AsyncSession, device_id: UUID, at: datetime) -> bool:
    """Revoke a device; whether it was not revoked before."""
    statement = update(Device).where(Device.id == device_id, Device.revoked_at.is_(None)).values(revoked_at=at)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1
