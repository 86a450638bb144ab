"""Products, prices and stock, in and out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.ground.errors import FieldProblem
from app.ground.web.amounts import Money, Quantity, StoredMoney, StoredQuantity
from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, FirstDay, Flag, Instant, LastDay, Name, ShortText, TradeChannel

_PRODUCT: dict[str, Any] = {
    "code": "CHO-100",
    "name": "Milk chocolate 100 g",
    "gtin": "5201234567890",
    "unit": "piece",
    "pack_size": "6",
    "assortment_group": "chocolate",
    "price_segment": "standard",
    "list_price": "1.15",
    "active": True,
}
_STAMP: dict[str, Any] = {"version": 1, "updated_at": "2026-11-23T10:00:00Z"}
_PRICE: dict[str, Any] = {
    "product_code": "CHO-100",
    "channel": "grocery",
    "outlet_code": None,
    "price": "1.10",
    "valid_from": "2026-11-01",
    "valid_to": None,
}
_STOCK: dict[str, Any] = {
    "warehouse_code": "ATH",
    "product_code": "CHO-100",
    "quantity": "1200",
    "as_of": "2026-11-23T06:00:00+02:00",
}


class ProductBody(MasterBody):
    """A product, as it is put. What is left out stays as it is, null takes away; a new one needs `name`, `list_price`.

    A new one is sold by the piece, in packs of one, unless it says otherwise.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_PRODUCT]})

    code: Code | None = Field(default=None, description="as in the path; needed in an import")
    name: Name | None = None
    gtin: str | None = Field(
        default=None, pattern=r"^([0-9]{8}|[0-9]{12,14})$", description="GTIN-8, -12, -13 or -14", examples=[None]
    )
    unit: ShortText = "piece"
    pack_size: Annotated[Quantity, Field(description="orders are multiples of it (O2)")] = Decimal(1)
    assortment_group: ShortText | None = None
    price_segment: ShortText | None = None
    list_price: Money | None = None
    active: Flag = True

    @field_validator("pack_size")
    @classmethod
    def _some_units(cls, pack_size: Decimal) -> Decimal:
        if pack_size <= 0:
            raise PydanticCustomError("pack_size", "a pack has more than 0 units")
        return pack_size


class ProductAnswer(BaseModel):
    """A product."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_PRODUCT | _STAMP]})

    code: str
    name: str
    gtin: str | None
    unit: str
    pack_size: StoredQuantity
    assortment_group: str | None
    price_segment: str | None
    list_price: StoredMoney
    active: bool
    version: int
    updated_at: datetime


class PriceBody(MasterBody):
    """A price, as it is imported: for one outlet, for a channel of outlets, or (with neither) for everyone.

    `valid_to` left out stays as it is; null, or a day of the year 2100 and later: no last day.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_PRICE]})

    product_code: Code
    channel: TradeChannel | None = None
    outlet_code: Code | None = None
    price: Money
    valid_from: FirstDay
    valid_to: LastDay = None

    @field_validator("outlet_code")
    @classmethod
    def _channel_or_outlet(cls, outlet_code: str | None, info: ValidationInfo) -> str | None:
        if outlet_code is not None and info.data.get("channel") is not None:
            raise PydanticCustomError("channel_or_outlet", "a price is for a channel or for an outlet, not for both")
        return outlet_code

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, valid_to: Any, info: ValidationInfo) -> Any:
        if valid_to is not None and "valid_from" in info.data and valid_to < info.data["valid_from"]:
            raise PydanticCustomError("valid_to", "the last day cannot come before the first")
        return valid_to


class PriceAnswer(BaseModel):
    """A price, from a day to a day, both included."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_PRICE]})

    product_code: str
    channel: str | None = Field(description="a trade channel")
    outlet_code: str | None
    price: StoredMoney
    valid_from: date
    valid_to: date | None


class StockBody(MasterBody):
    """What a warehouse had of a product at a moment. It may be less than nothing where the books say so."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STOCK]})

    warehouse_code: Code
    product_code: Code
    quantity: Quantity
    as_of: Instant


class StockAnswer(BaseModel):
    """What a warehouse had of a product at a moment."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STOCK]})

    warehouse_code: str
    product_code: str
    quantity: StoredQuantity
    as_of: datetime


def unknown_product() -> FieldProblem:
    """What is wrong with a row whose product does not exist."""
    return FieldProblem("/product_code", "unknown_product", "There is no such product.")
