"""Whatever an address or a form says of where to go on: one stays on the console."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from app.doors.console.sessions import HOME, own_address
from app.masters.identity.sign_ins import OidcClaims, PendingSignIn, SignInRequest
from tests.doors.console.console_sessions import forgery_token
from tests.doors.console.visited_world import Visitors

pytestmark = pytest.mark.usefixtures("undone")

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/console/\n//evil.example",
    "https:evil.example",
    "https://evil.example/console/",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "/console@evil.example",
    "/console.evil.example/",
    "console/../../evil.example",
    "/console/..//evil.example",
    "/console/%2e%2e//evil.example",
    "/console/.%2E//evil.example",
    "/console/x/../..//evil.example",
    "/console/\\..\\..\\evil.example",
    "/v1/me",
    "/docs",
    "/console/today\r\nSet-Cookie: x=y",
]
OURS = ["/console/", "/console/today?date=2026-11-27", "/console/reports/kpis?kpi=a&from=..", "/console/outlets/A%2FB"]


def leads_to(location: str) -> str:
    """The address that a browser makes of it (WHATWG URL): no tabs and newlines, a backslash is a slash."""
    seen = re.sub(r"[\t\n\r]", "", location).replace("\\", "/")
    return urljoin("http://fieldproof.test/console/sign-in", seen)


def stays(location: str) -> bool:
    parts = urlsplit(leads_to(location))
    return (parts.scheme, parts.netloc) == ("http", "fieldproof.test") and parts.path.startswith("/console/")


@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_elsewhere_is_none_to_go_on_to(address: str) -> None:
    assert own_address(address) == HOME


@pytest.mark.parametrize("address", OURS)
def test_an_address_of_the_console_is(address: str) -> None:
    assert own_address(address) == address


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_who_signs_in_stays_here(
    address: str, http: httpx.AsyncClient, built_app: FastAPI, visitors: Visitors
) -> None:
    page = await http.get("/console/sign-in", params={"next": address})
    assert f'name="next" value="{HOME}"' in page.text
    provider = CarelessProvider()
    built_app.state.sign_in_provider = provider
    try:
        assert (await http.get("/console/sign-in/provider", params={"next": address})).status_code == 303
        back = await http.get("/console/sign-in/provider/callback", params={"code": "x", "state": "x"})
    finally:
        built_app.state.sign_in_provider = None
    assert urlsplit(back.headers["location"]).path == "/console/sign-in"
    assert "evil" not in back.headers["location"]


@pytest.mark.parametrize("script", [False, True])
@pytest.mark.parametrize("address", ELSEWHERE)
async def test_who_has_done_something_stays_here(
    address: str, script: bool, http: httpx.AsyncClient, built_app: FastAPI, visitors: Visitors
) -> None:
    world, cookies = visitors
    http.cookies = httpx.Cookies(cookies["supervisor_a"])
    form = {"_forgery_token": forgery_token(built_app, cookies["supervisor_a"]), "back": address, "comment": "x"}
    headers = {"HX-Request": "true"} if script else {}
    for path, said in (
        (f"/console/review/{world['signal_1']}", {"outcome": "dismissed"}),
        (f"/console/plans/requests/{world['request_1']}/decision", {"decision": "refused"}),
    ):
        answer = await http.post(path, data=form | said, headers=headers)
        assert answer.status_code == (204 if script else 303), answer.text
        assert stays(answer.headers["hx-redirect" if script else "location"])


@pytest.mark.parametrize(
    "referer", [*ELSEWHERE, "http://evil.example/console/today", "http://fieldproof.test@evil.example/console/"]
)
async def test_who_chooses_a_language_stays_here(referer: str, http: httpx.AsyncClient) -> None:
    sent = referer.encode("ascii", "ignore").replace(b"\r", b"").replace(b"\n", b"")
    answer = await http.post("/console/language", data={"language": "el"}, headers={b"Referer": sent})
    assert stays(answer.headers["location"])


class CarelessProvider:
    """Signs in whoever comes, as nobody here."""

    name = "Careless"

    async def begin(self, redirect_uri: str) -> SignInRequest:
        return SignInRequest("https://login.example/", PendingSignIn("x", "x", "x", redirect_uri))

    async def finish(self, pending: PendingSignIn, answer: object) -> OidcClaims:
        return OidcClaims("https://login.example", "nobody", None)

    async def close(self) -> None:
        """Nothing is open."""
