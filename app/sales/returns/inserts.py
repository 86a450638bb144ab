"""The set-based writes of returns: one statement for any number of records, made from their tables."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, document, given_rows, insert_rows
from app.ground.db.upserts import types_of
from app.ground.values import value
from app.sales.returns.models import Return, ReturnDecision, ReturnLine
from app.sales.returns.rules import ReturnedProduct, ReturnForm, StandingReturn


@value(frozen=True, slots=True, kw_only=True)
class ReturnRecord:
    """A form as it is recorded. `at`, `by`: when it came, from whom. `version` 1: it is new, else a correction."""

    form: ReturnForm
    business_date: date
    territory_id: int
    outlet_id: int
    delivery_business_date: date | None
    returned_date: date
    value: Decimal
    version: int
    digest: bytes
    at: datetime
    by: str
    lines: Sequence[ReturnedProduct] = field(default_factory=tuple)

    @property
    def key(self) -> tuple[date, UUID]:
        """What it is filed under, and its id."""
        return self.business_date, self.form.id


_CONTENT = {
    "business_date": "business_date",
    "id": "form.id",
    "territory_id": "territory_id",
    "outlet_id": "outlet_id",
    "delivery_business_date": "delivery_business_date",
    "delivery_id": "form.delivery_id",
    "returned_at": "form.returned_at",
    "returned_date": "returned_date",
    "value": "value",
    "version": "version",
    "digest": "digest",
}
_NEW = Columns(_CONTENT | {"received_at": "at", "recorded_by": "by"})
_CORRECTED = Columns(_CONTENT | {"corrected_at": "at", "corrected_by": "by"})
_LINE_COLUMNS = (
    "business_date",
    "return_id",
    "line_number",
    "product_id",
    "quantity",
    "unit_price",
    "reason_code",
    "reason_answered_by",
    "accepted",
)
_INSERT = DirectStatement(insert_rows(Return, _NEW.names))
_INSERT_LINES = DirectStatement(insert_rows(ReturnLine, _LINE_COLUMNS))

# What stands becomes a version, before it is corrected.
_KEEP = DirectStatement(
    text("""
    INSERT INTO return_versions (
        business_date, return_id, version, outlet_id, outlet_code, delivery_business_date, delivery_id, returned_at,
        returned_date, value, lines, digest, received_at, recorded_by
    )
    SELECT r.business_date, r.id, r.version, r.outlet_id, outlet.code, r.delivery_business_date, r.delivery_id,
        r.returned_at, r.returned_date, r.value, lines.of_return, r.digest, coalesce(r.corrected_at, r.received_at),
        coalesce(r.corrected_by, r.recorded_by)
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM returns WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS r
    JOIN outlets AS outlet ON outlet.id = r.outlet_id
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'product_code', product.code, 'quantity', CAST(line.quantity AS text),
            'unit_price', CAST(line.unit_price AS text), 'reason_code', line.reason_code, 'accepted', line.accepted
        ) ORDER BY line.line_number), '[]') AS of_return
        FROM return_lines AS line JOIN products AS product ON product.id = line.product_id
        WHERE line.business_date = asked.business_date AND line.return_id = asked.id
    ) AS lines
""")
)
_REMOVE_LINES = DirectStatement(
    text("""
    DELETE FROM return_lines AS line
    USING unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    WHERE line.business_date = asked.business_date AND line.return_id = asked.id
""")
)


def _correct() -> Any:
    given = given_rows(types_of(Return.__table__, *_CORRECTED.names))
    key = {"business_date", "id"}
    return (
        update(Return)
        .where(Return.business_date == given.c.business_date, Return.id == given.c.id)
        .values({name: given.c[name] for name in _CORRECTED.names if name not in key})
    )


_CORRECT = DirectStatement(_correct())


async def insert_returns(session: AsyncSession, records: Sequence[ReturnRecord]) -> None:
    """Insert returns with their lines, any number by two statements. Their ids must have been claimed."""
    if records:
        await _INSERT.rows(session, {"rows": document(_NEW.rows(records))})
        await _INSERT_LINES.rows(session, {"rows": document(list(_lines(records)))})


async def correct_returns(session: AsyncSession, records: Sequence[ReturnRecord]) -> None:
    """Let returns say something else, and keep what they said: four statements. They must be locked."""
    if not records:
        return
    keys = {"days": [record.business_date for record in records], "ids": [record.form.id for record in records]}
    await _KEEP.rows(session, keys)
    await _CORRECT.rows(session, {"rows": document(_CORRECTED.rows(records))})
    await _REMOVE_LINES.rows(session, keys)
    await _INSERT_LINES.rows(session, {"rows": document(list(_lines(records)))})


async def insert_decision(
    session: AsyncSession, back: StandingReturn, product_id: int | None, word: tuple[str, str], by: str, at: datetime
) -> None:
    """Keep a person's word: who answers, and the comment."""
    answered_by, comment = word
    about = {"business_date": back.business_date, "return_id": back.id, "outlet_id": back.outlet_id}
    decision = about | {"product_id": product_id, "answered_by": answered_by}
    decided = {"comment": comment, "decided_by": by, "decided_at": at}
    await session.execute(insert(ReturnDecision).values(decision | decided))


def _lines(records: Sequence[ReturnRecord]) -> Iterator[dict[str, Any]]:
    for record in records:
        for number, line in enumerate(record.lines, start=1):
            yield {
                "business_date": record.business_date,
                "return_id": record.form.id,
                "line_number": number,
                "product_id": line.product_id,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "reason_code": line.reason_code,
                "reason_answered_by": line.reason_answered_by,
                "accepted": line.accepted,
            }
