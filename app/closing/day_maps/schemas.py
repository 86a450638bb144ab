"""Maps of days as they leave: outlets as GeoJSON (RFC 7946), a track as records."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.closing.compliance.rules import VisitStatus
from app.closing.day_maps.rules import OutletDayState
from app.closing.day_maps.service import OutletDay, OutletMap, StopOnMap, Track
from app.field.check_ins.schemas import CheckInAnswer

_FEATURE: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [21.7346, 38.2466]},
    "properties": {
        "outlet_code": "PAT-0042",
        "outlet_name": "Kiosk at the pier",
        "state": "ordered",
        "ordered": True,
        "flagged": False,
        "radius_m": 80.0,
        "fence": None,
        "visits": [
            {
                "id": "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a",
                "rep_code": "PAT-R1",
                "sequence": 7,
                "status": "verified",
            }
        ],
    },
}


class GeoPointAnswer(BaseModel):
    """A position (RFC 7946)."""

    type: Literal["Point"]
    coordinates: list[float] = Field(description="longitude and latitude, WGS 84")


class MappedVisitAnswer(BaseModel):
    """A visit of the day at an outlet."""

    id: UUID
    rep_code: str
    sequence: int | None = Field(description="its place in the rep's plan")
    status: VisitStatus


class MappedOutletAnswer(BaseModel):
    """How the day of an outlet stands."""

    outlet_code: str
    outlet_name: str
    state: OutletDayState = Field(
        description="`flagged`: its order is missing by the cutoff, and nothing has settled that; else `ordered`: an"
        " order of the day covers it; else how its visits stand; `not_planned`: it has none"
    )
    ordered: bool = Field(description="by any channel; false for a client without `orders:read`")
    flagged: bool
    radius_m: float | None = Field(description="of the fence around the point; null: it is a polygon")
    fence: dict[str, Any] | None = Field(description="a polygon (GeoJSON), instead of a radius")
    visits: list[MappedVisitAnswer]


class OutletFeatureAnswer(BaseModel):
    """An outlet at its fence's centre."""

    type: Literal["Feature"]
    geometry: GeoPointAnswer
    properties: MappedOutletAnswer


class OutletMapAnswer(BaseModel):
    """A territory's outlets by how their day stands: a FeatureCollection (RFC 7946) with a few members more."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "FeatureCollection",
                    "territory_code": "PAT",
                    "date": "2026-11-23",
                    "without_location": 3,
                    "features": [_FEATURE],
                }
            ]
        }
    )

    type: Literal["FeatureCollection"]
    territory_code: str
    date: date
    without_location: int = Field(description="how many outlets are left out, since nobody knows their place")
    features: list[OutletFeatureAnswer] = Field(description="by code of the outlet")


def features_of(outlet_map: OutletMap) -> dict[str, Any]:
    """An `OutletMapAnswer` as plain JSON: making thousands of models of what is right by its types costs too much."""
    return {
        "type": "FeatureCollection",
        "territory_code": outlet_map.territory.code,
        "date": outlet_map.day,
        "without_location": outlet_map.without_location,
        "features": [_feature(outlet_day) for outlet_day in outlet_map.outlets],
    }


def _feature(outlet_day: OutletDay) -> dict[str, Any]:
    outlet = outlet_day.outlet
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [outlet.lon, outlet.lat]},
        "properties": {
            "outlet_code": outlet.code,
            "outlet_name": outlet.name,
            "state": outlet_day.state,
            "ordered": outlet_day.ordered,
            "flagged": outlet_day.flagged,
            "radius_m": outlet.radius_m,
            "fence": outlet.fence,
            "visits": [
                {"id": str(visit.id), "rep_code": visit.rep_code, "sequence": visit.sequence, "status": visit.status}
                for visit in outlet_day.visits
            ],
        },
    }


class StopAnswer(BaseModel):
    """A planned visit, and where its outlet is now."""

    visit_id: UUID
    sequence: int | None
    outlet_code: str
    outlet_name: str
    lat: float | None = Field(description="degrees, WGS 84; null: nobody knows the place")
    lon: float | None
    expected_at: datetime | None
    status: VisitStatus

    @classmethod
    def of(cls, stop: StopOnMap) -> Self:
        """A stop as it leaves."""
        return cls(
            visit_id=stop.visit.id,
            sequence=stop.visit.sequence,
            outlet_code=stop.outlet.code,
            outlet_name=stop.outlet.name,
            lat=stop.outlet.lat,
            lon=stop.outlet.lon,
            expected_at=stop.visit.expected_at,
            status=stop.status,
        )


class TrackedCheckInAnswer(CheckInAnswer):
    """A check-in of a track."""

    outlet_name: str | None = Field(description="null: an outlet that the caller may not see")


class TrackAnswer(BaseModel):
    """Where a rep was to be, and where the phone told to be. Positions are kept for 90 days: `fix` is null then."""

    territory_code: str = Field(examples=["PAT"])
    rep_code: str = Field(examples=["PAT-R1"])
    rep_name: str
    business_date: date
    time_zone: str = Field(description="the territory's", examples=["Europe/Athens"])
    stops: list[StopAnswer] = Field(description="visits of the approved plan, in its order")
    check_ins: list[TrackedCheckInAnswer] = Field(description="in the order of time")

    @classmethod
    def of(cls, track: Track) -> Self:
        """A track as it leaves."""
        return cls(
            territory_code=track.territory.code,
            rep_code=track.rep.code,
            rep_name=track.rep.name,
            business_date=track.day,
            time_zone=track.territory.zone.key,
            stops=[StopAnswer.of(stop) for stop in track.stops],
            check_ins=[
                TrackedCheckInAnswer(
                    **CheckInAnswer.of(check_in).model_dump(), outlet_name=track.outlet_names.get(check_in.outlet_code)
                )
                for check_in in track.check_ins
            ],
        )
