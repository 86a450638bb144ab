"""Quarters that the scheduler closes, on a day of the next one (MX3)."""

from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.diagnosis.database import of_months
from app.ground import clock
from app.ground.settings import Settings
from app.motivation.assortment_mix import service
from app.motivation.assortment_mix.closing_job import QuarterCloser
from app.motivation.assortment_mix.models import AssortmentStatement
from scheduler.jobs import all_jobs
from tests.conftest import SavepointDatabase
from tests.factories.territories import make_territory
from tests.motivation.assortment_mix.asking import LogIn, plan, reopen
from tests.motivation.assortment_mix.worlds import MixWorld

FIFTH = datetime(2026, 10, 4, 21, 0, tzinfo=UTC)
"""Midnight in Athens: the fifth day of the fourth quarter begins."""


@pytest.fixture
async def planned(api: httpx.AsyncClient, log_in: LogIn, world: MixWorld) -> MixWorld:
    """The company has targets for the third quarter."""
    await plan(api, log_in(), chocolate="1")
    return world


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(f"fieldproof_{name}") or 0


async def closed(session: AsyncSession) -> list[tuple[int, str, str]]:
    rows = await session.scalars(select(AssortmentStatement).order_by(AssortmentStatement.id))
    return [(row.territory_id, row.quarter.isoformat(), row.closed_by) for row in rows]


async def test_a_quarter_is_closed_from_the_first_minute_of_the_day_on_that_is_set(
    session: AsyncSession, database: SavepointDatabase, planned: MixWorld, the_clock: clock.SetClock
) -> None:
    closer = QuarterCloser(5)
    the_clock.move_to(FIFTH.replace(hour=20, minute=59))
    assert (await closer.close_due(database), await closed(session)) == (0, [])
    the_clock.move_to(FIFTH)
    assert await closer.close_due(database) == 1
    assert await closed(session) == [(planned.territory.id, "2026-07-01", "scheduler")]


async def test_a_quarter_is_closed_once_however_often_the_job_runs(
    session: AsyncSession, database: SavepointDatabase, planned: MixWorld, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(FIFTH)
    assert [await QuarterCloser(5).close_due(database) for _ in range(3)] == [1, 0, 0]


async def test_territories_of_other_zones_are_closed_at_their_own_midnight(
    session: AsyncSession, database: SavepointDatabase, planned: MixWorld, the_clock: clock.SetClock
) -> None:
    western = await make_territory(session, time_zone="America/New_York")
    the_clock.move_to(FIFTH)
    assert await QuarterCloser(5).close_due(database) == 1
    the_clock.move_to(datetime(2026, 10, 5, 4, 0, tzinfo=UTC))
    assert await QuarterCloser(5).close_due(database) == 1
    assert [territory_id for territory_id, *_ in await closed(session)] == [planned.territory.id, western.id]


async def test_nothing_is_closed_without_targets_nor_where_there_was_no_territory_yet(
    session: AsyncSession, database: SavepointDatabase, world: MixWorld, the_clock: clock.SetClock,
    api: httpx.AsyncClient, log_in: LogIn,
) -> None:  # fmt: skip
    late = await make_territory(session, created_at=datetime(2026, 10, 1, 12, tzinfo=UTC))
    await plan(api, log_in(), late.code, chocolate="1")
    the_clock.move_to(FIFTH)
    assert (await QuarterCloser(5).close_due(database), await closed(session)) == (0, [])


async def test_a_quarter_that_was_reopened_is_closed_by_hand_alone(
    api: httpx.AsyncClient,
    log_in: LogIn,
    session: AsyncSession,
    database: SavepointDatabase,
    planned: MixWorld,
    the_clock: clock.SetClock,
) -> None:
    the_clock.move_to(FIFTH)
    await QuarterCloser(5).close_due(database)
    assert (await reopen(api, log_in(), planned.territory.code)).status_code == 200
    assert await QuarterCloser(5).close_due(database) == 0


async def test_a_territory_that_cannot_be_closed_stops_no_other(
    session: AsyncSession,
    database: SavepointDatabase,
    planned: MixWorld,
    the_clock: clock.SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = await make_territory(session)
    close_quarter = service.close_quarter

    async def break_for_one(session: AsyncSession, territory: object, *rest: object, **named: object) -> object:
        if getattr(territory, "id", None) == planned.territory.id:
            raise RuntimeError("a broken territory")
        return await close_quarter(session, territory, *rest, **named)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(service, "close_quarter", break_for_one)
    the_clock.move_to(FIFTH)
    failures = metric("quarter_failures_total")
    assert await QuarterCloser(5).close_due(database) == 1
    assert [territory_id for territory_id, *_ in await closed(session)] == [other.id]
    assert (metric("quarter_failures_total") - failures, metric("quarters_overdue")) == (1, 1)
    finding = await of_months(session, Settings(assortment_closing_day=5))
    assert planned.territory.code in finding.detail
    assert other.code not in finding.detail
    monkeypatch.undo()
    assert await QuarterCloser(5).close_due(database) == 1
    assert metric("quarters_overdue") == 0


def test_the_scheduler_closes_quarters_only_where_a_day_is_set(settings: Settings) -> None:
    def jobs(closing_day: int | None) -> set[str]:
        return {job.id for job in all_jobs(settings.model_copy(update={"assortment_closing_day": closing_day}))}

    assert jobs(5) - jobs(None) == {"close_quarters"}
