"""Returns and decisions about them, as they come in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.doors.fulfilment.schemas import Comment
from app.ground.web.amounts import Money, Quantity
from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, Flag, Instant
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.returns.rules import ReturnForm, ReturnFormLine
from app.sales.returns.schemas import LINE, RETURN

_DECISION: dict[str, Any] = {
    "product_code": "CHO-100",
    "answered_by": "warehouse",
    "comment": "it came with three days left",
}
RETURN_ROW = {name: value for name, value in RETURN.items() if name != "lines"} | LINE

DeliveryId = Annotated[UUID | None, Field(description="the delivery that it came by; left out: nobody knows")]
GoesBack = Annotated[Quantity, Field(description="what goes back: more than 0")]
Worth = Annotated[Money, Field(description="what is credited for a unit")]
Reason = Annotated[Code, Field(description="one of GET /v1/mismatch-reasons?for=return")]
IsAccepted = Annotated[Flag, Field(description="whether it is taken back; false: declined")]


class ReturnLineBody(MasterBody):
    """A product that goes back."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})

    product_code: Code
    quantity: GoesBack
    unit_price: Worth
    reason_code: Reason
    accepted: IsAccepted

    def line(self) -> ReturnFormLine:
        """The line as a plain value."""
        return ReturnFormLine(self.product_code, self.quantity, self.unit_price, self.reason_code, self.accepted)


class ReturnBody(MasterBody):
    """A return (D4)."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETURN]})

    id: UUID
    outlet_code: Code
    returned_at: Instant
    delivery_id: DeliveryId = None
    lines: list[ReturnLineBody]

    def form(self) -> ReturnForm:
        """The return as a plain value."""
        lines = tuple(line.line() for line in self.lines)
        return ReturnForm(self.id, self.outlet_code, self.returned_at, self.delivery_id, lines)


class ReturnRowBody(MasterBody):
    """A line of a return, with its return, as it is imported. Rows of one `id` stand together."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETURN_ROW]})

    id: UUID
    outlet_code: Code
    returned_at: Instant
    delivery_id: DeliveryId = None
    product_code: Code
    quantity: GoesBack
    unit_price: Worth
    reason_code: Reason
    accepted: IsAccepted

    def line(self) -> ReturnFormLine:
        """The line as a plain value."""
        return ReturnFormLine(self.product_code, self.quantity, self.unit_price, self.reason_code, self.accepted)

    def form(self, lines: tuple[ReturnFormLine, ...]) -> ReturnForm:
        """The return of these lines as a plain value."""
        return ReturnForm(self.id, self.outlet_code, self.returned_at, self.delivery_id, lines)


class ReturnDecisionBody(BaseModel):
    """Who answers for a return, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    product_code: Code | None = Field(default=None, description="left out: for the whole return")
    answered_by: AnsweringParty
    comment: Comment
