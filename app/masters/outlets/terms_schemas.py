"""Terms in and out: an outlet's own, its channel's, those that hold, and what they were (M1)."""

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.ground.web.amounts import Money, Quantity, StoredMoney, StoredQuantity
from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, Flag, WallTime, Weekdays, sorted_once

TERMS_EXAMPLE: dict[str, Any] = {
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
    "service_minutes": 20,
}
_STANDS: dict[str, Any] = {
    "channel": "grocery",
    "version": 2,
    "valid_from": "2026-11-23T10:00:00Z",
    "changed_by": "user:anna",
}
EFFECTIVE_EXAMPLE: dict[str, Any] = _CHANNEL_TERMS | {
    "credit_hold": False,
    "version": 3,
    "valid_from": "2026-11-23T10:00:00Z",
    "sources": {"order_due_time": "outlet", "must_stock": "channel"},
    "channel": "grocery",
    "channel_version": 2,
}
_HISTORY: dict[str, Any] = {"changed_by": "user:anna", "changed": ["must_stock"]}


def _some_a_week(times: Decimal) -> Decimal:
    if not 0 < times <= 21:
        raise PydanticCustomError("per_week", "this must be more than 0 and at most 21")
    return times


PerWeek = Annotated[
    Quantity, AfterValidator(_some_a_week), Field(description="more than 0; one in two weeks is 0.5", examples=["2"])
]


class VisitingHoursBody(BaseModel):
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


class MismatchParty(StrEnum):
    """Who answers for a mismatch between an order and its delivery (M1)."""

    REP = "rep"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    OUTLET = "outlet"


class ChannelTermsBody(MasterBody):
    """Working terms (M1) of the outlets of a channel, where they have none of their own.

    What is left out stays as it is, null takes away.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_TERMS]})

    order_due_time: WallTime | None = None
    visits_per_week: PerWeek | None = None
    orders_per_week: PerWeek | None = None
    min_gap_days: Annotated[int, Field(strict=True, ge=0, le=60)] | None = None
    allowed_weekdays: Weekdays | None = None
    visiting_hours: Annotated[list[VisitingHoursBody], Field(max_length=50)] | None = None
    must_stock: Annotated[list[MustStockBody], Field(max_length=500), AfterValidator(_each_product_once)] = Field(
        default_factory=list
    )
    min_order_value: Money | None = None
    mismatch_answered_by: MismatchParty | None = None
    service_minutes: Annotated[
        int | None,
        Field(strict=True, ge=1, le=480, description="how long a visit takes; without it, as in the workday"),
    ] = None


class TermsBody(ChannelTermsBody):
    """The working terms that an outlet has by itself (M1). What is left out stays as it is; what is null, or an empty
    list, is as in its channel.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [TERMS_EXAMPLE]})

    credit_hold: Flag = False
    without_must_stock: Flag = Field(default=False, description="no must-stock list, whatever the channel has")

    @model_validator(mode="after")
    def _with_or_without(self) -> "TermsBody":
        if self.without_must_stock and self.must_stock:
            raise PydanticCustomError("without_must_stock", "there is a must-stock list, or there is none")
        return self


class VisitingHoursAnswer(BaseModel):
    """When visits are welcome; weekdays null: on every day."""

    weekdays: list[int] | None
    opens: WallTime
    closes: WallTime


class MustStockAnswer(BaseModel):
    """A product that the outlet agreed to keep, and how many units at least."""

    product_code: str = Field(examples=["CHO-100"])
    min_quantity: StoredQuantity


class _Terms(BaseModel):
    """Terms as they leave. Null: none."""

    model_config = ConfigDict(from_attributes=True)

    order_due_time: WallTime | None
    visits_per_week: StoredQuantity | None
    orders_per_week: StoredQuantity | None
    min_gap_days: int | None
    allowed_weekdays: list[int] | None
    visiting_hours: list[VisitingHoursAnswer] | None
    must_stock: list[MustStockAnswer]
    min_order_value: StoredMoney | None
    mismatch_answered_by: MismatchParty | None
    service_minutes: int | None = Field(description="how long a visit takes; without it, as in the workday")


def _unset(value: object) -> bool:
    """Terms that came later show where they are set: a client that knows none of them sees what it always saw."""
    return not value


class TermsAnswer(_Terms):
    """The working terms that an outlet has by itself (M1). What is null, or an empty list, is as in its channel."""

    model_config = ConfigDict(json_schema_extra={"examples": [TERMS_EXAMPLE]})

    orders_per_week: StoredQuantity | None = Field(default=None, exclude_if=_unset)
    mismatch_answered_by: MismatchParty | None = Field(default=None, exclude_if=_unset)
    service_minutes: int | None = Field(
        default=None, exclude_if=_unset, description="how long a visit takes; without it, as in the workday"
    )
    credit_hold: bool
    without_must_stock: bool = Field(
        default=False, exclude_if=_unset, description="no must-stock list, whatever the channel has"
    )


class EffectiveTermsAnswer(_Terms):
    """The terms that hold for an outlet, by version and since when, and where each is from."""

    model_config = ConfigDict(json_schema_extra={"examples": [EFFECTIVE_EXAMPLE]})

    credit_hold: bool
    version: int
    valid_from: datetime
    sources: dict[str, Literal["outlet", "channel"]] = Field(description="by term; none for one that nobody has set")
    channel: str | None = Field(description="the trade channel that terms are from")
    channel_version: int | None = Field(description="the version of its terms")


class TermsVersionAnswer(EffectiveTermsAnswer):
    """One version of an outlet's terms: who changed what, from when."""

    model_config = ConfigDict(json_schema_extra={"examples": [EFFECTIVE_EXAMPLE | _HISTORY]})

    changed_by: str
    changed: list[str] = Field(description="the terms that differ from the version before")


class ChannelTermsAnswer(_Terms):
    """The terms of a channel, as they stand."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_TERMS | _STANDS]})

    channel: str
    version: int
    valid_from: datetime
    changed_by: str


class ChannelTermsVersionAnswer(ChannelTermsAnswer):
    """One version of a channel's terms."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANNEL_TERMS | _STANDS | {"changed": ["must_stock"]}]})

    changed: list[str] = Field(description="the terms that differ from the version before")
