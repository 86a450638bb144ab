"""What supervisors wrote on who answers goes with the rep whom it is about, and is that rep's to read (decision 57)."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.personal_data import service
from app.ground import clock
from app.ground.web.access import Role
from app.masters.territories.models import Rep
from app.sales.deliveries.models import FulfilmentDecision
from app.sales.returns.models import ReturnDecision
from tests.databases import by_the_owner
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import WEDNESDAY_MORNING, make_return
from tests.factories.territories import make_rep, make_territory

MARIAS, PETROS, OF_BOTH = "Maria was drunk", "Petros forgot it", "both of them overslept"


@dataclass
class Shop:
    """An outlet of which Maria and Petros had an order each, of which a part came, and of which a part went back."""

    maria: Rep
    petros: Rep


@pytest.fixture
async def shop(session: AsyncSession, app: FastAPI, api: httpx.AsyncClient, the_clock: clock.SetClock) -> Shop:
    territory = await make_territory(session)
    reps = maria, petros = [await make_rep(session, territory) for _ in range(2)]
    outlet = await make_outlet(session, territory)
    products = [await make_product(session) for _ in reps]
    the_clock.move_to(WEDNESDAY_MORNING)
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, territory))

    async def decide(path: str, body: Mapping[str, object]) -> None:
        answer = await api.post(f"/v1/{path}/decision", json={"answered_by": "rep", **body}, headers=headers)
        assert answer.status_code == 200, answer.text

    for rep, product, words in zip(reps, products, (MARIAS, PETROS), strict=True):
        order = await make_order(session, outlet, rep=rep, lines=[(product, 12)])
        await make_delivery(session, outlet, order, (product, 12, 10))
        await decide(f"orders/{order.id}/fulfilment", {"comment": words})
    returned = await make_return(session, outlet, *((product, 2, "expired") for product in products))
    for product, words in zip(products, (MARIAS, PETROS), strict=True):
        await decide(f"returns/{returned.form.id}", {"comment": words, "product_code": product.code})
    await decide(f"returns/{returned.form.id}", {"comment": OF_BOTH})
    return Shop(maria, petros)


async def comments(session: AsyncSession) -> tuple[list[str], list[str]]:
    """What is written of orders and of returns."""
    session.expire_all()
    orders = await session.scalars(select(FulfilmentDecision.comment).order_by(FulfilmentDecision.id))
    returns = await session.scalars(select(ReturnDecision.comment).order_by(ReturnDecision.id))
    return list(orders), list(returns)


async def test_words_about_an_erased_reps_orders_and_returns_are_gone_and_those_about_others_stay(
    session: AsyncSession, shop: Shop
) -> None:
    assert await comments(session) == ([MARIAS, PETROS], [MARIAS, PETROS, OF_BOTH])
    shop.maria.active = False
    await session.flush()
    async with by_the_owner(session):
        await service.erase(session, await service.find(session, rep_code=shop.maria.code, lock=True))
    assert await comments(session) == (["", PETROS], ["", PETROS, ""])


async def test_a_reps_export_has_the_words_about_its_orders_and_returns_and_no_others(
    session: AsyncSession, shop: Shop, tmp_path: Path
) -> None:
    await service.export(session, await service.find(session, rep_code=shop.petros.code), tmp_path / "petros.zip")
    with zipfile.ZipFile(tmp_path / "petros.zip") as archive:
        words = {name: archive.read(f"{name}.ndjson").decode() for name in ("fulfilment_decisions", "return_decisions")}
    assert all(PETROS in rows and MARIAS not in rows for rows in words.values())
    assert OF_BOTH in words["return_decisions"]
