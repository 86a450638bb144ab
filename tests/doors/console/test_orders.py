"""Orders in a browser: amended and cancelled by a supervisor, and decided who answers for what came otherwise."""

from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import expect

from app.demo import accounts
from app.demo.connection import Connection
from tests.doors.console.conftest import SignIn
from tests.doors.console.orders_pages import mismatched_order, order_of_the_day, returned


@pytest.fixture
async def admin(console: str) -> AsyncIterator[Connection]:
    async with httpx.AsyncClient(base_url=console) as http:
        yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


async def test_a_supervisor_decides_who_answers_and_says_why(signed_in: SignIn, admin: Connection) -> None:
    order_id = await mismatched_order(admin)
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"/console/orders/{order_id}")
    await page.select_option("#answered_by", "carrier")
    await page.fill("#comment", "The van broke down")
    await page.get_by_role("button", name="Decide").click()
    await page.wait_for_url("**notice=decided")
    await expect(page.locator("table")).to_contain_text("carrier (somebody decided so)")


async def test_orders_are_found_by_outlet_number_and_product(signed_in: SignIn, admin: Connection) -> None:
    order = await admin.get(f"/v1/orders/{await order_of_the_day(admin)}")
    link = f"a[href='/console/orders/{order['id']}']"
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/orders")
    for text in (order["outlet_code"].lower(), order["id"][:13].upper()):
        await page.get_by_label("Outlet or number of the order").fill(text)
        await page.get_by_role("button", name="Search").click()
        await page.locator(link).wait_for()
        assert text.lower() in page.url.lower()
    await page.get_by_label("Product").fill(order["lines"][0]["product_code"])
    await page.get_by_label("Outlet code").fill(order["outlet_code"])
    await page.get_by_role("button", name="Search").click()
    await page.locator(link).wait_for()
    await page.get_by_label("Product").fill("NONE")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_text("No order is as asked.").wait_for()


async def test_whoever_looks_for_a_product_everywhere_is_told_what_to_add(signed_in: SignIn, admin: Connection) -> None:
    visitor = await signed_in("admin")
    page = await visitor.open("/console/orders?product_code=NUT-1")
    assert "Say of which outlet" in await page.get_by_role("alert").inner_text()
    assert await page.get_by_label("Product").input_value() == "NUT-1"


async def test_a_delivery_is_found_by_its_number(signed_in: SignIn, admin: Connection) -> None:
    [delivery] = (await admin.get("/v1/deliveries", status="matched", limit="1"))["items"]
    visitor = await signed_in("supervisor")
    page = await visitor.open("/console/deliveries")
    await page.get_by_label("Number").fill(delivery["number"])
    await page.get_by_role("button", name="Search").click()
    await page.locator(f"a[href='/console/deliveries/{delivery['id']}']").wait_for()
    await page.get_by_role("searchbox", name="Search").fill(delivery["number"])
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name=f"Delivery {delivery['number']}").wait_for()


async def test_an_order_is_amended_and_what_is_wrong_is_told_at_its_line(signed_in: SignIn, admin: Connection) -> None:
    order_id = await order_of_the_day(admin)
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"/console/orders/{order_id}/amend")
    sound = await page.input_value("#quantity_0")
    await page.fill("#quantity_0", "7")
    await page.get_by_role("button", name="Save the order").click()
    await page.wait_for_selector(".wrong-because")
    assert await page.input_value("#quantity_0") == "7"
    await page.fill("#quantity_0", str(int(sound) * 2))
    await page.get_by_role("button", name="Save the order").click()
    await page.wait_for_url("**notice=saved")
    order = await admin.get(f"/v1/orders/{order_id}")
    assert (order["lines"][0]["quantity"], order["version"]) == (str(int(sound) * 2), 2)
    await expect(page.get_by_text("Earlier versions")).to_be_visible()


async def test_an_amendment_of_what_somebody_has_changed_meanwhile_is_told(
    signed_in: SignIn, admin: Connection
) -> None:
    order_id = (await admin.get("/v1/orders", date="2026-11-27", limit="2"))["items"][1]["id"]
    first, second = await signed_in("supervisor"), await signed_in("admin")
    pages = [await visitor.open(f"/console/orders/{order_id}/amend") for visitor in (first, second)]
    for page in pages:
        await page.fill("#comment", "Before noon")
    await pages[0].get_by_role("button", name="Save the order").click()
    await pages[0].wait_for_url("**notice=saved")
    await pages[1].fill("#comment", "After noon")
    await pages[1].get_by_role("button", name="Save the order").click()
    await expect(pages[1].get_by_text("Somebody has changed this order meanwhile")).to_be_visible()
    assert await pages[1].input_value("#comment") == "After noon"


async def test_an_order_is_cancelled_with_a_reason(signed_in: SignIn, admin: Connection) -> None:
    order_id = (await admin.get("/v1/orders", date="2026-11-27", limit="3"))["items"][2]["id"]
    visitor = await signed_in("supervisor")
    page = await visitor.open(f"/console/orders/{order_id}")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.fill("#reason", "The outlet called it off")
    await page.get_by_role("button", name="Cancel the order").click()
    await page.wait_for_url("**notice=cancelled")
    assert (await admin.get(f"/v1/orders/{order_id}"))["status"] == "cancelled"


async def test_who_answers_for_a_return_is_decided_like_that(signed_in: SignIn, admin: Connection) -> None:
    visitor = await signed_in("supervisor")
    page = await visitor.open(await returned(admin))
    await page.select_option("#answered_by", "warehouse")
    await page.fill("#comment", "Packed wrongly")
    await page.get_by_role("button", name="Decide").click()
    await page.wait_for_url("**notice=decided")
    await expect(page.locator("table")).to_contain_text("warehouse")
