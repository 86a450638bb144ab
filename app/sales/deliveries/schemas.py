"""Deliveries and fulfilments, in and out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.sales.deliveries.answering_rules import AnswerBasis
from app.sales.deliveries.difference_rules import MismatchKind
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.listings import DeliveryWarning

LINE: dict[str, Any] = {
    "product_code": "CHO-100",
    "shipped_quantity": "12",
    "accepted_quantity": "10",
    "unit_price": "1.15",
    "reason_code": "damaged_in_transit",
}
DELIVERY: dict[str, Any] = {
    "id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b",
    "number": "DN-2026-004711",
    "outlet_code": "PAT-0042",
    "order_id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "delivered_at": "2026-11-24T09:30:00+02:00",
    "lines": [LINE],
}
_RECORD: dict[str, Any] = {"version": 1, "received_at": "2026-11-24T08:00:00Z", "recorded_by": "client:erp"}
_ANSWER: dict[str, Any] = (
    DELIVERY
    | _RECORD
    | {
        "rep_code": "PAT-R1",
        "business_date": "2026-11-23",
        "delivered_date": "2026-11-24",
        "value": "11.50",
        "status": "mismatched",
        "corrected_at": None,
        "corrected_by": None,
        "warnings": [],
    }
)
_VERSION = (
    _RECORD | {name: DELIVERY[name] for name in ("number", "outlet_code", "delivered_at", "lines")} | {"value": "11.50"}
)
_FULFILMENT_LINE: dict[str, Any] = {
    "product_code": "CHO-100",
    "ordered": "12",
    "shipped": "12",
    "accepted": "10",
    "order_price": "1.15",
    "charged_price": "1.15",
    "mismatches": ["short_accepted"],
    "answered_by": "carrier",
    "answered_because": "reason",
    "price_answered_by": None,
    "price_answered_because": None,
}
_FULFILMENT: dict[str, Any] = {
    "order_id": DELIVERY["order_id"],
    "status": "mismatched",
    "settled": True,
    "delivery_date": "2026-11-24",
    "on_time": True,
    "deliveries": 1,
    "last_delivered_date": "2026-11-24",
    "lines": [_FULFILMENT_LINE],
}
_DUE: dict[str, Any] = {
    "order_id": DELIVERY["order_id"],
    "business_date": "2026-11-23",
    "delivery_date": "2026-11-24",
    "territory_code": "PAT",
    "rep_code": "PAT-R1",
    "outlet_code": "PAT-0042",
    "order_value": "13.80",
    "status": "undelivered",
    "on_time": None,
    "deliveries": 0,
    "last_delivered_date": None,
}


class DeliveryLineAnswer(BaseModel):
    """A product that came."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [LINE]})

    product_code: str
    shipped_quantity: StoredQuantity
    accepted_quantity: StoredQuantity
    unit_price: StoredMoney = Field(description="as charged")
    reason_code: str | None = Field(description="why something differs")


class DeliveryAnswer(BaseModel):
    """A delivery, as it stands."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ANSWER]})

    id: UUID
    number: str
    outlet_code: str
    order_id: UUID | None = Field(description="the order that it fills; none: nobody had ordered it")
    rep_code: str | None = Field(description="whose order it fills")
    business_date: date = Field(description="what it is filed under: its order's, or the day on which it came first")
    delivered_at: datetime
    delivered_date: date = Field(description="the local day on which it came")
    lines: list[DeliveryLineAnswer]
    value: StoredMoney = Field(description="what was accepted, at the prices charged")
    status: FulfilmentStatus = Field(description="how its order stands by all its deliveries; of none: mismatched")
    version: int = Field(description="1, and one more for each correction")
    received_at: datetime
    recorded_by: str
    corrected_at: datetime | None
    corrected_by: str | None
    warnings: list[DeliveryWarning] = Field(
        description="same_number: another delivery to the outlet has it, within a month; is it the same one?"
    )


class DeliveryVersionAnswer(BaseModel):
    """What a delivery said until it was corrected."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_VERSION]})

    version: int
    number: str
    outlet_code: str
    delivered_at: datetime
    lines: list[DeliveryLineAnswer]
    value: StoredMoney
    received_at: datetime = Field(description="when it came")
    recorded_by: str


class DeliveryVersionsAnswer(BaseModel):
    """Earlier versions, the newest first. None of a delivery that nobody corrected: it is what it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION]}]})

    items: list[DeliveryVersionAnswer]


class FulfilmentLineAnswer(BaseModel):
    """A product that was ordered, or came. Who answers is said once the order is settled."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FULFILMENT_LINE]})

    product_code: str
    ordered: StoredQuantity = Field(description="by the order as it stands; of a cancelled one nothing")
    shipped: StoredQuantity
    accepted: StoredQuantity
    order_price: StoredMoney | None = Field(description="as agreed: the list's where the order's was another")
    charged_price: StoredMoney | None = Field(description="for what was accepted; the newest that differs, if one does")
    mismatches: list[MismatchKind]
    answered_by: str | None = Field(
        description="rep, warehouse, carrier, outlet, pricing; open: nobody has said. For the quantity where it"
        " differs, else for the price"
    )
    answered_because: AnswerBasis | None = Field(
        description="changed_after_cutoff: it differs only since somebody else than the rep changed the order"
    )
    price_answered_by: str | None = Field(description="for the price, where it differs")
    price_answered_because: AnswerBasis | None


class FulfilmentAnswer(BaseModel):
    """What became of an order, by all its deliveries (D2, D3)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FULFILMENT]})

    order_id: UUID
    status: FulfilmentStatus
    settled: bool = Field(description="whether nothing more is awaited; a correction is taken all the same")
    delivery_date: date
    on_time: bool | None = Field(description="whether the last delivery came on the delivery date; null: none came")
    deliveries: int
    last_delivered_date: date | None
    lines: list[FulfilmentLineAnswer]


class DueOrderAnswer(BaseModel):
    """An order that is due, and what became of it as it was concluded last."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_DUE]})

    order_id: UUID
    business_date: date
    delivery_date: date
    territory_code: str
    rep_code: str | None
    outlet_code: str
    order_value: StoredMoney
    status: FulfilmentStatus
    on_time: bool | None
    deliveries: int
    last_delivered_date: date | None
