"""The deadlines of a period, without a database."""

from datetime import UTC, date, datetime, time

from app.compliance.deadlines import deadlines_of

SATURDAY, SUNDAY = date(2026, 3, 28), date(2026, 3, 29)


def test_a_deadline_is_an_instant_of_each_day_by_the_zones_clock() -> None:
    found = deadlines_of([("Europe/Athens", time(17))], SATURDAY, SUNDAY)
    assert [(one.business_date, one.at) for one in found] == [
        (SATURDAY, datetime(2026, 3, 28, 15, tzinfo=UTC)),
        (SUNDAY, datetime(2026, 3, 29, 14, tzinfo=UTC)),
    ]


def test_a_wall_time_of_many_territories_is_reckoned_once() -> None:
    assert len(deadlines_of([("Europe/Athens", time(17))] * 200, SUNDAY, SUNDAY)) == 1
