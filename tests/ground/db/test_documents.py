"""Rows go to the database as one document, and arrive as they were."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from asyncpg.pgproto.pgproto import UUID as DriversUUID  # noqa: N811 # it is another class
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, LargeBinary, Numeric, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, document, given_rows, in_utc
from app.ground.web.wall_clocks import FIRST_SHOWN, LAST_SHOWN

ID = UUID("0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f")
TYPES = {
    "id": Uuid(),
    "count": BigInteger(),
    "name": Text(),
    "amount": Numeric(14, 4),
    "ratio": Double(),
    "flag": Boolean(),
    "day": Date(),
    "at": DateTime(timezone=True),
    "digest": LargeBinary(),
    "told": JSONB(),
}
_GIVEN = given_rows(TYPES)
_ROWS = DirectStatement(select(*(_GIVEN.c[name] for name in TYPES)))


def row(**values: Any) -> dict[str, Any]:
    return dict.fromkeys(TYPES) | values


async def arrived(session: AsyncSession, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(found) for found in await _ROWS.rows(session, {"rows": document(rows)})]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"id": ID},
        {"id": DriversUUID(str(ID))},
        {"count": 2**63 - 1},
        {"count": -(2**63)},
        {"name": ""},
        {"name": 'Καφέ 🙂 \\ " \n {a,b} NULL'},
        {"amount": Decimal("9999999999.9999")},
        {"amount": Decimal("-0.0001")},
        {"ratio": 0.1 + 0.2},
        {"ratio": 1e300},
        {"ratio": -0.0},
        {"flag": False},
        {"day": date(1, 1, 1)},
        {"day": date(9999, 12, 31)},
        {"at": FIRST_SHOWN},
        {"at": LAST_SHOWN},
        {"at": datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)},
        {"digest": b""},
        {"digest": bytes(range(256))},
        {"told": []},
        {"told": [{"code": "over_stock", "stock": "6.5", "items": [None, True, 1.5]}]},
    ],
    ids=repr,
)
async def test_a_value_arrives_as_it_was(session: AsyncSession, values: dict[str, Any]) -> None:
    assert await arrived(session, row(**values)) == [row(**values)]


async def test_rows_arrive_in_their_order(session: AsyncSession) -> None:
    rows = [row(count=count) for count in (3, 1, 2)]

    assert await arrived(session, *rows) == rows


@pytest.mark.parametrize("hours", [-23, -16, 0, 15, 16, 23])
async def test_an_instant_of_any_offset_arrives_once_it_is_told_in_utc(session: AsyncSession, hours: int) -> None:
    at = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=hours, minutes=59 if hours > 0 else 0)))

    [found] = await arrived(session, row(at=in_utc(at)))

    assert found["at"] == at


def test_what_is_no_value_of_a_column_is_not_written() -> None:
    with pytest.raises(TypeError):
        document([{"id": object()}])
