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
class HandOver:
    """A day whose visits another rep is to take, and why."""

    visit_date: date
    to_rep_code: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """How a rep's plan stands (None: there is none), and the outlets of one of its days."""

    status: PlanStatus | None
    outlet_ids: frozenset[int]


def hand_over_problems(
    transfer: HandOver, frame: Frame, to_rep: RepFacts | None, giving: PlannedDay, taking: PlannedDay | None
) -> list[FieldProblem]:
    """Why a day cannot be handed over, every problem at once. `frame`: of the rep who gives; `taking` None: no rep.

    What counts already does not go into a plan that counts for nobody: its outlets would have no visit.
    """
    problems = []
    if (wrong_day := _wrong_day(transfer.visit_date, frame, giving)) is not None:
        problems.append(FieldProblem("/visit_date", *wrong_day))
    if (wrong_rep := _wrong_taker(to_rep, frame.rep, giving, taking)) is not None:
        problems.append(FieldProblem("/to_rep_code", *wrong_rep))
    return problems


def _wrong_day(day: date, frame: Frame, giving: PlannedDay) -> tuple[str, str] | None:
    if day not in frame.days:
        return "another_week", "This day lies in another week."
    if day in frame.frozen:
        return "frozen_day", "The plan of this day stands since its local midnight; only excuses change it now."
    return None if giving.outlet_ids else ("not_planned", "No visit is planned on this day.")


def _wrong_taker(
    to_rep: RepFacts | None, of_rep: RepFacts, giving: PlannedDay, taking: PlannedDay | None
) -> tuple[str, str] | None:
    if to_rep is None:
        return "unknown_rep", "There is no such rep."
    if to_rep.territory_id != of_rep.territory_id or taking is None:
        return "rep_of_another_territory", "This is no rep of the territory."
    if to_rep.id == of_rep.id:
        return "same_rep", "These are this rep's own visits."
    if not to_rep.active:
        return "inactive_rep", "This rep works no more."
    if giving.status is PlanStatus.APPROVED and taking.status is not PlanStatus.APPROVED:
        return "plan_not_approved", "These visits count, and this rep has no approved plan for the week: approve it."
    repeats = giving.outlet_ids & taking.outlet_ids
    return ("repeated", f"{len(repeats)} of these outlets are this rep's on that day already.") if repeats else None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor said to a request."""

    granted: bool
    comment: str
    by: str
    at: datetime
