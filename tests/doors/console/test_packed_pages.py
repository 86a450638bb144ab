"""Pages, scripts and styles leave packed, and the token of forms cannot be guessed by how long a page gets by that."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.console.forgery import masked
from app.doors.console.rendering import STATIC, static_address
from app.ground.web.access import Role
from tests.doors.console.console_sessions import log_in
from tests.factories.identity import make_user

FILES = ["vendor/htmx.org/htmx.min.js", "console.css", "icons.svg", "basemap/world.json"]
GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as browser:
        yield browser


async def sent(browser: httpx.AsyncClient, address: str, headers: Mapping[str, str]) -> tuple[httpx.Headers, bytes]:
    """The head of an answer, and its body as it travels."""
    async with browser.stream("GET", address, headers=headers) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_sent_packed_and_kept_for_good(browser: httpx.AsyncClient, name: str) -> None:
    head, body = await sent(browser, static_address(name), GZIP)
    content = (STATIC / name).read_bytes()
    assert [head["content-encoding"], int(head["content-length"])] == ["gzip", len(body)]
    assert gzip.decompress(body) == content
    assert len(body) < len(content) / 2
    assert head["vary"] == "Accept-Encoding"
    assert "immutable" in head["cache-control"]


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_sent_as_it_is_to_a_browser_that_takes_no_gzip(browser: httpx.AsyncClient, name: str) -> None:
    head, body = await sent(browser, static_address(name), PLAIN)
    assert "content-encoding" not in head
    assert body == (STATIC / name).read_bytes()


async def test_a_picture_that_is_packed_already_is_sent_as_it_is(browser: httpx.AsyncClient) -> None:
    head, body = await sent(browser, static_address("vendor/leaflet/images/layers.png"), GZIP)
    assert "content-encoding" not in head
    assert body == (STATIC / "vendor/leaflet/images/layers.png").read_bytes()


async def test_a_file_at_an_address_of_another_version_is_packed_and_not_kept(browser: httpx.AsyncClient) -> None:
    head, body = await sent(browser, "/console/static/0/console.css", GZIP)
    assert gzip.decompress(body) == (STATIC / "console.css").read_bytes()
    assert head["cache-control"] == "no-cache"


async def test_a_page_is_sent_packed(browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> None:
    browser.cookies = httpx.Cookies(await log_in(session, app, await make_user(session, Role.SUPERVISOR)))
    head, body = await sent(browser, "/console/me", GZIP)
    assert head["content-encoding"] == "gzip"
    assert b"<h1>" in gzip.decompress(body)


async def test_the_token_of_forms_looks_different_on_each_page_and_each_of_them_counts(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    browser.cookies = httpx.Cookies(await log_in(session, app, await make_user(session, Role.SUPERVISOR)))
    tokens = []
    for _ in range(2):
        token = re.search(r'name="_forgery_token" value="(\w+)"', (await browser.get("/console/me")).text)
        assert token is not None
        tokens.append(token[1])
    half = len(tokens[0]) // 2
    assert tokens[0][:half] != tokens[1][:half]
    assert tokens[0][half:] != tokens[1][half:]
    for each in tokens:
        answer = await browser.post("/console/me/password", data={"_forgery_token": each})
        assert answer.status_code != 403


@pytest.mark.parametrize("token", ["", "0", "zz", "é", "00" * 64, masked(b"x" * 32)])
async def test_what_is_no_token_of_the_login_counts_for_nothing(
    browser: httpx.AsyncClient, app: FastAPI, session: AsyncSession, token: str
) -> None:
    browser.cookies = httpx.Cookies(await log_in(session, app, await make_user(session, Role.SUPERVISOR)))
    answer = await browser.post("/console/me/password", data={"_forgery_token": token})
    assert answer.status_code == 403
