"""Deliveries and decisions, as they come in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.ground.web.amounts import Money, Quantity
from app.ground.web.bodies import MasterBody
from app.ground.web.fields import NO_NUL, Code, Instant, ShortText
from app.sales.deliveries.rules import DeliveryForm, DeliveryFormLine
from app.sales.deliveries.schemas import DELIVERY, LINE
from app.sales.mismatch_reasons.rules import AnsweringParty

_DECISION: dict[str, Any] = {
    "product_code": "CHO-100",
    "answered_by": "carrier",
    "comment": "the driver's note says that a box had burst",
}
ROW = {name: value for name, value in DELIVERY.items() if name != "lines"} | LINE

DeliveryNumber = Annotated[ShortText, Field(description="the delivery note's", examples=["DN-2026-004711"])]
OrderId = Annotated[UUID | None, Field(description="the order that it fills; left out: nobody had ordered it")]
Shipped = Annotated[Quantity, Field(description="what left the warehouse")]
Accepted = Annotated[Quantity, Field(description="what the outlet kept: at most what was shipped")]
Charged = Annotated[Money, Field(description="the price charged for a unit; 0: free goods")]
Reason = Annotated[
    Code | None, Field(description="why something differs: one of GET /v1/mismatch-reasons?for=delivery")
]


Comment = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=NO_NUL),
    Field(description="the reason: whoever is charged by it will read it"),
]


class DeliveryLineBody(MasterBody):
    """A product that came. A line of nothing tells that nothing of it will come."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})

    product_code: Code
    shipped_quantity: Shipped
    accepted_quantity: Accepted
    unit_price: Charged
    reason_code: Reason = None

    def line(self) -> DeliveryFormLine:
        """The line as a plain value."""
        return DeliveryFormLine(
            self.product_code, self.shipped_quantity, self.accepted_quantity, self.unit_price, self.reason_code
        )


class DeliveryBody(MasterBody):
    """A delivery (D1). Several may fill one order."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    id: UUID
    number: DeliveryNumber
    outlet_code: Code
    order_id: OrderId = None
    delivered_at: Instant
    lines: list[DeliveryLineBody]

    def form(self) -> DeliveryForm:
        """The delivery as a plain value."""
        lines = tuple(line.line() for line in self.lines)
        return DeliveryForm(self.id, self.number, self.outlet_code, self.order_id, self.delivered_at, lines)


class DeliveryRowBody(MasterBody):
    """A line of a delivery, with its delivery, as it is imported. Rows of one `id` stand together."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROW]})

    id: UUID
    number: DeliveryNumber
    outlet_code: Code
    order_id: OrderId = None
    delivered_at: Instant
    product_code: Code
    shipped_quantity: Shipped
    accepted_quantity: Accepted
    unit_price: Charged
    reason_code: Reason = None

    def line(self) -> DeliveryFormLine:
        """The line as a plain value."""
        return DeliveryFormLine(
            self.product_code, self.shipped_quantity, self.accepted_quantity, self.unit_price, self.reason_code
        )

    def form(self, lines: tuple[DeliveryFormLine, ...]) -> DeliveryForm:
        """The delivery of these lines as a plain value."""
        return DeliveryForm(self.id, self.number, self.outlet_code, self.order_id, self.delivered_at, lines)


class FulfilmentDecisionBody(BaseModel):
    """Who answers, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    product_code: Code | None = Field(default=None, description="left out: for the whole order")
    answered_by: AnsweringParty
    comment: Comment
