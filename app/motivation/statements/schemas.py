"""Statements and closed months, out; what holds of them, in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import Money, StoredMoney
from app.ground.web.fields import Code, Day
from app.ground.web.months import month_text
from app.motivation.statements.models import MonthClosing
from app.motivation.statements.rules import Statement, StatementLine
from app.motivation.statements.service import StatementTerms

_LINE: dict[str, Any] = {"rule": "order_on_time", "count": 212, "points": 212, "corrects_month": None}
_STATEMENT: dict[str, Any] = {
    "number": "PAT-2026-11-0001",
    "month": "2026-11",
    "territory_code": "PAT",
    "rep_code": "PAT-R1",
    "rep_name": "Anna Georgiou",
    "opening": 340,
    "lines": [_LINE, {"rule": "missed_order", "count": 2, "points": -20, "corrects_month": None}],
    "points": 192,
    "closing": 532,
    "open_appeals": 0,
    "point_value": "0.50",
    "currency": "EUR",
    "amount": "96.00",
    "issued_at": "2026-12-03T08:00:00Z",
    "void": False,
}
_CLOSING: dict[str, Any] = {
    "id": "019aae0f-8000-7c12-9a51-6e0f5b1d2c3a",
    "territory_code": "PAT",
    "month": "2026-11",
    "statements": 12,
    "closed_at": "2026-12-03T08:00:00Z",
    "closed_by": "user:anna",
    "reopened_at": None,
    "reopened_by": None,
    "reopen_reason": None,
}


class StatementLineAnswer(BaseModel):
    """What a rule came to."""

    rule: str
    count: int = Field(description="how many of what the rule books count; below 0 where more was taken back")
    points: int
    corrects_month: str | None = Field(description="the closed month that it is about; null: the statement's own")

    @classmethod
    def of(cls, line: StatementLine) -> Self:
        """The answer for a line."""
        about = None if line.corrects_month is None else month_text(line.corrects_month)
        return cls(rule=line.rule, count=line.count, points=line.points, corrects_month=about)


class StatementAnswer(BaseModel):
    """A rep's month, as it was stated: `opening` and the points of all lines make `closing`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STATEMENT]})

    number: str
    month: str
    territory_code: str
    rep_code: str
    rep_name: str
    opening: int
    lines: list[StatementLineAnswer]
    points: int = Field(description="what the month came to")
    closing: int
    open_appeals: int = Field(description="appeals that nobody had decided when it was issued")
    point_value: StoredMoney | None
    currency: str | None
    amount: StoredMoney | None = Field(description="what the month's points are worth")
    issued_at: datetime
    void: bool = Field(description="the month was reopened since; it has, or gets, another statement")

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """The answer for a statement."""
        return cls(
            number=statement.number,
            month=month_text(statement.month),
            territory_code=statement.territory_code,
            rep_code=statement.rep_code,
            rep_name=statement.rep_name,
            opening=statement.opening,
            lines=[StatementLineAnswer.of(line) for line in statement.lines],
            points=statement.points,
            closing=statement.closing,
            open_appeals=statement.open_appeals,
            point_value=statement.point_value,
            currency=statement.currency,
            amount=statement.amount,
            issued_at=statement.issued_at,
            void=statement.void,
        )


class MonthClosingAnswer(BaseModel):
    """A territory's month that was closed, or reopened since."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLOSING]})

    id: str
    territory_code: str
    month: str
    statements: int
    closed_at: datetime
    closed_by: str
    reopened_at: datetime | None
    reopened_by: str | None
    reopen_reason: str | None

    @classmethod
    def of(cls, closing: MonthClosing, territory_code: str) -> Self:
        """The answer for a closing whose statements are written."""
        return cls(
            id=str(closing.id),
            territory_code=territory_code,
            month=month_text(closing.month),
            statements=closing.statements or 0,
            closed_at=closing.closed_at or closing.begun_at,
            closed_by=closing.begun_by,
            reopened_at=closing.reopened_at,
            reopened_by=closing.reopened_by,
            reopen_reason=closing.reopen_reason,
        )


class StatementPolicyBody(BaseModel):
    """What holds of statements from a day on. What is left out stays as it is, null takes it away."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"valid_from": "2026-12-01", "closing_day": 3, "point_value": "0.50", "currency": "EUR"}]
        }
    )

    valid_from: Day
    closing_day: Annotated[int, Field(ge=1, le=28, strict=True)] | None = Field(
        default=None, description="of the next month, on which months are closed by themselves; null: by hand alone"
    )
    point_value: Money | None = Field(default=None, description="what a point is worth; null: statements tell no money")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])] | None = Field(
        default=None, description="ISO 4217; with a point's value, and not without"
    )


class StatementPolicyAnswer(BaseModel):
    """What holds of statements on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "on": "2026-12-01",
                    "closing_day": 3,
                    "point_value": "0.50",
                    "currency": "EUR",
                    "changed_by": "user:anna",
                    "changed_at": "2026-11-23T10:00:00Z",
                }
            ]
        }
    )

    on: date
    closing_day: int | None
    point_value: StoredMoney | None
    currency: str | None
    changed_by: str | None
    changed_at: datetime | None

    @classmethod
    def of(cls, day: date, terms: StatementTerms) -> Self:
        """The answer for a day."""
        value: Decimal | None = terms.point_value
        return cls(
            on=day,
            closing_day=terms.closing_day,
            point_value=value,
            currency=terms.currency,
            changed_by=terms.changed_by,
            changed_at=terms.changed_at,
        )


class MonthCloseBody(BaseModel):
    """Whose month."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"territory_code": "PAT"}]})

    territory_code: Code


class MonthReopenBody(BaseModel):
    """Whose month, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"territory_code": "PAT", "reason": "The cap of November was missing."}]}
    )

    territory_code: Code
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
