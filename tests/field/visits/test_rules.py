from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.visits.rules import Excuse, approved_at, is_frozen, visit_problems
from app.field.visits.visit_ids import date_in, new_visit_id
from app.masters.outlets.rules import FieldOutlet
from app.masters.territories.calendar import RepFacts, TerritoryFacts

MONDAY = date(2026, 11, 23)
REP = RepFacts(id=1, code="R1", name="Anna", territory_id=7, active=True)
OUTLET = FieldOutlet(
    id=2,
    code="O1",
    name="Kiosk",
    territory_id=7,
    active=True,
    trade_channel=None,
    location_version=0,
    lat=None,
    lon=None,
    radius_m=None,
    polygon=None,
    order_due_time=None,
    must_stock=(),
    min_order_value=Decimal(0),
    credit_hold=False,
)


def territory_in(zone: str) -> TerritoryFacts:
    return TerritoryFacts(
        id=7,
        code="T",
        zone=ZoneInfo(zone),
        order_cutoff=time(17),
        call_deadline=time(19),
        working_weekdays=frozenset({1, 2, 3, 4, 5}),
        holidays=frozenset(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("zone", "instant", "frozen"),
    [
        ("Europe/Athens", datetime(2026, 11, 22, 21, 59, 59, tzinfo=UTC), False),
        ("Europe/Athens", datetime(2026, 11, 22, 22, 0, tzinfo=UTC), True),
        ("Asia/Kathmandu", datetime(2026, 11, 22, 18, 14, 59, tzinfo=UTC), False),
        ("Asia/Kathmandu", datetime(2026, 11, 22, 18, 15, tzinfo=UTC), True),
    ],
)
def test_a_day_freezes_at_its_midnight_on_the_territorys_own_clocks(zone: str, instant: datetime, frozen: bool) -> None:
    assert is_frozen(territory_in(zone), MONDAY, instant) is frozen


@pytest.mark.parametrize(
    ("rep", "outlet", "codes"),
    [
        (REP, OUTLET, []),
        (None, OUTLET, ["unknown_rep"]),
        (REP, None, ["unknown_outlet"]),
        (None, None, ["unknown_rep", "unknown_outlet"]),
        (replace(REP, active=False), replace(OUTLET, active=False), ["inactive_rep", "inactive_outlet"]),
        (REP, replace(OUTLET, territory_id=8), ["outlet_of_another_territory"]),
    ],
)
def test_a_rep_is_sent_only_to_open_outlets_of_the_own_territory(
    rep: RepFacts | None, outlet: FieldOutlet | None, codes: list[str]
) -> None:
    assert [problem.code for problem in visit_problems(rep, outlet)] == codes


def test_an_excuse_is_the_same_whoever_says_it_again() -> None:
    excuse = Excuse("rep_ill", "Flu", "user:sofia", datetime(2026, 11, 23, tzinfo=UTC))
    assert excuse.says_the_same("rep_ill", "Flu")
    assert not excuse.says_the_same("rep_ill", "A cold")


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_visits_id_tells_its_day(day: date) -> None:
    visit_id = new_visit_id(day)
    assert (date_in(visit_id), visit_id.version, visit_id.variant) == (day, 8, "specified in RFC 4122")


@pytest.mark.parametrize(
    "foreign", [uuid4(), UUID(int=0), UUID(int=2**128 - 1), UUID(int=new_visit_id(MONDAY).int + (1 << 80))]
)
def test_an_id_that_is_no_visits_tells_no_day(foreign: UUID) -> None:
    assert date_in(foreign) is None


@pytest.mark.parametrize(
    ("at", "approved"),
    [
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), datetime(2026, 11, 22, 22, 0, tzinfo=UTC)),
    ],
    ids=["before the day froze", "after it"],
)
def test_what_is_planned_on_a_frozen_day_counts_as_approved_since_it_froze(at: datetime, approved: datetime) -> None:
    assert approved_at(territory_in("Europe/Athens"), MONDAY, at) == approved
