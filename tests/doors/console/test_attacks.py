"""What others try with names, comments, frames and addresses: scripts stay text, and pages stay by themselves."""

from collections.abc import AsyncIterator
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.demo import accounts
from app.demo.connection import Connection
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import User
from tests.demo_world import SATURDAY
from tests.doors.console.browsing import Profiles, Visitor, visiting_as
from tests.doors.console.conftest import SignIn
from tests.doors.console.console_sessions import log_in
from tests.doors.console.page_table import page_lines

MARK = "<img src=x onerror=hacked()>"
HOSTILE = f"'\"{MARK}</script><script>hacked()</script>{{{{7*7}}}}"
NAME = "zoe<img/src=x/onerror=hacked()>"
"""Of a member of staff: it stands on every page of hers, and beside whatever she did."""
CODE = f"PAT-{MARK}"


@pytest.fixture(scope="module")
async def hostile(console: str, console_app: FastAPI, demo_database: Database) -> dict[str, str]:
    """The demo with scripts for names and remarks, made by the API; the cookie of her who has made them."""
    with clock.fixed(SATURDAY):
        async with httpx.AsyncClient(base_url=console) as http:
            admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
            await admin.post("/v1/users", {"username": NAME, "password": accounts.PASSWORD, "role": "admin"})
            await _write_scripts(http, await Connection.log_in(http, NAME, accounts.PASSWORD))
        async with demo_database.transaction() as session:
            [user_id] = await session.scalars(select(User.id).where(User.username == NAME))
            return await log_in(session, console_app, user_id)


async def _write_scripts(http: httpx.AsyncClient, zoe: Connection) -> None:
    for kind in ("territories", "reps", "products", "outlets"):
        for record in await zoe.items(f"/v1/{kind}"):
            name = f"{record['name']} {HOSTILE}"
            answer = await http.patch(f"/v1/{kind}/{record['code']}", json={"name": name}, headers=await zoe._headers())
            answer.raise_for_status()
    visits = await zoe.items("/v1/visits", date="2026-11-27", rep_code="PAT-R1")
    unmade = next(visit for visit in visits if visit["planned"] and visit["status"] == "missed")
    await zoe.post(f"/v1/visits/{unmade['id']}/excuse", {"reason_code": "other", "comment": HOSTILE})
    [doubt, *_] = (await zoe.get("/v1/risk-signals", status="open"))["items"]
    await zoe.post(f"/v1/risk-signals/{doubt['id']}/review", {"outcome": "dismissed", "comment": HOSTILE})
    await zoe.post("/v1/reps/PAT-R1/week-plans/2026-W49/return", {"remark": HOSTILE})
    await _order_with_scripts(http, zoe)


async def _order_with_scripts(http: httpx.AsyncClient, zoe: Connection) -> None:
    """Another program orders for an outlet whose code is one."""
    outlet = {"name": HOSTILE, "territory_code": "PATRAS", "channel": "grocery"}
    await zoe.put(f"/v1/outlets/{quote(CODE, safe='')}", outlet)
    client = await zoe.post("/v1/clients", {"name": HOSTILE, "scopes": ["orders:write"]})
    program = await Connection.log_in_client(http, client["client_id"], client["client_secret"])
    line = {"product_code": "BIS-100", "quantity": "12", "unit_price": "1"}
    order = {"id": str(uuid4()), "outlet_code": CODE, "captured_at": SATURDAY.isoformat(), "comment": HOSTILE}
    await program.post("/v1/orders", order | {"delivery_date": "2026-12-01", "lines": [line]})


class Active(HTMLParser):
    """Collects what would run, or look like something of ours, in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        is_script = tag == "script" and "src" not in names
        if is_script or names.get("src") == "x" or any(name.startswith("on") or name == "style" for name in names):
            self.seen.append(self.get_starttag_text() or tag)


async def test_no_page_holds_a_script_that_somebody_wrote_into_a_name(console: str, hostile: dict[str, str]) -> None:
    shown = set()
    async with httpx.AsyncClient(base_url=console, cookies=hostile, follow_redirects=True) as http:
        admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
        http.cookies = httpx.Cookies(hostile)
        for line in page_lines():
            answer = await http.get(await line.found_at(admin))
            page = Active()
            page.feed(answer.text)
            assert page.seen == [], line.name
            if escape(HOSTILE) in answer.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;"):
                shown.add(line.name)
    assert {"today", "visits", "visit", "calls", "order-amendment", "outlets", "plans", "setup-products"} <= shown


@pytest.fixture
async def zoe(profiles: Profiles, console: str, hostile: dict[str, str]) -> AsyncIterator[Visitor]:
    """Her browser; what it complains of at the end is what its security policy has stopped."""
    async with visiting_as(profiles, console, hostile) as visitor:
        yield visitor


async def shows(visitor: Visitor, address: str) -> None:
    """The page has the name as text, and nothing of it as anything else."""
    page = await visitor.open(address)
    await page.locator("main").get_by_text(MARK).first.wait_for()
    assert await page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "/console/today?date=2026-11-27",
        "/console/visits?date=2026-11-27",
        "/console/calls?date=2026-11-27",
        "/console/orders?date=2026-11-28",
        "/console/outlets/PAT-0042",
        "/console/plans?iso_week=2026-W49",
        "/console/plans/PAT-R1/2026-W49",
        "/console/review?status=reviewed",
        f"/console/search?q={quote(CODE)}",
        "/console/setup/outlets/PAT-0001",
        "/console/setup/audit",
    ],
)
async def test_a_browser_shows_it_as_text_and_runs_nothing(zoe: Visitor, address: str) -> None:
    await shows(zoe, address)


async def test_what_opens_on_a_map_is_text(zoe: Visitor) -> None:
    await shows(zoe, "/console/map?date=2026-11-27&rep_code=PAT-R3")
    page = zoe.page
    await page.locator("[data-map]").evaluate(
        "map => map.dayMap?.drawn || new Promise(drawn => map.addEventListener('fieldproof:drawn', drawn))"
    )
    await page.locator("[data-map-item]").first.click()
    await page.locator(".map-popup").get_by_text(MARK).first.wait_for()
    assert await page.locator("img[src=x]").count() == 0


async def test_a_program_that_names_itself_by_a_script_is_listed_by_no_name(signed_in: SignIn) -> None:
    visitor = await signed_in("operator", user_agent=MARK)
    page = await visitor.open("/console/me")
    assert await page.get_by_role("row", name="A program that does not say what it is").count() == 1


ANSWERS = {
    "/console/sign-in": 200,
    "/console/me": 303,
    "/console/nothing-here": 404,
    "/console/static/0/console.css": 200,
    "/console/static/0/none.css": 404,
    "/console/favicon.ico": 200,
    "/console/sign-in/provider": 404,
}
"""What who has not signed in is answered."""


def is_by_itself(answer: httpx.Response) -> bool:
    """Whether no other site can put it into a frame, and whether it says what a browser may take it for."""
    return (
        answer.headers["x-frame-options"] == "DENY"
        and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        and answer.headers["x-content-type-options"] == "nosniff"
    )


@pytest.mark.parametrize("address", ANSWERS)
async def test_nothing_is_shown_in_a_frame_of_another_site(console: str, address: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        answer = await http.get(address)
    assert answer.status_code == ANSWERS[address]
    assert is_by_itself(answer)


async def test_neither_is_a_page_a_refused_form_a_stream_or_a_fault(
    console: str, console_app: FastAPI, hostile: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with httpx.AsyncClient(base_url=console, cookies=hostile) as http:
        assert is_by_itself(await http.get("/console/me"))
        assert is_by_itself(await http.get("/console/me", headers={"HX-Request": "true"}))
        assert is_by_itself(await http.get("/console/visits?date=yesterday"))
        refused = await http.post("/console/sign-out")
        assert refused.status_code == 403
        assert is_by_itself(refused)
        assert is_by_itself(await http.put("/console/me"))
        async with http.stream("GET", "/console/today/live", params={"territory_code": "PATRAS"}) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert is_by_itself(stream)
        monkeypatch.setitem(console_app.state.console.state._state, "sessions", None)
        fault = await http.get("/console/me")
    assert fault.status_code == 500
    assert is_by_itself(fault)


async def test_a_stream_ends_with_the_login(console: str, console_app: FastAPI) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        sofia = await Connection.log_in(http, accounts.STAFF["supervisor"], accounts.PASSWORD)
        login = console_app.state.tokens.read(sofia._access_token)
        http.cookies.set("fieldproof", console_app.state.console.state.sessions.cookie(login))
        async with http.stream("GET", "/console/today/live", params={"territory_code": "PATRAS"}) as stream:
            lines = stream.aiter_lines()
            assert (await anext(lines)).startswith("event: ")
            await sofia.post(f"/v1/me/logins/{login.login}/end", {})
            for watcher in console_app.state.console.state.feed._watchers:
                watcher.wake()  # else it is looked at within a quarter of a minute
            assert "event: ended" in [line async for line in lines]
