"""Check-ins as plain values: as they are recorded, and as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from app.ground.errors import FieldProblem
from app.ground.values import value
from app.masters.outlets.positions import OUT_OF_SIGHT, Fix, KeptFix, Verdict
from app.masters.outlets.rules import FieldOutlet
from app.masters.territories.field_clock import Stamp


class CheckInKind(StrEnum):
    """Whether the rep came or went."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"


@value(frozen=True, slots=True, kw_only=True)
class CheckInRecord:
    """A check-in as it was judged, with all that is kept of it; refused where it has `problems`, and then not kept.

    `outlet` None: there is none of its code, and no verdict. The verdict rests on the outlet's location and on the
    policy's version (V3). `digest`: of its content (O3).
    """

    id: UUID
    stamp: Stamp
    territory_id: int
    rep_id: int
    device_id: UUID | None
    outlet: FieldOutlet | None
    kind: CheckInKind
    fix: KeptFix | None
    verdict: Verdict | None
    policy_version: int
    digest: bytes = b""
    problems: Sequence[FieldProblem] = ()


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
    verdict: Verdict
    location_version: int
    policy_version: int

    def without_its_outlet(self) -> Self:
        """As it is told to whom its outlet is out of sight: where the phone was, nothing of where the outlet is."""
        return replace(self, verdict=OUT_OF_SIGHT, location_version=0)


@dataclass(frozen=True, slots=True)
class CheckInFilter:
    """Which check-ins are asked for; business dates from `first` to `last`, both included."""

    first: date | None = None
    last: date | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
