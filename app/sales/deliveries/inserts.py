"""The set-based writes of deliveries: one statement for any number of records, made from their tables."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, document, given_rows, insert_rows
from app.ground.db.upserts import types_of
from app.ground.values import value
from app.sales.deliveries.difference_rules import DeliveredProduct
from app.sales.deliveries.models import Delivery
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
    "territory_id": "territory_id",
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
        "rep_id": "rep_id",
        "order_id": "form.order_id",
        "received_at": "at",
        "recorded_by": "by",
    }
)
_CORRECTED = Columns(_CONTENT | {"corrected_at": "at", "corrected_by": "by"})
_INSERT = DirectStatement(insert_rows(Delivery, _NEW.names))

# All lines of a batch travel as one array for each column, numbers as texts: PostgreSQL reads those in less time than
# it takes for each delivery's own, and the driver writes them in a fraction of what numbers take. A line names its
# delivery by its place.
_INSERT_LINES = DirectStatement(
    text("""
    INSERT INTO delivery_lines (
        business_date, delivery_id, line_number, product_id, shipped_quantity, accepted_quantity, unit_price,
        reason_code, reason_answered_by
    )
    SELECT (CAST(:days AS date[]))[place], (CAST(:ids AS uuid[]))[place], line_number, product_id, shipped, accepted,
        unit_price, reason_code, party
    FROM unnest(
        CAST(CAST(:places AS text) AS int[]), CAST(CAST(:line_numbers AS text) AS smallint[]),
        CAST(CAST(:products AS text) AS int[]), CAST(CAST(:shipped AS text) AS numeric[]),
        CAST(CAST(:accepted AS text) AS numeric[]), CAST(CAST(:unit_prices AS text) AS numeric[]),
        CAST(:reasons AS text[]), CAST(:parties AS text[])
    ) AS line (place, line_number, product_id, shipped, accepted, unit_price, reason_code, party)
""")
)

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
    """Insert deliveries with their lines, any number by two statements. Their ids must have been claimed."""
    if records:
        await _INSERT.rows(session, {"rows": document(_NEW.rows(records))})
        await _INSERT_LINES.rows(session, _lines(records))


async def correct_deliveries(session: AsyncSession, records: Sequence[DeliveryRecord]) -> None:
    """Let deliveries say something else, and keep what they said: four statements. They must be locked."""
    if not records:
        return
    keys = {"days": [record.business_date for record in records], "ids": [record.form.id for record in records]}
    await _KEEP.rows(session, keys)
    await _CORRECT.rows(session, {"rows": document(_CORRECTED.rows(records))})
    await _REMOVE_LINES.rows(session, keys)
    await _INSERT_LINES.rows(session, _lines(records))


def _lines(records: Sequence[DeliveryRecord]) -> dict[str, Any]:
    """The lines of deliveries, column by column; reasons are left out where no line has one."""
    lines = [line for record in records for line in record.lines]
    reasons = [line.reason_code for record in records for line in record.form.lines]
    has_reasons = any(reasons)
    return {
        "days": [record.business_date for record in records],
        "ids": [record.form.id for record in records],
        "places": _numbers(place for place, record in enumerate(records, start=1) for _ in record.lines),
        "line_numbers": _numbers(number for record in records for number in range(1, len(record.lines) + 1)),
        "products": _numbers(line.product_id for line in lines),
        "shipped": _numbers(line.shipped for line in lines),
        "accepted": _numbers(line.accepted for line in lines),
        "unit_prices": _numbers(line.unit_price for line in lines),
        "reasons": reasons if has_reasons else None,
        "parties": [line.party for line in lines] if has_reasons else None,
    }


def _numbers(numbers: Iterable[int | Decimal]) -> str:
    """PostgreSQL's text form of an array of numbers; none of them needs quotes."""
    return "{" + ",".join(map(str, numbers)) + "}"
