"""A rep's week as it is generated: what holds whatever the outlets ask for, and how good it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import pairwise
from random import Random
from statistics import mean
from typing import Any

import numpy as np
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from app.masters.outlets.plan_facts import OpenSpan, PlanOutlet
from app.planning.plan_generation.day_assignment import WeekProblem, Wish, spread
from app.planning.plan_generation.week_search import generated
from app.planning.plan_generation.week_tasks import GeneratedWeek, WeekTask
from app.planning.week_plans.timetables import windows_on
from tests.factories.plan_generation import PATRAS, WEEK, make_plan_outlet, make_week_task, make_workday
from tests.factories.routing import HOUR

hours = st.sampled_from(
    [
        (),
        (OpenSpan(None, time(8), time(13)),),
        (OpenSpan(frozenset({1, 3}), time(9), time(12)), OpenSpan(frozenset({2, 4, 5}), time(15), time(20))),
        (OpenSpan(None, time(8), time(11)), OpenSpan(None, time(16), time(19))),
        (OpenSpan(None, time(10), time(10, 20)),),
    ]
)


@st.composite
def outlets_to_visit(draw: st.DrawFn) -> list[PlanOutlet]:
    """Up to 25 outlets around Patras with terms of every kind."""
    numbers = range(1, draw(st.integers(1, 25)) + 1)
    return [
        make_plan_outlet(
            number,
            str(draw(st.integers(1, 5))),
            lat=PATRAS.lat + draw(st.integers(-40, 40)) / 1000,
            lon=PATRAS.lon + draw(st.integers(-40, 40)) / 1000,
            min_gap_days=draw(st.sampled_from([None, 1, 2, 3])),
            allowed_weekdays=draw(st.sampled_from([None, frozenset({1, 2, 3}), frozenset({5}), frozenset({2, 4})])),
            visiting_hours=draw(hours),
            service_minutes=draw(st.sampled_from([None, 5, 40, 120])),
        )
        for number in numbers
    ]


def days_of(week: GeneratedWeek) -> dict[int, list[date]]:
    """The days on which each outlet is visited."""
    found: dict[int, list[date]] = {}
    for day in week.days:
        for stop in day.stops:
            found.setdefault(stop.outlet_id, []).append(day.day)
    return found


def patterns_of(task: WeekTask) -> dict[int, tuple[tuple[date, ...], ...]]:
    """What each outlet allows."""
    return {choice.demand.outlet.id: choice.patterns for choice in task.choices}


weeks = settings(max_examples=12)
same_outlets = seed(20261130)
"""Tests with it look at the same weeks, which take seconds to search."""


@cache
def week_of(outlets: tuple[PlanOutlet, ...]) -> GeneratedWeek:
    """The week that is generated for these outlets."""
    return generated(make_week_task(outlets))


@same_outlets
@weeks
@given(outlets_to_visit())
def test_no_outlet_is_visited_twice_a_day_nor_sooner_than_agreed(outlets: list[PlanOutlet]) -> None:
    visited = days_of(week_of(tuple(outlets)))
    for outlet in outlets:
        days = visited.get(outlet.id, [])
        assert all((later - earlier).days >= max(1, outlet.min_gap_days or 1) for earlier, later in pairwise(days))
        assert all(outlet.welcome_on(day) for day in days)


@same_outlets
@weeks
@given(outlets_to_visit())
def test_visiting_hours_and_working_hours_are_never_broken(outlets: list[PlanOutlet]) -> None:
    task, by_id = make_week_task(outlets), {outlet.id: outlet for outlet in outlets}
    for day in week_of(tuple(outlets)).days:
        assert task.workday.begins_s <= day.departs_s
        assert day.returns_s <= task.workday.ends_s
        for stop in day.stops:
            spans = windows_on(by_id[stop.outlet_id], day.day)
            assert any(span.opens_s <= stop.begins_s and stop.leaves_s <= span.closes_s for span in spans)


@same_outlets
@weeks
@given(outlets_to_visit())
def test_every_visit_that_is_due_is_planned_or_told(outlets: list[PlanOutlet]) -> None:
    task = make_week_task(outlets)
    week = week_of(tuple(outlets))
    visited = days_of(week)
    told = [note.outlet_id for note in week.unplanned]
    for outlet_id, patterns in patterns_of(task).items():
        due = len(patterns[0]) if patterns else 0
        assert len(visited.get(outlet_id, [])) + told.count(outlet_id) == due


@weeks
@given(outlets_to_visit(), st.integers(0, 4))
def test_the_same_input_gives_the_same_week_and_no_day_beside_those_that_are_open(
    outlets: list[PlanOutlet], frozen: int
) -> None:
    task = make_week_task(outlets, WEEK[frozen:])
    week = generated(task)
    assert week == generated(task)
    assert {day.day for day in week.days} <= set(WEEK[frozen:])


def around_town(count: int, seed: int = 1, **fields: Any) -> list[PlanOutlet]:
    """So many outlets, spread over some kilometres, once to three times a week."""
    rng = Random(seed)
    return [
        make_plan_outlet(
            number,
            str(1 + number % 3),
            lat=PATRAS.lat + rng.gauss(0, 0.02),
            lon=PATRAS.lon + rng.gauss(0, 0.02),
            **fields,
        )
        for number in range(1, count + 1)
    ]


def in_a_row(outlets: Sequence[PlanOutlet]) -> list[tuple[int, ...]]:
    """For each outlet the days on which a plan that only spreads its visits evenly would have them."""
    return [
        tuple(
            sorted(
                {
                    (number + round(visit * 5 / int(outlet.visits_per_week or 1))) % 5
                    for visit in range(int(outlet.visits_per_week or 1))
                }
            )
        )
        for number, outlet in enumerate(outlets)
    ]


def test_days_have_about_the_same_load() -> None:
    week = generated(make_week_task(around_town(40)))
    loads = [day.load_s for day in week.days]
    assert len(loads) == 5
    assert all(abs(load / mean(loads) - 1) <= 0.15 for load in loads)


def test_days_are_compact_so_that_much_less_is_driven_than_where_visits_are_only_spread_evenly() -> None:
    outlets = around_town(40)
    task = make_week_task(outlets)
    fixed = tuple(
        replace(choice, patterns=(tuple(WEEK[day] for day in pattern),))
        for choice, pattern in zip(task.choices, in_a_row(outlets), strict=True)
    )
    spread_evenly = generated(replace(task, choices=fixed))
    week = generated(task)
    driving, evenly = (sum(day.driving_s for day in one.days) for one in (week, spread_evenly))
    assert driving < 0.85 * evenly


def test_what_was_missed_is_made_up_for_early_in_the_week() -> None:
    outlets = [replace(outlet, visits_per_week=Decimal(1)) for outlet in around_town(30)]
    visited = days_of(generated(make_week_task(outlets, missed=(3, 17))))
    assert visited[3] == visited[17] == [WEEK[0]]


def test_where_there_is_no_room_for_all_what_was_missed_is_kept() -> None:
    """Five outlets of four hours each on two days of nine."""
    outlets = [replace(outlet, visits_per_week=Decimal(1), service_minutes=240) for outlet in around_town(5)]
    week = generated(make_week_task(outlets, WEEK[:2], make_workday(lunch=None), missed=(2, 5)))
    assert {2, 5} <= set(days_of(week))
    assert [note.code for note in week.unplanned] == ["no_time_left"]


def test_a_visit_that_does_not_fit_into_its_day_goes_to_another() -> None:
    """Six outlets that open for half an hour only, all at once: one or two a day."""
    hours_of_all = (OpenSpan(None, time(9), time(9, 40)),)
    outlets = [make_plan_outlet(number, visiting_hours=hours_of_all) for number in range(1, 7)]
    week = generated(make_week_task(outlets))
    assert not week.unplanned
    assert max(len(day.stops) for day in week.days) <= 2


def test_a_rep_without_anything_due_has_an_empty_week() -> None:
    assert generated(make_week_task([])) == GeneratedWeek((), ())
    assert generated(make_week_task([make_plan_outlet()], [])) == GeneratedWeek((), ())


def test_places_far_apart_are_not_mixed_in_one_day() -> None:
    """Two villages an hour apart, three outlets each, on two days."""
    drive = [[0 if here // 3 == there // 3 else HOUR for there in range(6)] for here in range(6)]
    wishes = tuple(Wish(place, 600, ((0,), (1,))) for place in range(6))
    problem = WeekProblem(wishes, np.array(drive, dtype=np.int64), 2, 8 * HOUR, None, None, "seed")
    assert sorted(map(sorted, spread(problem))) == [[0, 1, 2], [3, 4, 5]]
