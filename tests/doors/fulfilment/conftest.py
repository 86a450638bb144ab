"""A small scene: an outlet, its order of two products of Monday for Tuesday, and callers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import DueOrders
from app.ground import clock
from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order
from tests.conftest import SavepointDatabase
from tests.factories.catalogue import make_product
from tests.factories.deliveries import DeliveredLine, make_delivery_body
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

TUESDAY_NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def tuesday(the_clock: clock.SetClock) -> None:
    the_clock.move_to(TUESDAY_NOON)


@dataclass
class Scene:
    """`chocolate` and `wafer` were ordered, 12 and 6, at 1.15; `nuts` were not. Callers as headers."""

    api: httpx.AsyncClient
    territory: Territory
    rep: Rep
    outlet: Outlet
    chocolate: Product
    wafer: Product
    nuts: Product
    order: Order
    erp: dict[str, str]
    supervisor: dict[str, str]
    device: dict[str, str]

    def body(self, *lines: DeliveredLine, **fields: Any) -> dict[str, Any]:
        """A delivery of the order."""
        return make_delivery_body(self.outlet, self.order, *lines, **fields)

    def as_ordered(self, **fields: Any) -> dict[str, Any]:
        """The delivery of all that was ordered."""
        return self.body((self.chocolate, 12, 12), (self.wafer, 6, 6), **fields)

    async def tell(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Post a delivery as the ERP."""
        return await self.api.post("/v1/deliveries", json=body, headers=self.erp | headers)

    async def fulfilment(self) -> dict[str, Any]:
        """What became of the order, as its supervisor sees it."""
        answer = await self.api.get(f"/v1/orders/{self.order.id}/fulfilment", headers=self.supervisor)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def decide(
        self, answered_by: str, product: Product | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Say who answers, as the supervisor."""
        body = {
            "answered_by": answered_by,
            "comment": "I asked them",
            "product_code": product.code if product else None,
        }
        path = f"/v1/orders/{self.order.id}/fulfilment/decision"
        return await self.api.post(path, json=body, headers=self.supervisor | (headers or {}))


@pytest.fixture
async def scene(app: FastAPI, api: httpx.AsyncClient, session: AsyncSession, tuesday: None) -> Scene:
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    outlet = await make_outlet(session, territory)
    chocolate, wafer, nuts = [await make_product(session) for _ in range(3)]
    order = await make_order(session, outlet, rep=rep, lines=[(chocolate, 12), (wafer, 6)])
    return Scene(
        api,
        territory,
        rep,
        outlet,
        chocolate,
        wafer,
        nuts,
        order,
        erp=bearer(app, await make_client(session, "deliveries:write")),
        supervisor=bearer(app, await make_user(session, Role.SUPERVISOR, territory)),
        device=bearer(app, await make_device(session, rep)),
    )


async def conclude_due(database: SavepointDatabase, the_clock: clock.SetClock, at: datetime) -> int:
    """As a scheduler that begins to lead does at an instant."""
    the_clock.move_to(at)
    concluded = await DueOrders().conclude(database)
    the_clock.move_to(TUESDAY_NOON)
    return concluded
