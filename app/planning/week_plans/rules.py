"""Decisions about week plans: values in, values out (M2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from app.ground.errors import FieldProblem
from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import RepFacts


class PlanStatus(StrEnum):
    """Where a plan stands. Only an approved one counts at the cutoff (C2)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class Action(StrEnum):
    """What happened to a plan, by version."""

    PUT = "put"
    GENERATED = "generated"
    OPTIMISED = "optimised"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    CHANGED = "changed"
    GRANTED = "granted"
    HANDED_OVER = "handed_over"
    IMPORTED = "imported"


class WantedVisit(NamedTuple):
    """One outlet on one day, as somebody wants it; its place in the order is that of the list."""

    outlet_code: str
    visit_date: date


@dataclass(frozen=True, slots=True)
class Frame:
    """What a plan is judged within: whose it is, which days the week has, and which of them stand already."""

    rep: RepFacts
    days: Sequence[date]
    frozen: Collection[date]


def status_after_edit(before: PlanStatus, *, by_supervisor: bool, same: bool = False) -> PlanStatus | None:
    """The status of a plan that is put anew; None where this caller may not. `same`: with the visits that it had.

    A submitted plan that is edited is a draft again: nobody approves what he did not see. One that says the same stays
    what it was. An approved one is the supervisor's alone to change, and stays approved.
    """
    if before is PlanStatus.APPROVED:
        return PlanStatus.APPROVED if by_supervisor else None
    return before if same else PlanStatus.DRAFT


def problems_of(
    visits: Sequence[WantedVisit],
    outlets: Mapping[str, PlanOutlet],
    standing: Mapping[date, Sequence[str]],
    frame: Frame,
) -> list[FieldProblem]:
    """Why a plan cannot be taken, every problem at once. `standing`: the outlets of each frozen day, as they stand."""
    problems: list[FieldProblem] = []
    seen: set[WantedVisit] = set()
    frozen_codes: dict[date, list[str]] = {day: [] for day in frame.frozen}
    for number, visit in enumerate(visits):
        at = f"/visits/{number}"
        outlet = outlets.get(visit.outlet_code)
        if visit.visit_date in frame.frozen:
            frozen_codes[visit.visit_date].append(visit.outlet_code)
        elif (problem := _outlet_problem(at, outlet, frame.rep)) is not None:
            problems.append(problem)
        if visit.visit_date not in frame.days:
            problems.append(FieldProblem(f"{at}/visit_date", "another_week", "This day lies in another week."))
        if visit in seen:
            message = "An outlet is visited once a day at the most."
            problems.append(FieldProblem(f"{at}/outlet_code", "repeated", message))
        seen.add(visit)
    return problems + [
        FieldProblem("/visits", "frozen_day", f"The plan of {day} stands since its local midnight: leave it as it is.")
        for day, codes in sorted(frozen_codes.items())
        if sorted(codes) != sorted(standing.get(day, ()))
    ]


def _outlet_problem(at: str, outlet: PlanOutlet | None, rep: RepFacts) -> FieldProblem | None:
    pointer = f"{at}/outlet_code"
    if outlet is None:
        return FieldProblem(pointer, "unknown_outlet", "There is no such outlet.")
    if not outlet.active:
        return FieldProblem(pointer, "inactive_outlet", "This outlet has closed.")
    if outlet.territory_id != rep.territory_id:
        return FieldProblem(pointer, "outlet_of_another_territory", "This is no outlet of the rep's territory.")
    return None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A visit to go to another day, to another rep, or out of the plan (`to_date` None).

    Without an outlet it is every visit of the day.
    """

    outlet_code: str | None
    from_date: date
    to_date: date | None
    to_rep_code: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor said to a request."""

    granted: bool
    comment: str
    by: str
    at: datetime
