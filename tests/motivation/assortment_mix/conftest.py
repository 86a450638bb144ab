"""The world, its callers, and the clock after the third quarter."""

from collections.abc import Callable
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
async def log_in(app: FastAPI, session: AsyncSession) -> Callable[[], dict[str, str]]:
    """An admin's new token, for tests that move the clock: it is good for a quarter of an hour."""
    user = await make_user(session, Role.ADMIN)
    return lambda: bearer(app, user)


@pytest.fixture
def admin(log_in: Callable[[], dict[str, str]]) -> dict[str, str]:
    return log_in()


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, world: MixWorld) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, world.territory))
