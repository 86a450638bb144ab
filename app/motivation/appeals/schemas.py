"""What goes in and out of the routes of appeals."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.ground.attachments.schemas import AttachmentAnswer
from app.ground.web.fields import NO_NUL
from app.motivation.appeals.rules import MOST_ATTACHMENTS, AppealOutcome, AppealStatus, AppealStepKind, Step
from app.motivation.appeals.service import WholeAppeal
from app.motivation.points.rules import PointsEntryKind

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=NO_NUL)]


def _each_once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("repeated", "a file is named twice")
    return ids


class AppealBody(BaseModel):
    """Why an entry is wrong."""

    id: UUID = Field(description="made by the client (v7 advised)", examples=["0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"])
    text: Words = Field(examples=["The shop was shut, see the photo."])
    attachment_ids: Annotated[list[UUID], AfterValidator(_each_once)] = Field(
        default=[],
        max_length=MOST_ATTACHMENTS,
        description="files that were sent by `POST /v1/attachments` within a day",
        examples=[["0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3c"]],
    )


class SecondInstanceBody(BaseModel):
    """Why a rejection is wrong."""

    text: Words = Field(examples=["The shutter was down all day, the neighbour can tell."])


class AppealDecisionBody(BaseModel):
    """What is decided, and why."""

    outcome: AppealOutcome = Field(examples=["granted"])
    reason: Words = Field(examples=["The photo shows it."])


class AppealedEntryAnswer(BaseModel):
    """The entry that is appealed."""

    id: int = Field(examples=[4711])
    rule: str = Field(examples=["missed_order"])
    kind: PointsEntryKind = Field(examples=["PENALTY"])
    points: int = Field(examples=[-10])
    business_date: date = Field(examples=["2026-11-23"])
    booked_at: datetime = Field(examples=["2026-11-23T15:00:01.204000Z"])
    reversal_id: int | None = Field(description="the entry that has reversed it by now", examples=[4892])


class AppealStepAnswer(BaseModel):
    """One thing that happened to an appeal."""

    kind: AppealStepKind = Field(examples=["submitted"])
    instance: int = Field(examples=[1])
    text: str = Field(description="the words of whoever took the step", examples=["The shop was shut, see the photo."])
    taken_at: datetime = Field(examples=["2026-11-24T07:12:00Z"])
    taken_by: str = Field(examples=["device:PAT-R1"])

    @classmethod
    def of(cls, step: Step) -> Self:
        """A step as it leaves."""
        return cls(
            kind=step.kind,
            instance=step.instance,
            text=step.text,
            taken_at=step.taken_at,
            taken_by=step.taken_by,
        )


class AppealAnswer(BaseModel):
    """An appeal with its entry, its files, its deadlines and every step."""

    id: UUID = Field(examples=["0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"])
    status: AppealStatus = Field(examples=["open"])
    instance: int = Field(description="1: the territory's supervisor, 2: an admin", examples=[1])
    territory_code: str = Field(description="the rep's by now", examples=["PAT"])
    rep_code: str = Field(examples=["PAT-R1"])
    entry: AppealedEntryAnswer
    text: str = Field(examples=["The shop was shut, see the photo."])
    attachments: list[AttachmentAnswer]
    submitted_at: datetime = Field(examples=["2026-11-24T07:12:00Z"])
    decide_by: datetime | None = Field(
        description="when an admin is told that nobody has decided; null once decided",
        examples=["2026-12-01T07:12:00Z"],
    )
    overdue: bool = Field(examples=[False])
    take_further_by: datetime | None = Field(
        description="until when the rep may take a rejection to an admin; null where that is not possible",
        examples=[None],
    )
    steps: list[AppealStepAnswer]

    @classmethod
    def of(cls, appeal: WholeAppeal, now: datetime) -> Self:
        """An appeal as it leaves."""
        record, entry = appeal.record, appeal.record.entry
        return cls(
            id=record.id,
            status=record.status,
            instance=record.instance,
            territory_code=record.territory_code,
            rep_code=record.rep_code,
            entry=AppealedEntryAnswer(
                id=entry.id,
                rule=entry.rule,
                kind=PointsEntryKind(entry.kind),
                points=entry.points,
                business_date=entry.business_date,
                booked_at=entry.booked_at,
                reversal_id=entry.reversal_id,
            ),
            text=appeal.steps[0].text,
            attachments=[AttachmentAnswer.of(attachment) for attachment in appeal.attachments],
            submitted_at=record.submitted_at,
            decide_by=record.decide_by,
            overdue=record.is_overdue(now),
            take_further_by=record.take_further_by,
            steps=[AppealStepAnswer.of(step) for step in appeal.steps],
        )
