"""The warnings about a plan that can be taken. A rep may have reasons; the supervisor sees them before approving."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.calendar import TerritoryFacts, is_working_day
from app.planning.week_plans.later_changes import NOT_WORKING
from app.planning.week_plans.plan_content import DayPlan, PlanNote
from app.planning.week_plans.timetables import wall_time_of, windows_on
from app.planning.workdays.rules import Workday


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the plan: when outlets were last planned before the week and first after it, which of them
    other reps have on which day, and the outlets that the rep looks after.
    """

    before: Mapping[int, date] = field(default_factory=dict)
    after: Mapping[int, date] = field(default_factory=dict)
    others: Collection[tuple[date, int]] = ()
    own: Sequence[PlanOutlet] = ()


def warnings_about(
    days: Sequence[DayPlan],
    outlets: Mapping[int, PlanOutlet],
    territory: TerritoryFacts,
    workday: Workday,
    around: Around,
) -> tuple[PlanNote, ...]:
    """A warning for everything that does not fit the outlets' terms or the rep's hours, by day, then by outlet."""
    return (
        *(note for day in days for note in _of_day(day, outlets, territory, workday, around.others)),
        *_of_gaps(days, outlets, around),
        *_of_frequencies(days, outlets, around.own),
    )


def _of_day(
    day: DayPlan,
    outlets: Mapping[int, PlanOutlet],
    territory: TerritoryFacts,
    workday: Workday,
    others: Collection[tuple[date, int]],
) -> Iterator[PlanNote]:
    if day.stops and not is_working_day(territory, day.day):
        yield PlanNote(NOT_WORKING, "Nobody works on this day: it has no cutoff.", None, day.day)
    if day.returns_s > workday.ends_s:
        minutes = (day.returns_s - workday.ends_s + 59) // 60
        message = f"The day ends at {wall_time_of(day.returns_s):%H:%M}, {minutes} minutes after working hours."
        yield PlanNote("day_too_long", message, None, day.day)
    for stop in day.stops:
        outlet = outlets[stop.outlet_id]
        if outlet.lat is None:
            message = "Nobody knows where this outlet is: the way to it is not counted."
            yield PlanNote("no_location", message, outlet.id, day.day)
        if not outlet.welcome_on(day.day):
            yield PlanNote("closed_day", "By its terms no visit is welcome on this day.", outlet.id, day.day)
        elif not any(w.opens_s <= stop.begins_s and stop.leaves_s <= w.closes_s for w in windows_on(outlet, day.day)):
            message = f"Planned for {wall_time_of(stop.begins_s):%H:%M}, outside of its visiting hours."
            yield PlanNote("outside_visiting_hours", message, outlet.id, day.day)
        if (day.day, outlet.id) in others:
            yield PlanNote("planned_by_another_rep", "Another rep visits it on this day, too.", outlet.id, day.day)


def _of_gaps(days: Sequence[DayPlan], outlets: Mapping[int, PlanOutlet], around: Around) -> Iterator[PlanNote]:
    for outlet_id, planned in sorted(_days_by_outlet(days).items()):
        least = outlets[outlet_id].min_gap_days
        if not least:
            continue
        neighbours = [around.before.get(outlet_id), *planned, around.after.get(outlet_id)]
        dates = [day for day in neighbours if day is not None]
        for earlier, later in pairwise(dates):
            if (later - earlier).days < least and (later in planned or earlier in planned):
                message = f"{(later - earlier).days} days after the visit before; {least} were agreed at the least."
                yield PlanNote("gap_too_short", message, outlet_id, later if later in planned else earlier)


def _of_frequencies(
    days: Sequence[DayPlan], outlets: Mapping[int, PlanOutlet], own: Sequence[PlanOutlet]
) -> Iterator[PlanNote]:
    planned = _days_by_outlet(days)
    outlets_of_week: Iterable[PlanOutlet] = {
        outlet.id: outlet for outlet in (*own, *(outlets[id_] for id_ in planned))
    }.values()
    for outlet in sorted(outlets_of_week, key=lambda outlet: outlet.id):
        times = len(planned.get(outlet.id, ()))
        agreed = int(outlet.visits_per_week or 0)
        if outlet.active and times < agreed:
            message = f"{times} of {agreed} visits that were agreed for a week."
            yield PlanNote("fewer_visits_than_agreed", message, outlet.id)


def _days_by_outlet(days: Sequence[DayPlan]) -> dict[int, list[date]]:
    days_by_outlet: dict[int, list[date]] = {}
    for day in sorted(days, key=lambda plan: plan.day):
        for stop in day.stops:
            days_by_outlet.setdefault(stop.outlet_id, []).append(day.day)
    return days_by_outlet
