"""Signing in with a browser by a provider that others wrote (Canaille), as an organisation has one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from app.demo import accounts
from app.demo.connection import Connection
from app.ground import clock
from app.ground.identity_providers import IdentityProvider
from app.masters.identity.sign_ins import provider_of
from tests import oidc_provider
from tests.doors.console.browsing import Visitor
from tests.doors.console.conftest import SignIn
from tests.doors.console.people import hire
from tests.oidc_provider import Account, RegisteredClient

CALLBACK = "/console/sign-in/provider/callback"
SECRET = "a-secret-of-the-provider"
ANNA = Account("anna", "anna's password there", "anna@ours.example", "Anna Papadopoulou")
ZOE = Account("zoe", "zoe's password there", "zoe@ours.example", "Zoe Laskari")


@pytest.fixture(autouse=True)
def saturday(the_clock: clock.SetClock) -> None:
    """The provider's clock is the machine's."""
    the_clock.move_to(datetime.now(UTC))


@pytest.fixture(scope="module", autouse=True)
async def provider(console: str, console_app: FastAPI) -> AsyncIterator[None]:
    """The organisation's, which knows Anna and Zoe; here Anna alone has a name, and may come by it."""
    client = RegisteredClient("fieldproof", SECRET, (console + CALLBACK,))
    with oidc_provider.serving(client, ANNA, ZOE) as issuer:
        settings = IdentityProvider(issuer, "fieldproof", SECRET, "openid profile email", name="Ours")
        console_app.state.sign_in_provider = provider_of(settings)
        await hire(console, ANNA.name)
        yield
        await console_app.state.sign_in_provider.close()


async def allow(console: str, to: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
        headers = await admin._headers()
        answer = await http.patch(f"/v1/users/{ANNA.name}", json={"oidc": to}, headers=headers)
        assert answer.json()["oidc"] == to


async def led_to_the_provider(signed_in: SignIn) -> Visitor:
    visitor = await signed_in(None)
    await visitor.open("/console/today?territory_code=PATRAS")
    await visitor.page.get_by_role("link", name="Sign in with Ours").click()
    await visitor.page.get_by_role("textbox", name="Login").wait_for()
    return visitor


async def test_whom_an_admin_has_allowed_it_comes_by_the_provider_to_the_page_that_they_came_for(
    signed_in: SignIn, console: str
) -> None:
    admin = await signed_in("admin")
    await admin.open(f"/console/setup/people/{ANNA.name}")
    await admin.page.get_by_role("button", name="Allow the provider").click()
    await admin.page.get_by_role("button", name="Allow the provider no longer").wait_for()
    visitor = await led_to_the_provider(signed_in)
    await oidc_provider.sign_in_by_browser(visitor.page, ANNA)
    await visitor.page.wait_for_url("**/console/today?territory_code=PATRAS")
    assert "Patras" in await visitor.page.inner_text("h1")
    page = await visitor.open("/console/me")
    assert "console, Ours" in await page.get_by_role("row").filter(has_text="this one").inner_text()
    assert await page.get_by_role("region", name="Ours").get_by_text("connected").count() == 1
    assert [each["name"] for each in await visitor.context.cookies() if each["name"] == "fp_provider"] == []
    await admin.page.get_by_role("button", name="Allow the provider no longer").click()
    await admin.page.get_by_role("button", name="Allow the provider", exact=True).wait_for()
    await visitor.open("/console/me")
    assert "/console/sign-in" in visitor.page.url


async def test_who_is_nobody_here_is_told_so(signed_in: SignIn) -> None:
    visitor = await led_to_the_provider(signed_in)
    await oidc_provider.sign_in_by_browser(visitor.page, ZOE)
    told = await visitor.page.inner_text("[role=alert]")
    assert told.startswith("Ours knows you, but that account is connected to nobody here.")
    assert await visitor.page.input_value("[name=next]") == "/console/today?territory_code=PATRAS"


async def test_an_answer_counts_in_the_browser_alone_that_asked_for_it_and_once(
    signed_in: SignIn, console: str
) -> None:
    await allow(console, "on")
    visitor = await led_to_the_provider(signed_in)
    other = await led_to_the_provider(signed_in)
    brought_back = []
    visitor.page.on("request", lambda request: brought_back.append(request.url))
    await oidc_provider.sign_in_by_browser(visitor.page, ANNA)
    await visitor.page.wait_for_url("**/console/today?territory_code=PATRAS")
    for stranger in (other, visitor):
        await stranger.page.goto(next(url for url in brought_back if url.startswith(console + CALLBACK)))
        told = await stranger.page.inner_text("[role=alert]")
        assert told.startswith("The sign-in by Ours was not completed")


async def test_a_sign_in_that_takes_too_long_is_begun_again(signed_in: SignIn, the_clock: clock.SetClock) -> None:
    visitor = await led_to_the_provider(signed_in)
    the_clock.move_to(datetime.fromtimestamp(clock.now().timestamp() + 601, tz=UTC))
    await oidc_provider.sign_in_by_browser(visitor.page, ANNA)
    assert "The sign-in by Ours was not completed" in await visitor.page.inner_text("[role=alert]")


async def test_a_provider_that_is_away_is_told_in_words(
    signed_in: SignIn, console_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = provider_of(IdentityProvider("http://127.0.0.1:9", "fieldproof", name="Ours"))
    monkeypatch.setitem(console_app.state._state, "sign_in_provider", away)
    visitor = await signed_in(None)
    await visitor.open("/console/sign-in")
    await visitor.page.get_by_role("link", name="Sign in with Ours").click()
    told = await visitor.page.inner_text("[role=alert]")
    assert told.startswith("Ours does not answer at this moment.")


@pytest.mark.parametrize("cookie", ["", "x", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c", "W1tb" * 900])
async def test_a_cookie_that_somebody_made_up_begins_nothing(console: str, cookie: str) -> None:
    async with httpx.AsyncClient(base_url=console, cookies={"fp_provider": cookie}) as http:
        answer = await http.get(CALLBACK, params={"code": "x", "state": "x"})
    assert answer.headers["location"] == "/console/sign-in?problem=sign-in-failed"
