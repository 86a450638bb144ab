"""What rules cost and earn, in and out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import Quantity, StoredQuantity
from app.ground.web.fields import Day
from app.motivation.points.policies import ChangedPolicy
from app.motivation.points.rules import PointsRule

MOST_POINTS = 1_000

_POLICY: dict[str, Any] = {
    "rule": "order_on_time",
    "points": 1,
    "valid_from": "2026-12-01",
    "monthly_cap": 150,
    "limit": None,
    "version": 2,
    "changed_by": "user:anna",
    "changed_at": "2026-11-23T10:00:00Z",
}

Share = Annotated[Quantity, Field(ge=0, le=1, description="a share: 0.03 is 3 %")]


class PointsPolicyBody(BaseModel):
    """What a rule costs or earns from a day on. A cap or limit that is left out stays as it is; null takes it away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"points": 1, "valid_from": "2026-12-01", "monthly_cap": 150}]}
    )

    points: Annotated[int, Field(ge=-MOST_POINTS, le=MOST_POINTS, description="0: the rule is off", strict=True)]
    valid_from: Day = Field(description="the first business date that it holds for")
    monthly_cap: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = Field(
        default=None, description="of an award: the points that a rep can earn by it in a month"
    )
    limit: Share | None = Field(
        default=None, description="of the rules about returns: the share that they compare with"
    )


class PointsPolicyAnswer(BaseModel):
    """What a rule costs or earns from a day on, and who said so."""

    model_config = ConfigDict(json_schema_extra={"examples": [_POLICY]})

    rule: PointsRule
    points: int
    valid_from: date
    monthly_cap: int | None
    limit: StoredQuantity | None
    version: int
    changed_by: str = Field(description="migration: it came with the software")
    changed_at: datetime

    @classmethod
    def of(cls, policy: ChangedPolicy) -> Self:
        """The answer for one version."""
        limit: Decimal | None = policy.terms.rate_limit
        return cls(
            rule=policy.rule,
            points=policy.terms.points,
            valid_from=policy.valid_from,
            monthly_cap=policy.terms.monthly_cap,
            limit=limit,
            version=policy.version,
            changed_by=policy.changed_by,
            changed_at=policy.changed_at,
        )


class PointsPoliciesAnswer(BaseModel):
    """The policy of a day, or its whole history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2026-12-01", "items": [_POLICY]}]})

    on: date
    items: list[PointsPolicyAnswer]
