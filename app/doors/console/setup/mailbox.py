"""The mailbox of order forms: which mails came, what was wrong with their forms, and what was answered."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.pages import AdminsPage, console_router

router = console_router()

STATUSES = ("processed", "refused", "unreadable", "ignored")


@router.get("/setup/mailbox")
async def show_mailbox(
    page: AdminsPage,
    status: Annotated[str | None, Query(max_length=20)] = None,
    sender: Annotated[str | None, Query(max_length=254)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Mails, those received last first."""
    listed = await page.api.get("/v1/inbox-messages", status=status, sender=sender, cursor=cursor)
    return page.render(
        "setup/mailbox.html",
        mails=listed["items"],
        next_cursor=listed["next_cursor"],
        statuses=STATUSES,
        asked={"status": status, "sender": sender},
        zone=page.preferences.zone or "UTC",
    )


@router.get("/setup/mailbox/{message_id}")
async def show_mail(page: AdminsPage, message_id: UUID) -> Response:
    """One mail with its forms, each with what was wrong with it."""
    mail = await page.api.get(f"/v1/inbox-messages/{message_id}")
    return page.render("setup/mail.html", mail=mail, zone=page.preferences.zone or "UTC")
