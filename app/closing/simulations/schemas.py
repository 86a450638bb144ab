"""What-if, in and out."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.closing.simulations import rules
from app.closing.simulations.rules import Total
from app.closing.simulations.service import Simulation
from app.ground.web.amounts import StoredQuantity
from app.ground.web.fields import Code
from app.ground.web.months import Month, month_text
from app.motivation.points.policy_rules import PolicyTerms
from app.motivation.points.policy_schemas import MOST_POINTS, Share
from app.motivation.points.rules import PointsRule

_SAID: dict[str, Any] = {"order_on_time": {"points": 2, "monthly_cap": 150}}
_SUM: dict[str, Any] = {"points": 120, "simulated_points": 150, "difference": 30}
_SIMULATION: dict[str, Any] = {
    "month": "2026-10",
    "territory_code": "PAT",
    "policy": {"order_on_time": {"points": 2, "monthly_cap": 150, "limit": None}},
    "items": [{"rep_code": "PAT-R1", "rule": "order_on_time", "count": 120} | _SUM],
    "by_rule": [{"rule": "order_on_time", "count": 120} | _SUM],
    "by_rep": [{"rep_code": "PAT-R1"} | _SUM],
    "total": _SUM,
}
_PLACES = {rule: place for place, rule in enumerate(PointsRule)}


class SimulatedTermsBody(BaseModel):
    """What a rule is to cost or earn. A cap or limit that is left out is that of the month's last day; null: none."""

    points: Annotated[int, Field(ge=-MOST_POINTS, le=MOST_POINTS, description="0: the rule is off", strict=True)]
    monthly_cap: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = None
    limit: Share | None = Field(default=None, description="of the rules about returns")


class SimulationBody(BaseModel):
    """A month that is over, and the policy to replay it under. Rules that are left out stay as they were."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"month": "2026-10", "territory_code": "PAT", "policy": _SAID}]}
    )

    month: Month
    territory_code: Code | None = Field(
        default=None, description="the reps who were in it at the month's end; else all reps"
    )
    policy: dict[Annotated[str, Field(max_length=40)], SimulatedTermsBody] = Field(
        min_length=1, max_length=20, description="by rule"
    )


class SimulatedTermsAnswer(BaseModel):
    """What a rule costs or earns in the simulation."""

    points: int
    monthly_cap: int | None
    limit: StoredQuantity | None

    @classmethod
    def of(cls, terms: PolicyTerms) -> Self:
        """The answer for a rule's terms."""
        limit: Decimal | None = terms.rate_limit
        return cls(points=terms.points, monthly_cap=terms.monthly_cap, limit=limit)


class SimulatedSumAnswer(BaseModel):
    """Points as they were booked, less what caps took off, and as they would be."""

    points: int
    simulated_points: int
    difference: int = Field(description="simulated less booked: above 0 is in favour of the reps")


class SimulatedRuleAnswer(SimulatedSumAnswer):
    """What a rule comes to."""

    rule: PointsRule
    count: int = Field(description="how often it counts")


class SimulatedRepAnswer(SimulatedSumAnswer):
    """What a rep's month comes to by all simulated rules."""

    rep_code: str


class SimulatedItemAnswer(SimulatedRuleAnswer):
    """What a rep's month comes to by a rule."""

    rep_code: str


class SimulationAnswer(BaseModel):
    """A month under another policy."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SIMULATION]})

    month: str
    territory_code: str | None
    policy: dict[PointsRule, SimulatedTermsAnswer] = Field(description="as simulated")
    items: list[SimulatedItemAnswer] = Field(description="what differs, by rep and rule")
    by_rule: list[SimulatedRuleAnswer] = Field(description="each simulated rule, of all these reps")
    by_rep: list[SimulatedRepAnswer] = Field(description="the reps of whom anything differs")
    total: SimulatedSumAnswer

    @classmethod
    def of(cls, simulation: Simulation) -> Self:
        """The answer for a simulation."""
        of_rules = rules.by_rule(simulation.outcomes, sorted(simulation.policy, key=_PLACES.__getitem__))
        codes = sorted(simulation.rep_codes.items(), key=lambda rep: rep[1])
        of_reps = rules.by_rep(outcome for outcome in simulation.outcomes if outcome.rep_id in simulation.rep_codes)
        differing = [outcome for outcome in simulation.outcomes if outcome.difference]
        differing.sort(key=lambda outcome: (simulation.rep_codes[outcome.rep_id], _PLACES[outcome.rule]))
        return cls(
            month=month_text(simulation.month),
            territory_code=simulation.territory_code,
            policy={rule: SimulatedTermsAnswer.of(simulation.policy[rule]) for rule in of_rules},
            items=[
                SimulatedItemAnswer(
                    rep_code=simulation.rep_codes[outcome.rep_id],
                    rule=outcome.rule,
                    count=outcome.times,
                    points=outcome.points,
                    simulated_points=outcome.simulated_points,
                    difference=outcome.difference,
                )
                for outcome in differing
            ],
            by_rule=[
                SimulatedRuleAnswer(rule=rule, count=total.times, **_sums(total)) for rule, total in of_rules.items()
            ],
            by_rep=[SimulatedRepAnswer(rep_code=code, **_sums(of_reps[rep_id])) for rep_id, code in codes],
            total=SimulatedSumAnswer(**_sums(rules.total_of(of_rules.values()))),
        )


def _sums(total: Total) -> dict[str, int]:
    return {
        "points": total.points,
        "simulated_points": total.simulated_points,
        "difference": total.difference,
    }
