"""Check-ins as plain values: as they are recorded, and as they are told."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.field.check_ins.geofence import Fix, Verdict


class CheckInKind(StrEnum):
    """Whether the rep came or went."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCheckIn:
    """A check-in as it is recorded, with its fix, its verdict, and the versions that the verdict rests on (V3).

    `location_version` 0: the outlet had no location. Times as in T1.
    """

    business_date: date
    id: UUID
    territory_id: int
    rep_id: int
    device_id: UUID | None
    outlet_id: int
    kind: CheckInKind
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    skew_ms: int
    trusted: bool
    clock_changed: bool
    monotonic_ms: int | None
    boot_id: str | None
    sequence: int | None
    fix: Fix | None
    verdict: Verdict
    location_version: int
    policy_version: int


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What is kept of a verdict."""

    code: str
    p_inside: float | None
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class ListedCheckIn:
    """A check-in as the API shows it: masters by code."""

    id: UUID
    kind: str
    territory_code: str
    rep_code: str
    outlet_code: str
    business_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    skew_ms: int
    trusted: bool
    clock_changed: bool
    fix: Fix | None
    verdict: StoredVerdict
    location_version: int
    policy_version: int


@dataclass(frozen=True, slots=True)
class CheckInFilter:
    """Which check-ins are asked for; business dates from `first` to `last`, both included."""

    first: date | None = None
    last: date | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
