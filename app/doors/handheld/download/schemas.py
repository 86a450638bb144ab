"""What changed, as a handheld is told."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.masters.outlets.terms_schemas import TermsAnswer
from app.planning.week_plans.schemas import LunchBreakAnswer, PointAnswer
from app.sales.orders.schemas import SuggestedLineAnswer

_SINCE = "WzEsNzU3MDM2NDE4NzM0MjE1NzQ1NiwxLDE2Mzg0LDEsODEyXQ"


class ReasonChangeAnswer(BaseModel):
    """A reason for no order."""

    code: str = Field(examples=["overstocked"])
    label: str = Field(examples=["The outlet has stock enough"])
    active: bool


class ProductChangeAnswer(BaseModel):
    """A product; no longer sold where it is not active."""

    code: str = Field(examples=["CHO-100"])
    name: str = Field(examples=["Milk chocolate 100 g"])
    gtin: str | None
    unit: str = Field(examples=["piece"])
    pack_size: StoredQuantity
    assortment_group: str | None = Field(examples=["chocolate"])
    price_segment: str | None
    list_price: StoredMoney
    active: bool


class PriceChangeAnswer(BaseModel):
    """A price for everyone, for a channel or for one outlet, from a day to a day, both included."""

    product_code: str = Field(examples=["CHO-100"])
    channel: str | None = Field(description="a trade channel", examples=["grocery"])
    outlet_code: str | None
    price: StoredMoney
    valid_from: date
    valid_to: date | None


class StockChangeAnswer(BaseModel):
    """What the warehouse of the territory has of a product, or all together where it names none.

    `as_of` is the oldest of their counts.
    """

    product_code: str = Field(examples=["CHO-100"])
    quantity: StoredQuantity
    as_of: datetime


class LocationChangeAnswer(BaseModel):
    """Where an outlet is: a circle (`lat`, `lon`, `radius_m`) or a `fence` (GeoJSON Polygon)."""

    version: int
    lat: float | None = Field(default=None, examples=[38.2466])
    lon: float | None = Field(default=None, examples=[21.7346])
    radius_m: float | None = Field(default=None, examples=[80.0])
    fence: dict[str, Any] | None = None


class OutletChangeAnswer(BaseModel):
    """An outlet of the rep's territory, with its location and terms; no longer served where it is not active."""

    code: str = Field(examples=["PAT-0042"])
    name: str = Field(examples=["Mini Market Rio"])
    address: str | None
    phone: str | None
    channel: str | None = Field(description="a trade channel", examples=["grocery"])
    active: bool
    location: LocationChangeAnswer | None
    terms: TermsAnswer | None


class VisitChangeAnswer(BaseModel):
    """A visit of the rep's, from yesterday to two weeks ahead; not `planned`: made ad hoc by a check-in."""

    id: UUID
    rep_code: str = Field(examples=["PAT-R1"])
    outlet_code: str = Field(examples=["PAT-0042"])
    visit_date: date
    sequence: int | None = Field(description="its place in the route")
    planned: bool
    excused: bool
    expected_at: datetime | None = Field(description="when the rep is expected there, by its approved plan")


class SuggestionAnswer(BaseModel):
    """What an outlet will probably want at a planned visit: none where it has no history and no must-stock list."""

    outlet_code: str = Field(examples=["PAT-0042"])
    visit_date: date
    lines: list[SuggestedLineAnswer]


class RouteStopAnswer(BaseModel):
    """A visit of a route, with the way to it from the stop before, or from the start."""

    visit_id: UUID
    outlet_code: str = Field(examples=["PAT-0042"])
    sequence: int
    arrival_at: datetime | None = Field(description="when the rep gets there; null: nobody has calculated it")
    waiting_minutes: int | None = Field(description="from the arrival until the outlet opens, lunch apart")
    expected_at: datetime | None = Field(description="when the visit begins, never before the outlet opens")
    expected_until: datetime | None
    drive_minutes: int | None
    drive_km: float | None


class DayRouteAnswer(BaseModel):
    """A day's approved route; no stops: nothing is planned.

    Left out are excused visits, and those that can no longer be made as planned: on a day that became a holiday, at an
    outlet that has closed, or has been given to another rep or territory.
    """

    visit_date: date
    departs_at: datetime | None
    returns_at: datetime | None
    lunch: LunchBreakAnswer | None
    driving_minutes: int
    driving_km: float
    start: PointAnswer | None = Field(description="null: at the first stop")
    end: PointAnswer | None = Field(description="null: at the last stop")
    stops: list[RouteStopAnswer]


class DeletionsAnswer(BaseModel):
    """What to forget, and what no longer is. Nothing else is ever deleted: masters become inactive."""

    outlets: list[str] = Field(description="codes of outlets that left the territory", examples=[[]])
    visits: list[UUID] = Field(description="ids of visits that the plan no longer has", examples=[[]])


class DownloadAnswer(BaseModel):
    """What changed since the token. Apply the deletions first; a row may come more than once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "full": False,
                    "more": False,
                    "token": _SINCE,
                    "reasons": [],
                    "products": [],
                    "prices": [],
                    "stock": [{"product_code": "CHO-100", "quantity": "1200", "as_of": "2026-11-23T04:00:00Z"}],
                    "outlets": [],
                    "visits": [
                        {
                            "id": "0193554f-9800-8c11-9d0e-6f2b5b1f9c11",
                            "rep_code": "PAT-R1",
                            "outlet_code": "PAT-0042",
                            "visit_date": "2026-11-24",
                            "sequence": 1,
                            "planned": True,
                            "excused": False,
                            "expected_at": "2026-11-24T06:12:00Z",
                        }
                    ],
                    "routes": [
                        {
                            "visit_date": "2026-11-24",
                            "departs_at": "2026-11-24T08:00:00+02:00",
                            "returns_at": "2026-11-24T08:32:00+02:00",
                            "lunch": None,
                            "driving_minutes": 17,
                            "driving_km": 6.1,
                            "start": {"lat": 38.2395, "lon": 21.731},
                            "end": None,
                            "stops": [
                                {
                                    "visit_id": "0193554f-9800-8c11-9d0e-6f2b5b1f9c11",
                                    "outlet_code": "PAT-0042",
                                    "sequence": 1,
                                    "arrival_at": "2026-11-24T08:12:00+02:00",
                                    "waiting_minutes": 0,
                                    "expected_at": "2026-11-24T08:12:00+02:00",
                                    "expected_until": "2026-11-24T08:32:00+02:00",
                                    "drive_minutes": 12,
                                    "drive_km": 4.4,
                                }
                            ],
                        }
                    ],
                    "suggestions": [
                        {
                            "outlet_code": "PAT-0042",
                            "visit_date": "2026-11-24",
                            "lines": [{"product_code": "CHO-100", "quantity": "24"}],
                        }
                    ],
                    "deletions": {"outlets": [], "visits": []},
                }
            ]
        }
    )

    full: bool = Field(description="this is everything: forget what was told before")
    more: bool = Field(description="there is more: ask again at once with this token, and keep what was told")
    token: str = Field(description="opaque; `since` of the next call", examples=[_SINCE])
    reasons: list[ReasonChangeAnswer]
    products: list[ProductChangeAnswer]
    prices: list[PriceChangeAnswer]
    stock: list[StockChangeAnswer]
    outlets: list[OutletChangeAnswer]
    visits: list[VisitChangeAnswer]
    routes: list[DayRouteAnswer] | None = Field(
        description="those of today and tomorrow: replace what was told before; null: it still holds. Told by the first"
        " download of a day, and where the plan has changed"
    )
    suggestions: list[SuggestionAnswer] | None = Field(
        description="for the planned visits of today and tomorrow, all of them: replace what was told before; null: it"
        " still holds. Told by the first download of a day, and where a visit, its outlet or a product has changed"
    )
    deletions: DeletionsAnswer
