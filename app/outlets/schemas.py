"""Outlets with their locations and terms, in and out."""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.outlets.fences import parse_polygon
from app.web.fields import (
    NO_NUL,
    Code,
    Flag,
    Latitude,
    Longitude,
    MailAddresses,
    Money,
    Name,
    Quantity,
    ShortText,
    WallTime,
    Weekdays,
    sorted_once,
)

LEAST_RADIUS_M, MOST_RADIUS_M = 5.0, 5_000.0

_LOCATION: dict[str, Any] = {"lat": 38.2466, "lon": 21.7346, "radius_m": 80.0}
_TERMS: dict[str, Any] = {
    "order_due_time": "15:30",
    "visits_per_week": "2",
    "min_gap_days": 2,
    "allowed_weekdays": [1, 2, 3, 4, 5],
    "visiting_hours": [{"weekdays": [1, 2, 3, 4, 5], "opens": "08:30", "closes": "14:00"}],
    "must_stock": [{"product_code": "CHO-100", "min_quantity": "6"}],
    "min_order_value": "20.00",
    "credit_hold": False,
}
_OUTLET: dict[str, Any] = {
    "code": "PAT-0042",
    "name": "Mini Market Rio",
    "territory_code": "PAT",
    "address": "Agiou Andreou 12, Patras",
    "phone": "+30 2610 000000",
    "channel": "grocery",
    "active": True,
    "location": _LOCATION,
    "terms": _TERMS,
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


class LocationBody(BaseModel):
    """Where an outlet is: a circle (`lat`, `lon`, `radius_m`) or a `fence` (GeoJSON Polygon), not both."""

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
        if self.fence is None and None in circle:
            raise PydanticCustomError("circle", "a circle needs lat, lon and radius_m; a polygon needs fence")
        if self.fence is not None and any(part is not None for part in circle):
            raise PydanticCustomError("circle_or_polygon", "a location is a circle or a fence, not both")
        return self


class LocationOut(BaseModel):
    """Where an outlet is, by its current location version: a circle or a fence."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LOCATION | {"fence": None, "version": 1}]})

    version: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    fence: dict[str, Any] | None


class VisitingHours(BaseModel):
    """When visits are welcome; without weekdays, on every day."""

    weekdays: Weekdays | None = None
    opens: WallTime
    closes: WallTime

    @field_validator("closes")
    @classmethod
    def _after_opening(cls, closes: time, info: ValidationInfo) -> time:
        if closes <= info.data.get("opens", time.min):
            raise PydanticCustomError("closes", "this must come after opens")
        return closes


class MustStockBody(BaseModel):
    """A product that the outlet agreed to keep, and how many units at least."""

    product_code: Code
    min_quantity: Quantity = Decimal(1)

    @field_validator("min_quantity")
    @classmethod
    def _some_units(cls, min_quantity: Decimal) -> Decimal:
        if min_quantity <= 0:
            raise PydanticCustomError("min_quantity", "this must be more than 0")
        return min_quantity


def _each_product_once(items: list[MustStockBody]) -> list[MustStockBody]:
    sorted_once([item.product_code for item in items])
    return items


class TermsBody(BaseModel):
    """The working terms of an outlet (M1)."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_TERMS]})

    order_due_time: WallTime | None = None
    visits_per_week: Annotated[Quantity, Field(description="more than 0; one in two weeks is 0.5")] | None = None
    min_gap_days: Annotated[int, Field(strict=True, ge=0, le=60)] | None = None
    allowed_weekdays: Weekdays | None = None
    visiting_hours: Annotated[list[VisitingHours], Field(max_length=50)] | None = None
    must_stock: Annotated[list[MustStockBody], Field(max_length=500), AfterValidator(_each_product_once)] = []
    min_order_value: Money | None = None
    credit_hold: Flag = False

    @field_validator("visits_per_week")
    @classmethod
    def _some_visits(cls, visits_per_week: Decimal | None) -> Decimal | None:
        if visits_per_week is not None and not 0 < visits_per_week <= 21:
            raise PydanticCustomError("visits_per_week", "this must be more than 0 and at most 21")
        return visits_per_week


class OutletBody(BaseModel):
    """An outlet, as it is put. `location` and `terms` left out stay as they are; null means none from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OUTLET]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name
    territory_code: Code
    address: Annotated[str, Field(max_length=500, pattern=NO_NUL)] | None = None
    phone: ShortText | None = None
    channel: ShortText | None = None
    active: Flag = True
    emails: MailAddresses = []
    location: LocationBody | None = None
    terms: TermsBody | None = None


class OutletOut(BaseModel):
    """An outlet with its current location and terms."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _OUTLET
                | {"location": _LOCATION | {"fence": None, "version": 1}}
                | {"version": 1, "updated_at": "2026-11-23T10:00:00Z"}
            ]
        }
    )

    code: str
    name: str
    territory_code: str
    address: str | None
    phone: str | None
    channel: str | None
    active: bool
    emails: list[str]
    location: LocationOut | None
    terms: TermsBody | None
    version: int
    updated_at: datetime
