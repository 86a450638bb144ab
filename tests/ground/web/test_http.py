"""What HTTP itself asks of every route: HEAD, parameters that there are, packed bodies, answers that did not change."""

import gzip
import re
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import TooManyAtOnce
from app.ground.web.access import Caller, CallerKind, Role
from app.ground.web.compression import LEAST_BYTES, takes_gzip
from app.ground.web.fair_shares import QUESTIONS, SEARCHES, FairShares, Share
from app.ground.web.openapi import document
from tests.factories.identity import bearer, make_user
from tests.factories.territories import make_rep, make_territory

TERRITORY = {"name": "Patras", "time_zone": "Europe/Athens"}
SOUND = b'{"name": "Patras", "time_zone": "Europe/Athens"}'
OF_THE_REQUEST = {"x-request-id", "retry-after"}


def address_of(path: str) -> str:
    return re.sub(r"\{\w+\}", str(UUID(int=7)), path)


async def admin_of(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN))


async def test_head_is_wherever_get_is_and_has_its_head_and_no_body(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    headers = await admin_of(app, session)
    documented = [path for path, item in document(app)["paths"].items() if "get" in item and path != "/metrics"]
    for path in ["/", "/docs", "/docs/static/swagger-ui.css", "/problems", "/openapi.json", *documented]:
        got = await api.get(address_of(path), headers=headers)
        head = await api.head(address_of(path), headers=headers)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        differing = {name for name, value in got.headers.items() if head.headers.get(name) != value}
        assert differing <= OF_THE_REQUEST, path
    assert not any("head" in item for item in document(app)["paths"].values())


async def test_head_is_not_where_get_is_not(app: FastAPI, api: httpx.AsyncClient) -> None:
    answer = await api.head("/v1/auth/token")
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")
    assert (await api.post("/v1/me")).headers["Allow"] == "GET, HEAD"


async def test_no_route_takes_a_parameter_that_it_does_not_have(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    headers = await admin_of(app, session)
    for path, item in document(app)["paths"].items():
        for method in item:
            answer = await api.request(method, address_of(path) + "?nonsense=1&limitt=5", headers=headers)
            if answer.status_code == 403:  # for handhelds alone
                continue
            if path == "/v1/auth/token":  # OAuth 2 has errors of its own (RFC 6749)
                assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
                continue
            assert answer.status_code == 422, f"{method} {path}: {answer.text}"
            pointers = [problem["pointer"] for problem in answer.json()["errors"]]
            assert pointers == ["/query/limitt", "/query/nonsense"], f"{method} {path}"


async def test_who_may_not_call_is_not_told_of_parameters(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/territories?nonsense=1")).status_code == 401


BODIES = {
    "packed": (gzip.compress(SOUND), "gzip", 201),
    "packed by its old name": (gzip.compress(SOUND), "X-GZIP", 201),
    "as it is": (SOUND, "identity", 201),
    "a bomb": (gzip.compress(b" " * 60_000_000, 1), "gzip", 413),
    "cut off": (gzip.compress(SOUND)[:-9], "gzip", 422),
    "two in one": (gzip.compress(b"{}") + gzip.compress(b"{}"), "gzip", 422),
    "not packed": (b"no gzip", "gzip", 422),
    "packed otherwise": (b"{}", "br", 415),
    "packed twice": (gzip.compress(gzip.compress(b"{}")), "gzip, gzip", 415),
}


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_may_be_packed_by_gzip_within_the_same_limit(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession, body: str
) -> None:
    content, encoding, status = BODIES[body]
    headers = await admin_of(app, session) | {"Content-Encoding": encoding, "Content-Type": "application/json"}
    answer = await api.put("/v1/territories/PAT", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers.get("Accept-Encoding") == ("gzip" if status == 415 else None)


async def test_long_answers_leave_packed_and_short_ones_as_they_are(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    headers = await admin_of(app, session)
    for number in range(20):
        await make_territory(session, code=f"T-{number}")
    for path, long in (("/v1/territories?limit=1", False), ("/v1/territories?limit=20", True)):
        plain = await api.get(path, headers=headers | {"Accept-Encoding": "identity"})
        packed = await api.get(path, headers=headers | {"Accept-Encoding": "br, gzip;q=0.5"})
        assert packed.json() == plain.json()
        assert (len(plain.content) >= LEAST_BYTES) is long
        assert packed.headers.get("Content-Encoding") == ("gzip" if long else None)
        assert plain.headers.get("Content-Encoding") is None
        assert packed.headers["Vary"] == "Accept-Encoding"
        if long:
            assert int(packed.headers["Content-Length"]) < len(plain.content) / 2


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("x-gzip", True),
        ("br, gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", False),
        ("", False),
        ("br", False),
    ],
)
def test_gzip_is_taken_where_the_client_says_so(header: str, taken: bool) -> None:
    assert takes_gzip([(b"accept-encoding", header.encode())]) is taken


async def test_what_has_not_changed_is_not_sent_again(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    headers = await admin_of(app, session)
    tag = (await api.put("/v1/territories/PAT", json=TERRITORY, headers=headers)).headers["ETag"]
    for header in (tag, f"W/{tag}", f'"77", {tag}', "*"):
        answer = await api.get("/v1/territories/PAT", headers=headers | {"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    await api.put("/v1/territories/PAT", json=TERRITORY | {"name": "Achaia"}, headers=headers)
    answer = await api.get("/v1/territories/PAT", headers=headers | {"If-None-Match": tag})
    assert (answer.status_code, answer.json()["name"]) == (200, "Achaia")


async def test_what_changes_without_a_new_version_is_always_sent(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    headers = await admin_of(app, session)
    await make_rep(session, await make_territory(session, code="PAT"), code="PAT-R1")
    week = "/v1/reps/PAT-R1/week-plans/2026-W49"  # what changes after a plan was made shows as a warning
    tag = (await api.put(week, json={"visits": []}, headers=headers)).headers["ETag"]
    assert (await api.get(week, headers=headers | {"If-None-Match": tag})).status_code == 200


def caller(subject: str, kind: CallerKind = CallerKind.USER, **fields: Any) -> Caller:
    return Caller(kind, subject, subject, **fields)


def test_a_caller_has_its_share_and_takes_nobody_elses() -> None:
    shares, anna, phone = FairShares(), caller("1"), caller("a", CallerKind.DEVICE, rep_code="PAT-R1")
    other_phone = caller("b", CallerKind.DEVICE, rep_code="PAT-R1")

    def takes(who: Caller, share: Share = SEARCHES) -> bool:
        try:
            with shares.taken(share, who):
                return True
        except TooManyAtOnce:
            return False

    with shares.taken(SEARCHES, phone):
        assert [takes(phone), takes(other_phone), takes(anna), takes(phone, QUESTIONS)] == [False, False, True, True]
        with shares.taken(SEARCHES, anna), shares.taken(SEARCHES, anna):
            assert [takes(anna), takes(caller("2"))] == [False, True]
    assert takes(phone)


async def test_who_has_too_much_under_way_is_told_to_wait_and_nobody_else(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    territory = await make_territory(session, code="PAT")
    await make_rep(session, territory, code="PAT-R1")
    supervisors = [await make_user(session, Role.SUPERVISOR, territory) for _ in range(2)]
    admins = [await make_user(session, Role.ADMIN) for _ in range(2)]
    costly = {
        "POST /v1/reps/PAT-R1/week-plans/2026-W49/optimise": SEARCHES,
        "POST /v1/reps/PAT-R1/week-plans/2026-W49/generate": SEARCHES,
        "GET /v1/compliance?from=2026-01-01&to=2026-11-23": QUESTIONS,
        "GET /v1/compliance/coverage/evidence?from=2026-01-01&to=2026-11-23": QUESTIONS,
        "GET /v1/fulfilment-figures?from=2026-09-01&to=2026-11-23": QUESTIONS,
        "POST /v1/points/simulations": QUESTIONS,
    }
    for route, share in costly.items():
        method, _, path = route.partition(" ")
        anna, sofia = admins if path == "/v1/points/simulations" else supervisors
        busy = caller(str(anna.id))
        with ExitStack() as held:
            for _ in range(share.at_once):
                held.enter_context(app.state.fair_shares.taken(share, busy))
            refused = await api.request(method, path, headers=bearer(app, anna))
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2"), route
            assert refused.json()["type"] == "/problems#too-many-at-once"
            assert (await api.request(method, path, headers=bearer(app, sofia))).status_code != 429
        assert (await api.request(method, path, headers=bearer(app, anna))).status_code != 429
