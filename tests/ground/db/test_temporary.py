from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.temporary import TemporaryTable

NUMBERS = TemporaryTable("numbers", {"number": Integer()})
UP_TO = select(func.generate_series(1, bindparam("end", type_=Integer)).label("number"))


async def test_rows_are_kept_until_they_are_forgotten(session: AsyncSession) -> None:
    for end in (3, 5):
        assert await NUMBERS.fill(session, UP_TO, {"end": end}) == end
        assert (await session.scalars(select(NUMBERS.table))).all() == list(range(1, end + 1))
        await NUMBERS.drop(session)


async def test_a_transaction_has_a_table_once(session: AsyncSession) -> None:
    await NUMBERS.fill(session, UP_TO, {"end": 1})
    with pytest.raises(DBAPIError):
        await NUMBERS.fill(session, UP_TO, {"end": 1})


async def test_a_query_with_other_columns_is_refused(session: AsyncSession) -> None:
    with pytest.raises(TypeError):
        await NUMBERS.fill(session, select(UP_TO.selected_columns.number.label("other")), {"end": 1})


async def test_no_statement_has_to_be_prepared_anew_afterwards(session: AsyncSession) -> None:
    dialect: Any = session.get_bind().dialect
    before = dialect._invalidate_schema_cache_asof
    await NUMBERS.fill(session, UP_TO, {"end": 1})
    await NUMBERS.drop(session)
    assert dialect._invalidate_schema_cache_asof == before
