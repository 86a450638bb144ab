"""One's own account in a browser: sign-ins, the password, the second factor."""

import pytest
from fastapi import FastAPI

from app.doors.console.account.programs import ProgramName, program_of
from app.masters.identity.one_time_codes import SecondFactorPolicy
from tests.doors.console.browsing import Visitor
from tests.doors.console.conftest import SignIn
from tests.doors.console.people import PASSWORD, Person, equip, hire, type_in

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


async def entered(signed_in: SignIn, person: Person, **options: str) -> Visitor:
    """A browser with which somebody has signed in."""
    visitor = await signed_in(None, **options)
    await visitor.open("/console/sign-in?next=/console/me")
    await type_in(visitor, person)
    await visitor.page.locator("body.signed-in").wait_for()
    return visitor


async def test_one_sees_where_one_is_signed_in_and_ends_what_one_does_not_know(signed_in: SignIn, console: str) -> None:
    person = await hire(console, "katerina")
    windows = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36"
    mine, other = await entered(signed_in, person), await entered(signed_in, person, user_agent=windows)
    page = await mine.open("/console/me")
    row = page.get_by_role("row", name="Chrome on Windows")
    assert "console" in await row.inner_text()
    assert await page.get_by_role("row").filter(has_text="this one").count() == 1
    await row.get_by_role("button", name="End it").click()
    await page.get_by_text("The sign-in has ended.").wait_for()
    assert await page.get_by_role("row", name="Chrome on Windows").count() == 0
    await other.open("/console/me")
    assert "/console/sign-in" in other.page.url


async def test_one_signs_out_everywhere(signed_in: SignIn, console: str) -> None:
    person = await hire(console, "lefteris")
    mine, other = await entered(signed_in, person), await entered(signed_in, person)
    mine.page.on("dialog", lambda dialog: dialog.accept())
    await mine.page.get_by_role("button", name="Sign out everywhere").click()
    await mine.page.get_by_text("You have signed out everywhere.").wait_for()
    for visitor in (mine, other):
        await visitor.open("/console/me")
        assert "/console/sign-in" in visitor.page.url


async def test_a_new_password_is_typed_twice_after_the_one_so_far_and_ends_every_sign_in(
    signed_in: SignIn, console: str
) -> None:
    person = await hire(console, "maria")
    visitor = await entered(signed_in, person)
    page = visitor.page

    async def change(current: str, new: str, again: str) -> None:
        await page.get_by_label("Your password").fill(current)
        await page.get_by_label("New password").fill(new)
        await page.get_by_label("The new one again").fill(again)
        await page.get_by_role("button", name="Change it").click()

    await change(PASSWORD, "another horse", "another house")
    await page.locator("#password_again-wrong").wait_for()
    await change("a wrong one", "another horse", "another horse")
    assert await page.inner_text("#current_password-wrong") == "This is not your password."
    await change(PASSWORD, "password", "password")
    assert await page.inner_text("#password-wrong") == "This is one of the passwords that are tried first."
    await change(PASSWORD, "another horse", "another horse")
    await page.get_by_text("The password is changed. Sign in with the new one.").wait_for()
    await visitor.open("/console/sign-in?next=/console/me")
    await type_in(visitor, person, "another horse")
    await page.locator("body.signed-in").wait_for()


async def test_a_second_factor_is_set_up_by_a_picture_or_a_key_and_a_code(signed_in: SignIn, console: str) -> None:
    person = await hire(console, "nikos")
    mine, other = await entered(signed_in, person), await entered(signed_in, person)
    page = await mine.open("/console/me/second-factor")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Set one up").click()
    key = await page.inner_text(".key")
    assert await page.locator(".qr svg path").count() > 0
    await page.get_by_role("textbox", name="Code").fill("000000")
    await page.get_by_role("button", name="Confirm").click()
    assert await page.inner_text("#code-wrong") == "Type the six digits that the authenticator shows now."
    assert await page.inner_text(".key") == key
    await page.get_by_role("textbox", name="Code").fill(Person(person.name, key.replace(" ", "")).code())
    await page.get_by_role("button", name="Confirm").click()
    assert await page.locator("#codes li").count() == 10
    await page.get_by_role("button", name="Copy them").click()
    await page.locator("#copied:not(:empty)").wait_for()
    await page.get_by_role("link", name="I have kept them: go on").click()
    await page.wait_for_url("**/console/today")
    await other.open("/console/me")
    assert "/console/sign-in" in other.page.url


async def test_a_second_factor_is_removed_by_the_password_and_a_code(signed_in: SignIn, console: str) -> None:
    person = await equip(console, "olga")
    visitor = await signed_in(None)
    page = await visitor.open("/console/sign-in?next=/console/me/second-factor")
    await type_in(visitor, person)
    await page.get_by_role("textbox", name="Code").fill(person.code())
    await page.keyboard.press("Enter")
    page.on("dialog", lambda dialog: dialog.accept())
    for code, at_field in ((person.code(), "#code-wrong"), (person.recovery_codes[0], None)):
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.get_by_role("textbox", name="Code").fill(code)
        await page.get_by_role("button", name="Remove it").click()
        if at_field:  # a code is good once
            await page.locator(at_field).wait_for()
    await page.get_by_text("Your second factor is removed.").wait_for()


async def test_an_admin_helps_who_has_lost_the_phone_and_the_recovery_codes(signed_in: SignIn, console: str) -> None:
    person = await equip(console, "rena")
    admin = await signed_in("admin")
    page = await admin.open(f"/console/setup/people/{person.name}")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Remove it").click()
    await page.get_by_text("there is none").wait_for()
    visitor = await entered(signed_in, person)
    assert "not set up" in await visitor.page.inner_text("main")


async def test_who_must_have_a_second_factor_is_led_from_every_page_to_where_one_is_set_up(
    signed_in: SignIn, console: str, console_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await hire(console, "pavlos")
    monkeypatch.setattr(console_app.state.authenticate, "_policy", SecondFactorPolicy.REQUIRED)
    visitor = await entered(signed_in, person)
    page = visitor.page
    for address in ("/console/", "/console/today", "/console/me", "/console/setup/people"):
        await visitor.open(address)
        assert page.url.endswith("/console/me/second-factor")
    assert await page.get_by_role("navigation").count() == 0
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Set one up").click()
    key = (await page.inner_text(".key")).replace(" ", "")
    await page.get_by_role("textbox", name="Code").fill(Person(person.name, key).code())
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_role("link", name="I have kept them: go on").click()
    await page.wait_for_url("**/console/today")


@pytest.mark.parametrize(
    ("user_agent", "name", "system"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 6) {_WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 16181.0.0) {_WEBKIT} Chrome/140.0 Safari/537.36", "Chrome", "ChromeOS"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/140.0 Safari/537.36", "Chrome", "Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18.1 Safari/605", "Safari", "macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) AppleWebKit/605 CriOS/140.0 Mobile Safari/604", "Chrome", "iPhone"),
        ("Mozilla/5.0 (compatible)", None, None),
        ("python-httpx/0.28.1", "python-httpx", None),
        ("curl/8.5.0", "curl", None),
        ("<script>alert(1)</script>", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_program_is_called_as_people_call_it(user_agent: str | None, name: str | None, system: str | None) -> None:
    assert program_of(user_agent) == ProgramName(name, system)
