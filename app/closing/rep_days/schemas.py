"""Reps' days as they leave."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.closing.rep_days.records import RepDay, TerritoryDay
from app.closing.rep_days.rules import ProgressStatus
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.records import CheckInKind

_LAST_SEEN: dict[str, Any] = {
    "at": "2026-11-23T09:41:07Z",
    "outlet_code": "PAT-0042",
    "outlet_name": "Kiosk at the pier",
    "kind": "arrival",
    "verdict": "INSIDE",
    "distance_m": 12.5,
}
_NEXT: dict[str, Any] = {
    "visit_id": "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a",
    "outlet_code": "PAT-0017",
    "outlet_name": "Bakery in Korinthou street",
    "expected_at": "2026-11-23T10:05:00Z",
}
_COUNTS: dict[str, int] = {
    "planned": 12,
    "visited": 5,
    "verified": 4,
    "ordered": 4,
    "without_order": 8,
    "missed_so_far": 1,
    "productive": 4,
    "ad_hoc": 1,
    "excused": 1,
    "dropped": 0,
    "flagged": 0,
    "provisional": 0,
}
_REP_DAY: dict[str, Any] = {
    "rep_code": "PAT-R1",
    "rep_name": "Nikos Georgiou",
    "territory_code": "PAT",
    "date": "2026-11-23",
    **_COUNTS,
    "last_seen": _LAST_SEEN,
    "next": _NEXT,
    "progress": {"status": "behind", "minutes": 22},
    "devices": 1,
    "last_sync_at": "2026-11-23T09:41:12.201000Z",
    "watermark_at": "2026-11-23T09:41:11Z",
    "open_signals": 1,
    "rejected_events": 0,
    "points": 0,
}
_TERRITORY_DAY: dict[str, Any] = {
    "territory_code": "PAT",
    "time_zone": "Europe/Athens",
    "date": "2026-11-23",
    "working_day": True,
    "cutoff_at": "2026-11-23T15:00:00Z",
    "call_deadline_at": "2026-11-23T17:00:00Z",
    "cutoff_run_id": None,
    "planned_at_cutoff": None,
    "flagged_at_cutoff": None,
    "now": "2026-11-23T09:55:00Z",
}


class LastSeenAnswer(BaseModel):
    """The newest check-in of a rep's day, by when it happened."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_LAST_SEEN]})

    at: datetime
    outlet_code: str
    outlet_name: str | None = Field(description="null: an outlet that the caller may not see; the rest of it is, too")
    kind: CheckInKind
    verdict: GeofenceVerdict
    distance_m: float | None = Field(description="from the fix to the fence's centre, or to the polygon")


class NextVisitAnswer(BaseModel):
    """The planned visit that comes next: the first after the one that was made last, else the first that was not."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_NEXT]})

    visit_id: UUID
    outlet_code: str
    outlet_name: str
    expected_at: datetime | None = Field(description="null where the plan says no times")


class ProgressAnswer(BaseModel):
    """How a rep's day goes, by the plan."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_REP_DAY["progress"]]})

    status: ProgressStatus
    minutes: int | None = Field(
        description="behind the plan, below 0 ahead of it; null where the plan says no times, on a day that is not"
        " today, and once all is done"
    )


class RepDayAnswer(BaseModel):
    """A rep's day in a territory. What stands behind a count, `GET /v1/visits` lists by `counted_as`, its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REP_DAY]})

    rep_code: str
    rep_name: str
    territory_code: str
    date: date
    planned: int = Field(description="visits of approved plans that are not excused, and that the rep can make")
    visited: int = Field(description="planned visits with an arrival, whatever its verdict")
    verified: int = Field(description="planned visits with an arrival INSIDE (V5)")
    ordered: int = Field(description="planned visits whose outlet has an order of that day, by any channel (O5)")
    without_order: int = Field(description="planned visits whose outlet has none")
    missed_so_far: int = Field(
        description="planned visits where nobody arrived 15 minutes after they were expected, or until the day was over"
    )
    productive: int = Field(description="visits with an order by the rep's handheld (V5)")
    ad_hoc: int = Field(description="visits that nobody planned")
    excused: int = Field(description="visits that were excused")
    dropped: int = Field(description="visits of approved plans that no handheld has any more: closed, or handed over")
    flagged: int = Field(description="visits that the cutoff flagged")
    provisional: int = Field(description="those of them with a penalty that may still be taken back (C4)")
    last_seen: LastSeenAnswer | None
    next: NextVisitAnswer | None
    progress: ProgressAnswer | None = Field(description="null where nothing is planned")
    devices: int = Field(description="handhelds that are enrolled and not revoked")
    last_sync_at: datetime | None = Field(description="the newest upload of these; null: never")
    watermark_at: datetime | None = Field(
        description="up to when nothing of any of these can be missing; null where one has not told everything yet"
    )
    open_signals: int = Field(description="doubts about the day that wait for a review")
    rejected_events: int = Field(
        description="events of any day that could not be recorded or got lost, and still stand"
    )
    points: int = Field(description="the sum of all entries about the day")

    @classmethod
    def of(cls, day: RepDay) -> Self:
        """A rep's day as it leaves."""
        line, standing = day.line, day.standing
        return cls(
            rep_code=line.rep_code,
            rep_name=line.rep_name,
            territory_code=line.territory_code,
            date=line.business_date,
            **day.counts,
            last_seen=LastSeenAnswer.model_validate(day.last_seen) if day.last_seen else None,
            next=NextVisitAnswer.model_validate(day.next_visit) if day.next_visit else None,
            progress=ProgressAnswer.model_validate(day.progress) if day.progress else None,
            devices=standing.devices,
            last_sync_at=standing.last_sync_at,
            watermark_at=standing.watermark_at,
            open_signals=standing.open_signals,
            rejected_events=standing.rejected_events,
            points=standing.points,
        )


class TerritoryDayAnswer(BaseModel):
    """A territory's day."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TERRITORY_DAY]})

    territory_code: str
    time_zone: str
    date: date
    working_day: bool
    cutoff_at: datetime | None = Field(description="null on a day off, which has none (C7)")
    call_deadline_at: datetime | None = Field(description="likewise")
    cutoff_run_id: UUID | None = Field(description="the run that closed the day; null: it is open, or its run is void")
    planned_at_cutoff: int | None = Field(description="planned visits, as that run found them")
    flagged_at_cutoff: int | None = Field(description="those of them without an order, as its report has them")
    now: datetime = Field(description="the server's clock, to count down by")

    @classmethod
    def of(cls, day: TerritoryDay) -> Self:
        """A territory's day as it leaves."""
        run = day.cutoff_run
        return cls(
            territory_code=day.territory.code,
            time_zone=day.territory.zone.key,
            date=day.business_date,
            working_day=day.working_day,
            cutoff_at=day.cutoff_at,
            call_deadline_at=day.call_deadline_at,
            cutoff_run_id=run.id if run else None,
            planned_at_cutoff=run.planned_visits if run else None,
            flagged_at_cutoff=run.missing_orders if run else None,
            now=day.now,
        )


class RepDayPageAnswer(BaseModel):
    """One page of reps' days, by the codes of territory and rep."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"territories": [_TERRITORY_DAY], "items": [_REP_DAY], "next_cursor": None}]}
    )

    territories: list[TerritoryDayAnswer] = Field(
        description="those that have a line here, and the one that was asked for by its code"
    )
    items: list[RepDayAnswer]
    next_cursor: str | None = Field(default=None, description="send it as `cursor` for the next page; null on the last")
