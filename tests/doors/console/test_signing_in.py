"""Signing in and out with a browser."""

from tests.doors.console.browsing import sign_in
from tests.doors.console.conftest import SignIn


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
