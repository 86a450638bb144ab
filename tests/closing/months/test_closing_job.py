"""Months that the scheduler closes, from a day of the next one on (P6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months import service
from app.diagnosis.database import of_months
from app.ground import clock
from app.ground.findings import unusual
from app.ground.settings import Settings
from app.masters.territories import service as territories
from app.masters.territories.models import Territory
from app.motivation.statements import service as statements
from app.motivation.statements.models import MonthClosing, StatementPolicy
from scheduler.jobs import all_jobs
from tests.conftest import SavepointDatabase
from tests.factories.territories import make_rep, make_territory

SUNDAY = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
FIRST_OF_DECEMBER = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
"""Midnight in Athens."""
THIRD = FIRST_OF_DECEMBER + timedelta(days=2)


@pytest.fixture
async def territory(session: AsyncSession, the_clock: clock.SetClock) -> Territory:
    """Months are closed on the third. It was made on the last of November, after that day's cutoff."""
    session.add(
        StatementPolicy(version=1, valid_from=date(2026, 1, 1), closing_day=3, created_at=SUNDAY, created_by="test")
    )
    the_clock.move_to(THIRD)
    return await make_territory(session, created_at=FIRST_OF_DECEMBER - timedelta(hours=1))


async def closed(session: AsyncSession) -> list[tuple[int, str]]:
    rows = await session.execute(
        select(MonthClosing.territory_id, MonthClosing.month, MonthClosing.begun_by).order_by(MonthClosing.begun_at)
    )
    return [(row.territory_id, f"{row.month:%Y-%m} {row.begun_by}") for row in rows]


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(f"fieldproof_{name}") or 0


async def reopen(session: AsyncSession, territory: Territory, month: date) -> None:
    facts = await territories.territory_facts(session, territory.id)
    await statements.reopen(session, facts, month, reason="test", by="user:root", at=clock.now())


async def test_a_month_is_closed_once_from_the_first_minute_of_its_day_on(
    session: AsyncSession, database: SavepointDatabase, territory: Territory, the_clock: clock.SetClock
) -> None:
    await make_rep(session, territory)
    the_clock.move_to(THIRD - timedelta(minutes=1))
    assert await service.close_due(database) == 0
    the_clock.move_to(THIRD)
    assert [await service.close_due(database) for _ in range(2)] == [1, 0]
    assert await closed(session) == [(territory.id, "2026-11 scheduler")]


async def test_by_hand_alone_where_no_day_is_set(
    session: AsyncSession, database: SavepointDatabase, territory: Territory
) -> None:
    session.add(StatementPolicy(version=2, valid_from=THIRD.date(), created_at=SUNDAY, created_by="test"))
    await session.flush()
    assert await service.close_due(database) == 0


async def test_a_month_that_was_reopened_is_closed_by_hand_alone(
    session: AsyncSession, database: SavepointDatabase, territory: Territory, the_clock: clock.SetClock
) -> None:
    await service.close_due(database)
    await reopen(session, territory, date(2026, 11, 1))
    assert await service.close_due(database) == 0

    facts = await territories.territory_facts(session, territory.id)
    await service.close_month(database, facts, date(2026, 11, 1), by="user:root")
    january = THIRD + timedelta(days=31)
    the_clock.move_to(january)
    territory.created_at = january - timedelta(days=2, hours=1)
    await session.flush()
    assert await service.close_due(database) == 1
    assert [name for _, name in await closed(session)][1:] == ["2026-11 user:root", "2026-12 scheduler"]


async def test_a_territory_that_cannot_be_closed_stops_no_other(
    session: AsyncSession, database: SavepointDatabase, territory: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await make_territory(session, created_at=territory.created_at)
    close_month = service.close_month

    async def break_for_one(database: object, facts: object, *rest: object, **named: object) -> object:
        if getattr(facts, "id", None) == territory.id:
            raise RuntimeError("a broken territory")
        return await close_month(database, facts, *rest, **named)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(service, "close_month", break_for_one)
    failures = metric("month_failures_total")
    assert await service.close_due(database) == 1
    assert [territory_id for territory_id, _ in await closed(session)] == [other.id]
    assert (metric("month_failures_total") - failures, metric("months_overdue")) == (1, 1)
    monkeypatch.undo()
    assert await service.close_due(database) == 1
    assert metric("months_overdue") == 0


async def test_a_territory_with_days_that_nobody_has_closed_yet_waits(
    session: AsyncSession, database: SavepointDatabase, territory: Territory
) -> None:
    territory.created_at = FIRST_OF_DECEMBER - timedelta(days=1)
    await session.flush()
    assert await service.close_due(database) == 0
    assert metric("months_overdue") == 1
    assert await of_months(session, Settings()) == unusual(
        "months", f"Due and not closed, though tried every hour: {territory.code} 2026-11."
    )


async def test_whoever_leads_no_more_tells_of_no_month(
    session: AsyncSession, database: SavepointDatabase, territory: Territory
) -> None:
    territory.created_at = FIRST_OF_DECEMBER - timedelta(days=1)
    await session.flush()
    (job,) = [job for job in all_jobs(Settings()) if job.id == "close_due_months"]
    await job.run(database)
    assert metric("months_overdue") == 1
    assert job.close is not None
    await job.close()
    assert metric("months_overdue") == 0
