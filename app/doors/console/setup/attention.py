"""What of the setup needs somebody: asked of the API for the first page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import ConsolePage
from app.doors.console.setup.devices import is_silent
from app.ground.web.access import Role

MAILS_SINCE = timedelta(days=7)
LATEST_CHANGES = 8
GAPS = ("location", "rep")
MOST_COUNTED = 100
_BAD_MAILS = frozenset({"unreadable", "refused"})
_BAD_FORMS = frozenset({"unreadable", "refused"})


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for somebody. What is for admins alone is None for others."""

    proposals: int
    more_proposals: bool
    silent_handhelds: list[Json]
    reps_without_handheld: list[Json]
    territories_without_holidays: list[Json]
    bad_mails: int | None
    system: Json | None
    has_targets: bool | None
    outlets_without: dict[str, Json] | None
    changes: list[Json] | None


async def attention_of(page: ConsolePage) -> Attention:
    """Ask for everything that the person may know."""
    proposals = await page.api.get("/v1/location-proposals", status="open", limit=500)
    devices = await page.api.all("/v1/devices")
    reps = await page.api.all("/v1/reps", active=True)
    territories = await page.territories()
    mails, system, targets, changes, gaps = await _for_admins(page)
    equipped = {device["rep_code"] for device in devices if device["revoked_at"] is None}
    today = page.now.date().isoformat()
    return Attention(
        proposals=len(proposals["items"]),
        more_proposals=proposals["next_cursor"] is not None,
        silent_handhelds=[device for device in devices if is_silent(device, page.now)],
        reps_without_handheld=[rep for rep in reps if rep["code"] not in equipped],
        territories_without_holidays=[each for each in territories if not _has_coming_holidays(each, today)],
        bad_mails=None if mails is None else count_bad_mails(mails),
        system=system,
        has_targets=None if targets is None else bool(targets["items"]),
        outlets_without=gaps,
        changes=None if changes is None else changes["items"],
    )


async def _for_admins(page: ConsolePage) -> tuple[Any, ...]:
    """Mails of the last days, the service's state, this quarter's targets, the latest changes, outlets with gaps."""
    if page.role is not Role.ADMIN:
        return None, None, None, None, None
    now: datetime = page.now
    since = (now - MAILS_SINCE).isoformat()
    quarter = f"{now.year}-Q{(now.month + 2) // 3}"
    return (
        await page.api.all("/v1/inbox-messages", from_=since),
        await _system(page),
        await page.api.get("/v1/assortment-targets", quarter=quarter, limit=1),
        await page.api.get("/v1/audit", limit=LATEST_CHANGES),
        await _gaps(page),
    )


async def _gaps(page: ConsolePage) -> dict[str, Json]:
    """Open outlets that lack something, by what: the first of them."""
    return {gap: await page.api.get("/v1/outlets", missing=gap, active=True, limit=MOST_COUNTED) for gap in GAPS}


async def _system(page: ConsolePage) -> Json | None:
    """The service's state; None where it cannot be told just now."""
    try:
        return await page.api.get("/v1/system")
    except ApiRefusal:
        return None


def count_bad_mails(mails: Iterable[Json]) -> int:
    """How many mails brought an order that did not get in, or could not be answered."""
    return sum(1 for mail in mails if _is_bad(mail))


def _is_bad(mail: Json) -> bool:
    unanswered = mail["answer"] is not None and mail["answer"]["sent_at"] is None and mail["answer"]["failure"]
    refused = any(form["status"] in _BAD_FORMS for form in mail["forms"])
    return bool(mail["status"] in _BAD_MAILS or refused or unanswered)


def _has_coming_holidays(territory: Json, today: str) -> bool:
    return any(day >= today for day in territory["holidays"])
