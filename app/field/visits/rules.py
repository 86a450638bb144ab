"""Decisions about planned visits: values in, values out."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.ground.errors import FieldProblem
from app.masters.outlets.rules import FieldOutlet
from app.masters.territories.calendar import RepFacts, TerritoryFacts, business_date
from app.masters.territories.local_time import instant_of


@dataclass(frozen=True, slots=True)
class Excuse:
    """A supervisor's word that a visit need not be made (V5)."""

    reason_code: str
    comment: str
    by: str
    at: datetime

    def says_the_same(self, reason_code: str, comment: str) -> bool:
        """Whether this is what is said again; who says it and when does not matter."""
        return (self.reason_code, self.comment) == (reason_code, comment)


def is_frozen(territory: TerritoryFacts, visit_date: date, at: datetime) -> bool:
    """Whether the plan of `visit_date` stands: a day freezes at its local midnight (M2)."""
    return visit_date <= business_date(territory, at)


def approved_at(territory: TerritoryFacts, visit_date: date, at: datetime) -> datetime:
    """Since when a visit that is put into a plan at `at` counts as approved (C2).

    Whoever overrides the freeze of a day says what its plan was when it froze. Were such a visit approved only now, no
    cutoff that has passed would know of it (C6), and a day of the past could not be closed by hand with its visits.
    """
    return min(at, instant_of(visit_date, time(0), territory.zone))


def visit_problems(rep: RepFacts | None, outlet: FieldOutlet | None) -> list[FieldProblem]:
    """Why this rep cannot be sent to this outlet; every problem at once."""
    problems = []
    if rep is None:
        problems.append(FieldProblem("/rep_code", "unknown_rep", "There is no such rep."))
    elif not rep.active:
        problems.append(FieldProblem("/rep_code", "inactive_rep", "This rep has left."))
    if outlet is None:
        problems.append(FieldProblem("/outlet_code", "unknown_outlet", "There is no such outlet."))
    elif not outlet.active:
        problems.append(FieldProblem("/outlet_code", "inactive_outlet", "This outlet has closed."))
    elif rep is not None and outlet.territory_id != rep.territory_id:
        problems.append(
            FieldProblem("/outlet_code", "outlet_of_another_territory", "This is no outlet of the rep's territory.")
        )
    return problems


def frozen_day() -> FieldProblem:
    """What is wrong with a change to a frozen day."""
    return FieldProblem(
        "/visit_date", "frozen_day", "The plan of this day stands since its local midnight; only excuses change it now."
    )
