"""The set-based writes of deliveries: one statement for any number of records, made from their tables."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast, column, func, select, text, true, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, document, given_rows, insert_rows
from app.ground.db.upserts import types_of
from app.ground.values import value
from app.sales.deliveries.fulfilment_rules import DeliveredProduct
from app.sales.deliveries.models import Delivery, DeliveryLine
from app.sales.deliveries.rules import DeliveryForm


@value(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A form as it is recorded. `at`, `by`: when it came, from whom. `version` 1: it is new, else a correction."""

    form: DeliveryForm
    business_date: date
    territory_id: int
    outlet_id: int
    rep_id: int | None
    delivered_date: date
    value: Decimal
    version: int
    digest: bytes
    at: datetime
    by: str
    lines: Sequence[DeliveredProduct] = field(default_factory=tuple)

    @property
    def key(self) -> tuple[date, UUID]:
        """What it is filed under, and its id."""
        return self.business_date, self.form.id


_CONTENT = {
    "business_date": "business_date",
    "id": "form.id",
    "outlet_id": "outlet_id",
    "number": "form.number",
    "delivered_at": "form.delivered_at",
    "delivered_date": "delivered_date",
    "value": "value",
    "version": "version",
    "digest": "digest",
}
_NEW = Columns(
    _CONTENT
    | {
        "territory_id": "territory_id",
        "rep_id": "rep_id",
        "order_id": "form.order_id",
        "received_at": "at",
        "recorded_by": "by",
    }
)
_CORRECTED = Columns(_CONTENT | {"corrected_at": "at", "corrected_by": "by"})
_LINE_COLUMNS = (
    "product_id",
    "shipped_quantity",
    "accepted_quantity",
    "unit_price",
    "reason_code",
    "reason_answered_by",
)


def _insert_lines() -> Insert:
    """Writes the lines of deliveries; a delivery's lines travel as array literals, one for each column, as an order's
    do. Columns without a value are left out.
    """
    head = types_of(Delivery.__table__, "business_date", "id")
    given = given_rows(head | {name: Text() for name in _LINE_COLUMNS}, "lines")
    kinds = types_of(DeliveryLine.__table__, *_LINE_COLUMNS)
    line = (
        func.unnest(*(cast(given.c[name], ARRAY(kind)) for name, kind in kinds.items()))
        .table_valued(*(column(name, kind) for name, kind in kinds.items()), with_ordinality="line_number")
        .render_derived(name="line")
    )
    names = ("business_date", "delivery_id", "line_number", *_LINE_COLUMNS)
    rows = select(given.c.business_date, given.c.id, line.c.line_number, *(line.c[name] for name in _LINE_COLUMNS))
    statement: Insert = insert(DeliveryLine).from_select(
        names, rows.select_from(given.join(line, true())), include_defaults=False
    )
    return statement


_INSERT = DirectStatement(_insert_lines().add_cte(insert_rows(Delivery, _NEW.names).cte("recorded")))
_INSERT_LINES = DirectStatement(_insert_lines())

# What stands becomes a version, before it is corrected.
_KEEP = DirectStatement(
    text("""
    INSERT INTO delivery_versions (
        business_date, delivery_id, version, outlet_code, number, delivered_at, value, lines, digest, received_at,
        recorded_by
    )
    SELECT d.business_date, d.id, d.version, outlet.code, d.number, d.delivered_at, d.value, lines.of_delivery,
        d.digest, coalesce(d.corrected_at, d.received_at), coalesce(d.corrected_by, d.recorded_by)
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS d
    JOIN outlets AS outlet ON outlet.id = d.outlet_id
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'product_code', product.code, 'shipped_quantity', CAST(line.shipped_quantity AS text),
            'accepted_quantity', CAST(line.accepted_quantity AS text), 'unit_price', CAST(line.unit_price AS text),
            'reason_code', line.reason_code
        ) ORDER BY line.line_number), '[]') AS of_delivery
        FROM delivery_lines AS line JOIN products AS product ON product.id = line.product_id
        WHERE line.business_date = asked.business_date AND line.delivery_id = asked.id
    ) AS lines
""")
)
_REMOVE_LINES = DirectStatement(
    text("""
    DELETE FROM delivery_lines AS line
    USING unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    WHERE line.business_date = asked.business_date AND line.delivery_id = asked.id
""")
)


def _correct() -> Any:
    given = given_rows(types_of(Delivery.__table__, *_CORRECTED.names))
    key = {"business_date", "id"}
    return (
        update(Delivery)
        .where(Delivery.business_date == given.c.business_date, Delivery.id == given.c.id)
        .values({name: given.c[name] for name in _CORRECTED.names if name not in key})
    )


_CORRECT = DirectStatement(_correct())


async def insert_deliveries(session: AsyncSession, records: Sequence[DeliveryRecord]) -> None:
    """Insert deliveries with their lines, any number by one statement. Their ids must have been claimed."""
    if records:
        await _INSERT.rows(session, {"rows": document(_NEW.rows(records)), "lines": document(_lines(records))})


async def correct_deliveries(session: AsyncSession, records: Sequence[DeliveryRecord]) -> None:
    """Let deliveries say something else, and keep what they said: four statements. They must be locked."""
    if not records:
        return
    keys = {"days": [record.business_date for record in records], "ids": [record.form.id for record in records]}
    await _KEEP.rows(session, keys)
    await _CORRECT.rows(session, {"rows": document(_CORRECTED.rows(records))})
    await _REMOVE_LINES.rows(session, keys)
    await _INSERT_LINES.rows(session, {"lines": document(_lines(records))})


def _lines(records: Iterable[DeliveryRecord]) -> list[dict[str, Any]]:
    rows = []
    for record in records:
        row: dict[str, Any] = {"business_date": record.business_date, "id": record.form.id}
        row["product_id"] = _numbers(line.product_id for line in record.lines)
        row["shipped_quantity"] = _numbers(line.shipped for line in record.lines)
        row["accepted_quantity"] = _numbers(line.accepted for line in record.lines)
        row["unit_price"] = _numbers(line.unit_price for line in record.lines)
        reasons = [line.reason_code for line in record.form.lines]
        if any(reasons):
            row["reason_code"] = _texts(reasons)
            row["reason_answered_by"] = _texts(line.party for line in record.lines)
        rows.append(row)
    return rows


def _numbers(numbers: Iterable[int | Decimal]) -> str:
    """PostgreSQL's text form of an array of numbers; none of them needs quotes."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _texts(texts: Iterable[str | None]) -> str:
    """The same of texts, each in quotes."""
    return "{" + ",".join("NULL" if text_ is None else _quoted(text_) for text_ in texts) + "}"


def _quoted(content: str) -> str:
    escaped = content.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
