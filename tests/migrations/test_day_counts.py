"""Revision of the order of time: what handhelds had on the days whose counts are kept is counted, and no more."""

from app.field.watermarks.service import DAYS_KEPT
from app.ground.db.migrations import upgrade
from tests.databases import execute, rows

BEFORE = "0032"
A_CHECK_IN_EACH = """
    WITH aged AS (
        SELECT business_date, id, row_number() OVER (ORDER BY id) AS number FROM check_ins WHERE device_id IS NOT NULL
    )
    UPDATE check_ins AS c SET business_date = current_date - {days} + CAST(1 - aged.number AS int)
    FROM aged WHERE (c.business_date, c.id) = (aged.business_date, aged.id)
"""
OLDER = "SELECT id FROM check_ins WHERE business_date < current_date - {days}"
COUNTED = "SELECT current_date - business_date, events FROM device_days WHERE business_date < current_date - 30"


async def test_days_are_counted_as_far_back_as_counts_are_kept(old_url: str) -> None:
    await upgrade(old_url, BEFORE)
    await execute(old_url, A_CHECK_IN_EACH.format(days=DAYS_KEPT.days))
    assert await rows(old_url, OLDER.format(days=DAYS_KEPT.days))

    await upgrade(old_url)

    assert await rows(old_url, COUNTED) == [(DAYS_KEPT.days, 1)]
