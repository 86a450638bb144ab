"""What a week has room for at all."""

from collections.abc import Sequence

from app.planning.plan_generation.demands import Demand
from app.planning.plan_generation.patterns import Choice, choice_of
from app.planning.plan_generation.week_facts import MOST_OUTLETS, with_room
from tests.factories.plan_generation import WEEK, make_plan_outlet, make_workday

WORKDAY = make_workday(lunch=None)  # nine hours


def choices(*wanted: tuple[str, int, bool]) -> list[Choice]:
    """For each (visits a week, minutes, missed) what the week allows."""
    return [
        choice_of(
            Demand(make_plan_outlet(number, times, service_minutes=minutes), int(times), missed), WEEK, WORKDAY, []
        )
        for number, (times, minutes, missed) in enumerate(wanted, 1)
    ]


def numbers(found: Sequence[Choice]) -> list[int]:
    """Which outlets."""
    return [choice.demand.outlet.id for choice in found]


def test_a_week_with_room_for_all_keeps_all() -> None:
    kept, left_out = with_room(choices(("1", 60, False), ("5", 60, False)), WORKDAY, 5)
    assert (numbers(kept), left_out) == ([1, 2], ())


def test_of_far_too_much_the_missed_and_the_most_frequent_are_kept() -> None:
    """45 hours, and a quarter more: five visits of eight hours, and one of eight that was missed."""
    wanted = choices(("1", 480, False), ("5", 480, False), ("1", 480, True), ("1", 480, False))
    kept, left_out = with_room(wanted, WORKDAY, 5)
    assert (numbers(kept), numbers(left_out)) == ([1, 2, 3], [4])


def test_however_short_the_visits_are_a_rep_does_not_make_thousands() -> None:
    kept, left_out = with_room(choices(*[("1", 1, False)] * (MOST_OUTLETS + 7)), WORKDAY, 5)
    assert (len(kept), len(left_out)) == (MOST_OUTLETS, 7)
