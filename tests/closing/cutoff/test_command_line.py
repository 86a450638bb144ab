"""`fieldproof close-day`: a day closed at a terminal (C1, C7)."""

import asyncio
import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground import clock
from app.ground.db.session import Database
from app.masters.territories.models import Territory
from tests.closing.cutoff.worlds import AFTER, CUTOFF, missing
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


@pytest.fixture
async def territory(committed: Database, the_clock: clock.SetClock) -> Territory:
    """One planned visit without an order on the Monday whose cutoff has come."""
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
    return territory


@pytest.fixture(autouse=True)
def _database_address(committed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)


async def close_day(territory_code: str, *more: str) -> Result:
    """The command, in a thread: it makes an event loop of its own."""
    command = ["close-day", "--territory", territory_code, "--date", "2026-11-23", *more]
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, command))


async def test_a_day_closed_at_the_terminal_prints_its_run_and_the_same_run_when_asked_again(
    territory: Territory,
) -> None:
    first, again = [await close_day(territory.code) for _ in range(2)]
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stdout == again.stdout
    run = json.loads(first.stdout)
    assert (run["territory_code"], run["business_date"], run["missing_orders"]) == (territory.code, "2026-11-23", 1)


async def test_a_dry_run_at_the_terminal_prints_what_would_be_flagged_and_writes_nothing(
    committed: Database, territory: Territory
) -> None:
    result = await close_day(territory.code, "--dry-run")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["dry_run"], len(told["missing_orders_preview"])) == (0, True, 1)
    async with committed.read_only() as session:
        assert await missing(session) == []


async def test_the_terminal_is_told_of_an_unknown_territory(territory: Territory) -> None:
    result = await close_day("NOWHERE")
    assert (result.exit_code, result.stderr) == (1, "There is no territory NOWHERE.\n")


async def test_the_terminal_is_told_when_the_cutoff_is_still_to_come(
    territory: Territory, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF - timedelta(seconds=1))
    result = await close_day(territory.code)
    assert result.exit_code == 1
    assert "2026-11-23T17:00:00+02:00" in result.stderr
