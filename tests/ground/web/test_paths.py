"""A code in a path is the code that was sent, whatever it holds: of every route that names something by its code."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.routing import Match

from app.ground.web.access import Role
from app.ground.web.paths import attachment, keep_segments, restore_slashes, sent_path
from app.main import ROUTERS
from tests.factories.identity import bearer, make_user

CODES = (
    "ЦБ-00000123",
    "A/B",
    "A/workday",
    "A/terms",
    "/A/",
    "a b",
    '12" TV',
    "50%",
    "%2F",
    "C++",
    "a?b#c",
    "a;b:c@d&e=f",
    "東京",
    ".hidden",
)
BY_CODE = {"code", "rep_code", "channel", "username"}
ALL_ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
ROUTES = sorted(
    (route.path, method)
    for route in ALL_ROUTES
    for method in route.methods or ()
    if BY_CODE & set(re.findall(r"{(\w+)}", route.path))
)


def segments_of(path: str) -> Iterator[str]:
    return iter(re.findall(r"{(\w+)}", path))


def scope_of(method: str, raw_path: str) -> dict[str, Any]:
    """A request as a server hands it over: the path decoded, and as it was sent."""
    with_host = httpx.URL(f"http://fieldproof.test{raw_path}")
    raw = with_host.raw_path.partition(b"?")[0]
    return {"type": "http", "method": method, "path": with_host.path, "raw_path": raw, "headers": [], "root_path": ""}


@pytest.mark.parametrize("code", CODES)
def test_every_route_gets_the_code_that_was_sent_and_no_other_route_gets_it(code: str) -> None:
    assert len(ROUTES) > 25
    for path, method in ROUTES:
        values = {name: code if name in BY_CODE else "2026-W48" for name in segments_of(path)}
        raw_path = path.format(**{name: quote(value, safe="") for name, value in values.items()})
        scope = scope_of(method, raw_path)
        keep_segments(scope)
        route = next(route for route in ALL_ROUTES if route.matches(scope)[0] is Match.FULL)
        assert route.path == path, raw_path
        scope |= route.matches(scope)[1]
        restore_slashes(scope)
        assert scope["path_params"] == values
        assert sent_path(scope) == raw_path


@pytest.mark.parametrize("code", CODES)
async def test_a_thing_is_made_read_changed_and_listed_by_such_a_code(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, code: str
) -> None:
    root = bearer(app, await make_user(session, Role.ADMIN))
    place = quote(code, safe="")
    territory = {"name": "Here", "time_zone": "Europe/Athens"}
    assert (await api.put(f"/v1/territories/{place}", json=territory | {"code": code}, headers=root)).status_code == 201
    rep, shop = f"/v1/reps/{place}", f"/v1/outlets/{place}"
    assert (await api.put(rep, json={"name": "Anna", "territory_code": code}, headers=root)).status_code == 201
    assert (await api.put(shop, json={"name": "Shop", "territory_code": code}, headers=root)).status_code == 201
    assert (await api.put(f"{shop}", json={"rep_code": code, "channel": code}, headers=root)).json()["code"] == code
    changed = await api.patch(rep, json={"name": "Eleni"}, headers=root)
    assert (changed.status_code, changed.json()["code"]) == (200, code)
    workday = await api.put(f"{rep}/workday", json={"begins": "09:00"}, headers=root)
    assert (workday.status_code, workday.json()["begins"]) == (200, "09:00")
    for days in (1, 2):
        terms = {"terms": {"min_gap_days": days}}
        assert (await api.put(shop, json=terms, headers=root)).status_code == 200
    page = await api.get(f"{shop}/terms", params={"limit": 1}, headers=root)
    following = page.headers["link"].removeprefix("<").partition(">")[0]
    assert (await api.get(following, headers=root)).json()["items"][0]["min_gap_days"] == 1
    of_territory = await api.get("/v1/outlets", params={"territory_code": code}, headers=root)
    assert [outlet["code"] for outlet in of_territory.json()["items"]] == [code]
    form = await api.get("/v1/order-form.csv", params={"outlet_code": code}, headers=root)
    assert form.status_code == 200
    form.headers["content-disposition"].encode("ascii")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("form-PAT.csv", 'attachment; filename="form-PAT.csv"'),
        ("form-A/B.csv", 'attachment; filename="form-A_B.csv"'),
        ("ЦБ 1.csv", "attachment; filename=\"__ 1.csv\"; filename*=UTF-8''%D0%A6%D0%91%201.csv"),
        ('a"b.csv', 'attachment; filename="a_b.csv"'),
    ],
)
def test_a_file_has_its_name_in_any_script(name: str, header: str) -> None:
    assert attachment(name) == header


async def test_a_path_of_dots_names_nothing(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> None:
    root = bearer(app, await make_user(session, Role.ADMIN))
    for code in ("a%2F..%2Fb", "%E2%80%8B", "%20"):
        assert (await api.get(f"/v1/reps/{code}", headers=root)).status_code == 422
