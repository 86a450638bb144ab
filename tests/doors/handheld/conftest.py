"""One rep with a handheld, an outlet and a product: what every test of the handheld's door begins with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.catalogue.models import Product
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_upload
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

Sync = Callable[..., Awaitable[dict[str, Any]]]


@dataclass
class Field:
    """The masters of a rep's day."""

    territory: Territory
    rep: Rep
    device: Device
    outlet: Outlet
    product: Product


@pytest.fixture
async def field(session: AsyncSession) -> Field:
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    outlet = await make_outlet(session, territory)
    return Field(territory, rep, await make_device(session, rep), outlet, await make_product(session))


@pytest.fixture
def sync(api: httpx.AsyncClient, app: FastAPI, field: Field) -> Sync:
    """Uploads events by the field's device and answers the body of a 200; `device=…` for another one."""

    async def upload(*events: Any, device: Device | None = None, **fields: Any) -> dict[str, Any]:
        headers = bearer(app, device or field.device)
        response = await api.post("/v1/sync", json=make_upload(*events, **fields), headers=headers)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    return upload
