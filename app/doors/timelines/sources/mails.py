"""Items of the mailbox: order forms that named the outlet, and what became of them."""

from typing import Any

from sqlalchemy import Select, case, func

from app.doors.order_inbox.mail.models import InboxForm, InboxMessage
from app.doors.timelines.reading import OUTLET_CODE, in_order, newest, overlapping, record, told, word
from app.doors.timelines.sources.orders import order_in_sight


def forms() -> Select[*tuple[Any, ...]]:
    """Forms by mail, when the mail server had them; the mail must be in sight. Its order is told to who may read it."""
    records = record(
        InboxForm.outlet_code == OUTLET_CODE,
        overlapping(InboxMessage.territory_ids),
        at=InboxMessage.received_at,
        title="form_received",
        id_=InboxMessage.id,
        key=func.concat(InboxMessage.id, word(":"), in_order(InboxForm.number)),
        status=InboxForm.status,
        order_id=case((order_in_sight(), InboxForm.order_id)),
        problems=InboxForm.problems,
    )
    rows = newest(records.join(InboxMessage, InboxMessage.id == InboxForm.message_id))
    return told(rows, status=rows.c.status, order_id=rows.c.order_id, problems=func.jsonb_array_length(rows.c.problems))
