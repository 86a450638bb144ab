"""A visit's status, adherence, and what a KPI's value is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.closing.compliance.kpis import KPIS, Kpi
from app.closing.compliance.reference import SequencedVisit, dwell, made_in_planned_order
from app.closing.compliance.rules import VisitFacts, VisitStatus, value_of, visit_status
from app.field.check_ins.records import CheckInKind

TODAY = date(2026, 11, 23)
PLANNED = VisitFacts(TODAY, planned=True, excused=False, checked_in=False, arrived_inside=False)
MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_a_planned_visit_is_missed_once_its_local_day_is_over() -> None:
    assert visit_status(PLANNED, TODAY) is VisitStatus.PLANNED
    assert visit_status(PLANNED, TODAY - timedelta(days=1)) is VisitStatus.PLANNED
    assert visit_status(PLANNED, TODAY + timedelta(days=1)) is VisitStatus.MISSED


def test_an_arrival_inside_verifies_and_check_ins_without_one_do_not() -> None:
    assert visit_status(replace(PLANNED, checked_in=True, arrived_inside=True), TODAY) is VisitStatus.VERIFIED
    unverified = replace(PLANNED, checked_in=True)
    assert visit_status(unverified, TODAY) is VisitStatus.UNVERIFIED
    assert visit_status(unverified, TODAY + timedelta(days=1)) is VisitStatus.UNVERIFIED


def test_an_excuse_stands_above_everything_else() -> None:
    excused = replace(PLANNED, excused=True)
    assert visit_status(excused, TODAY + timedelta(days=1)) is VisitStatus.EXCUSED
    assert visit_status(replace(excused, checked_in=True, arrived_inside=True), TODAY) is VisitStatus.EXCUSED


def test_nobody_misses_an_ad_hoc_visit() -> None:
    ad_hoc = replace(PLANNED, planned=False)
    assert visit_status(ad_hoc, TODAY + timedelta(days=1)) is VisitStatus.UNVERIFIED
    assert visit_status(replace(ad_hoc, checked_in=True, arrived_inside=True), TODAY) is VisitStatus.VERIFIED


def day(*made: int | None) -> list[SequencedVisit]:
    """A day planned as 1, 2, 3 …, of which `made` came about, in this order."""
    arrivals = {sequence: MORNING + timedelta(minutes=20 * n) for n, sequence in enumerate(made)}
    last = max((sequence for sequence in made if sequence), default=0)
    return [SequencedVisit(sequence, arrivals.get(sequence)) for sequence in range(1, last + 1)]


def in_order(*made: int) -> list[int]:
    return [n for n, fine in enumerate(made_in_planned_order(day(*made)), start=1) if fine]


def test_a_day_as_planned_is_all_in_order() -> None:
    assert in_order(1, 2, 3, 4) == [1, 2, 3, 4]


def test_a_skipped_visit_costs_itself_alone() -> None:
    assert in_order(1, 3, 4) == [1, 3, 4]


def test_a_detour_costs_the_visit_after_it_and_no_other() -> None:
    assert in_order(5, 1, 2, 3, 4) == [2, 3, 4, 5]
    assert in_order(1, 5, 2, 3, 4) == [1, 3, 4, 5]


def test_a_day_turned_round_keeps_its_first_visit_alone() -> None:
    assert in_order(4, 3, 2, 1) == [4]


def test_a_visit_without_a_place_in_the_plan_is_never_out_of_order() -> None:
    stops = [SequencedVisit(2, MORNING), SequencedVisit(None, MORNING + timedelta(hours=1)), SequencedVisit(1, None)]
    assert made_in_planned_order(stops) == [True, True, False]


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"), [(41, 48, "0.8542"), (0, 3, "0.0000"), (7, 2, "3.5000")]
)
def test_a_value_is_the_quotient_to_four_decimals(numerator: int, denominator: int, value: str) -> None:
    assert str(value_of(Decimal(numerator), Decimal(denominator))) == value


def test_nothing_is_divided_by_zero() -> None:
    assert value_of(Decimal(0), Decimal(0)) is None


def test_every_kpi_has_its_definition() -> None:
    assert list(KPIS) == list(Kpi)


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        ("", 0),
        ("a0", 0),
        ("d0", 0),
        ("a0 d12", 12),
        ("d12 a0", 12),
        ("a0 d12 a360 d365", 17),
        ("a0 a350 d365", 15),
        ("a0 d12 d365", 12),
        ("d0 a10", 0),
    ],
    ids=[
        "nothing",
        "arrived only",
        "left only",
        "a stay",
        "in any order of arrival",
        "came back",
        "the first departure is lost",
        "left twice",
        "the arrival is lost",
    ],
)
def test_a_rep_stays_from_an_arrival_to_the_departure_right_after_it(day: str, minutes: int) -> None:
    kinds = {"a": CheckInKind.ARRIVAL, "d": CheckInKind.DEPARTURE}
    seen = [(MORNING + timedelta(minutes=int(one[1:])), kinds[one[0]]) for one in day.split()]
    assert dwell(seen) == timedelta(minutes=minutes)
