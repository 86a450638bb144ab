"""The set-based writes: one statement for any number of records, its text constant, its parameters columns."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.direct import DirectStatement
from app.sales.orders.records import AcceptedOrder, NoOrderRecord, RefusedOrder

_ORDER_COLUMNS = (
    "business_date", "id", "territory_id", "outlet_id", "rep_id", "device_id", "channel", "placed_by",
    "captured_at", "received_at", "corrected_at", "skew_ms", "trusted", "clock_changed", "monotonic_ms", "boot_id",
    "sequence", "delivery_date", "comment", "total_value", "lat", "lon", "accuracy_m", "fix_at", "provider", "mock",
    "verdict", "p_inside", "distance_m", "read_at",
)  # fmt: skip
_order_values = attrgetter(*_ORDER_COLUMNS)

# One statement writes orders and lines: the foreign key between them is checked when it ends. An order's lines travel
# as array literals, one for each column: the driver encodes a text of twelve numbers faster than twelve numbers.
_INSERT_ORDERS = DirectStatement(
    text("""
    WITH placed AS (
        INSERT INTO orders (
            business_date, id, territory_id, outlet_id, rep_id, device_id, channel, placed_by,
            captured_at, received_at, corrected_at, skew_ms, trusted, clock_changed, monotonic_ms, boot_id,
            sequence, delivery_date, comment, total_value, lat, lon, accuracy_m, fix_at, provider, mock,
            verdict, p_inside, distance_m, read_at, line_count, warnings
        )
        SELECT * FROM unnest(
            CAST(:business_date AS date[]), CAST(:id AS uuid[]), CAST(:territory_id AS int[]),
            CAST(:outlet_id AS int[]), CAST(:rep_id AS int[]), CAST(:device_id AS uuid[]), CAST(:channel AS text[]),
            CAST(:placed_by AS text[]), CAST(:captured_at AS timestamptz[]), CAST(:received_at AS timestamptz[]),
            CAST(:corrected_at AS timestamptz[]), CAST(:skew_ms AS int8[]), CAST(:trusted AS bool[]),
            CAST(:clock_changed AS bool[]), CAST(:monotonic_ms AS int8[]), CAST(:boot_id AS text[]),
            CAST(:sequence AS int8[]), CAST(:delivery_date AS date[]), CAST(:comment AS text[]),
            CAST(:total_value AS numeric[]), CAST(:lat AS float8[]), CAST(:lon AS float8[]),
            CAST(:accuracy_m AS float8[]), CAST(:fix_at AS timestamptz[]), CAST(:provider AS text[]),
            CAST(:mock AS bool[]), CAST(:verdict AS text[]), CAST(:p_inside AS float8[]),
            CAST(:distance_m AS float8[]), CAST(:read_at AS timestamptz[]), CAST(:line_count AS int2[]),
            CAST(CAST(:warnings AS text[]) AS jsonb[])
        )
    )
    INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
    SELECT business_date, order_id, number, product_id, quantity, unit_price, list_price
    FROM unnest(
        CAST(:business_date AS date[]), CAST(:id AS uuid[]), CAST(:products AS text[]), CAST(:quantities AS text[]),
        CAST(:unit_prices AS text[]), CAST(:list_prices AS text[])
    ) AS placed_lines (business_date, order_id, products, quantities, unit_prices, list_prices)
    CROSS JOIN LATERAL unnest(
        CAST(products AS int[]), CAST(quantities AS numeric[]), CAST(unit_prices AS numeric[]),
        CAST(list_prices AS numeric[])
    ) WITH ORDINALITY AS line (product_id, quantity, unit_price, list_price, number)
""")
)

_REFUSAL_COLUMNS = ("id", "rep_id", "outlet_id", "business_date", "received_at", "placed_by")
_refusal_values = attrgetter(*_REFUSAL_COLUMNS)
_INSERT_REFUSALS = text("""
    INSERT INTO order_refusals (id, rep_id, outlet_id, business_date, received_at, placed_by, problems)
    SELECT * FROM unnest(
        CAST(:id AS uuid[]), CAST(:rep_id AS int[]), CAST(:outlet_id AS int[]), CAST(:business_date AS date[]),
        CAST(:received_at AS timestamptz[]), CAST(:placed_by AS text[]), CAST(CAST(:problems AS text[]) AS jsonb[])
    )
    ON CONFLICT (id) DO NOTHING
""")

_REPORT_COLUMNS = (
    "business_date", "id", "territory_id", "rep_id", "device_id", "outlet_id", "reason_code", "comment", "captured_at",
    "received_at", "corrected_at", "skew_ms", "trusted", "clock_changed", "monotonic_ms", "boot_id", "sequence",
)  # fmt: skip
_report_values = attrgetter(*_REPORT_COLUMNS)
_INSERT_REPORTS = text("""
    INSERT INTO no_order_reports (
        business_date, id, territory_id, rep_id, device_id, outlet_id, reason_code, comment, captured_at,
        received_at, corrected_at, skew_ms, trusted, clock_changed, monotonic_ms, boot_id, sequence
    )
    SELECT * FROM unnest(
        CAST(:business_date AS date[]), CAST(:id AS uuid[]), CAST(:territory_id AS int[]), CAST(:rep_id AS int[]),
        CAST(:device_id AS uuid[]), CAST(:outlet_id AS int[]), CAST(:reason_code AS text[]), CAST(:comment AS text[]),
        CAST(:captured_at AS timestamptz[]), CAST(:received_at AS timestamptz[]), CAST(:corrected_at AS timestamptz[]),
        CAST(:skew_ms AS int8[]), CAST(:trusted AS bool[]), CAST(:clock_changed AS bool[]),
        CAST(:monotonic_ms AS int8[]), CAST(:boot_id AS text[]), CAST(:sequence AS int8[])
    )
""")


async def insert_orders(session: AsyncSession, orders: Sequence[AcceptedOrder]) -> None:
    """Insert orders (at least one) and their lines."""
    parameters: dict[str, object] = dict(
        zip(_ORDER_COLUMNS, zip(*map(_order_values, orders), strict=True), strict=True)
    )
    parameters |= {
        "line_count": [len(order.lines) for order in orders],
        "warnings": [_json([warning.as_json() for warning in order.warnings]) for order in orders],
        "products": [_array_literal(line.product_id for line in order.lines) for order in orders],
        "quantities": [_array_literal(line.quantity for line in order.lines) for order in orders],
        "unit_prices": [_array_literal(line.unit_price for line in order.lines) for order in orders],
        "list_prices": [_array_literal(line.list_price for line in order.lines) for order in orders],
    }
    await _INSERT_ORDERS.rows(session, parameters)


async def insert_refusals(session: AsyncSession, refusals: Sequence[RefusedOrder]) -> None:
    """Insert refusals (at least one) of ids that have none yet."""
    columns = zip(*map(_refusal_values, refusals), strict=True)
    problems = [
        _json([{"pointer": p.pointer, "code": p.code, "message": p.message} for p in refusal.problems])
        for refusal in refusals
    ]
    parameters: dict[str, object] = dict(zip(_REFUSAL_COLUMNS, columns, strict=True)) | {"problems": problems}
    await session.execute(_INSERT_REFUSALS, parameters)


async def insert_no_order_reports(session: AsyncSession, reports: Sequence[NoOrderRecord]) -> None:
    """Insert no-order reports (at least one)."""
    columns = zip(*map(_report_values, reports), strict=True)
    await session.execute(_INSERT_REPORTS, dict(zip(_REPORT_COLUMNS, columns, strict=True)))


def _array_literal(numbers: Iterable[int | Decimal]) -> str:
    """PostgreSQL's text form of an array of numbers, of which none needs a quote."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _json(value: list[object]) -> str:
    return orjson.dumps(value).decode() if value else "[]"
