"""Wall times of a day as instants: what takes minutes keeps them, however the clocks are changed."""

from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.planning.week_plans.day_instants import instants_of
from app.planning.week_plans.plan_content import DayPlan, PlannedStop
from tests.factories.routing import MINUTE, at

ATHENS = ZoneInfo("Europe/Athens")
ORDINARY, GAP, TWICE = date(2027, 3, 24), date(2027, 3, 28), date(2027, 10, 31)


def day_from(day: date, begins_s: int, *, visits: int = 6, minutes: int = 15, way: int = 4) -> DayPlan:
    """Visits one after the other, `way` minutes apart, from the first one's begin on."""
    step = (minutes + way) * MINUTE
    stops = tuple(
        PlannedStop(number, way * MINUTE if number else 0, 0, starts, starts, starts + minutes * MINUTE)
        for number in range(visits)
        for starts in [begins_s + number * step]
    )
    return DayPlan(day, stops, begins_s, stops[-1].leaves_s, None, None, 0, 0, None, None)


@pytest.mark.parametrize("begins_s", [at(2), at(2, 30), at(2, 49), at(3), at(3, 30), at(8), at(23, 30)])
@pytest.mark.parametrize("day", [ORDINARY, GAP, TWICE])
def test_every_visit_keeps_its_minutes_and_every_way_between_two(day: date, begins_s: int) -> None:
    visits = instants_of(day_from(day, begins_s), ATHENS).stops.values()
    # differences of instants, not of what clocks show
    times = [tuple(at_.astimezone(UTC) for at_ in (v.arrival_at, v.begins_at, v.ends_at)) for v in visits]
    assert {ends - begins for _, begins, ends in times} == {timedelta(minutes=15)}
    assert all(arrival - ends >= timedelta(minutes=4) for (_, _, ends), (arrival, _, _) in pairwise(times))
    assert [begins - arrival for arrival, begins, _ in times] == [visit.waiting for visit in visits]


def test_away_from_a_change_of_clocks_walls_and_instants_agree() -> None:
    times = instants_of(day_from(GAP, at(8), visits=2), ATHENS)
    assert [f"{visit.begins_at:%H:%M}" for visit in times.stops.values()] == ["08:00", "08:19"]
    assert (f"{times.departs_at:%H:%M}", f"{times.returns_at:%H:%M}") == ("08:00", "08:34")


def test_a_visit_within_a_gap_begins_when_the_gap_ends() -> None:
    # clocks go from 03:00 to 04:00
    (visit,) = instants_of(day_from(GAP, at(3, 20), visits=1), ATHENS).stops.values()
    assert (visit.begins_at.isoformat(), visit.ends_at.isoformat()) == (
        "2027-03-28T04:00:00+03:00",
        "2027-03-28T04:15:00+03:00",
    )


def test_waiting_is_what_is_neither_driven_nor_eaten() -> None:
    stop = PlannedStop(1, 0, 0, at(11, 30), at(13), at(13, 15))
    day = DayPlan(ORDINARY, (stop,), at(11, 30), at(13, 15), at(12), at(12, 30), 0, 0, None, None)
    assert instants_of(day, ATHENS).stops[1].waiting == timedelta(hours=1)
