"""Every kind of file is one set: sent again it changes nothing, and its size costs no statements."""

from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from tests.doors.imports.sending import TABLES, send, sound_row, told


@pytest.mark.parametrize("kind", TABLES)
async def test_a_file_is_imported_once_however_often_it_is_sent(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str], kind: str
) -> None:
    count = select(func.count()).select_from(TABLES[kind])
    before = await session.scalar(count) or 0
    rows = [sound_row(kind, number) for number in range(1, 4)]
    first = await send(api, erp, kind, rows)
    assert [status for _, _, status in told(first)] == ["created"] * 3
    assert (first.json()["accepted"], first.json()["rejected"]) == (3, 0)
    again = await send(api, erp, kind, rows)
    assert [status for _, _, status in told(again)] == ["unchanged"] * 3
    assert await session.scalar(count) == before + 3


@pytest.mark.parametrize("kind", TABLES)
async def test_a_hundred_times_the_rows_cost_the_same_number_of_statements(
    api: httpx.AsyncClient, connection: AsyncConnection, world: None, erp: dict[str, str], kind: str
) -> None:
    statements: list[str] = []

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(connection.sync_connection, "before_cursor_execute", count)
    try:
        costs = []
        for numbers in (range(1, 11), range(1000, 2000)):
            statements.clear()
            answer = await send(api, erp, kind, [sound_row(kind, number) for number in numbers])
            assert answer.json()["accepted"] == len(numbers)
            costs.append(len(statements))
    finally:
        event.remove(connection.sync_connection, "before_cursor_execute", count)
    assert costs[0] == costs[1]
