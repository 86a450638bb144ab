"""Outlets with their locations and terms, in and out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.ground.web.bodies import MasterBody
from app.ground.web.fields import (
    NO_NUL,
    Code,
    Flag,
    Language,
    Latitude,
    Longitude,
    MailAddresses,
    Name,
    ShortText,
    TradeChannel,
)
from app.masters.outlets.fences import parse_polygon
from app.masters.outlets.terms_schemas import (
    EFFECTIVE_EXAMPLE,
    TERMS_EXAMPLE,
    EffectiveTermsAnswer,
    TermsAnswer,
    TermsBody,
)

NO_CIRCLE = "a circle needs lat, lon and radius_m; a polygon needs fence"
LEAST_RADIUS_M, MOST_RADIUS_M = 5.0, 5_000.0

_LOCATION: dict[str, Any] = {"lat": 38.2466, "lon": 21.7346, "radius_m": 80.0}
_OUTLET: dict[str, Any] = {
    "code": "PAT-0042",
    "name": "Mini Market Rio",
    "territory_code": "PAT",
    "address": "Agiou Andreou 12, Patras",
    "phone": "+30 2610 000000",
    "channel": "grocery",
    "language": None,
    "active": True,
    "location": _LOCATION,
    "terms": TERMS_EXAMPLE,
}

Radius = Annotated[
    float,
    Field(strict=True, ge=LEAST_RADIUS_M, le=MOST_RADIUS_M, allow_inf_nan=False, examples=[80.0]),
]


def _sound_polygon(geojson: dict[str, Any] | None) -> dict[str, Any] | None:
    """The polygon as it is kept: without altitudes and foreign members."""
    if geojson is None:
        return None
    try:
        return parse_polygon(geojson).as_geojson()
    except ValueError as error:
        raise PydanticCustomError("fence", "{reason}", {"reason": str(error)}) from error


class LocationBody(MasterBody):
    """Where an outlet is: a circle (`lat`, `lon`, `radius_m`) or a `fence` (GeoJSON Polygon), not both.

    What is left out of a circle stays as it is.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_LOCATION]})

    lat: Latitude | None = None
    lon: Longitude | None = None
    radius_m: Radius | None = None
    fence: Annotated[dict[str, Any] | None, AfterValidator(_sound_polygon)] = Field(
        default=None, description="GeoJSON Polygon (RFC 7946) of 10 m² to 100 km² with at most 500 vertices"
    )

    @model_validator(mode="after")
    def _circle_or_polygon(self) -> "LocationBody":
        circle = (self.lat, self.lon, self.radius_m)
        if self.fence is None and circle == (None, None, None):
            raise PydanticCustomError("circle", NO_CIRCLE)
        if self.fence is not None and any(part is not None for part in circle):
            raise PydanticCustomError("circle_or_polygon", "a location is a circle or a fence, not both")
        return self


class LocationAnswer(BaseModel):
    """Where an outlet is, by its current location version: a circle or a fence."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LOCATION | {"fence": None, "version": 1}]})

    version: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    fence: dict[str, Any] | None


class OutletBody(MasterBody):
    """An outlet, as it is put. What is left out stays as it is, of terms and of a location, too; null takes away.

    A new one needs `name` and `territory_code`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_OUTLET]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name | None = None
    territory_code: Code | None = None
    address: Annotated[str, Field(max_length=500, pattern=NO_NUL)] | None = None
    phone: ShortText | None = None
    channel: TradeChannel | None = None
    language: Language | None = Field(default=None, description="in which it is written to; null: its territory's")
    active: Flag = True
    emails: MailAddresses = Field(default_factory=list)
    location: LocationBody | None = None
    terms: TermsBody | None = None
    rep_code: Code | None = Field(default=None, description="the rep who looks after it, and whose plans it is in")


class OutletAnswer(BaseModel):
    """An outlet with its current location and terms."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _OUTLET
                | {"location": _LOCATION | {"fence": None, "version": 1}, "effective_terms": EFFECTIVE_EXAMPLE}
                | {"emails": [], "rep_code": "PAT-R1", "version": 1, "updated_at": "2026-11-23T10:00:00Z"}
            ]
        }
    )

    code: str
    name: str
    territory_code: str
    address: str | None
    phone: str | None
    channel: str | None = Field(description="its trade channel")
    language: str | None = Field(description="null: its territory's")
    active: bool
    emails: list[str]
    location: LocationAnswer | None
    terms: TermsAnswer | None = Field(description="its own")
    effective_terms: EffectiveTermsAnswer | None = Field(description="those that hold: its own before its channel's")
    rep_code: str | None = Field(description="the rep who looks after it; null: nobody yet")
    version: int
    updated_at: datetime
