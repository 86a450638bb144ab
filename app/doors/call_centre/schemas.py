"""What goes in and out of the routes of call tasks."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.closing.call_tasks.rules import CallOutcome, CallTaskStatus
from app.doors.order_taking.schemas import OrderLineBody
from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.ground.web.fields import Code, Comment, Day, Instant, LongText, WallTime
from app.masters.outlets.terms_schemas import MustStockAnswer
from app.sales.orders.rules import MOST_LINES, OrderChannel
from app.sales.orders.schemas import SuggestedLineAnswer

_ORDER_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"


class CallTaskClaimBody(BaseModel):
    """Which territory's next task to claim; without it any of the operator's own."""

    territory_code: Code | None = Field(default=None, examples=["PAT"])


class PhoneOrderBody(BaseModel):
    """The order form as it is taken on the phone: the outlet is the task's, the time is now."""

    id: UUID = Field(description="made by the client, v7 advised: repeating it is safe", examples=[_ORDER_ID])
    delivery_date: Day = Field(examples=["2026-11-24"])
    lines: Annotated[list[OrderLineBody], Field(max_length=MOST_LINES)]
    comment: Comment = Field(default="", examples=["before noon"])


class CallOutcomeBody(BaseModel):
    """What came of a call."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "order_taken",
                    "order": {
                        "id": _ORDER_ID,
                        "delivery_date": "2026-11-24",
                        "lines": [{"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15"}],
                    },
                },
                {"outcome": "no_order", "reason_code": "overstocked", "comment": "Until Thursday"},
                {"outcome": "no_answer"},
                {"outcome": "call_back", "call_back_at": "2026-11-23T18:10:00+02:00"},
                {"outcome": "wrong_number"},
            ]
        }
    )

    outcome: CallOutcome
    comment: LongText | None = None
    reason_code: Code | None = Field(default=None, description="of no_order; one of GET /v1/no-order-reasons")
    call_back_at: Instant | None = Field(default=None, description="of call_back; before the deadline")
    order: PhoneOrderBody | None = Field(default=None, description="of order_taken")


class CallTaskOutletAnswer(BaseModel):
    """The outlet, how to reach it, and its terms."""

    code: str = Field(examples=["PAT-0042"])
    name: str = Field(examples=["Kiosk at the pier"])
    phone: str | None = Field(examples=["+30 2610 000000"])
    address: str | None = Field(examples=["Othonos Amalias 12, Patras"])
    channel: str | None = Field(description="its trade channel", examples=["kiosk"])
    order_due_time: WallTime | None = Field(examples=["16:00"])
    min_order_value: StoredMoney | None
    credit_hold: bool = Field(description="its orders are refused (O2)", examples=[False])
    must_stock: list[MustStockAnswer]


class RepReasonAnswer(BaseModel):
    """Why the rep took no order there that day."""

    rep_code: str = Field(examples=["PAT-R1"])
    reason_code: str = Field(examples=["overstocked"])
    label: str | None = Field(examples=["The outlet has stock enough"])
    comment: str


class PastOrderLineAnswer(BaseModel):
    """A line of an earlier order."""

    product_code: str = Field(examples=["CHO-100"])
    quantity: StoredQuantity
    unit_price: StoredMoney


class PastOrderAnswer(BaseModel):
    """An earlier order of the outlet."""

    id: UUID
    business_date: date = Field(examples=["2026-11-16"])
    channel: OrderChannel = Field(examples=["HANDHELD"])
    total_value: StoredMoney
    lines: list[PastOrderLineAnswer]


class CallAnswer(BaseModel):
    """One outcome that was told of the task."""

    told_at: datetime
    operator: str = Field(examples=["olga"])
    outcome: CallOutcome
    reason_code: str | None
    comment: str | None
    call_back_at: datetime | None
    order_id: UUID | None


_OUTLET: dict[str, Any] = {
    "code": "PAT-0042",
    "name": "Kiosk at the pier",
    "phone": "+30 2610 000000",
    "address": "Othonos Amalias 12, Patras",
    "channel": "kiosk",
    "order_due_time": None,
    "min_order_value": "20.00",
    "credit_hold": False,
    "must_stock": [{"product_code": "CHO-100", "min_quantity": "6"}],
}
_TASK: dict[str, Any] = {
    "id": "4c7a1d8e-93b5-4a61-8a5e-1d5b8e1f0c22",
    "territory_code": "PAT",
    "business_date": "2026-11-23",
    "due_at": "2026-11-23T17:00:00Z",
    "status": "claimed",
    "attempts": 0,
    "available_at": "2026-11-23T15:00:00Z",
    "claimed_by": "olga",
    "claimed_at": "2026-11-23T15:04:10Z",
    "outcome": None,
    "reason_code": None,
    "comment": None,
    "order_id": None,
    "finished_at": None,
    "covered_by_order_id": None,
    "excused": False,
    "outlet": _OUTLET,
    "reps_reason": None,
    "recent_orders": [],
    "suggested_lines": [{"product_code": "CHO-100", "quantity": "12"}],
    "calls": [],
}


class CallTaskAnswer(BaseModel):
    """An outlet to phone, with everything that the operator needs on the phone."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TASK]})

    id: UUID
    territory_code: str
    business_date: date
    due_at: datetime = Field(description="after this it expires")
    status: CallTaskStatus
    attempts: int = Field(description="outcomes told so far")
    available_at: datetime = Field(description="an open task rests until then")
    claimed_by: str | None = Field(description="who holds it, or finished it")
    claimed_at: datetime | None = Field(description="a claim lapses 15 minutes after this")
    outcome: CallOutcome | None = Field(description="the last one told")
    reason_code: str | None
    comment: str | None
    order_id: UUID | None = Field(description="the order taken on the phone, or the one that cancelled the task")
    finished_at: datetime | None
    covered_by_order_id: UUID | None = Field(
        description="the outlet's first order for this day, by whatever channel: no call is needed any more (C5)"
    )
    excused: bool = Field(
        description="a supervisor has excused every visit that this call is for: no call is needed any more"
    )
    outlet: CallTaskOutletAnswer
    reps_reason: RepReasonAnswer | None
    recent_orders: list[PastOrderAnswer] = Field(description="the last five, the newest first")
    suggested_lines: list[SuggestedLineAnswer]
    calls: list[CallAnswer] = Field(description="every outcome told, oldest first")


class DoneTasksAnswer(BaseModel):
    """How many tasks ended with which outcome."""

    order_taken: int = Field(examples=[31])
    no_order: int = Field(examples=[9])
    no_answer: int = Field(description="after the third attempt", examples=[4])
    wrong_number: int = Field(examples=[1])


class CallTaskSummaryAnswer(BaseModel):
    """How a day's tasks stand: each of them is counted once."""

    total: int = Field(examples=[64])
    open: int = Field(description="may be claimed now", examples=[8])
    resting: int = Field(description="open, and not to be phoned before `available_at`", examples=[3])
    claimed: int = Field(description="held by somebody; a claim that has lapsed counts as open", examples=[2])
    overdue: int = Field(description="open or claimed past their deadline, and not marked as expired yet", examples=[0])
    done: DoneTasksAnswer
    cancelled: int = Field(description="an order came, or the visits were excused", examples=[6])
    expired: int = Field(examples=[0])
    next_due_at: datetime | None = Field(
        description="the soonest deadline of what still waits", examples=["2026-11-23T17:00:00Z"]
    )
    next_available_at: datetime | None = Field(
        description="when the first of those that rest may be phoned again", examples=["2026-11-23T15:24:10Z"]
    )
