"""What the demo's handhelds record."""

from datetime import date
from random import Random

from app.demo.calendar import local_time
from app.demo.script import DemoHandheld


def test_the_clock_since_boot_counts_an_hour_for_an_hour_also_where_the_clocks_are_put_back() -> None:
    phone = DemoHandheld("PAT-R1", Random(1), local_time(date(2026, 10, 24), 12))
    assert phone.monotonic_ms(local_time(date(2026, 10, 25), 12)) == 25 * 3_600_000
