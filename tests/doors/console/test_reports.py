"""Reports in a browser: files, ledgers with their reasons, an appeal decided, a month closed and opened again."""

import io
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from playwright.async_api import expect
from sqlalchemy import select

from app.demo import accounts
from app.demo.connection import Connection
from app.doors.console.reports.charts import trend_of
from app.doors.console.reports.periods import month_before, period_of, quarter_of
from app.ground.db.session import Database
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.demo_world import SATURDAY
from tests.doors.console.conftest import SignIn
from tests.factories.identity import bearer


@pytest.fixture
async def admin(console: str) -> AsyncIterator[Connection]:
    async with httpx.AsyncClient(base_url=console) as http:
        yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


async def test_a_supervisor_finds_out_why_nikos_lost_ten_points_and_undoes_it(
    signed_in: SignIn, console: str, console_app: FastAPI, demo_database: Database, admin: Connection
) -> None:
    ledger = await admin.get("/v1/reps/PAT-R2/points", **{"from": "2026-11-27", "to": "2026-11-27"})
    costly = [entry for entry in ledger["items"] if entry["points"] == -10]
    reasons = [await admin.get(f"/v1/points/{entry['id']}/explanation") for entry in costly]
    lost = next(entry for entry, why in zip(costly, reasons, strict=True) if why["counts"])
    async with demo_database.read_only() as session:
        device = await session.scalar(select(Device).join(Rep, Rep.id == Device.rep_id).where(Rep.code == "PAT-R2"))
        assert device is not None
    async with httpx.AsyncClient(base_url=console, headers=bearer(console_app, device)) as phone:
        body = {"id": str(uuid4()), "text": "The shop was closed: a death in the family.", "attachment_ids": []}
        assert (await phone.post(f"/v1/points/{lost['id']}/appeals", json=body)).status_code == 201
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/today?date=2026-11-27")
    await page.get_by_role("row", name="Nikos").locator("td").last.locator("a").click()
    row = page.get_by_role("row").filter(has_text="missed order").filter(has_text="−10").first
    await row.get_by_role("link", name="Why?").click()
    await expect(row.locator(".explanation")).to_contain_text("no order of the outlet was in the system at 17:00")
    await page.get_by_role("link", name="Appeals").click()
    await page.get_by_role("row", name="open").get_by_role("link").click()
    await page.fill("#reason", "The neighbour confirms it.")
    await page.get_by_role("button", name="Grant it").click()
    await page.wait_for_url("**notice=decided")
    assert not (await admin.get(f"/v1/points/{lost['id']}/explanation"))["counts"]


@pytest.mark.parametrize(
    "report",
    [
        "/console/reports/kpis",
        "/console/reports/fulfilment",
        "/console/reports/points/PAT-R1/ledger",
        "/console/reports/appeals",
        "/console/reports/mix/2026-Q4/mix",
    ],
)
async def test_a_report_is_had_as_a_workbook_and_as_text(signed_in: SignIn, console: str, report: str) -> None:
    visitor = await signed_in("supervisor")
    cookies = {each["name"]: each["value"] for each in await visitor.context.cookies()}
    async with httpx.AsyncClient(base_url=console, cookies=cookies) as http:
        query = {"from": "2026-11-01", "to": "2026-11-27"} if "mix" not in report and "appeals" not in report else {}
        query |= {"territory_code": "PATRAS"} if "mix" in report else {}
        workbook = await http.get(f"{report}.xlsx", params=query)
        assert openpyxl.load_workbook(io.BytesIO(workbook.content)).worksheets[0].max_row > 1
        text = await http.get(f"{report}.csv", params=query)
        assert text.headers["content-type"].startswith("text/csv")
        assert "attachment" in text.headers["content-disposition"]


async def test_a_statement_is_had_as_pages(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/reports/statements?month=2026-10")
    address = await page.get_by_role("link", name="PDF").first.get_attribute("href")
    answer = await visitor.context.request.get(f"{visitor.base}{address}")
    assert (answer.headers["content-type"], (await answer.body())[:5]) == ("application/pdf", b"%PDF-")


async def test_an_admin_opens_a_month_again_and_closes_it_anew(signed_in: SignIn) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/reports/statements?month=2026-10&territory_code=PATRAS")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_text("Open this month again").click()
    await page.fill("#reason", "A delivery was entered twice")
    await page.get_by_role("button", name="Open it again").click()
    await page.wait_for_url("**notice=reopened")
    await page.get_by_text("Close this month").click()
    await page.get_by_role("button", name="Close the month").click()
    await page.wait_for_url("**notice=closed")
    await expect(page.locator("tbody tr")).to_have_count(4)


async def test_a_supervisor_closes_no_month(signed_in: SignIn) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/reports/statements?month=2026-10")
    assert await page.get_by_text("Open this month again").count() == 0


def test_a_trend_goes_from_the_lowest_value_at_the_bottom_to_the_highest_at_the_top() -> None:
    trend = trend_of(["0.5", None, "1"])
    assert trend is not None
    assert trend.points == "3.0,45.0 237.0,3.0"
    assert trend_of(["1", None]) is None


def test_what_an_address_leaves_out_are_the_last_four_weeks() -> None:
    today = SATURDAY.date()
    assert str(period_of(None, None, today).first) == "2026-11-01"
    assert (month_before(today), quarter_of(today)) == ("2026-10", "2026-Q4")
