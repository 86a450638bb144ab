"""Returns, as they go out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.returns.attribution import ReturnAnswerBasis, ReturnWarning

LINE: dict[str, Any] = {
    "product_code": "CHO-100",
    "quantity": "3",
    "unit_price": "1.15",
    "reason_code": "expired",
    "accepted": True,
}
RETURN: dict[str, Any] = {
    "id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c4a",
    "outlet_code": "PAT-0042",
    "returned_at": "2026-11-27T09:30:00+02:00",
    "delivery_id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b",
    "lines": [LINE],
}
_RECORD: dict[str, Any] = {"version": 1, "received_at": "2026-11-27T08:00:00Z", "recorded_by": "client:erp"}
_LINE = LINE | {"answered_by": "rep", "answered_because": "reason", "rep_code": "PAT-R1", "warnings": []}
_ANSWER: dict[str, Any] = (
    RETURN
    | _RECORD
    | {
        "business_date": "2026-11-27",
        "returned_date": "2026-11-27",
        "lines": [_LINE],
        "value": "3.45",
        "corrected_at": None,
        "corrected_by": None,
    }
)
_VERSION: dict[str, Any] = (
    _RECORD
    | {name: RETURN[name] for name in ("outlet_code", "returned_at", "delivery_id", "lines")}
    | {"value": "3.45"}
)


class ReturnLineToldAnswer(BaseModel):
    """A product that went back, as it was told."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [LINE]})

    product_code: str
    quantity: StoredQuantity
    unit_price: StoredMoney
    reason_code: str
    accepted: bool = Field(description="whether it was taken back; false: declined")


class ReturnLineAnswer(ReturnLineToldAnswer):
    """A product that went back, with who answers for it and whose it is, as of now."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_LINE]})

    answered_by: AnsweringParty
    answered_because: ReturnAnswerBasis
    rep_code: str | None = Field(
        description="the rep of its delivery's order; of no delivery, of the newest that brought the product there"
    )
    warnings: list[ReturnWarning] = Field(
        description="exceeds_delivery: by all its returns more was taken back than its delivery left there"
    )


class ReturnAnswer(BaseModel):
    """A return, as it stands."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ANSWER]})

    id: UUID
    outlet_code: str
    returned_at: datetime
    returned_date: date = Field(description="the local day on which it went back")
    delivery_id: UUID | None
    business_date: date = Field(description="what it is filed under: the day on which it went back as first told")
    lines: list[ReturnLineAnswer]
    value: StoredMoney = Field(description="what was accepted, at the prices told")
    version: int = Field(description="1, and one more for each correction")
    received_at: datetime
    recorded_by: str
    corrected_at: datetime | None
    corrected_by: str | None


class ReturnVersionAnswer(BaseModel):
    """What a return said until it was corrected."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_VERSION]})

    version: int
    outlet_code: str
    returned_at: datetime
    delivery_id: UUID | None
    lines: list[ReturnLineToldAnswer]
    value: StoredMoney
    received_at: datetime = Field(description="when it came")
    recorded_by: str


class ReturnVersionsAnswer(BaseModel):
    """Earlier versions, the newest first. None of a return that nobody corrected: it is what it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION]}]})

    items: list[ReturnVersionAnswer]
