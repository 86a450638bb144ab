"""Handhelds: codes that enrol them, enrolment itself, and what becomes of lost ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditChannel, AuditKind, Change, ChangeAuthor, record
from app.ground.errors import NotFound
from app.ground.events import service as events
from app.ground.web.access import Caller
from app.masters.identity import device_queries, family_queries, queries
from app.masters.identity.device_queries import ListedHandheld
from app.masters.identity.errors import EnrolmentCodeNotGood, EnrolmentCodeUsed, RepInactive
from app.masters.identity.models import Device, EnrolmentCode
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.rules import ENROLMENT_VALID
from app.masters.identity.tokens import enrolment_code_hash, new_enrolment_code

__all__ = ["DeviceForm", "ListedHandheld", "NewCode", "enrol", "make_enrolment_code", "revoke"]


@dataclass(frozen=True, slots=True)
class NewCode:
    """An enrolment code, which can be told only now."""

    rep_code: str
    code: str
    expires_at: datetime


async def make_enrolment_code(
    session: AsyncSession, signing_key: bytes, caller: Caller, rep_code: str, at: datetime
) -> NewCode:
    """A code with which one handheld can be bound to a rep, once, within 15 minutes."""
    rep = await device_queries.visible_rep(session, rep_code, caller.territory_ids)
    if rep is None:
        raise NotFound("No such rep.")
    if not rep.active:
        raise RepInactive("Activate the rep first.")
    code = new_enrolment_code()
    expires_at = at + ENROLMENT_VALID
    session.add(
        EnrolmentCode(
            code_hash=enrolment_code_hash(signing_key, code),
            rep_id=rep.id,
            created_by=caller.actor,
            created_at=at,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return NewCode(rep.code, code, expires_at)


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """What a handheld tells of itself."""

    model: str
    os: str
    app_version: str
    public_jwk: dict[str, Any] | None = None


async def enrol(
    session: AsyncSession, issuer: TokenIssuer, code: str, form: DeviceForm, at: datetime
) -> tuple[ListedHandheld, IssuedTokens]:
    """Bind a handheld to the rep of an enrolment code, and log it in. Of two with one code, one wins."""
    code_hashes = [enrolment_code_hash(key, code) for key in issuer.signing_keys]
    rep_id = await device_queries.use_code(session, code_hashes, at)
    if rep_id is None:
        if await device_queries.code_was_used(session, code_hashes):
            raise EnrolmentCodeUsed("Ask the supervisor for another code.")
        raise EnrolmentCodeNotGood("Ask the supervisor for another code.")
    device = Device(
        id=uuid4(),
        rep_id=rep_id,
        model=form.model,
        os=form.os,
        app_version=form.app_version,
        public_jwk=form.public_jwk,
        enrolled_at=at,
    )
    session.add(device)
    await session.flush()
    if not await queries.device_callers(session, [(device.id, None)]):
        raise RepInactive("Ask the supervisor.")
    tokens = await issuer.open_family(session, at, device_id=device.id)
    handheld = await _handheld(session, device.id)
    await _tell(session, "device.enrolled", handheld, at)
    author = ChangeAuthor(f"device:{handheld.rep_code}", AuditChannel.API, str(device.id))
    after = {"rep_code": handheld.rep_code, "model": form.model, "os": form.os, "app_version": form.app_version}
    change = Change(AuditKind.DEVICE, str(device.id), None, after | {"revoked_at": None})
    await record(session, [change], author, at)
    return handheld, tokens


async def revoke(
    session: AsyncSession, device_id: UUID, territory_ids: Collection[int] | None, at: datetime, author: ChangeAuthor
) -> ListedHandheld:
    """Revoke a lost or retired handheld and end its login; again is no error. Raises NotFound out of scope."""
    await _handheld(session, device_id, territory_ids)
    if await device_queries.revoke_device(session, device_id, at):
        await family_queries.revoke_families(session, "device_revoked", at, device_id=device_id)
        await _tell(session, "device.revoked", await _handheld(session, device_id), at)
        change = Change(AuditKind.DEVICE, str(device_id), {"revoked_at": None}, {"revoked_at": at})
        await record(session, [change], author, at)
    return await _handheld(session, device_id)


async def _handheld(
    session: AsyncSession, device_id: UUID, territory_ids: Collection[int] | None = None
) -> ListedHandheld:
    device = await device_queries.handheld(session, device_id, territory_ids)
    if device is None:
        raise NotFound("No such device.")
    return device


async def _tell(session: AsyncSession, event_type: str, handheld: ListedHandheld, at: datetime) -> None:
    payload = {"device_id": str(handheld.id), "rep_code": handheld.rep_code, "model": handheld.model}
    await events.record(session, event_type, handheld.territory_id, payload, at)
