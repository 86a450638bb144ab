"""Workdays, in and out."""

from datetime import datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Flag, Latitude, Longitude, WallTime
from app.planning.routing.travel_times import AreaType

_HOME: dict[str, Any] = {"lat": 38.2903, "lon": 21.7889, "open": False}
_WORKDAY: dict[str, Any] = {
    "begins": "08:30",
    "ends": "16:30",
    "lunch": {"minutes": 30, "earliest": "12:00", "latest": "14:00"},
    "start": _HOME,
    "end": {"lat": None, "lon": None, "open": True},
    "service_minutes": 15,
    "area_type": "urban",
}


class PlaceBody(BaseModel):
    """Where a day starts or ends: a point, or open: at the first or the last visit, wherever that is."""

    lat: Latitude | None = None
    lon: Longitude | None = None
    open: Flag = False

    @model_validator(mode="after")
    def _point_or_open(self) -> "PlaceBody":
        if self.open is not (self.lat is None and self.lon is None) or (self.lat is None) is not (self.lon is None):
            raise PydanticCustomError("place", "a place has lat and lon, or is open")
        return self


class LunchBody(BaseModel):
    """A break that begins within a span; 0 minutes: none."""

    minutes: Annotated[int, Field(strict=True, ge=0, le=180)]
    earliest: WallTime = time(12)
    latest: WallTime = time(14)


class WorkdayBody(MasterBody):
    """A workday, part by part. What is left out stays as it is; what is null is as the territory's is, or as usual:

    from 8 to the cutoff, lunch about one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_WORKDAY]})

    begins: WallTime | None = None
    ends: WallTime | None = None
    lunch: LunchBody | None = None
    start: PlaceBody | None = None
    end: PlaceBody | None = None
    service_minutes: Annotated[
        int | None, Field(strict=True, ge=1, le=480, description="a visit's, where the outlet's terms do not say")
    ] = None
    area_type: AreaType | None = Field(default=None, description="how fast one drives where no router is asked")


class PlaceAnswer(BaseModel):
    """Where a day starts or ends: a point, or open: at the first or the last visit, wherever that is."""

    lat: float | None
    lon: float | None
    open: bool


class LunchAnswer(BaseModel):
    """A break that begins within a span; 0 minutes: none."""

    minutes: int
    earliest: WallTime
    latest: WallTime


class EffectiveWorkdayAnswer(BaseModel):
    """Every part, by whoever has set it."""

    begins: WallTime
    ends: WallTime
    lunch: LunchAnswer
    start: PlaceAnswer
    end: PlaceAnswer
    service_minutes: int
    area_type: AreaType


class WorkdayAnswer(BaseModel):
    """A workday: what was set for this rep or territory itself, and what holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _WORKDAY
                | {"effective": _WORKDAY, "version": 1, "updated_at": "2026-11-23T10:00:00Z", "updated_by": "user:anna"}
            ]
        }
    )

    begins: WallTime | None
    ends: WallTime | None
    lunch: LunchAnswer | None
    start: PlaceAnswer | None
    end: PlaceAnswer | None
    service_minutes: int | None = Field(description="a visit's, where the outlet's terms do not say")
    area_type: AreaType | None = Field(description="how fast one drives where no router is asked")
    effective: EffectiveWorkdayAnswer
    version: int = Field(description="0: nothing was ever set")
    updated_at: datetime | None
    updated_by: str | None
