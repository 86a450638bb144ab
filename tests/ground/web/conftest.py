"""A small company, and a count of every row."""

from functools import partial

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from tests.ground.web.bad_values import Company, Rows, count_rows, make_company


@pytest.fixture
async def company(session: AsyncSession, app: FastAPI) -> Company:
    return await make_company(session, app)


@pytest.fixture
def rows(session: AsyncSession) -> Rows:
    return partial(count_rows, session)
