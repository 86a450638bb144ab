"""What became of the mails: for whoever is asked where an order has gone."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from app.doors.order_inbox.mail import message_queries as queries
from app.doors.order_inbox.mail.errors import InboxMessageNotFound
from app.doors.order_inbox.mail.message_queries import MessageFilter
from app.doors.order_inbox.mail.records import InboxMessageStatus
from app.doors.order_inbox.mail.schemas import InboxMessageAnswer
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Instant, MailAddress
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("order forms")

Looking = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR)]


@router.get(
    "/inbox-messages",
    operation_id="list_inbox_messages",
    summary="Mails with order forms, and what became of them",
    responses=problems(401, 403, 422),
)
async def list_inbox_messages(
    caller: Looking,
    session: ReadSession,
    paging: Paging,
    status: Annotated[InboxMessageStatus | None, Query()] = None,
    sender: Annotated[MailAddress | None, Query()] = None,
    received_from: Annotated[Instant | None, Query(alias="from", description="received from this instant on")] = None,
    received_to: Annotated[Instant | None, Query(alias="to", description="received before this instant")] = None,
) -> Page[InboxMessageAnswer]:
    """Those received last first. Admins see all mails, others those from or about outlets of their territories."""
    message_filter = MessageFilter(caller.territory_ids, status, sender, received_from, received_to)
    key = paging.key(instant_part, UUID)
    messages = await queries.message_page(session, message_filter, (key[0], key[1]) if key else None, paging.limit + 1)
    rows, cursor = paging.page(messages, lambda row: (row.received_at.isoformat(), row.id))
    forms = await queries.forms_of(session, [row.id for row in rows], caller.territory_ids)
    items = [InboxMessageAnswer.of(row, forms.get(row.id, ())) for row in rows]
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/inbox-messages/{message_id}",
    operation_id="get_inbox_message",
    summary="One mail",
    responses=problems(401, 403, 404, 422),
)
async def get_inbox_message(
    message_id: Annotated[UUID, Path()], caller: Looking, session: ReadSession
) -> InboxMessageAnswer:
    """A mail with its forms, each with every problem by its cell, and with the answer that it got."""
    row = await queries.message(session, caller.territory_ids, message_id)
    if row is None:
        raise InboxMessageNotFound
    forms = await queries.forms_of(session, [row.id], caller.territory_ids)
    return InboxMessageAnswer.of(row, forms.get(row.id, ()))
