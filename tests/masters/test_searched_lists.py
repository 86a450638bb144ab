"""Products and reps by what somebody remembers of them; outlets likewise, page by page."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

Headers = dict[str, str]


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession) -> Headers:
    return bearer(app, await make_user(session, Role.ADMIN))


async def codes(api: httpx.AsyncClient, headers: Headers, path: str, **asked: Any) -> list[str]:
    """Those of all pages."""
    found: list[str] = []
    more = asked
    while True:
        answer = await api.get(path, params=more, headers=headers)
        assert answer.status_code == 200, answer.text
        found += [item["code"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return found
        more = asked | {"cursor": answer.json()["next_cursor"]}


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_products_are_searched_by_code_name_and_gtin(
    limit: int, api: httpx.AsyncClient, session: AsyncSession, admin: Headers
) -> None:
    await make_product(session, code="ΣΟΚ-1", name="Σοκολάτα γάλακτος", gtin="5201234567890")
    await make_product(session, code="B-7", name="Γάλα σοκολάτας", active=False)
    await make_product(session, code="B-8", name="Вафли")
    assert await codes(api, admin, "/v1/products", search="σοκ", limit=limit) == ["ΣΟΚ-1", "B-7"]
    assert await codes(api, admin, "/v1/products", search="γαλα", limit=limit) == ["B-7", "ΣΟΚ-1"]
    assert await codes(api, admin, "/v1/products", search="γαλα", active="true", limit=limit) == ["ΣΟΚ-1"]
    assert await codes(api, admin, "/v1/products", search="567890", limit=limit) == ["ΣΟΚ-1"]
    assert await codes(api, admin, "/v1/products", search="ВАФЛИ", limit=limit) == ["B-8"]
    assert await codes(api, admin, "/v1/products", limit=limit) == ["B-7", "B-8", "ΣΟΚ-1"]


@pytest.mark.parametrize("limit", [1, 50])
async def test_reps_are_searched_within_sight(
    limit: int, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, admin: Headers
) -> None:
    own, elsewhere = await make_territory(session), await make_territory(session)
    nikos = await make_rep(session, own, code="R-1", name="Νίκος Παππάς")
    await make_rep(session, own, code="NIK-2", name="Anna")
    await make_rep(session, elsewhere, code="R-3", name="Νίκα")
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, own))
    device = bearer(app, await make_device(session, nikos))
    assert await codes(api, admin, "/v1/reps", search="νικ", limit=limit) == ["R-3", "R-1"]
    assert await codes(api, supervisor, "/v1/reps", search="παππασ νικ", limit=limit) == ["R-1"]
    assert await codes(api, supervisor, "/v1/reps", search="nik", limit=limit) == ["NIK-2"]
    assert await codes(api, device, "/v1/reps", search="anna", limit=limit) == []


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_outlets_that_are_searched_come_page_by_page(
    limit: int, api: httpx.AsyncClient, session: AsyncSession, admin: Headers
) -> None:
    territory = await make_territory(session)
    for code, name in (("KIOSK-2", "Pier"), ("A-1", "Kiosk"), ("A-2", "Kiosk"), ("A-3", "Big kiosk"), ("A-4", "Shop")):
        await make_outlet(session, territory, code=code, name=name)
    found = await codes(api, admin, "/v1/outlets", search="kiosk", limit=limit)
    assert found == ["KIOSK-2", "A-3", "A-1", "A-2"]


@pytest.mark.parametrize("path", ["/v1/outlets", "/v1/products", "/v1/reps"])
async def test_a_cursor_of_another_list_is_none(path: str, api: httpx.AsyncClient, admin: Headers) -> None:
    for query in ({"search": "x", "cursor": "WyJBIl0"}, {"cursor": "WyIwIiwiYSIsImEiXQ"}):
        answer = await api.get(path, params=query, headers=admin)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize("path", ["/v1/outlets", "/v1/products", "/v1/reps", "/v1/orders"])
@pytest.mark.parametrize("search", ["", " ", "x" * 101])
async def test_what_is_too_short_or_too_long_is_not_searched_for(
    path: str, search: str, api: httpx.AsyncClient, admin: Headers
) -> None:
    assert (await api.get(path, params={"search": search}, headers=admin)).status_code == 422
