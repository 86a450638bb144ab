"""Orders, amendments and cancellations come to the same mix in whatever order they arrive (MX2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ground import clock
from app.motivation.assortment_mix import figures
from app.motivation.assortment_mix.figures import shown_score
from app.motivation.assortment_mix.reference import SoldLine, score
from tests.factories.identity import bearer, make_client
from tests.motivation.assortment_mix.asking import Headers, LogIn, mix, plan
from tests.motivation.assortment_mix.worlds import MixWorld

NOON = datetime(2026, 9, 28, 9, tzinfo=UTC)
"""A Monday in Athens, hours before the cutoff."""
GROUPS = ("chocolate", "biscuits", "drinks")
SHARES = {"chocolate": Decimal("0.55"), "biscuits": Decimal("0.45")}


@dataclass(frozen=True)
class Step:
    """What is said of an order: how many pieces of each group; None: that it is cancelled."""

    order: UUID
    pieces: tuple[int, int, int] | None


def draw_lives(random: Random) -> list[list[Step]]:
    """What is said of each of some orders, in turn: placed, perhaps amended, perhaps cancelled."""
    lives = []
    for _ in range(random.randint(4, 8)):
        order = UUID(int=random.getrandbits(128), version=4)
        said = [Step(order, draw_pieces(random)) for _ in range(random.randint(1, 3))]
        lives.append([*said, Step(order, None)] if random.random() < 0.25 else said)
    return lives


def draw_pieces(random: Random) -> tuple[int, int, int]:
    return random.randint(1, 9), random.randint(0, 9), random.randint(0, 9)


def mingled(lives: Sequence[Sequence[Step]], random: Random) -> list[Step]:
    """All steps in some order in which those of one order stay in turn."""
    turns = [number for number, life in enumerate(lives) for _ in life]
    random.shuffle(turns)
    left = [iter(life) for life in lives]
    return [next(left[number]) for number in turns]


async def play(api: httpx.AsyncClient, erp: Headers, world: MixWorld, steps: Sequence[Step]) -> None:
    placed: set[UUID] = set()
    for step in steps:
        if step.pieces is None:
            answer = await api.post(f"/v1/orders/{step.order}/cancel", json={}, headers=erp)
        elif step.order in placed:
            answer = await api.put(f"/v1/orders/{step.order}", json=form(world, step), headers=erp)
        else:
            answer = await api.post("/v1/orders", json=form(world, step), headers=erp)
        assert answer.status_code in {200, 201}, answer.text
        placed.add(step.order)


def form(world: MixWorld, step: Step) -> dict[str, Any]:
    lines = [
        {"product_code": world.products[group].code, "quantity": str(count), "unit_price": "1.00"}
        for group, count in zip(GROUPS, step.pieces or (), strict=True)
        if count
    ]
    return {
        "id": str(step.order),
        "outlet_code": world.outlet.code,
        "captured_at": NOON.isoformat(),
        "delivery_date": "2026-09-29",
        "lines": lines,
    }


def as_they_stand(lives: Sequence[Sequence[Step]], world: MixWorld) -> list[SoldLine]:
    return [
        SoldLine(life[-1].order, False, world.outlet.id, None, group, Decimal(count), Decimal(1))
        for life in lives
        for group, count in zip(GROUPS, life[-1].pieces or (0, 0, 0), strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_the_same_facts_in_any_order_come_to_the_score_of_the_reference(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    connection: AsyncConnection,
    world: MixWorld,
    the_clock: clock.SetClock,
    monkeypatch: pytest.MonkeyPatch,
    log_in: LogIn,
    seed: int,
) -> None:
    monkeypatch.setattr(figures, "LEAST_ORDERS", 0)
    the_clock.move_to(NOON)
    for product in world.products.values():
        product.pack_size = Decimal(1)
    erp, admin = bearer(app, await make_client(session, "orders:write")), log_in()
    await plan(api, admin, **{group: str(share) for group, share in SHARES.items()})
    random = Random(seed)
    lives = draw_lives(random)
    answers = []
    for _ in range(2):
        savepoint = await connection.begin_nested()
        await play(api, erp, world, mingled(lives, random))
        answers.append(await mix(api, admin, world.territory.code))
        await savepoint.rollback()
    assert answers[0] == answers[1]
    expected = shown_score(score(as_they_stand(lives, world), SHARES))
    assert expected is not None
    assert Decimal(answers[0]["score"]) == expected
    assert answers[0]["orders"] == sum(life[-1].pieces is not None for life in lives)
