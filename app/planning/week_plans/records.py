"""What passes through the use cases of week plans: whose week it is, who does something to it, what is shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.field.visits.rules import is_frozen
from app.field.visits.service import StandingVisit
from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.planning.week_plans.iso_weeks import days_of
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.plan_content import PlanContent, PlanNote


@dataclass(frozen=True, slots=True)
class Week:
    """Whose week it is."""

    territory: TerritoryFacts
    rep: RepFacts
    monday: date

    @property
    def days(self) -> list[date]:
        """Its seven days."""
        return days_of(self.monday)

    def frozen(self, at: datetime) -> set[date]:
        """The days whose plan stands."""
        return {day for day in self.days if is_frozen(self.territory, day, at)}


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something to a plan: `supervisor` where it is staff, not the rep itself."""

    name: str
    supervisor: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as it is shown: what it says, what of it stands in `visits`, and the outlets that it names.

    `changes` tells what has changed since it was made, `withdrawn` the visits (day, outlet's id) that this takes off
    the rep's route.
    """

    week: Week
    plan: WeekPlan | None
    content: PlanContent
    standing: Sequence[StandingVisit]
    outlets: Mapping[int, PlanOutlet]
    due_at: datetime
    changes: Sequence[PlanNote] = ()
    withdrawn: frozenset[tuple[date, int]] = frozenset()
