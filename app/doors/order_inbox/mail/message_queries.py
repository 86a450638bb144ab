"""The SQL of the list of mails: people look at it to find out where an order has gone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, any_, bindparam, or_, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail.models import InboxAnswer, InboxForm, InboxMessage
from app.doors.order_inbox.mail.records import InboxMessageStatus
from app.masters.outlets.models import Outlet

MessageKey = tuple[datetime, UUID]

_MESSAGES: Any = select(
    InboxMessage.id,
    InboxMessage.message_id,
    InboxMessage.sender,
    InboxMessage.subject,
    InboxMessage.received_at,
    InboxMessage.read_at,
    InboxMessage.status,
    InboxMessage.reason,
    InboxAnswer.queued_at,
    InboxAnswer.sent_at,
    InboxAnswer.attempts,
    InboxAnswer.failure,
).outerjoin(InboxAnswer, InboxAnswer.message_id == InboxMessage.id)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which mails: within sight (None: all), of a status, of a sender, received within a span of time."""

    territory_ids: Collection[int] | None
    status: InboxMessageStatus | None = None
    sender: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


async def message_page(
    session: AsyncSession, message_filter: MessageFilter, after: MessageKey | None, limit: int
) -> Sequence[Any]:
    """The mails, those received last first, from `after` on."""
    query = _in_sight(_MESSAGES, message_filter.territory_ids)
    if message_filter.status is not None:
        query = query.where(InboxMessage.status == message_filter.status.value)
    if message_filter.sender is not None:
        query = query.where(InboxMessage.sender == message_filter.sender)
    if message_filter.received_from is not None:
        query = query.where(InboxMessage.received_at >= message_filter.received_from)
    if message_filter.received_to is not None:
        query = query.where(InboxMessage.received_at < message_filter.received_to)
    if after is not None:
        query = query.where(tuple_(InboxMessage.received_at, InboxMessage.id) < tuple_(*after))
    query = query.order_by(InboxMessage.received_at.desc(), InboxMessage.id.desc()).limit(limit)
    return (await session.execute(query)).all()


async def message(session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID) -> Any | None:
    """One mail; None where there is none within sight."""
    query = _in_sight(_MESSAGES, territory_ids).where(InboxMessage.id == id_)
    return (await session.execute(query)).one_or_none()


async def forms_of(
    session: AsyncSession, message_ids: Collection[UUID], territory_ids: Collection[int] | None
) -> dict[UUID, list[InboxForm]]:
    """The forms of mails, of each in its order, by one statement.

    A mail may hold forms for outlets of several territories: those out of sight are left out.
    """
    named = bindparam("message_ids", list(message_ids), type_=ARRAY(PG_UUID))
    query = select(InboxForm).where(InboxForm.message_id == any_(named))
    if territory_ids is not None:
        elsewhere = select(Outlet.code).where(Outlet.code == InboxForm.outlet_code, ~_among(territory_ids))
        query = query.where(or_(InboxForm.outlet_code.is_(None), ~elsewhere.exists()))
    forms: dict[UUID, list[InboxForm]] = {}
    for form in await session.scalars(query.order_by(InboxForm.message_id, InboxForm.number)):
        forms.setdefault(form.message_id, []).append(form)
    return forms


def _in_sight(query: Any, territory_ids: Collection[int] | None) -> Any:
    if territory_ids is None:
        return query
    named = bindparam("territory_ids", sorted(territory_ids), type_=ARRAY(Integer))
    return query.where(InboxMessage.territory_ids.op("&&")(named))


def _among(territory_ids: Collection[int]) -> Any:
    return Outlet.territory_id == any_(bindparam("sight", sorted(territory_ids), type_=ARRAY(Integer)))
