"""One rep's week, generated: which outlets on which day, in which order. A pure function for a worker process (M2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.masters.outlets.plan_facts import PlanOutlet
from app.planning.plan_generation.day_assignment import WeekProblem, Wish, spread
from app.planning.plan_generation.patterns import Choice
from app.planning.plan_generation.week_tasks import GeneratedWeek, WeekTask
from app.planning.routing.days import Day, Route
from app.planning.routing.schedules import inserted
from app.planning.routing.solver import best_route
from app.planning.week_plans.optimisation import notes_of
from app.planning.week_plans.plan_content import DayPlan, PlanNote
from app.planning.week_plans.timetables import day_plan, routing_day, service_s


def generated(task: WeekTask) -> GeneratedWeek:
    """The week. Takes seconds of processor time: have it called by `app.ground.workers.pool`.

    Days are spread by their load and their ways, then each is put in order, visiting hours and lunch included. A visit
    that does not fit into its day goes to another that its pattern allows; else it is told.
    """
    choices = [choice for choice in task.choices if choice.patterns]
    if not choices or not task.days:
        return GeneratedWeek((), ())
    numbers = {day: number for number, day in enumerate(task.days)}
    spread_days = _spread(task, choices, numbers)
    days = [_begun(task, day, [choices[wish] for wish in wishes]) for day, wishes in spread_days]
    unplanned = _settled(days)
    return GeneratedWeek(tuple(day.plan() for day in days if day.route.order), tuple(unplanned))


def _spread(task: WeekTask, choices: Sequence[Choice], numbers: dict[date, int]) -> list[tuple[date, list[int]]]:
    workday, ways = task.workday, task.ways
    wishes = tuple(
        Wish(
            ways.place[choice.demand.outlet.id],
            service_s(choice.demand.outlet, workday),
            tuple(tuple(numbers[day] for day in pattern) for pattern in choice.patterns),
            choice.demand.first,
        )
        for choice in choices
    )
    days = len(task.days)
    problem = WeekProblem(wishes, ways.travel.drive_s, days, workday.room_s, ways.start, ways.end, task.seed)
    return list(zip(task.days, spread(problem), strict=True))


@dataclass(slots=True)
class _WeekDay:
    """A day of the week while it is made: the outlets that are to be visited, as a problem, and its route."""

    task: WeekTask
    day: date
    choices: list[Choice]
    problem: Day
    route: Route

    @property
    def outlets(self) -> list[PlanOutlet]:
        return _outlets(self.choices)

    def dropped(self) -> list[tuple[Choice, PlanNote]]:
        """What does not fit, and why."""
        notes = notes_of(self.day, self.outlets, self.route)
        return [(self.choices[drop.stop], note) for drop, note in zip(self.route.dropped, notes, strict=True)]

    def has(self, choice: Choice) -> bool:
        """Whether it visits an outlet."""
        return any(self.choices[stop] is choice for stop in self.route.order)

    def longer_by(self, choice: Choice) -> "_WeekDay | None":
        """The day with one visit more, where that fits between the others as they are."""
        existing = [self.choices[stop] for stop in self.route.order]
        choices = [*existing, choice]
        problem = _problem(self.task, self.day, choices)
        order, times = inserted(problem, range(len(existing)), len(existing))
        return None if times.late_s else _WeekDay(self.task, self.day, choices, problem, Route(tuple(order), times))

    def searched(self) -> None:
        """Take the best route, if it drops nothing."""
        route = best_route(self.problem)
        if not route.dropped:
            self.route = route

    def plan(self) -> DayPlan:
        """As a plan's day."""
        task = self.task
        return day_plan(self.day, self.problem, self.outlets, self.route.schedule, task.workday, task.ways)


def _begun(task: WeekTask, day: date, choices: list[Choice]) -> _WeekDay:
    problem = _problem(task, day, choices)
    return _WeekDay(task, day, choices, problem, best_route(problem))


def _problem(task: WeekTask, day: date, choices: Sequence[Choice]) -> Day:
    first = {choice.demand.outlet.id: 1 for choice in choices if choice.demand.first}
    return routing_day(day, _outlets(choices), task.workday, task.ways, priorities=first)


def _outlets(choices: Sequence[Choice]) -> list[PlanOutlet]:
    return [choice.demand.outlet for choice in choices]


def _settled(days: list[_WeekDay]) -> list[PlanNote]:
    """Move what does not fit into its day to another; what cannot be moved is answered, missed visits tried first."""
    misfits = [(day.day, choice, note) for day in days for choice, note in day.dropped()]
    notes, numbers = [], set()
    for instead_of, choice, note in sorted(misfits, key=lambda item: not item[1].demand.first):
        candidates = [(number, days[number].longer_by(choice)) for number in _alternatives(days, instead_of, choice)]
        longer = [(number, day) for number, day in candidates if day is not None]
        if not longer:
            notes.append(note)
            continue
        number, day = min(longer, key=lambda item: _driving(item[1]) - _driving(days[item[0]]))
        days[number] = day
        numbers.add(number)
    for number in sorted(numbers):
        days[number].searched()
    return notes


def _driving(day: _WeekDay) -> int:
    return day.route.schedule.driving_s


def _alternatives(days: Sequence[_WeekDay], instead_of: date, choice: Choice) -> list[int]:
    """The numbers of the other days that go with those on which the outlet is visited already."""
    visit_days = {day.day for day in days if day.has(choice)}
    patterns = [set(pattern) for pattern in choice.patterns]
    return [
        number
        for number, day in enumerate(days)
        if day.day not in {*visit_days, instead_of} and any(visit_days | {day.day} <= pattern for pattern in patterns)
    ]
