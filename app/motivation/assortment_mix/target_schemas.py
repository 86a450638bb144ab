"""Targets, in and out (MX1)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.ground.web.amounts import Proportion, StoredQuantity
from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, ShortText
from app.motivation.assortment_mix.rules import DEFAULT_STEPS, Quarter
from app.motivation.assortment_mix.target_queries import ListedTargets

MOST_GROUPS = 200
MOST_STEPS = 20

_STEPS = [{"from_score": "0.95", "share": "1"}, {"from_score": "0.9", "share": "0.7"}]
_TARGETS: dict[str, Any] = {
    "territory_code": "PAT",
    "shares": {"chocolate": "0.55", "biscuits": "0.45"},
    "bonus_steps": _STEPS,
}
_CHANGED = {"changed_at": "2026-09-28T08:00:00Z", "changed_by": "user:anna"}
QuarterName = Annotated[
    str,
    StringConstraints(pattern=r"^(20[0-9][0-9]|2100)-Q[1-4]$"),
    Field(description="of the calendar year, by business date", examples=["2026-Q4"]),
]


class BonusStepBody(BaseModel):
    """From this score on, this share of the bonus is paid."""

    from_score: Proportion
    share: Proportion


class AssortmentTargetsBody(MasterBody):
    """Targets as they are put. What is left out stays as it is; new ones need `shares`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TARGETS]})

    territory_code: Code | None = Field(default=None, description="without it they are the company's")
    shares: Annotated[dict[ShortText, Proportion], Field(min_length=1, max_length=MOST_GROUPS)] | None = Field(
        default=None,
        description="of the value, by assortment group; they sum to 1, within 0.0001. null takes the targets back",
    )
    bonus_steps: Annotated[list[BonusStepBody], Field(max_length=MOST_STEPS)] | None = Field(
        default=None,
        description="in any order; new targets that name none have "
        + ", ".join(f"{step.share:.0%} from {step.from_score}" for step in DEFAULT_STEPS),
    )


class AssortmentTargetRowBody(MasterBody):
    """A row of an import: the share of one group. The rows of a quarter and territory stand together."""

    quarter: QuarterName
    territory_code: Code | None = None
    assortment_group: ShortText
    share: Proportion


class BonusStepAnswer(BaseModel):
    """From this score on, this share of the bonus is paid."""

    from_score: StoredQuantity = Field(examples=["0.95"])
    share: StoredQuantity = Field(examples=["1"])


class AssortmentTargetsAnswer(BaseModel):
    """A version of the targets of a quarter: of a territory, or of the company."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quarter": "2026-Q4", **_TARGETS, "version": 1, **_CHANGED}]}
    )

    quarter: str
    territory_code: str | None = Field(description="null: the company's, for territories without their own")
    shares: dict[str, StoredQuantity] | None = Field(description="null: taken back")
    bonus_steps: list[BonusStepAnswer]
    version: int
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, listed: ListedTargets) -> Self:
        """The answer for one version."""
        row = listed.row
        return cls(
            quarter=str(Quarter.of(row.quarter)),
            territory_code=listed.territory_code,
            shares=None if row.shares is None else {group: Decimal(share) for group, share in row.shares.items()},
            bonus_steps=[BonusStepAnswer.model_validate(step) for step in row.bonus_steps],
            version=row.version,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )


class PutAssortmentTargetsAnswer(AssortmentTargetsAnswer):
    """What was put."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"quarter": "2026-Q4", **_TARGETS, "version": 1, **_CHANGED, "groups_without_products": ["biscuits"]}
            ]
        }
    )

    groups_without_products: list[str] = Field(description="no product has this group yet: a slip of the pen, or early")
