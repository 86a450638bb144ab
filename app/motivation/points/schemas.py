"""A rep's points, out."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.months import month_text
from app.motivation.points.rules import Entry, PointsEntryKind
from app.motivation.points.service import Ledger

_ENTRY: dict[str, Any] = {
    "id": 4711,
    "rule": "missed_order",
    "kind": "PENALTY",
    "points": -10,
    "source": {"type": "visit", "id": "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a"},
    "provisional": True,
    "booked_at": "2026-11-23T15:00:01.204000Z",
    "business_date": "2026-11-23",
    "note": "",
    "month": "2026-11",
    "corrects_month": None,
}


class PointsSourceAnswer(BaseModel):
    """What an entry was booked for: a visit, an order, a rep's month, or (a reversal) the entry that it reverses."""

    type: str = Field(examples=["visit"])
    id: str = Field(examples=[_ENTRY["source"]["id"]])


class PointsEntryAnswer(BaseModel):
    """One line of a rep's ledger."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    id: int
    rule: str = Field(
        description="what was earned or cost: missed_order, order_on_time …; a reversal names what it reverses"
    )
    kind: PointsEntryKind
    points: int
    source: PointsSourceAnswer
    provisional: bool = Field(description="a penalty in force that an order from before the cutoff may still reverse")
    booked_at: datetime
    business_date: date
    note: str = Field(description="of a reversal: why (captured_before_cutoff, late_order, excused, appeal_granted …)")
    month: str = Field(description="the month in whose statement it counts")
    corrects_month: str | None = Field(description="the closed month that it is about, where it counts in a later one")

    @classmethod
    def of(cls, entry: Entry, *, provisional: bool) -> Self:
        """The answer for one entry."""
        source = ("entry", entry.reverses_id) if entry.reverses_id is not None else (entry.source_type, entry.source_id)
        return cls(
            id=entry.id,
            rule=entry.rule,
            kind=entry.kind,
            points=entry.points,
            source=PointsSourceAnswer(type=source[0], id=str(source[1])),
            provisional=provisional,
            booked_at=entry.booked_at,
            business_date=entry.business_date,
            note=entry.note,
            month=month_text(entry.month),
            corrects_month=None if entry.corrects_month is None else month_text(entry.corrects_month),
        )


class PointsAnswer(BaseModel):
    """A rep's ledger of a range of business dates, or of a month's statement, and what it comes to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "rep_code": "PAT-R1",
                    "from": "2026-11-01",
                    "to": "2026-11-23",
                    "month": None,
                    "balance": -10,
                    "items": [_ENTRY],
                }
            ]
        }
    )

    rep_code: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    month: str | None = Field(
        description="whose statement the entries count in; they may be about days before it. Null of a range"
    )
    balance: int
    items: list[PointsEntryAnswer]

    @classmethod
    def of(cls, rep_code: str, first: date, last: date, ledger: Ledger, month: date | None = None) -> Self:
        """The answer for a ledger. `month`: whose statement it is counted in, where it is that of a month."""
        items = [
            PointsEntryAnswer.of(entry, provisional=entry.id in ledger.provisional_ids) for entry in ledger.entries
        ]
        return cls.model_validate(
            {
                "rep_code": rep_code,
                "from": first,
                "to": last,
                "month": None if month is None else month_text(month),
                "balance": ledger.balance,
                "items": items,
            }
        )
