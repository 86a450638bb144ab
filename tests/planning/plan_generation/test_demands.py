"""How often an outlet is due, and on which days it can be visited."""

from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masters.outlets.plan_facts import OpenSpan, PlanOutlet
from app.planning.plan_generation.demands import Demand, History, demand_of, frequency_of
from app.planning.plan_generation.patterns import Choice, choice_of
from app.planning.routing.travel_times import AreaType
from app.planning.workdays.rules import Workday

MONDAY = date(2026, 11, 30)
WEEK = [MONDAY + timedelta(days=number) for number in range(5)]
TUESDAY, WEDNESDAY, FRIDAY = WEEK[1], WEEK[2], WEEK[4]
WORKDAY = Workday(time(8), time(17), None, None, None, 15, AreaType.URBAN)
NO_PHASE = Fraction(0)
NEVER = History()


def outlet(times: str = "1", **fields: Any) -> PlanOutlet:
    sound: dict[str, Any] = {"lat": 38.2, "lon": 21.7, "visits_per_week": Decimal(times)}
    return PlanOutlet(1, "PAT-1", "Shop", 1, active=True, rep_id=None, **sound | fields)


def due(times: str, history: History = NEVER, monday: date = MONDAY, phase: Fraction = NO_PHASE) -> int:
    return demand_of(outlet(times), monday, history, phase).visits


def choice(visits: int, before: date | None = None, after: date | None = None, **terms: Any) -> Choice:
    known = [day for day in (before, after) if day is not None]
    return choice_of(Demand(outlet(**terms), visits, first=False), WEEK, WORKDAY, known)


@pytest.mark.parametrize(("times", "visits"), [("1", 1), ("3", 3), ("5", 5)])
def test_so_many_visits_a_week_are_due_each_week(times: str, visits: int) -> None:
    assert due(times) == due(times, History(last_visit=MONDAY - timedelta(days=3))) == visits


def test_a_decimal_is_taken_for_the_fraction_that_is_meant() -> None:
    assert frequency_of(outlet("0.3333")) == Fraction(1, 3)
    assert frequency_of(outlet("0.25")) == Fraction(1, 4)


def test_one_in_four_weeks_is_due_four_weeks_after_the_last() -> None:
    weeks = [due("0.25", History(MONDAY - timedelta(weeks=number))) for number in range(1, 6)]
    assert weeks == [0, 0, 0, 1, 1]


def test_a_friday_outlet_of_every_second_week_is_due_in_the_second_week() -> None:
    assert [due("0.5", History(FRIDAY - timedelta(weeks=number))) for number in (1, 2)] == [0, 1]


def test_what_was_missed_is_due_again_and_comes_first() -> None:
    late = demand_of(outlet("0.25"), MONDAY, History(MONDAY - timedelta(weeks=1), missed=True), NO_PHASE)
    assert (late.visits, late.first) == (1, True)
    assert demand_of(outlet("2"), MONDAY, History(missed=True), NO_PHASE) == Demand(outlet("2"), 2, first=True)


def test_nothing_is_due_where_nothing_was_agreed() -> None:
    assert demand_of(outlet(visits_per_week=None), MONDAY, History(missed=True), NO_PHASE).visits == 0


@given(st.integers(1, 21), st.integers(1, 8), st.fractions(0, 1, max_denominator=12).filter(lambda phase: phase < 1))
def test_over_the_weeks_the_visits_add_up_to_what_was_agreed(visits: int, weeks: int, phase: Fraction) -> None:
    times = Fraction(visits, weeks)
    agreed = outlet(str(round(Decimal(visits) / weeks, 4)))
    if frequency_of(agreed) != times:
        return
    made = sum(demand_of(agreed, MONDAY + timedelta(weeks=n), History(), phase).visits for n in range(weeks * 3))
    assert made == visits * 3


def test_never_visited_outlets_of_one_in_n_weeks_are_due_in_the_week_of_their_phase() -> None:
    weeks = [
        [due("0.25", monday=MONDAY + timedelta(weeks=number), phase=Fraction(phase, 4)) for number in range(4)]
        for phase in range(4)
    ]
    assert [sum(row) for row in weeks] == [1, 1, 1, 1]
    assert [sum(column) for column in zip(*weeks, strict=True)] == [1, 1, 1, 1]


def test_every_choice_of_days_is_a_pattern() -> None:
    assert len(choice(2).patterns) == 10
    assert choice(5).patterns == (tuple(WEEK),)


def test_the_agreed_gap_is_kept_within_the_week_and_to_the_visits_around_it() -> None:
    assert choice(2, min_gap_days=3).patterns == ((MONDAY, WEEK[3]), (MONDAY, FRIDAY), (TUESDAY, FRIDAY))
    assert choice(1, before=MONDAY - timedelta(days=3), min_gap_days=7).patterns == ((FRIDAY,),)
    assert choice(1, after=FRIDAY + timedelta(days=3), min_gap_days=6).patterns == ((MONDAY,), (TUESDAY,))


def test_only_days_that_are_allowed_and_open_are_chosen() -> None:
    assert choice(1, allowed_weekdays=frozenset({2, 3, 6})).patterns == ((TUESDAY,), (WEDNESDAY,))
    hours = (OpenSpan(frozenset({5}), time(9), time(12)), OpenSpan(frozenset({1}), time(17), time(20)))
    assert choice(1, visiting_hours=hours).patterns == ((FRIDAY,),)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"lat": None}, "no_location"),
        ({"allowed_weekdays": frozenset({7})}, "no_allowed_day"),
        ({"visiting_hours": (OpenSpan(None, time(17), time(20)),)}, "visiting_hours"),
        ({"visiting_hours": (OpenSpan(None, time(9), time(9, 10)),)}, "visiting_hours"),
        ({"min_gap_days": 14}, "gap_too_short"),
    ],
)
def test_a_wish_that_cannot_be_met_at_all_is_told_with_its_reason(terms: dict[str, Any], code: str) -> None:
    found = choice(1, before=MONDAY - timedelta(days=3), **terms)
    assert found.patterns == ()
    assert found.note is not None
    assert (found.note.code, found.note.outlet_id) == (code, 1)


def test_where_not_all_visits_can_be_made_as_many_are_as_can_be_and_it_is_told() -> None:
    found = choice(5, min_gap_days=2)
    assert found.patterns == ((MONDAY, WEDNESDAY, FRIDAY),)
    assert found.note is not None
    assert found.note.message.startswith("3 of 5 visits")


@given(st.integers(1, 5), st.integers(0, 4), st.sets(st.integers(1, 7), min_size=1), st.integers(1, 9))
def test_no_pattern_breaks_a_gap_or_has_a_day_twice(visits: int, gap: int, weekdays: set[int], ago: int) -> None:
    before = MONDAY - timedelta(days=ago)
    found = choice(visits, before=before, min_gap_days=gap, allowed_weekdays=frozenset(weekdays))
    assert found.patterns or found.note is not None
    for pattern in found.patterns:
        assert all((later - earlier).days >= max(gap, 1) for earlier, later in pairwise((before, *pattern)))
        assert {day.isoweekday() for day in pattern} <= weekdays
