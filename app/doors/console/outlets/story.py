"""An outlet's timeline as its page tells it: by days, each item with its record's page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.doors.console.api_calls import Json, segment
from app.ground.web.access import Role

TYPES: Mapping[str, Sequence[str]] = {
    "visits": ("visit", "check_in", "no_order", "excuse", "plan_change"),
    "orders": ("order", "missing_order", "refused_order", "mail_form"),
    "calls": ("call_task",),
    "deliveries": ("delivery", "fulfilment_decision", "return"),
    "doubts": ("risk_signal",),
    "masters": ("master", "terms", "location"),
}
"""What can be asked for, and the types of the API that it is."""
OF_OPERATORS = ("orders", "calls", "masters")
"""Of these operators are told something."""

_PAGES: Mapping[str, str] = {
    "visits": "/console/visits/{1}",
    "orders": "/console/orders/{1}",
    "deliveries": "/console/deliveries/{1}",
    "returns": "/console/returns/{1}",
    "call-tasks": "/console/calls/{1}",
    "cutoff-runs": "/console/reports/days/{1}",
    "reps": "/console/plans/{1}/{3}",
    "risk-signals": "/console/review/{id}",
    "check-ins": "/console/map?rep_code={rep_code}&date={business_date}&focus=check-in:{1}",
}
"""By the first part of an API's path: the console's page of what is read there, by the path's parts."""
_PAGES_OF_ADMINS: Mapping[str, str] = {
    "outlets": "/console/setup/{path}",
    "inbox-messages": "/console/setup/mailbox/{1}",
    "audit": "/console/setup/audit?{query}",
}


@dataclass(frozen=True, slots=True)
class OutletStoryEntry:
    """An item; `day` where a local day begins with it, `page` its record's, `check_in` as evidence shows one."""

    item: Json
    day: str | None
    page: str | None
    check_in: Json


def entries_of(items: Iterable[Json], zone: str, role: Role, last_day: str | None) -> list[OutletStoryEntry]:
    """The items of a page of a timeline, newest first. `last_day`: the one that was begun already."""
    entries = []
    for item in items:
        day = local_day(item["at"], zone)
        begins = None if day == last_day else day
        entries.append(OutletStoryEntry(item, begins, page_of(item, role), _check_in_of(item)))
        last_day = day
    return entries


def local_day(at: str, zone: str) -> str:
    """The local day of an instant."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date().isoformat()


def page_of(item: Json, role: Role) -> str | None:
    """The console's page of an item's record; None where it has none of its own, or none for this role."""
    address = urlsplit(item["href"] or "")
    path = address.path.removeprefix("/v1/")
    parts = path.split("/")
    page = _PAGES.get(parts[0]) or (_PAGES_OF_ADMINS.get(parts[0]) if role is Role.ADMIN else None)
    if page is None:
        return None
    rep_code, day = segment(item["rep_code"] or ""), item["business_date"]
    return page.format(*parts, path=path, query=address.query, id=item["id"], rep_code=rep_code, business_date=day)


def _check_in_of(item: Json) -> Json:
    """What evidence says a verdict in words by; None of what is no check-in."""
    if item["type"] != "check_in":
        return None
    facts = item["facts"]
    verdict: dict[str, Any] = {name: facts[name] for name in ("p_inside", "distance_m")}
    has_fix = facts["accuracy_m"] is not None or facts["distance_m"] is not None
    fix = {"lat": 0.0, "accuracy_m": facts["accuracy_m"]} if has_fix else None
    return {"verdict": verdict | {"reasons": ()}, "fix": fix}
