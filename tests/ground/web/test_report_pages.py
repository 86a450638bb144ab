"""Lists as files: all that matches, or a refusal."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import TooLarge
from app.ground.web import report_pages
from app.ground.web.report_pages import count_rows, one_page, read_pages
from tests.conftest import SavepointDatabase, Statements


def records(count: int, rows: int = 1) -> Any:
    """As many records, each of so many rows."""
    return select(literal(rows)).select_from(func.generate_series(1, count).alias("record"))


async def test_rows_are_counted_by_one_statement(session: AsyncSession, statements: Statements) -> None:
    assert await count_rows(session, records(7)) == 7
    assert await count_rows(session, records(3, rows=12)) == 36
    assert await count_rows(session, records(0)) == 0
    assert len(await statements.taken()) == 3


async def test_more_records_than_a_file_holds_are_refused(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_pages, "MOST_RECORDS", 5)
    assert await count_rows(session, records(5, rows=100)) == 500
    with pytest.raises(TooLarge, match="A file holds 5 records") as refusal:
        await count_rows(session, records(6))
    assert refusal.value.fields == {"most_records": 5}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
async def test_pages_hold_every_record_once(database: SavepointDatabase, count: int) -> None:
    async def read(_: AsyncSession, after: int | None, most: int) -> Sequence[int]:
        return [number for number in range(count) if after is None or number > after][:most]

    pages = [page async for page in read_pages(database, read, lambda number: number, 2)]
    assert [number for page in pages for number in page] == list(range(count))
    assert all(pages), "no page is empty"


async def test_rows_that_are_there_already_are_one_page() -> None:
    assert [page async for page in one_page([(1,), (2,)])] == [[(1,), (2,)]]
