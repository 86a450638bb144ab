"""Check-ins as they leave."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.records import CheckInKind, ListedCheckIn
from app.masters.outlets.positions import Fix, VerdictReason


class FixAnswer(BaseModel):
    """The position as the phone reported it."""

    lat: float = Field(description="degrees, WGS 84", examples=[38.2080319])
    lon: float = Field(description="degrees, WGS 84", examples=[21.712654])
    accuracy_m: float | None = Field(description="68 % radius", examples=[8.5])
    fix_at: datetime | None = Field(examples=["2026-11-23T14:32:05Z"])
    provider: str | None = Field(examples=["fused"])
    mock: bool = Field(description="the phone said that an app made this position up", examples=[False])

    @classmethod
    def of(cls, fix: Fix) -> Self:
        """A position as it leaves."""
        return cls(
            lat=fix.lat,
            lon=fix.lon,
            accuracy_m=fix.accuracy_m,
            fix_at=fix.fix_at,
            provider=fix.provider,
            mock=fix.mock,
        )


class VerdictAnswer(BaseModel):
    """How likely the rep was within the outlet's fence (V2)."""

    code: GeofenceVerdict = Field(examples=["INSIDE"])
    p_inside: float | None = Field(description="probability of being within the fence", examples=[0.97])
    distance_m: float | None = Field(
        description="from the fix to the circle's centre, or to the polygon (0 within it)", examples=[21.4]
    )
    reasons: list[VerdictReason] = Field(
        default=[], description="why the verdict is not what `p_inside` alone would say; empty where it is"
    )


class RecordedVerdictAnswer(VerdictAnswer):
    """A verdict with the versions that it rests on: replaying them gives the same verdict (V3)."""

    location_version: int = Field(description="0: the outlet had no location, or is out of sight", examples=[1])
    policy_version: int = Field(examples=[1])


class CheckInAnswer(BaseModel):
    """One arrival or departure attempt, with its verdict."""

    id: UUID = Field(examples=["0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11"])
    kind: CheckInKind = Field(examples=["arrival"])
    territory_code: str = Field(examples=["PAT"])
    rep_code: str = Field(examples=["PAT-R1"])
    outlet_code: str = Field(examples=["PAT-0042"])
    business_date: date = Field(description="the local day in the territory's zone (T3)", examples=["2026-11-23"])
    captured_at: datetime = Field(description="by the device's clock", examples=["2026-11-23T14:32:06Z"])
    received_at: datetime = Field(description="by the server's clock", examples=["2026-11-23T14:41:08Z"])
    corrected_at: datetime = Field(description="captured_at, corrected by the skew (T1)")
    clock_skew_ms: int = Field(description="how far the server's clock is ahead of the device's", examples=[0])
    trusted: bool = Field(description="the monotonic clock bears the time out (T2)")
    clock_changed: bool = Field(description="the monotonic clock contradicts the time (T2)")
    fix: Annotated[
        FixAnswer | None,
        Field(description="null: the phone found no position, or it was outside of working hours, or is forgotten"),
    ]
    verdict: RecordedVerdictAnswer

    @classmethod
    def of(cls, check_in: ListedCheckIn) -> Self:
        """A check-in as it leaves."""
        verdict = check_in.verdict
        return cls(
            id=check_in.id,
            kind=CheckInKind(check_in.kind),
            territory_code=check_in.territory_code,
            rep_code=check_in.rep_code,
            outlet_code=check_in.outlet_code,
            business_date=check_in.business_date,
            captured_at=check_in.captured_at,
            received_at=check_in.received_at,
            corrected_at=check_in.corrected_at,
            clock_skew_ms=check_in.skew_ms,
            trusted=check_in.trusted,
            clock_changed=check_in.clock_changed,
            fix=None if check_in.fix is None else FixAnswer.of(check_in.fix),
            verdict=RecordedVerdictAnswer(
                code=GeofenceVerdict(verdict.code),
                p_inside=verdict.p_inside,
                distance_m=verdict.distance_m,
                reasons=list(verdict.reasons),
                location_version=check_in.location_version,
                policy_version=check_in.policy_version,
            ),
        )
