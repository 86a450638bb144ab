"""Uploading files without a script: the bytes that were checked are imported, and how many they may be."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.demo import accounts
from app.doors.console.setup.import_files import digest_of
from app.ground.db.session import Database
from app.masters.identity.models import User
from tests.doors.console.console_sessions import forgery_token, log_in

ADDRESS = "/console/setup/imports"
REP = b"code,name,territory_code\nPAT-R7,Xenia,PATRAS\n"


@pytest.fixture
async def browser_of_admin(
    console: str, console_app: FastAPI, demo_database: Database
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, whose forms are the console's own."""
    async with demo_database.transaction() as session:
        user = await session.scalar(select(User).where(User.username == accounts.ADMIN))
        assert user is not None
        cookies = await log_in(session, console_app, user)
    headers = {"X-Forgery-Token": forgery_token(console_app, cookies)}
    async with httpx.AsyncClient(base_url=console, cookies=cookies, headers=headers) as http:
        yield http


async def send(http: httpx.AsyncClient, content: bytes, name: str = "reps.csv", **fields: str) -> httpx.Response:
    form = {"kind": "reps", "charset": "utf-8"} | fields
    return await http.post(ADDRESS, data=form, files={"file": (name, content)})


async def test_bytes_that_were_not_checked_are_not_imported(browser_of_admin: httpx.AsyncClient) -> None:
    answer = await send(browser_of_admin, REP, step="import", checked=digest_of("reps", b"other bytes"))
    assert "This is not the file that you have checked." in answer.text
    assert digest_of("reps", REP) in answer.text
    answer = await send(browser_of_admin, REP, step="import", checked=digest_of("reps", REP))
    assert "It is imported" in answer.text


async def test_a_file_as_a_whole_may_be_refused(browser_of_admin: httpx.AsyncClient) -> None:
    answer = await send(browser_of_admin, b"code,nane\nPAT-R7,Xenia\n", step="check")
    assert answer.status_code == 422
    assert "Nothing is imported." in answer.text
    assert "<code>nane</code>" in answer.text


async def test_all_or_nothing_imports_nothing_with_a_bad_row(browser_of_admin: httpx.AsyncClient) -> None:
    content = REP.replace(b"PAT-R7", b"PAT-R8") + b"PAT-R9,,\n"
    checked = digest_of("reps", content)
    answer = await send(browser_of_admin, content, step="import", checked=checked, atomic="on")
    assert answer.status_code == 422
    assert "Line 3:" in answer.text
    answer = await send(browser_of_admin, content, step="check")
    assert ">1</strong>new" in answer.text


async def test_a_file_may_be_as_long_as_an_import_and_not_longer(
    browser_of_admin: httpx.AsyncClient, console_app: FastAPI
) -> None:
    settings = console_app.state.settings
    longer_than_other_bodies = b"x" * (settings.body_limit_bytes + 1)
    answer = await send(browser_of_admin, longer_than_other_bodies, "reps.xls", step="check")
    assert (answer.status_code, "Files are CSV, XLSX or NDJSON" in answer.text) == (422, True)
    answer = await send(browser_of_admin, b"x" * settings.import_limit_bytes, step="check")
    assert answer.status_code == 413


async def test_a_file_with_the_columns_of_a_kind_can_be_fetched(browser_of_admin: httpx.AsyncClient) -> None:
    answer = await browser_of_admin.get(f"{ADDRESS}/stock.csv")
    assert answer.text == "\ufeffwarehouse_code,product_code,quantity,as_of\r\n"
