"""An outlet's timeline as its page tells it: by days, each item with its record's page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
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

_SAME_PATHS = ("visits", "orders", "deliveries", "returns")
"""Records whose pages are called as the API calls them."""


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """An item; `day` where a local day begins with it, `page` its record's, `check_in` as evidence shows one."""

    item: Json
    day: str | None
    page: str | None
    check_in: Json


def entries_of(items: Iterable[Json], zone: str, role: Role, last_day: str | None) -> list[StoryEntry]:
    """The items of a page of a timeline, newest first. `last_day`: the one that was begun already."""
    entries = []
    for item in items:
        day = local_day(item["at"], zone)
        begins = None if day == last_day else day
        entries.append(StoryEntry(item, begins, page_of(item, role), _check_in_of(item)))
        last_day = day
    return entries


def local_day(at: str, zone: str) -> str:
    """The local day of an instant."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date().isoformat()


def page_of(item: Json, role: Role) -> str | None:
    """The console's page of an item's record; None where it has none of its own, or none for this role."""
    href: str | None = item["href"]
    if href is None:
        return None
    parts = urlsplit(href)
    segments = [unquote(part) for part in parts.path.removeprefix("/v1/").split("/")]
    match segments:
        case [kind, id_, *_] if kind in _SAME_PATHS:
            return f"/console/{kind}/{segment(id_)}"
        case ["check-ins", id_]:
            of_day = {"rep_code": item["rep_code"], "date": item["business_date"], "focus": f"check-in:{id_}"}
            return f"/console/map?{urlencode(of_day)}"
        case ["call-tasks", id_]:
            return f"/console/calls/{id_}"
        case ["cutoff-runs", id_, *_]:
            return f"/console/reports/days/{id_}"
        case ["risk-signals"]:
            return f"/console/review/{item['id']}"
        case ["reps", rep_code, "week-plans", week, *_]:
            return f"/console/plans/{segment(rep_code)}/{week}"
        case ["inbox-messages", id_] if role is Role.ADMIN:
            return f"/console/setup/mailbox/{id_}"
        case ["audit"] if role is Role.ADMIN:
            return f"/console/setup/audit?{parts.query}"
        case ["outlets", code, "terms"] if role is Role.ADMIN:
            return f"/console/setup/outlets/{segment(code)}/terms"
    return None


def _check_in_of(item: Json) -> Json:
    """What evidence says a verdict in words by; None of what is no check-in."""
    if item["type"] != "check_in":
        return None
    facts = item["facts"]
    verdict: dict[str, Any] = {name: facts[name] for name in ("p_inside", "distance_m")}
    has_fix = facts["accuracy_m"] is not None or facts["distance_m"] is not None
    fix = {"lat": 0.0, "accuracy_m": facts["accuracy_m"]} if has_fix else None
    return {"verdict": verdict | {"reasons": ()}, "fix": fix}
