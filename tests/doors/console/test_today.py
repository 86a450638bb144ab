"""Today, as a supervisor sees it: numbers that open, a clock, and what happens while one looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.closing.rep_days import service as rep_days
from app.doors.console.live.feed import LiveLine, Watcher
from app.doors.console.today import pages
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.doors.console.browsing import become_true
from tests.doors.console.conftest import SignIn
from tests.factories.identity import bearer

NOON = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
"""12:00 in Patras on the demo day."""
AFTER_THE_DEADLINE = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)


async def test_every_number_opens_the_visits_behind_it(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today?date=2026-11-27")
    row = page.get_by_role("row", name="Petros")
    for name in ("visited", "verified", "flagged"):
        number = int(await row.locator(f"[data-count-of={name}]").inner_text())
        await row.locator(f"[data-count-of={name}]").click()
        assert await page.locator("tbody tr").count() == number
        await page.go_back()


async def test_the_clock_runs_to_the_cutoff_then_to_the_call_deadline(
    signed_in: SignIn, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(NOON)
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today?date=2026-11-27")
    assert (await page.locator(".countdown").inner_text()).startswith(("4:59:5", "5:00:0"))
    await page.goto("about:blank")  # nothing of the page is on its way while the clock jumps
    the_clock.move_to(NOON + timedelta(hours=6))
    page = await visitor.open("/console/today?date=2026-11-27")
    assert "to the call deadline" in await page.locator(".figures").inner_text()
    assert (await page.locator(".countdown").inner_text()).startswith(("0:59:5", "1:00:0"))


async def test_a_check_in_shows_while_one_looks(
    signed_in: SignIn, console: str, console_app: FastAPI, demo_database: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTER_THE_DEADLINE)
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today")
    row = page.get_by_role("row", name="Eleni")
    before = int(await row.locator("[data-count-of=visited]").inner_text())
    total = int(await page.locator("[data-sum-of=visited]").inner_text())
    await become_true(page, "window.htmx !== undefined")
    async with demo_database.read_only() as session:
        device = await session.scalar(select(Device).join(Rep, Rep.id == Device.rep_id).where(Rep.code == "PAT-R1"))
        assert device is not None
    visits = await _unvisited(console, console_app, device)
    check_in = {
        "type": "check_in",
        "id": str(uuid4()),
        "outlet_code": visits[0],
        "kind": "arrival",
        "captured_at": AFTER_THE_DEADLINE.isoformat(),
        "fix": None,
    }
    async with httpx.AsyncClient(base_url=console, headers=bearer(console_app, device)) as phone:
        answer = await phone.post("/v1/sync", json={"sent_at": AFTER_THE_DEADLINE.isoformat(), "events": [check_in]})
        assert answer.json()["results"][0]["status"] == "accepted"
    await row.locator(f"[data-count-of=visited]:text-is('{before + 1}')").wait_for(timeout=5_000)
    await page.locator(f"[data-sum-of=visited]:text-is('{total + 1}')").wait_for()


async def _unvisited(console: str, app: FastAPI, device: Device) -> list[str]:
    """Outlets of the rep's day at which nobody has arrived yet."""
    async with httpx.AsyncClient(base_url=console, headers=bearer(app, device)) as phone:
        answer = await phone.get("/v1/visits", params={"date": "2026-11-27", "limit": 500})
    return [v["outlet_code"] for v in answer.json()["items"] if v["planned"] and not v["check_ins"]]


@pytest.mark.parametrize("role", ["operator"])
async def test_who_phones_has_no_use_for_it(signed_in: SignIn, role: str) -> None:
    visitor = await signed_in(role)
    page = await visitor.open("/console/today")
    assert await page.inner_text("h1") == "This is for others"


async def test_each_flagged_visit_tells_how_its_call_stands(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today?date=2026-11-27")
    calls = (
        await page.get_by_role("region", name="Flagged at the cutoff").locator("td[data-label=Call]").all_inner_texts()
    )
    assert {"done order taken", "cancelled"} <= {" ".join(call.replace("✓", "").split()) for call in calls}
    assert await page.get_by_role("link", name="All of them").count() == 0


async def test_what_is_flagged_beyond_the_first_is_in_the_report(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FLAGGED_SHOWN", 5)
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today?date=2026-11-27")
    assert await page.get_by_role("region", name="Flagged at the cutoff").locator("tbody tr").count() == 5
    await page.get_by_role("link", name="All of them are in the day's report").click()
    await page.wait_for_url("**/console/reports/days/*")
    assert await page.locator("tbody tr").count() >= 27


async def test_streams_of_one_language_and_one_sight_share_a_line_and_others_are_told_their_own(
    demo_database: Database,
) -> None:
    async with demo_database.read_only() as session:
        days = await rep_days.rep_days(session, None, day=date(2026, 11, 27))
    line = next(line for line in days.lines if line.last_seen is not None)
    assert line.last_seen is not None
    elsewhere = replace(line.last_seen, at_a_planned_visit=False, outlet_territory_id=-1, outlet_name="Elsewhere")
    live = LiveLine(replace(line, last_seen=elsewhere), days.territories[line.line.territory_id])
    rows = [
        told_of(live, "en", None),
        told_of(live, "en", None),
        told_of(live, "ru", None),
        told_of(live, "en", frozenset({line.line.territory_id})),
    ]
    assert rows[0] is rows[1]
    assert ["Elsewhere" in each for each in rows] == [True, True, True, False]
    assert len(set(rows)) == len(live.parts) == 3


def told_of(live: LiveLine, language: str, territory_ids: frozenset[int] | None) -> str:
    """The line that somebody's stream is told, who sees these territories (None: all)."""
    page: Any = SimpleNamespace(preferences=SimpleNamespace(language=language))
    caller: Any = SimpleNamespace(territory_ids=territory_ids)
    [event] = pages._tell(page, Watcher(lines={1: live}), caller)
    return str(event.data)
