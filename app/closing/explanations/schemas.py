"""Explanations, out."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.closing.explanations.explanation import ExplainedRecordType, RecordLink
from app.closing.explanations.records import AppliedPolicy, LedgerStep
from app.closing.explanations.service import ExplainedPoints
from app.ground.web.amounts import StoredQuantity
from app.motivation.points.rules import PointsEntryKind, PointsRule

_VISIT_ID = "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a"
_EXAMPLE: dict[str, Any] = {
    "id": 4711,
    "rule": "missed_order",
    "kind": "PENALTY",
    "points": -10,
    "note": "",
    "business_date": "2026-11-23",
    "booked_at": "2026-11-23T15:00:01.204000Z",
    "counts": True,
    "provisional": True,
    "appeal_until": "2026-12-07T15:00:01.204000Z",
    "text": (
        "The visit to Kiosk Nikos (PAT-0042) was planned for Monday 23 November, and no order of the outlet was in the "
        "system at 17:00 (Europe/Athens). You checked in at 11:20, 430 m from the shop. The penalty is provisional: "
        "your handheld has not told everything up to 17:00 yet, only up to 14:10. It is final at 17:00 on Thursday 26 "
        "November at the latest."
    ),
    "facts": {"visit_id": _VISIT_ID, "visit_date": "2026-11-23", "cutoff_at": "2026-11-23T17:00:00+02:00"},
    "records": [{"type": "visit", "id": _VISIT_ID, "href": f"/v1/visits/{_VISIT_ID}"}],
    "would_have_changed_it": [
        "An order of Kiosk Nikos (PAT-0042) in the system by 17:00 (Europe/Athens).",
        "Still possible: an appeal, until 17:00 on Monday 7 December.",
    ],
    "policy": {
        "version": 1,
        "points": -10,
        "valid_from": "2026-01-01",
        "monthly_cap": None,
        "limit": None,
    },
    "steps": [
        {
            "id": 4711,
            "rule": "missed_order",
            "kind": "PENALTY",
            "points": -10,
            "note": "",
            "booked_at": "2026-11-23T15:00:01.204000Z",
            "reverses_id": None,
            "final_at": None,
        }
    ],
}


class ExplainedRecordAnswer(BaseModel):
    """A record that an explanation rests on."""

    type: ExplainedRecordType
    id: str
    href: str = Field(description="where the caller reads it")

    @classmethod
    def of(cls, link: RecordLink) -> Self:
        """The answer for one."""
        return cls(type=link.type, id=link.id, href=link.href)


class AppliedPolicyAnswer(BaseModel):
    """The version of the policy that an entry's points are by."""

    version: int
    points: int
    valid_from: date
    monthly_cap: int | None
    limit: StoredQuantity | None = Field(description="the share that the rule compares with")

    @classmethod
    def of(cls, policy: AppliedPolicy) -> Self:
        """The answer for one."""
        return cls(
            version=policy.version,
            points=policy.points,
            valid_from=policy.valid_from,
            monthly_cap=policy.monthly_cap,
            limit=policy.rate_limit,
        )


class LedgerStepAnswer(BaseModel):
    """One step of what was booked, reversed, and booked again about the same."""

    id: int
    rule: PointsRule
    kind: PointsEntryKind
    points: int
    note: str
    booked_at: datetime
    reverses_id: int | None
    final_at: datetime | None = Field(description="when a provisional penalty was made final")

    @classmethod
    def of(cls, step: LedgerStep) -> Self:
        """The answer for one."""
        return cls(
            id=step.id,
            rule=step.rule,
            kind=step.kind,
            points=step.points,
            note=step.note,
            booked_at=step.booked_at,
            reverses_id=step.reverses_id,
            final_at=step.final_at,
        )


class ExplanationAnswer(BaseModel):
    """Why an entry of a ledger is what it is: in words, by facts and records, and what would have changed it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    rule: PointsRule = Field(description="of a reversal the rule of what it reverses")
    kind: PointsEntryKind
    points: int
    note: str
    business_date: date
    booked_at: datetime
    counts: bool = Field(description="whether it counts in the end, all later steps taken together")
    provisional: bool = Field(description="whether what is still to come may take it back by itself")
    appeal_until: datetime | None = Field(description="None: it cost nothing, was taken back, or has been appealed")
    text: str = Field(description="English; times are local ones of the territory")
    facts: dict[str, Any] = Field(description="what the text says, as data: instants with the territory's offset")
    records: list[ExplainedRecordAnswer] = Field(description="those that the caller may read")
    would_have_changed_it: list[str]
    policy: AppliedPolicyAnswer | None = Field(description="None: it follows from the cap of another rule")
    steps: list[LedgerStepAnswer] = Field(description="all about the same, oldest first, this one among them")

    @classmethod
    def of(cls, explained: ExplainedPoints) -> Self:
        """The answer for one entry."""
        entry, explanation = explained.entry, explained.explanation
        return cls(
            id=entry.step.id,
            rule=entry.step.rule,
            kind=entry.step.kind,
            points=entry.step.points,
            note=entry.step.note,
            business_date=entry.business_date,
            booked_at=entry.step.booked_at,
            counts=entry.counts,
            provisional=explained.provisional,
            appeal_until=explained.appeal_until,
            text=" ".join(explanation.text),
            facts=dict(explanation.facts),
            records=[ExplainedRecordAnswer.of(link) for link in explanation.records],
            would_have_changed_it=list(explanation.would_have_changed_it),
            policy=None if entry.policy is None else AppliedPolicyAnswer.of(entry.policy),
            steps=[LedgerStepAnswer.of(step) for step in explained.steps],
        )
