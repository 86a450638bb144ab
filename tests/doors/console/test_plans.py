"""A supervisor's week of planning in a browser: the board, a rep's week, moves by keys, drag and form, generations."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Page, expect

from app.demo import accounts
from app.demo.connection import Connection
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.workers.pool import Workers
from app.planning.plan_generation.generator import PlanGenerator
from app.planning.week_plans.iso_weeks import days_of, monday_of
from tests.doors.console.conftest import SignIn

MONDAY, TUESDAY, WEDNESDAY = "2026-12-14", "2026-12-15", "2026-12-16"
WEEK = "2026-W51"
"""A week that the demo knows nothing of: each test has a rep of its own in it."""
YEAR_END = "2026-W53"
PLANS = "/console/plans"


@pytest.fixture
async def sofia(console: str) -> AsyncIterator[Connection]:
    """The supervisor by the API: to prepare, and to see what became of it."""
    async with httpx.AsyncClient(base_url=console, timeout=60) as http:
        yield await Connection.log_in(http, accounts.STAFF["supervisor"], accounts.PASSWORD)


async def put_week(sofia: Connection, rep_code: str, week: str = WEEK, *, status: str = "draft") -> None:
    """A small plan: three visits on Monday, one on Tuesday."""
    path, (monday, tuesday, *_) = f"/v1/reps/{rep_code}/week-plans/{week}", days_of(monday_of(week))
    visits = [(monday, "PAT-0001"), (monday, "PAT-0002"), (monday, "PAT-0003"), (tuesday, "PAT-0004")]
    await sofia.put(path, {"visits": [{"outlet_code": code, "visit_date": day} for day, code in visits]})
    for step in {"draft": (), "submitted": ("submit",), "approved": ("submit", "approve")}[status]:
        await sofia.post(f"{path}/{step}", {})


async def visits_of(sofia: Connection, rep_code: str, week: str = WEEK) -> dict[str, list[str]]:
    """The outlets of each day, without their prefix, in their order."""
    plan = await sofia.get(f"/v1/reps/{rep_code}/week-plans/{week}")
    days: dict[str, list[str]] = {}
    for visit in plan["visits"]:
        days.setdefault(visit["visit_date"], []).append(visit["outlet_code"].removeprefix("PAT-"))
    return days


def stop(page: Page, outlet: str, day: str) -> Any:
    return page.locator(f'.stop[data-outlet="PAT-{outlet}"][data-day="{day}"] > a')


async def test_the_board_tells_who_is_late_and_makes_the_plans_that_are_missing(
    signed_in: SignIn, sofia: Connection, demo_database: Database, workers: Workers
) -> None:
    page = await (await signed_in("supervisor")).open(PLANS)
    rows = page.locator("table.board tbody tr")
    await expect(page.get_by_role("heading", name="Patras, week 49")).to_be_visible()
    await expect(rows.filter(has_text="Petros").locator(".badges")).to_have_text("draft late")
    await expect(rows.filter(has_text="Maria").locator(".badges")).to_have_text("not begun late")
    await page.get_by_role("link", name="Generate plans …").click()
    await page.get_by_role("button", name="Generate", exact=True).click()
    progress = page.locator("#progress")
    await expect(progress.get_by_role("status")).to_contain_text("0 of 4 reps are done.")
    await PlanGenerator(Settings(solver_processes=1), workers).work_off(demo_database)
    await expect(progress.get_by_role("status")).to_contain_text("finished")
    await expect(progress.locator("tbody tr").filter(has_text="Eleni")).to_contain_text("left as it was")
    await expect(progress.locator("tbody tr").filter(has_text="Maria")).to_contain_text("generated")
    plan = await sofia.get("/v1/reps/PAT-R4/week-plans/2026-W49")
    assert (plan["status"], len(plan["visits"]) > 50) == ("draft", True)


async def test_a_generation_can_be_cancelled(signed_in: SignIn) -> None:
    page = await (await signed_in("supervisor")).open(
        f"{PLANS}/generations/new?iso_week=2027-W02&territory_code=PATRAS"
    )
    await page.get_by_role("button", name="Generate", exact=True).click()
    await page.get_by_role("button", name="Make no more plans").click()
    await expect(page.locator("#progress .badge").first).to_have_text("cancelled")


async def test_a_plan_is_approved_as_it_was_read_and_not_otherwise(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R1", "2026-W52", status="submitted")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R1/2026-W52")
    await sofia.post("/v1/reps/PAT-R1/week-plans/2026-W52/return", {"remark": "Two more on Monday."})
    await sofia.post("/v1/reps/PAT-R1/week-plans/2026-W52/submit", {})
    await page.get_by_role("button", name="Approve the plan").click()
    await expect(page.get_by_role("alert")).to_contain_text("Somebody else has changed this plan meanwhile.")
    await page.keyboard.press("a")
    await expect(page.locator(".notice")).to_have_text("The plan is approved.")
    assert (await sofia.get("/v1/reps/PAT-R1/week-plans/2026-W52"))["decided_by"] == "user:sofia"


async def test_a_plan_is_returned_with_a_remark(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R2", "2026-W52", status="submitted")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R2/2026-W52")
    await page.keyboard.press("r")
    await page.keyboard.type("  ")
    await page.get_by_role("button", name="Return it to the rep").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("What is to be changed").fill("Rio is closed on Monday.")
    await page.get_by_role("button", name="Return it to the rep").click()
    await expect(page.locator(".plan-facts")).to_contain_text("Rio is closed on Monday.")
    assert (await sofia.get("/v1/reps/PAT-R2/week-plans/2026-W52"))["status"] == "returned"


async def test_several_plans_are_approved_on_the_board(signed_in: SignIn, sofia: Connection) -> None:
    for rep_code in ("PAT-R3", "PAT-R4"):
        await put_week(sofia, rep_code, "2026-W52", status="submitted")
    page = await (await signed_in("supervisor")).open(f"{PLANS}?iso_week=2026-W52&only=waiting")
    await page.get_by_label("Choose the plan of Petros").check()
    await page.get_by_label("Choose the plan of Maria").check()
    await page.get_by_role("button", name="Approve the chosen plans").click()
    await expect(page.locator(".notice")).to_be_visible()
    statuses = [(await sofia.get(f"/v1/reps/PAT-{rep}/week-plans/2026-W52"))["status"] for rep in ("R3", "R4")]
    assert statuses == ["approved", "approved"]


async def test_a_visit_is_moved_by_keys_and_keeps_the_focus(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R1")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R1/{WEEK}")
    await stop(page, "0001", MONDAY).focus()
    await page.keyboard.press("Shift+ArrowDown")
    await expect(page.locator("#said")).to_have_text("The visit is moved.")
    await expect(stop(page, "0001", MONDAY)).to_be_focused()
    await page.keyboard.press("Shift+ArrowRight")
    await expect(stop(page, "0001", TUESDAY)).to_be_focused()
    assert await visits_of(sofia, "PAT-R1") == {MONDAY: ["0002", "0003"], TUESDAY: ["0004", "0001"]}
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Delete")
    await expect(stop(page, "0004", TUESDAY)).to_have_count(0)
    assert await visits_of(sofia, "PAT-R1") == {MONDAY: ["0002", "0003"], TUESDAY: ["0001"]}


async def test_a_visit_is_dragged_to_a_place_of_another_day(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R2")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R2/{WEEK}")
    await stop(page, "0002", MONDAY).drag_to(stop(page, "0004", TUESDAY), target_position={"x": 20, "y": 2})
    await expect(stop(page, "0002", TUESDAY)).to_be_focused()
    assert await visits_of(sofia, "PAT-R2") == {MONDAY: ["0001", "0003"], TUESDAY: ["0002", "0004"]}


async def test_a_plan_that_somebody_else_has_changed_is_shown_as_it_is_now(
    signed_in: SignIn, sofia: Connection
) -> None:
    await put_week(sofia, "PAT-R3")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R3/{WEEK}")
    visits = [{"outlet_code": "PAT-0009", "visit_date": MONDAY}, {"outlet_code": "PAT-0001", "visit_date": MONDAY}]
    await sofia.put(f"/v1/reps/PAT-R3/week-plans/{WEEK}", {"visits": visits})
    await stop(page, "0001", MONDAY).focus()
    await page.keyboard.press("Shift+ArrowRight")
    await expect(page.get_by_role("alert")).to_contain_text("Somebody else has changed this plan meanwhile.")
    await expect(stop(page, "0009", MONDAY)).to_be_visible()
    assert await visits_of(sofia, "PAT-R3") == {MONDAY: ["0009", "0001"]}


async def test_everything_works_without_a_script(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R4")
    visitor = await signed_in("supervisor", java_script_enabled=False)
    page = await visitor.open(f"{PLANS}/PAT-R4/{WEEK}")
    await stop(page, "0003", MONDAY).click()
    await page.locator("#visit").get_by_label("Day", exact=True).select_option(TUESDAY)
    await page.locator("#visit").get_by_label("Place").fill("1")
    await page.get_by_role("button", name="Move it").click()
    await expect(page.locator(".notice")).to_have_text("The visit is moved.")
    assert await visits_of(sofia, "PAT-R4") == {MONDAY: ["0001", "0002"], TUESDAY: ["0003", "0004"]}
    await page.get_by_label("Outlet, by code or name").fill("pat-0005")
    await page.get_by_role("button", name="Find").click()
    await page.locator("#add-day").select_option(WEDNESDAY)
    await page.get_by_role("button", name="Add the visit").click()
    await expect(stop(page, "0005", WEDNESDAY)).to_be_visible()
    assert (await visits_of(sofia, "PAT-R4"))[WEDNESDAY] == ["0005"]


async def test_an_approved_plan_is_changed_with_a_reason(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R1", YEAR_END, status="approved")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R1/{YEAR_END}")
    await stop(page, "0001", "2026-12-28").focus()
    await page.keyboard.press("Shift+ArrowRight")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Reason").select_option("outlet_closed")
    await dialog.get_by_label("In words").fill("Stock-taking.")
    await dialog.get_by_role("button", name="Change it").click()
    await expect(stop(page, "0001", "2026-12-29")).to_be_focused()
    versions = (await sofia.get(f"/v1/reps/PAT-R1/week-plans/{YEAR_END}/versions"))["items"]
    assert (versions[0]["action"], versions[0]["remark"]) == ("changed", "outlet_closed: Stock-taking.")
    await page.keyboard.press("Shift+ArrowUp")
    await dialog.get_by_role("button", name="Leave it").click()
    await expect(stop(page, "0001", "2026-12-29")).to_be_focused()
    assert len((await sofia.get(f"/v1/reps/PAT-R1/week-plans/{YEAR_END}/versions"))["items"]) == len(versions)


async def test_a_day_is_handed_over_to_a_colleague(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R2", YEAR_END, status="approved")
    visits = [{"outlet_code": "PAT-0010", "visit_date": "2026-12-28"}]
    await sofia.put(f"/v1/reps/PAT-R3/week-plans/{YEAR_END}", {"visits": visits})
    for step in ("submit", "approve"):
        await sofia.post(f"/v1/reps/PAT-R3/week-plans/{YEAR_END}/{step}", {})
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R2/{YEAR_END}")
    await page.get_by_text("Hand over a day").click()
    await page.locator("#hand-over-day").select_option("2026-12-28")
    await page.locator("#hand-over-to").select_option("PAT-R3")
    await page.locator("#hand-over-reason").select_option("rep_ill")
    await page.get_by_role("button", name="Hand it over").click()
    await expect(page.locator(".notice")).to_have_text("The day is handed over.")
    assert await visits_of(sofia, "PAT-R2", YEAR_END) == {"2026-12-29": ["0004"]}
    assert sorted((await visits_of(sofia, "PAT-R3", YEAR_END))["2026-12-28"]) == ["0001", "0002", "0003", "0010"]


async def test_what_a_rep_asks_for_is_granted_and_done(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R4", YEAR_END, status="approved")
    request = {
        "id": str(uuid4()),
        "changes": [{"outlet_code": "PAT-0004", "from_date": "2026-12-29", "to_date": "2026-12-30"}],
        "reason_code": "outlet_closed",
        "comment": "Stock-taking.",
    }
    await sofia.post(f"/v1/reps/PAT-R4/week-plans/{YEAR_END}/change-requests", request)
    page = await (await signed_in("supervisor")).open(f"{PLANS}/requests")
    article = page.get_by_role("article").filter(has_text="Maria, week 53")
    await expect(article).to_contain_text("PAT-0004: from Tue 29 Dec to Wed 30 Dec")
    await article.get_by_role("button", name="Grant it").click()
    await expect(page.locator(".notice")).to_be_visible()
    assert (await visits_of(sofia, "PAT-R4", YEAR_END))["2026-12-30"] == ["0004"]


async def test_a_day_that_is_over_says_why_it_cannot_be_changed(signed_in: SignIn) -> None:
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R1/2026-W48")
    await expect(page.get_by_text("Every working day of this week has begun: its plan stands.")).to_be_visible()
    friday = page.locator(".day").filter(has_text="Fri 27 Nov")
    await expect(friday).to_contain_text("This day is over: its plan cannot be changed any more.")
    await expect(page.locator('[draggable="true"]')).to_have_count(0)
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)


async def test_a_day_that_has_begun_keeps_its_visits_while_the_others_change(
    signed_in: SignIn, sofia: Connection, the_clock: clock.SetClock
) -> None:
    await put_week(sofia, "PAT-R1", "2026-W50")
    the_clock.move_to(datetime(2026, 12, 7, 7, tzinfo=UTC))
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R1/2026-W50")
    await expect(page.locator(".day").filter(has_text="Mon 7 Dec")).to_contain_text("This day has begun")
    await stop(page, "0004", "2026-12-08").focus()
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator(".problem")).to_have_text("There is no place to move the visit to.")
    await expect(stop(page, "0004", "2026-12-08")).to_be_focused()
    await page.keyboard.press("Shift+ArrowRight")
    await expect(stop(page, "0004", "2026-12-09")).to_be_focused()
    # a draft's visits on a day that has begun count for nobody: nothing stands there
    assert await visits_of(sofia, "PAT-R1", "2026-W50") == {"2026-12-09": ["0004"]}


async def test_a_days_route_is_drawn_and_leaves_as_a_file(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"{PLANS}/PAT-R2/routes/2026-11-30")
    await expect(page.locator(".map-legend")).to_contain_text("planned route")
    await page.locator(".stop-button").first.click()
    await expect(page.locator(".map-popup")).to_contain_text("stop 1")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="For a navigator (GPX)").click()
    assert (await download.value).suggested_filename == "PAT-R2-2026-11-30.gpx"


async def test_a_calendars_address_is_shown_once_and_can_be_revoked(signed_in: SignIn, console: str) -> None:
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R3/2026-W48")
    await page.get_by_text("Calendars (0)").click()
    await page.get_by_label("What it is for").fill("Petros' phone")
    await page.get_by_role("button", name="Make a calendar").click()
    address = await page.get_by_label("Address of the calendar").input_value()
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(address)).text.startswith("BEGIN:VCALENDAR")
        await page.get_by_role("button", name="Revoke it Petros' phone").click()
        await expect(page.locator(".notice")).to_have_text("It is revoked.")
        assert (await anybody.get(address)).status_code == 404


async def test_a_day_is_put_into_its_best_order(signed_in: SignIn, sofia: Connection) -> None:
    await put_week(sofia, "PAT-R2", "2026-W50")
    page = await (await signed_in("supervisor")).open(f"{PLANS}/PAT-R2/2026-W50")
    await page.get_by_role("button", name="Best order Mon 7 Dec").click()
    await expect(page.locator(".notice")).to_be_visible()
    versions = (await sofia.get("/v1/reps/PAT-R2/week-plans/2026-W50/versions"))["items"]
    assert versions[0]["action"] == "optimised"
