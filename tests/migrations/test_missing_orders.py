"""Revision of the voided runs: whose missing orders of before are, is read off the points."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.ground.db.migrations import upgrade
from tests.databases import execute, rows


async def test_a_missing_order_that_nobody_was_booked_points_for_is_nobodys_to_answer_for(old_url: str) -> None:
    await execute(old_url, "DELETE FROM penalty_finalisations")
    await execute(old_url, "UPDATE points_entries SET source_id = gen_random_uuid() WHERE rule = 'missed_order'")
    await upgrade(old_url)
    assert await rows(old_url, "SELECT DISTINCT answers FROM missing_orders") == [(False,)]


async def test_a_missing_order_that_points_were_booked_for_is_the_reps_to_answer_for(old_url: str) -> None:
    await upgrade(old_url)
    assert await rows(old_url, "SELECT DISTINCT answers FROM missing_orders") == [(True,)]


async def test_missing_orders_are_kept_as_they_were_committed_after_the_upgrade(old_url: str) -> None:
    await upgrade(old_url)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(old_url, "UPDATE missing_orders SET answers = NOT answers")
