"""The set-based writes: one statement for any number of records, made from their tables."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Integer, Numeric, Text, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, document, given_rows, in_utc, insert_rows
from app.ground.db.upserts import types_of
from app.ground.errors import FieldProblem
from app.masters.outlets.positions import POSITION_COLUMNS, position_columns
from app.masters.territories.field_clock import STAMP_PATHS
from app.sales.orders.models import NoOrderReport, Order, OrderLine, OrderRefusal
from app.sales.orders.records import NoOrderRecord, OrderRecord, UnreadForm
from app.sales.orders.rules import OrderForm

_ORDER = Columns(
    {
        "id": "form.id",
        "territory_id": "outlet.territory_id",
        "outlet_id": "outlet.id",
        "rep_id": "rep_id",
        "device_id": "device_id",
        "device_told_until": "device_told_until",
        "channel": "channel",
        "placed_by": "placed_by",
        "delivery_date": "form.delivery_date",
        "comment": "form.comment",
        "line_count": "decision.line_count",
        "lines_digest": "decision.lines_digest",
        "total_value": "decision.total_value",
        "read_at": "read_at",
        "first_received_at": "first_received_at",
    }
    | STAMP_PATHS
)
_UNREAD_FORM = Columns(
    {
        "id": "id",
        "outlet_id": "outlet_id",
        "rep_id": "rep_id",
        "business_date": "stamp.business_date",
        "received_at": "stamp.received_at",
        "placed_by": "placed_by",
        "digest": "digest",
        "device_id": "device_id",
        "channel": "channel",
        "captured_at": "stamp.captured_at",
        "corrected_at": "stamp.corrected_at",
        "trusted": "stamp.trusted",
    }
)
_REFUSAL = Columns(_UNREAD_FORM.paths | {"id": "form.id", "outlet_id": "outlet.id"})
_REPORT = Columns(
    {
        "id": "id",
        "territory_id": "territory_id",
        "rep_id": "rep_id",
        "device_id": "device_id",
        "outlet_id": "outlet.id",
        "reason_code": "reason_code",
        "comment": "comment",
    }
    | STAMP_PATHS
)
_LINE_COLUMNS = ("product_id", "quantity", "unit_price", "list_price")


def _insert_lines() -> Insert:
    """Writes the lines of orders; an order's lines travel as array literals, one for each column.

    The driver encodes a text of twelve numbers faster than twelve numbers.
    """
    head = types_of(Order.__table__, "business_date", "id")
    placed = given_rows(head | {name: Text() for name in _LINE_COLUMNS}, "lines")
    numbers = {name: Integer() if name == "product_id" else Numeric() for name in _LINE_COLUMNS}
    line = (
        func.unnest(*(cast(placed.c[name], ARRAY(kind)) for name, kind in numbers.items()))
        .table_valued(*(column(name, kind) for name, kind in numbers.items()), with_ordinality="line_number")
        .render_derived(name="line")
    )
    names = ("business_date", "order_id", "line_number", *_LINE_COLUMNS)
    rows = select(placed.c.business_date, placed.c.id, line.c.line_number, *(line.c[name] for name in _LINE_COLUMNS))
    statement: Insert = insert(OrderLine).from_select(
        names, rows.select_from(placed.join(line, true())), include_defaults=False
    )
    return statement


# One statement writes orders and lines: the foreign key between them is checked when it ends.
_INSERT_ORDERS = DirectStatement(
    _insert_lines().add_cte(insert_rows(Order, (*_ORDER.names, "warnings", *POSITION_COLUMNS)).cte("placed"))
)
_INSERT_REFUSALS = DirectStatement(
    insert_rows(OrderRefusal, (*_REFUSAL.names, "problems", "form")).on_conflict_do_nothing(
        index_elements=[OrderRefusal.id, OrderRefusal.digest]
    )
)
_INSERT_REPORTS = DirectStatement(insert_rows(NoOrderReport, _REPORT.names))


async def record_orders(session: AsyncSession, orders: Sequence[OrderRecord]) -> None:
    """Insert orders with their lines, any number by one statement. Their ids must have been claimed (`receipts`)."""
    if not orders:
        return
    rows, lines = _ORDER.rows(orders), []
    for row, order in zip(rows, orders, strict=True):
        row.update(position_columns(order.fix, order.verdict))
        row["captured_at"], row["fix_at"] = in_utc(row["captured_at"]), in_utc(row["fix_at"])
        row["warnings"] = [warning.as_json() for warning in order.decision.warnings]
        columns = map(_array_literal, zip(*order.decision.lines, strict=True))
        lines.append(
            {
                "business_date": row["business_date"],
                "id": row["id"],
                **dict(zip(_LINE_COLUMNS, columns, strict=True)),
            }
        )
    await _INSERT_ORDERS.rows(session, {"rows": document(rows), "lines": document(lines)})


async def record_refusals(session: AsyncSession, orders: Sequence[OrderRecord]) -> None:
    """Keep refused forms (O2), for the cutoff's `order_refused` (C3), too: the first refusal of a content of an id."""
    rows = _REFUSAL.rows(orders)
    for row, order in zip(rows, orders, strict=True):
        row |= {"problems": _problems_json(order.problems), "form": _form_json(order.form)}
    await _keep_refusals(session, rows)


async def record_unread_forms(session: AsyncSession, forms: Sequence[UnreadForm]) -> None:
    """Keep that forms came which cannot be read, for the cutoff's `order_refused` (C3): each content of an id once."""
    rows = _UNREAD_FORM.rows(forms)
    for row, form in zip(rows, forms, strict=True):
        row |= {"problems": _problems_json(form.problems), "form": None}
    await _keep_refusals(session, rows)


async def _keep_refusals(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["captured_at"] = in_utc(row["captured_at"])
    if rows:
        await _INSERT_REFUSALS.rows(session, {"rows": document(rows)})


async def record_no_order_reports(session: AsyncSession, reports: Sequence[NoOrderRecord]) -> None:
    """Insert no-order reports, any number by one statement. Their ids must have been claimed (`receipts`)."""
    if reports:
        rows = _REPORT.rows(reports)
        for row in rows:
            row["captured_at"] = in_utc(row["captured_at"])
        await _INSERT_REPORTS.rows(session, {"rows": document(rows)})


def _form_json(form: OrderForm) -> dict[str, object]:
    """What a form said; numbers as texts."""
    return {
        "outlet_code": form.outlet_code,
        "captured_at": form.captured_at,
        "delivery_date": form.delivery_date,
        "comment": form.comment,
        "lines": [
            {
                "product_code": line.product_code,
                "quantity": str(line.quantity),
                "unit_price": None if line.unit_price is None else str(line.unit_price),
            }
            for line in form.lines
        ],
    }


def _problems_json(problems: Iterable[FieldProblem]) -> list[object]:
    return [{"pointer": p.pointer, "code": p.code, "message": p.message} for p in problems]


def _array_literal(numbers: Iterable[int | Decimal]) -> str:
    """PostgreSQL's text form of an array of numbers; none of them needs quotes."""
    return "{" + ",".join(map(str, numbers)) + "}"
