import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of an integration client that may write masters."""
    return bearer(app, await make_client(session, "master:write"))


@pytest.fixture
async def world(session: AsyncSession) -> None:
    """A territory PAT with the rep R0, the outlet O0 and the product P0."""
    territory = await make_territory(session, code="PAT")
    await make_rep(session, territory, code="R0")
    await make_outlet(session, territory, code="O0")
    await make_product(session, code="P0")
