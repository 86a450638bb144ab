"""An operator's evening: the next outlet, an order on the phone, other outcomes; nothing that was typed is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect
from sqlalchemy import select

from app.demo import accounts
from app.demo.connection import Connection
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.demo_world import SATURDAY
from tests.doors.console.browsing import Visitor
from tests.doors.console.conftest import SignIn
from tests.factories.identity import bearer

AFTER_FIVE = datetime(2026, 11, 30, 15, 5, tzinfo=UTC)
"""17:05 on the Monday after the demo day: nobody has ordered, and every planned outlet is to be phoned."""


@pytest.fixture(scope="module")
async def closed_day(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        with clock.fixed(SATURDAY):
            admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
            for plan in (await admin.get("/v1/week-plans", iso_week="2026-W49", limit="50"))["items"]:
                if plan["status"] == "submitted":
                    await admin.post(f"/v1/reps/{plan['rep_code']}/week-plans/2026-W49/approve", {})
        with clock.fixed(AFTER_FIVE):
            admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
            await admin.post("/v1/cutoff-runs", {"territory_code": "PATRAS", "business_date": "2026-11-30"})


@pytest.fixture
async def operator(closed_day: None, signed_in: SignIn, the_clock: clock.SetClock) -> AsyncIterator[Visitor]:
    """An operator before the next call; whatever was claimed is given back."""
    the_clock.move_to(AFTER_FIVE)
    visitor = await signed_in("operator")
    await visitor.open("/console/calls")
    await visitor.page.keyboard.press("n")
    await visitor.page.wait_for_selector("html.scripted #outcome")
    yield visitor
    if await visitor.page.locator("#outcome").count():
        await visitor.page.get_by_role("button", name="Give the call back").click()


async def quantity_of(page: Page) -> str:
    """The name of the field of the first product that is suggested; one pack where none is."""
    field = page.locator("input.quantity").first
    await field.fill(await field.get_attribute("step") or "1")
    return str(await field.get_attribute("name"))


async def test_an_order_is_taken_by_keyboard_and_the_queue_counts_it(operator: Visitor) -> None:
    page = operator.page
    phone = await page.inner_text(".phone a")
    await quantity_of(page)
    assert await page.inner_text("[data-total]") != "0.00"
    await page.locator("input.quantity").first.press("Escape")
    await page.keyboard.press("o")
    await page.wait_for_url("**/console/calls?notice=order_taken")
    row = page.get_by_role("row", name=phone)
    await expect(row).to_contain_text("order taken")


async def test_a_quantity_that_is_refused_is_told_beside_its_product_and_all_that_was_typed_stays(
    operator: Visitor,
) -> None:
    page = operator.page
    field = page.locator("input.quantity[step='12']").first
    await field.fill("7")
    await page.fill("[name=order_comment]", "Before noon, please")
    await page.evaluate("document.querySelector('#outcome').noValidate = true")
    await page.get_by_role("button", name="Take the order").click()
    await page.wait_for_selector(".wrong-because")
    assert "multiple of the pack of 12" in await page.locator(".wrong-because").first.inner_text()
    assert await page.locator("input.quantity[aria-invalid=true]").input_value() == "7"
    assert await page.input_value("[name=order_comment]") == "Before noon, please"


async def test_an_order_that_comes_while_one_types_is_told_and_what_was_typed_stays(
    operator: Visitor, console: str, console_app: FastAPI, demo_database: Database
) -> None:
    page = operator.page
    await page.fill("[name=comment]", "Asks for the new price list")
    code = await page.locator("aside .facts a").inner_text()
    async with demo_database.read_only() as session:
        devices = list(await session.scalars(select(Device).join(Rep, Rep.id == Device.rep_id).order_by(Rep.code)))
    order = {
        "id": str(uuid4()),
        "outlet_code": code,
        "captured_at": AFTER_FIVE.isoformat(),
        "delivery_date": "2026-12-01",
        "lines": [{"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15"}],
        "comment": "",
    }
    async with httpx.AsyncClient(base_url=console) as http:
        answers = [await http.post("/v1/orders", json=order, headers=bearer(console_app, device)) for device in devices]
    assert 201 in [answer.status_code for answer in answers]
    await page.get_by_text("An order of this outlet has come").wait_for()
    assert await page.input_value("[name=comment]") == "Asks for the new price list"


async def test_a_note_outlives_a_page_that_is_loaded_again(operator: Visitor) -> None:
    page = operator.page
    await page.fill("[name=comment]", "Half a sentence")
    await page.reload()
    await expect(page.locator("[name=comment]")).to_have_value("Half a sentence")


@pytest.mark.parametrize(("key", "outcome"), [("a", "no answer"), ("x", "no order")])
async def test_other_outcomes_are_a_key_away(operator: Visitor, key: str, outcome: str) -> None:
    page = operator.page
    phone = await page.inner_text(".phone a")
    await page.select_option("[name=reason_code]", index=1)
    await page.keyboard.press("Escape")
    await page.keyboard.press(key)
    await page.wait_for_url("**/console/calls?notice=call_recorded")
    await expect(page.get_by_role("row", name=phone)).to_contain_text("again from" if key == "a" else outcome)


async def test_a_supervisor_looks_and_calls_nobody(
    closed_day: None, signed_in: SignIn, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTER_FIVE)
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/calls?date=2026-11-30")
    assert await page.get_by_role("button", name="Next call").count() == 0
    await page.locator("tbody a").first.click()
    assert await page.locator("#outcome").count() == 0
