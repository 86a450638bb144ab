"""Outlets with their locations and terms, in and out."""

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
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
_CHANNEL_TERMS: dict[str, Any] = {
    "order_due_time": "16:00",
    "visits_per_week": "1",
    "orders_per_week": "2",
    "min_gap_days": None,
    "allowed_weekdays": [1, 2, 3, 4, 5],
    "visiting_hours": None,
    "must_stock": [{"product_code": "CHO-100", "min_quantity": "6"}],
    "min_order_value": "15.00",
    "mismatch_answered_by": "warehouse",
}
_STANDS: dict[str, Any] = {
    "channel": "grocery",
    "version": 2,
    "valid_from": "2026-11-23T10:00:00Z",
    "changed_by": "user:anna",
}
_EFFECTIVE: dict[str, Any] = _CHANNEL_TERMS | {
    "credit_hold": False,
    "version": 3,
    "valid_from": "2026-11-23T10:00:00Z",
    "sources": {"order_due_time": "outlet", "must_stock": "channel"},
    "channel": "grocery",
    "channel_version": 2,
}
_HISTORY: dict[str, Any] = {"changed_by": "user:anna", "changed": ["must_stock"]}
_LATER = frozenset({"orders_per_week", "mismatch_answered_by", "without_must_stock"})
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


def _some_a_week(times: Decimal) -> Decimal:
    if not 0 < times <= 21:
        raise PydanticCustomError("per_week", "this must be more than 0 and at most 21")
    return times


PerWeek = Annotated[
    Quantity, AfterValidator(_some_a_week), Field(description="more than 0; one in two weeks is 0.5", examples=["2"])
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


class Answerer(StrEnum):
    """Who answers for a mismatch between an order and its delivery (M1)."""

    REP = "rep"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    OUTLET = "outlet"


class ChannelTermsBody(BaseModel):
    """Working terms (M1) of the outlets of a channel, where they have none of their own. Null: none."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_CHANNEL_TERMS]})

    order_due_time: WallTime | None = None
    visits_per_week: PerWeek | None = None
    orders_per_week: PerWeek | None = None
    min_gap_days: Annotated[int, Field(strict=True, ge=0, le=60)] | None = None
    allowed_weekdays: Weekdays | None = None
    visiting_hours: Annotated[list[VisitingHours], Field(max_length=50)] | None = None
    must_stock: Annotated[list[MustStockBody], Field(max_length=500), AfterValidator(_each_product_once)] = []
    min_order_value: Money | None = None
    mismatch_answered_by: Answerer | None = None


class TermsBody(ChannelTermsBody):
    """The working terms that an outlet has by itself (M1). What is null, or an empty list, is as in its channel."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TERMS]})

    credit_hold: Flag = False
    without_must_stock: Flag = Field(default=False, description="no must-stock list, whatever the channel has")

    @model_validator(mode="after")
    def _with_or_without(self) -> "TermsBody":
        if self.without_must_stock and self.must_stock:
            raise PydanticCustomError("without_must_stock", "there is a must-stock list, or there is none")
        return self

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Terms that came later show where they are set: a client that knows none of them sees what it always saw."""
        shown: dict[str, Any] = handler(self)
        return {name: value for name, value in shown.items() if name not in _LATER or value}


class EffectiveTerms(ChannelTermsBody):
    """The terms that hold for an outlet, by version and since when, and where each is from."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EFFECTIVE]})

    credit_hold: bool
    version: int
    valid_from: datetime
    sources: dict[str, Literal["outlet", "channel"]] = Field(description="by term; none for one that nobody has set")
    channel: str | None = Field(description="the channel that terms are from")
    channel_version: int | None = Field(description="the version of its terms")


class TermsVersion(EffectiveTerms):
    """One version of an outlet's terms: who changed what, from when."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EFFECTIVE | _HISTORY]})

    changed_by: str
    changed: list[str] = Field(description="the terms that differ from the version before")


class ChannelTermsOut(ChannelTermsBody):
    """The terms of a channel, as they stand."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_TERMS | _STANDS]})

    channel: str
    version: int
    valid_from: datetime
    changed_by: str


class ChannelTermsVersion(ChannelTermsOut):
    """One version of a channel's terms."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_TERMS | _STANDS | {"changed": ["must_stock"]}]})

    changed: list[str] = Field(description="the terms that differ from the version before")


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
                | {"location": _LOCATION | {"fence": None, "version": 1}, "effective_terms": _EFFECTIVE}
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
    terms: TermsBody | None = Field(description="its own")
    effective_terms: EffectiveTerms | None = Field(description="those that hold: its own before its channel's")
    version: int
    updated_at: datetime
