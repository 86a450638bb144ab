"""Signing in and out with a browser."""

import httpx
from playwright.async_api import expect

from tests.doors.console.browsing import sign_in
from tests.doors.console.conftest import SignIn
from tests.doors.console.people import PASSWORD, equip, hire, type_in


async def test_whoever_has_not_signed_in_is_led_there_and_then_to_the_page_that_they_came_for(
    signed_in: SignIn,
) -> None:
    visitor = await signed_in(None)
    page = await visitor.open("/console/visits?date=2026-11-27")
    assert page.url.endswith("/console/sign-in?next=%2Fconsole%2Fvisits%3Fdate%3D2026-11-27")
    await page.fill("#username", "sofia")
    await page.fill("#password", "patras-demo-day")
    await page.click("button.main")
    await page.wait_for_url("**/console/visits?date=2026-11-27")


async def test_a_wrong_password_is_told_and_the_name_stays(signed_in: SignIn) -> None:
    visitor = await signed_in(None)
    await sign_in(visitor, "sofia", "a wrong one")
    assert await visitor.page.inner_text("[role=alert]") == "The name or the password is wrong."
    assert await visitor.page.input_value("#username") == "sofia"


async def test_a_code_is_asked_for_beside_the_password_which_stays_in_its_field(
    signed_in: SignIn, console: str
) -> None:
    person = await equip(console, "fotini")
    visitor = await signed_in(None)
    page = await visitor.open("/console/sign-in?next=/console/me")
    await type_in(visitor, person)
    await page.get_by_text("Now a code of your second factor is needed.").wait_for()
    await expect(page.get_by_label("Code")).to_be_focused()
    assert await page.input_value("#password") == PASSWORD
    assert PASSWORD not in await page.content()
    await page.keyboard.type("123456")
    await page.keyboard.press("Enter")
    await page.get_by_text("The code is wrong, or was used before.").wait_for()
    await page.get_by_label("Code").fill(person.code())
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="My sign-ins and password").wait_for()


async def test_a_recovery_code_opens_as_well_also_without_scripts(signed_in: SignIn, console: str) -> None:
    person = await equip(console, "giorgos")
    visitor = await signed_in(None, java_script_enabled=False)
    page = await visitor.open("/console/sign-in?next=/console/me")
    await type_in(visitor, person)
    assert await page.input_value("#password") == ""
    await page.get_by_label("Code").fill(f" {person.recovery_codes[0].lower()} ")
    await type_in(visitor, person)
    await page.get_by_role("heading", name="My sign-ins and password").wait_for()
    assert "9 recovery codes are left." in await page.inner_text("main")


async def test_who_signs_out_ends_the_login_and_not_only_the_cookie(signed_in: SignIn, console: str) -> None:
    visitor = await signed_in("operator")
    [cookie] = [each for each in await visitor.context.cookies() if each["name"] == "fieldproof"]
    await visitor.open("/console/calls")
    await visitor.page.click(".person summary")
    await visitor.page.get_by_role("button", name="Sign out").click()
    await visitor.page.get_by_text("You have signed out.").wait_for()
    async with httpx.AsyncClient(base_url=console, cookies={"fieldproof": cookie["value"]}) as http:
        assert (await http.get("/console/calls")).headers["location"].startswith("/console/sign-in")


async def test_a_sign_in_ends_the_login_that_the_browser_had_before(signed_in: SignIn, console: str) -> None:
    person = await hire(console, "ilias")
    visitor = await signed_in(None)
    for _ in range(2):
        await visitor.open("/console/sign-in?next=/console/me")
        await type_in(visitor, person)
        await visitor.page.get_by_role("heading", name="My sign-ins and password").wait_for()
    assert await visitor.page.locator("tbody tr").count() == 1
