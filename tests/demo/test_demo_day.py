"""The demo day, played through the real API: what it shows, and that the same seed shows it again."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from rich.console import Console
from sqlalchemy import text

from app.demo import mail_server
from app.demo.day import play
from app.demo.emptiness import is_empty
from app.demo.mail_server import NoMailServer
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Conflict
from app.ground.settings import Settings
from tests.databases import create_database, drop_database


@pytest.fixture
async def another(cluster_url: str) -> AsyncIterator[Database]:
    """A second migrated database."""
    url = await create_database(cluster_url)
    database = Database(url, pool_size=4)
    yield database
    await database.close()
    await drop_database(url)


SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
"""The demo day is the Friday before."""


async def played(settings: Settings, database: Database) -> str:
    console = Console(file=io.StringIO(), width=100)
    with clock.fixed(SATURDAY):
        await play(settings, database, seed=1, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def row(tables: str, first: str) -> list[str]:
    """The cells of the first row that begins with `first`."""
    line = next(line for line in tables.splitlines() if line.startswith(f"│ {first} "))
    return [cell.strip() for cell in line.strip("│").split("│")][1:]


TRUE_DOUBTS = {
    "averaged order": {"Maria"},
    "mock location": {"Petros"},
    "one spot": {"Petros", "Maria"},  # in the café; at home, where two outlets of the day are near enough to tap
    "remote order": {"Maria"},
}
"""Whom the demo's script makes doubtful, and how: whatever else were told would be false."""


def doubted_reps(tables: str) -> dict[str, set[str]]:
    """Which rule doubts whom, by the last of the tables."""
    table = tables[tables.index("Doubts for the supervisor") :]
    lines = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in table.splitlines() if line[:1] == "│"]
    return {
        rule: {rep for rep, number in zip(("Eleni", "Nikos", "Petros", "Maria"), numbers, strict=True) if number != "0"}
        for rule, *numbers in lines
    }


async def steady_outlets_that_were_visited(database: Database) -> int:
    """How many handheld orders from INSIDE are, line by line, what the outlet ordered in each of the four weeks."""
    same = text("""
        WITH form AS (
            SELECT o.id, o.outlet_id, o.business_date, o.channel, o.verdict, array_agg((product_id, quantity)
                ORDER BY product_id) AS lines
            FROM orders o JOIN order_lines l ON (l.business_date, l.order_id) = (o.business_date, o.id)
            GROUP BY o.id, o.outlet_id, o.business_date, o.channel, o.verdict
        )
        SELECT count(*) FROM form AS today
        WHERE channel = 'HANDHELD' AND verdict = 'INSIDE' AND 4 = (
            SELECT count(*) FROM form AS past
            WHERE past.outlet_id = today.outlet_id AND past.business_date < today.business_date
                AND past.lines = today.lines
        )
    """)
    async with database.read_only() as session:
        return await session.scalar(same) or 0


async def plans(database: Database) -> list[tuple[str, list[str], int]]:
    """Each plan by rep and week: its status, what happened to it, and how many wishes it does not meet."""
    query = text("""
        SELECT plan.status, array_agg(version.action ORDER BY version.version),
            max(jsonb_array_length(version.content -> 'unplanned'))
        FROM week_plans AS plan JOIN week_plan_versions AS version ON version.plan_id = plan.id
        JOIN reps ON reps.id = plan.rep_id
        GROUP BY plan.id, plan.week_date, reps.code ORDER BY plan.week_date, reps.code
    """)
    async with database.read_only() as session:
        return [(status, actions, unplanned) for status, actions, unplanned in await session.execute(query)]


def no_dovecot() -> tuple[str, str]:
    raise NoMailServer("not here")


async def test_the_same_seed_makes_the_same_tables(
    settings: Settings, committed: Database, another: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await played(settings, committed)
    monkeypatch.setattr(mail_server, "dovecot", no_dovecot)  # the other time by files, through the same code
    assert await played(settings, another) == first

    planned, visited, verified, ordered, flagged, _ = (int(cell) for cell in row(first, "together"))
    assert 50 < planned < 75  # on one day of a week in which every shop is visited
    assert verified < visited < planned
    assert ordered + flagged > planned  # the offline rep's orders were late at first, and in the end are there

    nikos = [int(cell) for cell in row(first, "Nikos")]
    assert nikos[4] == nikos[0] > 10  # flagged at 17:00, all of them
    assert nikos[5] >= -20  # at most his two outlets without an order cost points in the end
    assert row(first, "mock location") == ["0", "0", row(first, "mock location")[2], "0"]
    assert int(row(first, "mock location")[2]) > 0
    assert int(row(first, "remote order")[3]) > 0
    doubted = doubted_reps(first)
    assert doubted.keys() == TRUE_DOUBTS.keys()
    assert [rule for rule, reps in doubted.items() if not reps <= TRUE_DOUBTS[rule]] == []
    averaged = row(first, "averaged order")
    assert averaged[:3] == ["0", "0", "0"]
    assert averaged[3] == row(first, "remote order")[3]  # all that Maria entered at home
    assert await steady_outlets_that_were_visited(committed) > 5  # and none of these

    made = ["generated", "submitted", "approved"]
    assert await plans(committed) == [
        *[("approved", made, 0)] * 4,
        *[("submitted", made[:2], 0)] * 2,
        ("draft", made[:1], 0),
    ]

    assert row(first, "accepted")[-1] == "4"  # by mail, one of them received two seconds before the cutoff
    assert [row(first, bad)[-1] for bad in ("refused", "unreadable")] == ["1", "1"]
    assert len(list((settings.home / "mail" / "answers").glob("*.eml"))) == 12

    with pytest.raises(Conflict):
        await played(settings, another)
    assert not await is_empty(another)
