"""Recording a file of deliveries: what it costs PostgreSQL, against bare INSERTs of the very rows that it wrote.

Bare twice: sent by a client, a statement for each table with an array of texts for each column; and copied within the
database from tables that hold them, which no client can do. Both find the rows' places in the same indexes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.schemas import DeliveryRowBody
from app.doors.imports import record_api
from app.doors.imports.files import read_file
from app.doors.imports.record_imports import import_records
from app.ground import clock
from app.ground.db.session import Database
from app.ground.web.upserts import UpsertStatus
from benchmarks.processes import nanoseconds_running

DELIVERIES, LINES = 100, 10
ROUNDS = 15
"""The first two warm up: each statement is planned once, and files grow."""
WARMING_UP = 2

_FILL = Path(__file__).with_name("deliveries.sql").read_text()
_ORDERS = text("""
    SELECT o.id, outlet.code AS outlet_code,
        array_agg(product.code ORDER BY line.line_number) AS products,
        array_agg(line.unit_price ORDER BY line.line_number) AS prices
    FROM orders AS o JOIN outlets AS outlet ON outlet.id = o.outlet_id
    JOIN order_lines AS line ON line.business_date = o.business_date AND line.order_id = o.id
    JOIN products AS product ON product.id = line.product_id
    WHERE o.business_date = :day AND line.line_number <= :lines GROUP BY o.id, outlet.code ORDER BY o.id
""")
_WRITTEN = {
    "event_receipts": "kind = 'delivery' AND id = ANY(:ids)",
    "deliveries": "business_date = :day AND id = ANY(:ids)",
    "delivery_lines": "business_date = :day AND delivery_id = ANY(:ids)",
    "fulfilments": "business_date = :day AND order_id = ANY(:orders)",
    "points_entries": "source_type = 'order' AND source_id = ANY(:orders)",
    "events": "type = 'delivery.recorded' AND CAST(payload ->> 'delivery_id' AS uuid) = ANY(:ids)",
}
"""What an import of deliveries writes, and which rows of it are a round's. All orders are reps', and match."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Milliseconds of CPU that PostgreSQL took for 1,000 lines: by the import, and for the same rows sent and copied
    bare.
    """

    import_ms: float
    sent_ms: float
    copied_ms: float

    @property
    def ratio(self) -> float:
        """The import's over that of the rows as a client sends them."""
        return self.import_ms / self.sent_ms


async def measure(owner: Database, url: str) -> Recording:
    """Each round records 100 deliveries of 10 lines, each its order's, and writes their rows bare; the medians."""
    parameters = {"orders": DELIVERIES * ROUNDS, "lines": LINES}
    async with owner.transaction() as session:
        for statement in _FILL.split(";\n"):
            names = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await session.execute(text(statement), names)
    async with owner.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM ANALYZE orders, order_lines, event_receipts, outlets, products"))
        day: date = (await alone.execute(text("SELECT current_date"))).scalar_one()
        orders: Sequence[Any] = (await alone.execute(_ORDERS, {"day": day, "lines": LINES})).all()
    service, copier = (
        Database(url, pool_size=1),
        Database(owner.engine.url.render_as_string(hide_password=False), pool_size=1),
    )
    rounds = []
    for number in range(ROUNDS):
        batch = orders[number * DELIVERIES : (number + 1) * DELIVERIES]
        rounds.append(await _round(service, copier, day, batch))
    await service.close()
    await copier.close()
    measured = rounds[WARMING_UP:]
    return Recording(
        *(median(getattr(each, name) for each in measured) for name in ("import_ms", "sent_ms", "copied_ms"))
    )


async def _round(service: Database, copier: Database, day: date, orders: Sequence[Any]) -> Recording:
    ids = [uuid4() for _ in orders]
    content = b"\n".join(line for id_, order in zip(ids, orders, strict=True) for line in _rows(id_, order))
    rows = read_file(content, "application/x-ndjson", DeliveryRowBody)
    async with service.transaction() as session:
        before = await _running_ns(session)
        fates = await import_records(
            session, record_api.DELIVERIES, rows, "client:benchmark", clock.now(), atomic=False
        )
        import_ns = await _running_ns(session) - before
    if {fate.status for fate in fates} != {UpsertStatus.CREATED}:
        raise RuntimeError(f"a delivery was not recorded: {fates[0]}")
    keys = {"day": day, "ids": ids, "orders": [order.id for order in orders]}
    return Recording(import_ns / 1e6, *await _bare_ms(copier, keys))


def _rows(id_: UUID, order: Any) -> list[bytes]:
    head = {
        "id": id_,
        "number": f"DN-{id_.hex[:8]}",
        "outlet_code": order.outlet_code,
        "order_id": str(order.id),
        "delivered_at": clock.now().isoformat(),
    }
    return [
        orjson.dumps(
            head | {"product_code": code, "shipped_quantity": 12, "accepted_quantity": 12, "unit_price": str(price)}
        )
        for code, price in zip(order.products, order.prices, strict=True)
    ]


async def _bare_ms(copier: Database, keys: dict[str, Any]) -> tuple[float, float]:
    """Take a round's rows away, and put them back with nothing but INSERTs: as sent by a client, and as copied."""
    async with copier.transaction() as session:
        for table, condition in _WRITTEN.items():
            names = {name: value for name, value in keys.items() if f":{name}" in condition}
            aside = text(f"CREATE TEMPORARY TABLE bare_{table} AS SELECT * FROM {table} WHERE {condition}")
            await session.execute(aside, names)
        statements = [(_sent(table, await _columns(session, table)), table) for table in _WRITTEN]
        sent = [(statement, await _values(session, table, statement)) for statement, table in statements]
    sent_ms = await _put_back(copier, keys, sent)
    copied: list[tuple[Any, dict[str, Any]]] = [(_copied(table), {}) for table in _WRITTEN]
    copied_ms = await _put_back(copier, keys, copied)
    async with copier.transaction() as session:
        for table in _WRITTEN:
            await session.execute(text(f"DROP TABLE bare_{table}"))
    return sent_ms, copied_ms


async def _put_back(copier: Database, keys: dict[str, Any], writing: Sequence[tuple[Any, dict[str, Any]]]) -> float:
    async with copier.transaction() as session:
        for table, condition in _WRITTEN.items():
            names = {name: value for name, value in keys.items() if f":{name}" in condition}
            await session.execute(text(f"DELETE FROM {table} WHERE {condition}"), names)
    async with copier.transaction() as session:
        await session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        before = await _running_ns(session)
        for statement, parameters in writing:
            await session.execute(statement, parameters)
        return (await _running_ns(session) - before) / 1e6


async def _columns(session: AsyncSession, table: str) -> dict[str, str]:
    """The types of a table's columns, by name."""
    rows = await session.execute(
        text("""
        SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute
        WHERE attrelid = CAST(CAST(:name AS text) AS regclass) AND attnum > 0 AND NOT attisdropped
        """),
        {"name": table},
    )
    return {row.attname: row.kind for row in rows}


def _sent(table: str, columns: dict[str, str]) -> Any:
    """An INSERT of rows that come as an array of texts for each column."""
    values = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in columns.items())
    arrays = ", ".join(f"CAST(:{name} AS text[])" for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return text(
        f"INSERT INTO {table} ({names}){_overriding(table)} SELECT {values} FROM unnest({arrays}) AS t ({names})"
    )


def _copied(table: str) -> Any:
    return text(f"INSERT INTO {table}{_overriding(table)} SELECT * FROM bare_{table}")


def _overriding(table: str) -> str:
    return " OVERRIDING SYSTEM VALUE" if table == "events" else ""


async def _values(session: AsyncSession, table: str, statement: Any) -> dict[str, Any]:
    """What a client would send for the rows that were put aside."""
    names = list(statement.compile().params)
    arrays = ", ".join(f'array_agg(CAST("{name}" AS text)) AS "{name}"' for name in names)
    row = (await session.execute(text(f"SELECT {arrays} FROM bare_{table}"))).mappings().one()
    return {str(name): value for name, value in row.items()}


async def _running_ns(session: AsyncSession) -> int:
    """How long the session's server process has been running on a processor, since it began."""
    pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    return nanoseconds_running(pid)
