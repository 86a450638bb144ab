"""What goes in and out of the routes of risk signals."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.field.check_ins.schemas import CheckInAnswer, FixAnswer
from app.field.risk_signals.doubted_records import DoubtedRecords
from app.field.risk_signals.records import ListedSignal, RuleRecord, SignalReviewOutcome, SignalStatus
from app.field.risk_signals.signals import RiskRule
from app.ground.web.fields import Comment
from app.masters.outlets.positions import Fix
from app.sales.orders.records import ListedOrder
from app.sales.orders.schemas import ORDER_EXAMPLE, OrderAnswer

_COUNTS: dict[str, Any] = {
    "rules": [{"rule": "mock_location", "signals": 22}, {"rule": "averaged_order", "signals": 5}],
    "reps": [{"territory_code": "PAT", "rep_code": "PAT-R3", "rep_name": "Petros Makris", "signals": 27}],
    "days": [{"business_date": "2026-11-23", "signals": 27}],
}


class SignalSubjectAnswer(BaseModel):
    """What is doubted."""

    type: Literal["check_in", "order", "device"] = Field(examples=["check_in"])
    id: UUID = Field(examples=["0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11"])


class SignalReviewAnswer(BaseModel):
    """What a person found."""

    outcome: SignalReviewOutcome = Field(examples=["confirmed"])
    comment: str = Field(examples=["Asked him; he sat in the café."])
    reviewed_by: str = Field(examples=["user:sofia"])
    reviewed_at: datetime = Field(examples=["2026-11-24T07:12:00Z"])


class SignalAnswer(BaseModel):
    """One doubt, with its evidence. It never costs points by itself."""

    id: UUID = Field(examples=["7d1c3b0e-52a7-4a57-9a0b-3f6d0d8c9e21"])
    rule: RiskRule = Field(examples=["mock_location"])
    status: SignalStatus = Field(examples=["open"])
    subject: SignalSubjectAnswer
    territory_code: str = Field(examples=["PAT"])
    rep_code: str = Field(examples=["PAT-R3"])
    outlet_code: str | None = Field(examples=["PAT-0042"])
    outlet_name: str | None = Field(
        description="null: it is about no outlet, or about one that the caller may not see",
        examples=["Mini Market Rio"],
    )
    business_date: date = Field(examples=["2026-11-23"])
    evidence: dict[str, Any] = Field(
        description="what the rule saw; its members depend on the rule", examples=[{"lat": 38.2462, "lon": 21.7351}]
    )
    explanation: str = Field(
        examples=["The phone marked the position of this check-in at PAT-0042 as simulated by an app."]
    )
    raised_at: datetime = Field(examples=["2026-11-23T14:41:08Z"])
    withdrawn_at: datetime | None = Field(default=None, description="later facts took the doubt away")
    review: SignalReviewAnswer | None = None

    @classmethod
    def of(cls, signal: ListedSignal) -> Self:
        """A signal as it leaves."""
        review = None
        if signal.reviewed_at is not None and signal.review_outcome is not None:
            review = SignalReviewAnswer(
                outcome=SignalReviewOutcome(signal.review_outcome),
                comment=signal.review_comment or "",
                reviewed_by=signal.reviewed_by or "",
                reviewed_at=signal.reviewed_at,
            )
        return cls.model_validate(
            {
                "id": signal.id,
                "rule": signal.rule,
                "status": signal.status,
                "subject": {"type": signal.subject_type, "id": signal.subject_id},
                "territory_code": signal.territory_code,
                "rep_code": signal.rep_code,
                "outlet_code": signal.outlet_code,
                "outlet_name": signal.outlet_name,
                "business_date": signal.business_date,
                "evidence": signal.evidence,
                "explanation": signal.explanation,
                "raised_at": signal.raised_at,
                "withdrawn_at": signal.withdrawn_at,
                "review": review,
            }
        )


class NamedProductAnswer(BaseModel):
    """What a product is called now."""

    product_code: str = Field(examples=["CHO-100"])
    name: str = Field(examples=["Chocolate 100 g"])


class DoubtedOrderAnswer(OrderAnswer):
    """An order beside a doubt."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE | {"fix": None}]})

    fix: FixAnswer | None = Field(
        description="where the doubted rep's handheld was when it recorded it; null: it told no position, that was"
        " outside of working hours, or is forgotten; and of another rep's order"
    )

    @classmethod
    def beside(cls, order: ListedOrder, fix: Fix | None) -> Self:
        """An order as it leaves."""
        told_fix = None if fix is None else FixAnswer.of(fix)
        return cls(**OrderAnswer.model_validate(order).model_dump(), fix=told_fix)


class SignalWithRecordsAnswer(SignalAnswer):
    """One doubt with the records that its evidence names, as far as the reader may see them."""

    check_ins: list[CheckInAnswer] = Field(description="its subject, and those that the evidence names; by time")
    orders: list[DoubtedOrderAnswer] = Field(
        description="its subject, those that the evidence names, and those of a mean; by time"
    )
    products: list[NamedProductAnswer] = Field(description="of the evidence and of the orders, by code")

    @classmethod
    def with_records(cls, signal: ListedSignal, records: DoubtedRecords) -> Self:
        """A signal and its records as they leave."""
        products = sorted(records.product_names.items())
        return cls(
            **SignalAnswer.of(signal).model_dump(),
            check_ins=[CheckInAnswer.of(check_in) for check_in in records.check_ins],
            orders=[DoubtedOrderAnswer.beside(order, records.order_fixes.get(order.id)) for order in records.orders],
            products=[NamedProductAnswer(product_code=code, name=name) for code, name in products],
        )


class PrecisionFigureAnswer(BaseModel):
    """How many of the reviewed signals were confirmed."""

    numerator: int = Field(description="confirmed", examples=[18])
    denominator: int = Field(description="confirmed and dismissed", examples=[20])
    value: str | None = Field(description="to four decimals; null where none was reviewed", examples=["0.9000"])


class RulePrecisionAnswer(BaseModel):
    """What became of one rule's signals. Raised are all of them: open, withdrawn, confirmed and dismissed."""

    rule: RiskRule = Field(examples=["averaged_order"])
    raised: int = Field(examples=[27])
    open: int = Field(examples=[5])
    withdrawn: int = Field(examples=[2])
    confirmed: int = Field(examples=[18])
    dismissed: int = Field(examples=[2])
    precision: PrecisionFigureAnswer

    @classmethod
    def of(cls, record: RuleRecord) -> Self:
        """A rule's record as it leaves."""
        value = None if record.precision is None else str(record.precision)
        return cls(
            rule=record.rule,
            raised=record.raised,
            open=record.open,
            withdrawn=record.withdrawn,
            confirmed=record.confirmed,
            dismissed=record.dismissed,
            precision=PrecisionFigureAnswer(numerator=record.confirmed, denominator=record.reviewed, value=value),
        )


class PrecisionAnswer(BaseModel):
    """The precision of every rule over the signals of some business dates; null: without an end."""

    first: date | None = Field(alias="from", examples=["2026-11-01"])
    last: date | None = Field(alias="to", examples=["2026-11-30"])
    items: list[RulePrecisionAnswer]

    @classmethod
    def of(cls, first: date | None, last: date | None, records: Sequence[RuleRecord]) -> Self:
        """The rules' records as they leave."""
        return cls.model_validate(
            {"from": first, "to": last, "items": [RulePrecisionAnswer.of(record) for record in records]}
        )


class DoubtedRuleAnswer(BaseModel):
    """How many signals a rule has."""

    model_config = ConfigDict(from_attributes=True)

    rule: RiskRule = Field(examples=["mock_location"])
    signals: int = Field(examples=[22])


class DoubtedRepAnswer(BaseModel):
    """How many signals are about a rep."""

    model_config = ConfigDict(from_attributes=True)

    territory_code: str = Field(examples=["PAT"])
    rep_code: str = Field(examples=["PAT-R3"])
    rep_name: str = Field(examples=["Petros Makris"])
    signals: int = Field(examples=[23])


class DoubtedDayAnswer(BaseModel):
    """How many signals a business date has."""

    model_config = ConfigDict(from_attributes=True)

    business_date: date = Field(examples=["2026-11-23"])
    signals: int = Field(examples=[29])


class SignalCountsAnswer(BaseModel):
    """Signals by rule, by rep and by day; what has none is left out. Each is counted as if its own filter were not
    set: what there is beside the rule, the rep or the days that are asked for.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_COUNTS]})

    rules: list[DoubtedRuleAnswer]
    reps: list[DoubtedRepAnswer] = Field(description="the 100 with the most signals")
    days: list[DoubtedDayAnswer] = Field(description="the 100 latest, the latest first")


class SignalReviewBody(BaseModel):
    """A reviewer's word."""

    outcome: SignalReviewOutcome = Field(examples=["confirmed"])
    comment: Comment = Field(default="", examples=["Asked him; he sat in the café."])
