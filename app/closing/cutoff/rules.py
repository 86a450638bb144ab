"""Which days are due for their cutoff, oldest first (C6, C7), and the causes that a missing order can have (C3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.masters.territories.calendar import TerritoryFacts, business_date, cutoff_at, is_working_day


class MissingOrderCause(StrEnum):
    """Why a planned visit had no order at the cutoff (C3)."""

    CANCELLED_BY_OFFICE = "cancelled_by_office"
    ORDER_REFUSED = "order_refused"
    VISITED_NO_ORDER = "visited_no_order"
    UNVERIFIED = "unverified"
    NOT_VISITED = "not_visited"


@dataclass(frozen=True, slots=True)
class ClosingDay:
    """What the statements of one run need to know. `may_be_provisional`: its 72 h are not over.

    `masters_then`, as arrays for statements: where outlets belonged that may not have been active and the territory's,
    and which reps were otherwise. `silent_rep_ids` is empty where nobody is synced: then nobody asks.
    """

    territory_id: int
    business_date: date
    cutoff_at: datetime
    may_be_provisional: bool
    masters_then: Mapping[str, Any]
    synced_rep_ids: tuple[int, ...] = ()
    silent_rep_ids: tuple[int, ...] = ()

    @property
    def reps_then(self) -> dict[int, bool]:
        """Of the reps who were otherwise at the cutoff whether they were active then, and the territory's."""
        ids, actives, homes = (self.masters_then[f"rep_{name}_then"] for name in ("ids", "actives", "territories"))
        return {
            rep_id: active and home == self.territory_id
            for rep_id, active, home in zip(ids, actives, homes, strict=True)
        }

    def parameters(self, **more: Any) -> dict[str, Any]:
        """Bind parameters of the day, and more."""
        return {
            "territory_id": self.territory_id,
            "day": self.business_date,
            "cutoff_at": self.cutoff_at,
            **more,
        }


def first_due_day(territory: TerritoryFacts) -> date:
    """The first business date whose cutoff comes after the territory was made (C6): nothing before it is caught up."""
    made_on = business_date(territory, territory.created_at)
    return made_on if cutoff_at(territory, made_on) > territory.created_at else made_on + timedelta(days=1)


def last_day_past_its_cutoff(territory: TerritoryFacts, now: datetime) -> date:
    """The newest business date whose cutoff has come, be it a working day or not."""
    today = business_date(territory, now)
    return today if cutoff_at(territory, today) <= now else today - timedelta(days=1)


def next_cutoff_at(territory: TerritoryFacts, now: datetime) -> datetime:
    """The first cutoff that is still to come, be it of a working day or not."""
    return cutoff_at(territory, last_day_past_its_cutoff(territory, now) + timedelta(days=1))


def days_past_their_cutoff(territory: TerritoryFacts, after: date, now: datetime) -> Iterator[date]:
    """The working days after `after` whose cutoff has come, oldest first (C6, C7)."""
    day, today = after + timedelta(days=1), business_date(territory, now)
    while day <= today:
        # only today's cutoff can be still to come: every wall time of an earlier local day has passed
        if is_working_day(territory, day) and (day < today or cutoff_at(territory, day) <= now):
            yield day
        day += timedelta(days=1)
