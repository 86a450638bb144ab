"""Reps' days as plain values: masters by code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from app.closing.rep_days.rules import DayProgress
from app.masters.outlets.positions import OUT_OF_SIGHT
from app.masters.territories.calendar import TerritoryFacts

LineKey = tuple[str, str]
"""What lines are sorted by: the territory's code, the rep's."""


@dataclass(frozen=True, slots=True)
class ClosingRun:
    """The run that closed a day: its id, and of how many planned visits it flagged how many."""

    id: UUID
    planned_visits: int
    missing_orders: int


@dataclass(frozen=True, slots=True)
class TerritoryDay:
    """A territory on a date, as of `now`. `cutoff_at`, `call_deadline_at` None: a day off, which has none (C7).

    `today`: the territory's date at `now`; `cutoff_run`: the one that closed the day and is not void.
    """

    territory: TerritoryFacts
    business_date: date
    today: date
    working_day: bool
    cutoff_at: datetime | None
    call_deadline_at: datetime | None
    cutoff_run: ClosingRun | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A rep in a territory on a date: who has visits of the day there, or is active and at home there."""

    territory_id: int
    territory_code: str
    rep_id: int
    rep_code: str
    rep_name: str
    business_date: date

    @property
    def key(self) -> LineKey:
        """Its place among lines."""
        return self.territory_code, self.rep_code


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The newest check-in of a rep's day, at an outlet of the rep's plan or elsewhere; its territory is today's."""

    at: datetime
    outlet_code: str
    outlet_name: str | None
    outlet_territory_id: int
    at_a_planned_visit: bool
    kind: str
    verdict: str
    distance_m: float | None

    def within(self, territory_ids: Collection[int] | None) -> Self:
        """As it is told to whom these territories (None: all) are in sight: of an outlet beyond, nothing of where it
        is.
        """
        if territory_ids is None or self.at_a_planned_visit or self.outlet_territory_id in territory_ids:
            return self
        return replace(self, outlet_name=None, verdict=OUT_OF_SIGHT.code.value, distance_m=None)


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The planned visit that comes next: the first after the one that was made last, else the first that was not."""

    visit_id: UUID
    outlet_code: str
    outlet_name: str
    expected_at: datetime | None


@dataclass(frozen=True, slots=True)
class RepStanding:
    """What is known of a rep and its handhelds beside visits.

    `devices` that are enrolled and not revoked; of these the newest `last_sync_at`, and `watermark_at`, up to which
    nothing of any of them can be missing: None where one has none. `open_signals` of the day, `rejected_events` that
    nothing has settled, of any day; `points` about the day.
    """

    devices: int
    last_sync_at: datetime | None
    watermark_at: datetime | None
    open_signals: int
    rejected_events: int
    points: int


@dataclass(frozen=True, slots=True)
class RepDay:
    """A rep's day: how many visits count as what (by `VisitCount`), and how it goes."""

    line: Line
    counts: Mapping[str, int]
    last_seen: LastSeen | None
    next_visit: NextVisit | None
    progress: DayProgress | None
    standing: RepStanding

    def within(self, territory_ids: Collection[int] | None) -> Self:
        """As it is told to whom these territories (None: all) are in sight; its line is in one of them."""
        return self if self.last_seen is None else replace(self, last_seen=self.last_seen.within(territory_ids))


@dataclass(frozen=True, slots=True)
class RepDayLines:
    """Lines in their order, and their territories' days by id."""

    territories: Mapping[int, TerritoryDay]
    lines: list[RepDay]
