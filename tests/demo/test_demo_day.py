"""The demo, played through the real API: what its day shows, and what its month came to, as the documents tell it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.demo import accounts
from app.demo.connection import Connection
from app.demo.emptiness import is_empty
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Conflict
from app.ground.settings import Settings
from app.main import create_app
from tests.demo_world import SATURDAY, DemoWorld, play_demo

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "motivation.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class PlayedDemo:
    """The demo of seed 1: its tables, its database, and an admin who asks the API on the day after."""

    tables: str
    database: Database
    settings: Settings
    admin: Connection

    async def explained(self, rep_code: str, rule: str, kind: str = "PENALTY", place: int = 0) -> dict[str, Any]:
        """Why an entry of a rep's October is what it is; `place`: among those of the rule, from 0."""
        ledger = await self.admin.get(f"/v1/reps/{rep_code}/points", **{"from": "2026-10-01", "to": "2026-10-31"})
        entries = [entry for entry in ledger["items"] if (entry["rule"], entry["kind"]) == (rule, kind)]
        explanation: dict[str, Any] = await self.admin.get(f"/v1/points/{entries[place]['id']}/explanation")
        return explanation


@pytest.fixture(scope="module")
async def demo(demo_world: DemoWorld) -> AsyncIterator[PlayedDemo]:
    """A copy for all tests here, which read it."""
    async with demo_world.copied() as database:
        app = create_app(demo_world.settings, database)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo") as http:
            with clock.fixed(SATURDAY):
                admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
            yield PlayedDemo(demo_world.tables, database, demo_world.settings, admin)


@pytest.fixture(autouse=True)
def saturday(the_clock: clock.SetClock) -> None:
    the_clock.move_to(SATURDAY)


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
    table = tables[tables.index("Doubts for the supervisor") : tables.index("Statements of")]
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


def numbers(tables: str, first: str) -> list[int]:
    return [int(cell) for cell in row(tables, first)]


async def test_the_same_seed_and_day_make_the_tables_that_the_readme_shows(demo: PlayedDemo) -> None:
    tables = "\n".join(line.rstrip() for line in demo.tables.strip("\n").splitlines())
    assert f"```\n{tables}\n```" in README


async def test_a_day_has_visits_that_are_planned_made_verified_and_flagged(demo: PlayedDemo) -> None:
    planned, visited, verified, ordered, flagged, _ = numbers(demo.tables, "together")
    assert 50 < planned < 75  # on one day of a week in which every shop is visited
    assert verified < visited < planned
    assert ordered + flagged > planned  # the offline rep's orders were late at first, and in the end are there


async def test_an_offline_rep_is_flagged_everywhere_and_pays_only_for_what_was_not_ordered(demo: PlayedDemo) -> None:
    planned, _, _, _, flagged, points = numbers(demo.tables, "Nikos")
    assert flagged == planned > 10
    assert points >= -20  # at most his two outlets without an order cost points in the end


async def test_doubts_are_told_of_those_alone_who_gave_cause_for_them(demo: PlayedDemo) -> None:
    assert row(demo.tables, "mock location") == ["0", "0", row(demo.tables, "mock location")[2], "0"]
    assert numbers(demo.tables, "mock location")[2] > 0
    assert numbers(demo.tables, "remote order")[3] > 0
    doubted = doubted_reps(demo.tables)
    assert doubted.keys() == TRUE_DOUBTS.keys()
    assert [rule for rule, reps in doubted.items() if not reps <= TRUE_DOUBTS[rule]] == []


async def test_what_was_entered_at_home_is_doubted_and_no_steady_outlet_that_was_visited(demo: PlayedDemo) -> None:
    averaged = row(demo.tables, "averaged order")
    assert averaged[:3] == ["0", "0", "0"]
    assert averaged[3] == row(demo.tables, "remote order")[3]  # all that Maria entered at home
    assert await steady_outlets_that_were_visited(demo.database) > 5  # and none of these


async def test_the_weeks_before_go_by_a_plan_that_was_brought_in_and_the_days_own_by_one_that_was_made(
    demo: PlayedDemo,
) -> None:
    steps = ["generated", "submitted", "approved"]
    assert await plans(demo.database) == [
        *[("approved", ["imported"], None)] * 4 * 4,
        *[("approved", steps, 0)] * 4,
        *[("submitted", steps[:2], 0)] * 2,
        ("draft", steps[:1], 0),
    ]


async def test_of_six_mailed_forms_four_are_accepted_and_all_are_answered(demo: PlayedDemo) -> None:
    assert row(demo.tables, "accepted")[-1] == "4"  # one of them received two seconds before the cutoff
    assert [row(demo.tables, bad)[-1] for bad in ("refused", "unreadable")] == ["1", "1"]
    assert len(list((demo.settings.home / "mail" / "answers").glob("*.eml"))) == 6


async def test_deliveries_differ_for_which_different_parties_answer(demo: PlayedDemo) -> None:
    assert [row(demo.tables, kind)[0] for kind in ("short accepted", "short shipped")] == ["rep", "warehouse"]


async def test_a_confirmed_dumping_costs_its_points_and_what_the_order_had_earned(demo: PlayedDemo) -> None:
    day = {"from": "2026-11-27", "to": "2026-11-27"}
    entries = (await demo.admin.get("/v1/reps/PAT-R4/points", **day))["items"]
    [dumped] = [entry["points"] for entry in entries if entry["rule"] == "dumped_order"]
    [earned] = [
        entry["points"] for entry in entries if (entry["rule"], entry["note"]) == ("order_on_time", "dumped_order")
    ]
    assert (dumped, earned) == (-10, -1)
    assert f"−{-dumped} points, and the +{-earned} that" in PAGE


async def test_the_page_shows_the_statements_of_the_month_before(demo: PlayedDemo) -> None:
    statements = (await demo.admin.get("/v1/points/months/2026-10/statements"))["items"]
    points = [{line["rule"]: line["points"] for line in statement["lines"]} for statement in statements]
    rules = re.findall(r"^\| `(\w+)` \|(?:[^|]+\|){4}$", PAGE, re.MULTILINE)
    assert sorted(rules) == sorted(set().union(*points))
    for rule in rules:
        assert _cells(rule) == [of_rep.get(rule, 0) for of_rep in points]
    assert _cells("**together**") == [statement["points"] for statement in statements]
    amounts = " | ".join(statement["amount"] for statement in statements)
    assert f"| **amount, €** | {amounts} |" in PAGE


async def test_the_page_quotes_what_the_software_says_of_each_case(demo: PlayedDemo) -> None:
    quoted = re.sub(r"\s+", " ", re.sub(r"^> ?", "", PAGE, flags=re.MULTILINE))
    cases = [
        await demo.explained("PAT-R3", "returns_over_limit"),
        await demo.explained("PAT-R1", "returns_within_limit", "AWARD"),
        await demo.explained("PAT-R2", "delivery_mismatch"),
        await demo.explained("PAT-R4", "missed_order", place=1),
    ]
    assert [case["text"] for case in cases if case["text"] not in quoted] == []


async def test_a_demo_needs_an_empty_database(demo: PlayedDemo) -> None:
    assert not await is_empty(demo.database)
    with pytest.raises(Conflict):
        await play_demo(demo.settings, demo.database)


def _cells(first: str) -> list[int]:
    """The numbers of the page's row that begins so."""
    rule = first if first.startswith("*") else f"`{first}`"
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {rule} |") and line.count("|") == 6]
    return [int(cell.replace("−", "-")) for cell in line.split("|")[2:6]]
