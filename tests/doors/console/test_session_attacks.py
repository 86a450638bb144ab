"""What others try with cookies and sign-ins: fixing them, making them up, swapping them, guessing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import hold
from app.masters.identity.login_pace import PaceKind
from app.masters.identity.models import User
from tests.conftest import SavepointDatabase
from tests.doors.console.console_sessions import forgery_token, log_in
from tests.factories.identity import bearer, make_user
from tests.masters.identity.logins import PASSWORD, attempt_of, have_failed, make_anna

LED_TO_SIGN_IN = (303, "/console/sign-in?next=%2Fconsole%2Fme")


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    """A supervisor with a password."""
    return await make_anna(session, Role.SUPERVISOR)


@pytest.fixture
async def attacker(session: AsyncSession) -> User:
    return await make_user(session, Role.SUPERVISOR, username="mallory")


def browser_of(app: FastAPI, scheme: str = "http") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://fieldproof.test")


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app) as browser:
        yield browser


async def sign_in(browser: httpx.AsyncClient, password: str = PASSWORD, **headers: str) -> httpx.Response:
    """By the form, as Anna."""
    page = await browser.get("/console/sign-in")
    token = re.search(r'name="_forgery_token" value="(\w+)"', page.text)
    assert token is not None
    form = {"_forgery_token": token[1], "username": "anna", "password": password, "next": "/console/me"}
    return await browser.post("/console/sign-in", data=form, headers=headers)


async def whose_page(browser: httpx.AsyncClient, **headers: str) -> str | None:
    """Who the console takes the browser's person for."""
    answer = await browser.get("/console/me", headers=headers)
    name = re.search(r"<summary>(\w+)</summary>\s*<div class=\"panel\">", answer.text)
    return name and name[1]


def led(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("location")


async def test_a_cookie_from_before_signing_in_is_replaced_and_its_login_ends(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User, attacker: User
) -> None:
    tossed = await log_in(session, app, attacker)
    browser.cookies.set("fieldproof", tossed["fieldproof"], domain="fieldproof.test", path="/")
    assert led(await sign_in(browser)) == (303, "/console/me")
    assert browser.cookies["fieldproof"] != tossed["fieldproof"]
    assert await whose_page(browser) == "anna"
    async with browser_of(app) as of_the_attacker:
        of_the_attacker.cookies = httpx.Cookies(tossed)
        assert led(await of_the_attacker.get("/console/me")) == LED_TO_SIGN_IN


async def test_a_cookie_tossed_in_for_a_part_of_the_site_does_not_win(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User, attacker: User
) -> None:
    """Browsers send the cookie of the longer path first (RFC 6265 5.4)."""
    await sign_in(browser)
    tossed, own = (await log_in(session, app, attacker))["fieldproof"], browser.cookies["fieldproof"]
    async with browser_of(app) as bare:
        assert await whose_page(bare, Cookie=f"fieldproof={tossed}; fieldproof={own}") == "anna"


async def test_over_tls_nothing_counts_that_another_host_could_have_set(
    app: FastAPI, session: AsyncSession, anna: User, attacker: User
) -> None:
    tossed = (await log_in(session, app, attacker))["fieldproof"]
    async with browser_of(app, "https") as browser:
        assert led(await browser.get("/console/me", headers={"Cookie": f"fieldproof={tossed}"})) == LED_TO_SIGN_IN
        await sign_in(browser)
        assert "__Host-fieldproof" in browser.cookies
        assert await whose_page(browser) == "anna"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_cookies_are_out_of_reach_for_scripts_and_other_sites(app: FastAPI, anna: User, scheme: str) -> None:
    async with browser_of(app, scheme) as browser:
        form_of_choice = await browser.post("/console/theme", data={"theme": "dark"})
        answers = [await browser.get("/console/sign-in"), await sign_in(browser), form_of_choice]
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {"fp_theme", "fp_visit", "fieldproof" if scheme == "http" else "__Host-fieldproof"}
    for cookie in cookies:
        attributes = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
        assert "domain" not in attributes, cookie
        if "max-age=0" not in cookie.lower():  # what takes one away needs less
            assert {"httponly", "samesite"} <= attributes, cookie
            assert ("secure" in attributes) == (scheme == "https"), cookie
            assert "samesite=none" not in cookie.lower(), cookie


async def test_an_access_token_is_no_cookie_and_a_cookie_is_no_access_token(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
) -> None:
    cookie = (await log_in(session, app, anna))["fieldproof"]
    token = bearer(app, anna)["Authorization"].removeprefix("Bearer ")
    browser.cookies.set("fieldproof", token)
    assert led(await browser.get("/console/me")) == LED_TO_SIGN_IN
    answer = await browser.get("/v1/me", headers={"Authorization": f"Bearer {cookie}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("cookie", ["x", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "W1tb" * 900])
async def test_a_cookie_that_somebody_made_up_opens_nothing(browser: httpx.AsyncClient, cookie: str) -> None:
    answer = await browser.get("/console/me", headers={"Cookie": f"fieldproof={cookie}"})
    assert led(answer) == LED_TO_SIGN_IN


async def test_a_cookie_is_good_for_as_long_as_its_signing_key_is_one_of_ours(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, database: SavepointDatabase, anna: User
) -> None:
    browser.cookies = httpx.Cookies(await log_in(session, app, anna))
    newer: dict[str, Any] = {"token_secret": "y" * 40, "principal_cache_seconds": 0}
    hold(app, Settings(**newer, token_secret_previous="x" * 40), database)  # type: ignore[arg-type] # parsed
    assert await whose_page(browser) == "anna"
    hold(app, Settings(**newer), database)
    assert led(await browser.get("/console/me")) == LED_TO_SIGN_IN


async def test_a_login_that_has_ended_elsewhere_opens_no_page_and_takes_no_form(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
) -> None:
    cookies = await log_in(session, app, anna)
    browser.cookies = httpx.Cookies(cookies)
    form = {"_forgery_token": forgery_token(app, cookies)}
    assert await whose_page(browser) == "anna"
    await browser.post("/v1/me/logins/end-all", headers=bearer(app, anna))
    for answer in (
        await browser.get("/console/me"),
        await browser.get("/console/today/live?territory_code=PATRAS"),
        await browser.post("/console/me/logins/end-all", data=form),
    ):
        assert answer.headers["location"].startswith("/console/sign-in")


async def test_passwords_are_tried_no_faster_than_by_the_api(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, anna: User
) -> None:
    await have_failed(session, attempt_of(app, "anna", "127.0.0.1"), PaceKind.PAIR, 10, clock.now())
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "90")
    assert "Try again in 90 seconds." in answer.text
    assert "set-cookie" not in {name for name, value in answer.headers.items() if value.startswith("fieldproof=")}


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
async def test_nobody_is_signed_in_by_another_site(
    browser: httpx.AsyncClient, anna: User, headers: dict[str, str]
) -> None:
    assert (await sign_in(browser, **headers)).status_code == 403


async def test_a_form_of_signing_in_is_good_in_the_browser_alone_that_it_was_made_for(
    browser: httpx.AsyncClient, app: FastAPI, anna: User
) -> None:
    async with browser_of(app) as of_the_attacker:
        page = await of_the_attacker.get("/console/sign-in")
    token = re.search(r'name="_forgery_token" value="(\w+)"', page.text)
    assert token is not None
    form = {"_forgery_token": token[1], "username": "anna", "password": PASSWORD}
    assert (await browser.post("/console/sign-in", data=form)).status_code == 403
