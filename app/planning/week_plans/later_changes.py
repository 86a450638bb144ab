"""What has changed since a plan was made, so that a visit of it cannot be made as planned. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import RepFacts, TerritoryFacts, is_working_day
from app.planning.week_plans.plan_content import PlanContent, PlanNote

NOT_WORKING = "not_a_working_day"
Visit = tuple[date, int]
"""A day, and an outlet's id."""


def later_changes(
    visits: Collection[Visit],
    content: PlanContent,
    outlets: Mapping[int, PlanOutlet],
    territory: TerritoryFacts,
    rep: RepFacts,
) -> Iterator[PlanNote]:
    """A note for each day on which nobody works now, and for each visit at an outlet that is no longer the rep's.

    An outlet that another rep looked after already when the plan was made is a colleague's that the rep stands in for,
    and a day on which nobody worked already was meant: the plan says so, or was imported for such a weekday.
    """
    warned_days = {note.day for note in content.warnings if note.code == NOT_WORKING}
    timed_days = {day.day for day in content.days}
    own_then = {(day.day, stop.outlet_id) for day in content.days for stop in day.stops if stop.owner_id == rep.id}
    for day in sorted({day for day, _ in visits}):
        was_open = day in timed_days or day.isoweekday() in territory.working_weekdays
        if not is_working_day(territory, day) and was_open and day not in warned_days:
            yield PlanNote(NOT_WORKING, "Nobody works on this day: it has no cutoff.", None, day)
    for day, outlet_id in sorted(visits):
        outlet = outlets[outlet_id]
        if not outlet.active:
            yield PlanNote("inactive_outlet", "This outlet has closed.", outlet_id, day)
        elif outlet.territory_id != territory.id:
            message = "This is no longer an outlet of the rep's territory."
            yield PlanNote("outlet_of_another_territory", message, outlet_id, day)
        elif (day, outlet_id) in own_then and outlet.rep_id not in {None, rep.id}:
            yield PlanNote("outlet_of_another_rep", "Another rep looks after this outlet now.", outlet_id, day)


def moved(before: Iterable[Visit], after: Iterable[Visit]) -> list[int]:
    """The outlets that a plan gets, loses, or visits on another day than before."""
    return sorted({outlet_id for _, outlet_id in set(before) ^ set(after)})


def withdrawn(visits: Collection[Visit], changes: Collection[PlanNote]) -> frozenset[Visit]:
    """The visits that these changes take off the rep's route."""
    days = {note.day for note in changes if note.outlet_id is None}
    pairs = {(note.day, note.outlet_id) for note in changes}
    return frozenset(visit for visit in visits if visit[0] in days or visit in pairs)
