"""What a timeline is made of, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class TimelineType(StrEnum):
    """What kind of record an item is about."""

    VISIT = "visit"
    CHECK_IN = "check_in"
    ORDER = "order"
    NO_ORDER = "no_order"
    REFUSED_ORDER = "refused_order"
    DELIVERY = "delivery"
    FULFILMENT_DECISION = "fulfilment_decision"
    RETURN = "return"
    CALL_TASK = "call_task"
    MISSING_ORDER = "missing_order"
    RISK_SIGNAL = "risk_signal"
    EXCUSE = "excuse"
    PLAN_CHANGE = "plan_change"
    LOCATION = "location"
    TERMS = "terms"
    MASTER = "master"
    MAIL_FORM = "mail_form"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """What a timeline is sorted by, the newest first. `key` tells apart what has one title and one instant."""

    at: datetime
    title: str
    key: str


@dataclass(frozen=True, slots=True)
class TimelineOutlet:
    """Whose timeline it is. `time_zone`: of its territory, by which days are told that no record names."""

    id: int
    code: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened. `id`: of the record, which `href` reads; `facts`: what its type tells of it."""

    type: TimelineType
    id: str
    at: datetime
    business_date: date
    title: str
    rep_code: str | None
    actor: str | None
    facts: Mapping[str, Any]
    href: str | None
    key: str

    @property
    def place(self) -> ItemKey:
        """Its place in the timeline."""
        return ItemKey(self.at, self.title, self.key)
