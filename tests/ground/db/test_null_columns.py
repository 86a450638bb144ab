"""Columns of nothing but nulls go to the database as empty arrays."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, without_nulls

_ROWS = DirectStatement(text("SELECT * FROM unnest(CAST(:ids AS int[]), CAST(:names AS text[])) AS given (id, name)"))


@pytest.mark.parametrize("names", [[None, None], [None, "b"], ["a", None], ["a", "b"]])
async def test_a_column_arrives_as_it_was_whether_its_values_are_null_or_not(
    session: AsyncSession, names: list[str | None]
) -> None:
    arrays = without_nulls({"ids": [1, 2], "names": names})
    assert (len(arrays["names"]) == 0) is (names == [None, None])
    rows = await _ROWS.rows(session, dict(arrays))
    assert [(row["id"], row["name"]) for row in rows] == list(zip([1, 2], names, strict=True))
