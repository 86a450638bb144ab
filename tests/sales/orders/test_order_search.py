"""Orders by what somebody remembers of them: their outlet, the beginning of their id, a product."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders.product_extents import LONGEST_PERIOD
from tests.conftest import Statements
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import MONDAY, make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

FIRST, SECOND = UUID("0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"), UUID("0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b")
FOREIGN = UUID("0193a6e2-ffff-7d0c-9a51-6e0f5b1d2c3c")

Headers = dict[str, str]


class Stand:
    """Two outlets of a territory with an order each, and one elsewhere."""

    def __init__(self, api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> None:
        self.api, self.app, self.session = api, app, session
        self.territory: Territory
        self.rep: Rep
        self.kiosk: Outlet
        self.product: Product
        self.supervisor: Headers

    async def build(self) -> "Stand":
        self.territory, elsewhere = await make_territory(self.session), await make_territory(self.session)
        self.rep, self.product = await make_rep(self.session, self.territory), await make_product(self.session)
        self.kiosk = await make_outlet(self.session, self.territory, code="K-1", name="Περίπτερο Νίκος")
        corner = await make_outlet(self.session, self.territory, code="C-1", name="Corner Νίκος")
        foreign = await make_outlet(self.session, elsewhere, code="K-2", name="Περίπτερο Άννα")
        await make_order(self.session, self.kiosk, rep=self.rep, id=FIRST, lines=[(self.product, 6)])
        await make_order(self.session, corner, id=SECOND, business_date=MONDAY - timedelta(days=40))
        await make_order(self.session, foreign, id=FOREIGN, lines=[(self.product, 6)])
        self.supervisor = bearer(self.app, await make_user(self.session, Role.SUPERVISOR, self.territory))
        return self

    async def ids(self, headers: Headers | None = None, **asked: Any) -> list[UUID]:
        answer = await self.api.get("/v1/orders", params=asked, headers=headers or self.supervisor)
        assert answer.status_code == 200, answer.text
        return [UUID(order["id"]) for order in answer.json()["items"]]


@pytest.fixture
async def stand(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> Stand:
    return await Stand(api, app, session).build()


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ("περιπτερο", [FIRST]),
        ("νικοσ", [FIRST, SECOND]),
        ("k-", [FIRST]),
        ("αννα", []),
        ("0193a6e2", [FIRST, SECOND]),
        ("0193A6E2-F0C1", [FIRST, SECOND]),
        (str(SECOND), [SECOND]),
        (FIRST.hex, [FIRST]),
        (str(FOREIGN), []),
        ("0193a6e", []),
        ("0193a6e3", []),
        ("!", []),
    ],
)
async def test_orders_are_searched_by_their_outlet_and_the_beginning_of_their_id(
    search: str, ids: list[UUID], stand: Stand
) -> None:
    assert await stand.ids(search=search) == ids


async def test_a_search_goes_with_every_other_filter_and_page_by_page(stand: Stand) -> None:
    assert await stand.ids(search="νικοσ", outlet_code="C-1") == [SECOND]
    assert await stand.ids(search="0193a6e2", rep_code=stand.rep.code) == [FIRST]
    query: dict[str, Any] = {"search": "νικοσ", "limit": "1"}
    first = (await stand.api.get("/v1/orders", params=query, headers=stand.supervisor)).json()
    rest = await stand.ids(**query, cursor=first["next_cursor"])
    assert ([UUID(order["id"]) for order in first["items"]], rest) == ([FIRST], [SECOND])


async def test_a_handheld_and_an_admin_search_among_what_they_list(stand: Stand) -> None:
    admin = bearer(stand.app, await make_user(stand.session, Role.ADMIN))
    device = bearer(stand.app, await make_device(stand.session, stand.rep))
    assert set(await stand.ids(admin, search="0193a6e2")) == {FIRST, SECOND, FOREIGN}
    assert set(await stand.ids(admin, search="περιπτερο")) == {FIRST, FOREIGN}
    assert await stand.ids(device, search="0193a6e2") == [FIRST]


async def test_a_file_holds_what_is_searched_for(stand: Stand) -> None:
    headers = stand.supervisor | {"accept": "text/csv"}
    answer = await stand.api.get("/v1/orders", params={"search": "περιπτερο"}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert str(FIRST) in answer.text
    assert str(SECOND) not in answer.text


async def test_a_search_takes_four_statements(stand: Stand, statements: Statements) -> None:
    await stand.ids(search="0193a6e2")
    await statements.taken()
    await stand.ids(search="0193a6e2")
    asked = [statement for statement in await statements.taken() if "users" not in statement]
    assert len(asked) == 4, asked


async def test_orders_of_a_product_are_listed_of_an_outlet(stand: Stand) -> None:
    assert await stand.ids(product_code=stand.product.code, outlet_code="K-1") == [FIRST]
    assert await stand.ids(product_code=stand.product.code, outlet_code="C-1") == []
    assert await stand.ids(product_code="NOTHING", outlet_code="K-1") == []


@pytest.mark.parametrize(
    ("days", "refused"), [(LONGEST_PERIOD.days, False), (LONGEST_PERIOD.days + 1, True), (None, True)]
)
async def test_orders_of_a_product_are_listed_of_a_month_of_the_own_territories(
    days: int | None, refused: bool, stand: Stand
) -> None:
    period = {} if days is None else {"from": str(MONDAY - timedelta(days=days - 1)), "to": str(MONDAY)}
    asked = {"product_code": stand.product.code} | period
    answer = await stand.api.get("/v1/orders", params=asked, headers=stand.supervisor)
    assert answer.status_code == (422 if refused else 200)
    if refused:
        assert answer.json()["errors"][0]["pointer"] == "/query/product_code"
    else:
        assert [order["id"] for order in answer.json()["items"]] == [str(FIRST)]


@pytest.mark.parametrize(("whose", "status"), [(None, 422), ("territory_code", 200), ("rep_code", 200)])
async def test_who_sees_all_territories_says_whose_orders_of_a_product(
    whose: str | None, status: int, stand: Stand
) -> None:
    admin = bearer(stand.app, await make_user(stand.session, Role.ADMIN))
    codes = {"territory_code": stand.territory.code, "rep_code": stand.rep.code}
    asked = {"product_code": stand.product.code, "date": str(date(2026, 11, 23))}
    answer = await stand.api.get("/v1/orders", params=asked | ({whose: codes[whose]} if whose else {}), headers=admin)
    assert answer.status_code == status
    if status == 200:
        assert [order["id"] for order in answer.json()["items"]] == [str(FIRST)]
