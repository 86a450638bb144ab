"""The world, its callers, and the clock after the third quarter."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from tests.factories.identity import bearer, make_user
from tests.motivation.assortment_mix.worlds import MixWorld, make_mix_world


@pytest.fixture(autouse=True)
def in_october(the_clock: clock.SetClock) -> None:
    """Ten o'clock on the second day of the fourth quarter."""
    the_clock.move_to(datetime(2026, 10, 2, 10, tzinfo=UTC))


@pytest.fixture
async def world(session: AsyncSession) -> MixWorld:
    return await make_mix_world(session)


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN))


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, world: MixWorld) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, world.territory))
