"""The set-based writes: one statement for any number of records, made from their tables."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import orjson
from sqlalchemy import ARRAY, Integer, Numeric, Text, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Columns, DirectStatement, array_parameter, insert_arrays, without_nulls
from app.ground.errors import FieldProblem
from app.masters.outlets.positions import POSITION_COLUMNS, position_arrays
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
    days, ids = Order.__table__.c.business_date.type, Order.__table__.c.id.type
    of_orders = func.unnest(
        array_parameter("business_date", days),
        array_parameter("id", ids),
        *(array_parameter(name, Text()) for name in _LINE_COLUMNS),
    )
    placed = of_orders.table_valued(
        column("business_date", days), column("order_id", ids), *(column(name, Text()) for name in _LINE_COLUMNS)
    ).render_derived(name="placed_lines")
    numbers = {name: Integer() if name == "product_id" else Numeric() for name in _LINE_COLUMNS}
    line = (
        func.unnest(*(cast(placed.c[name], ARRAY(kind)) for name, kind in numbers.items()))
        .table_valued(*(column(name, kind) for name, kind in numbers.items()), with_ordinality="line_number")
        .render_derived(name="line")
    )
    names = ("business_date", "order_id", "line_number", *_LINE_COLUMNS)
    rows = select(
        placed.c.business_date, placed.c.order_id, line.c.line_number, *(line.c[name] for name in _LINE_COLUMNS)
    )
    statement: Insert = insert(OrderLine).from_select(
        names, rows.select_from(placed.join(line, true())), include_defaults=False
    )
    return statement


# One statement writes orders and lines: the foreign key between them is checked when it ends.
_INSERT_ORDERS = DirectStatement(
    _insert_lines().add_cte(insert_arrays(Order, (*_ORDER.names, "warnings", *POSITION_COLUMNS)).cte("placed"))
)
_INSERT_REFUSALS = DirectStatement(
    insert_arrays(OrderRefusal, (*_REFUSAL.names, "problems", "form")).on_conflict_do_nothing(
        index_elements=[OrderRefusal.id, OrderRefusal.digest]
    )
)
_INSERT_REPORTS = DirectStatement(insert_arrays(NoOrderReport, _REPORT.names))


async def record_orders(session: AsyncSession, orders: Sequence[OrderRecord]) -> None:
    """Insert orders with their lines, any number by one statement. Their ids must have been claimed (`receipts`)."""
    if not orders:
        return
    lines = {
        name: [_array_literal(line[place] for line in order.decision.lines) for order in orders]
        for place, name in enumerate(_LINE_COLUMNS)
    }
    warnings = [_json([warning.as_json() for warning in order.decision.warnings]) for order in orders]
    await _INSERT_ORDERS.rows(
        session,
        without_nulls(
            _ORDER.arrays(orders)
            | {"warnings": warnings}
            | position_arrays((order.fix, order.verdict) for order in orders)
            | lines
        ),
    )


async def record_refusals(session: AsyncSession, orders: Sequence[OrderRecord]) -> None:
    """Keep refused forms (O2), for the cutoff's `order_refused` (C3), too: the first refusal of a content of an id."""
    if not orders:
        return
    problems = [_json(_problems_json(order.problems)) for order in orders]
    forms = [orjson.dumps(_form_json(order.form)).decode() for order in orders]
    await _INSERT_REFUSALS.rows(session, _REFUSAL.arrays(orders) | {"problems": problems, "form": forms})


async def record_unread_forms(session: AsyncSession, forms: Sequence[UnreadForm]) -> None:
    """Keep that forms came which cannot be read, for the cutoff's `order_refused` (C3): each content of an id once."""
    if forms:
        problems = [_json(_problems_json(form.problems)) for form in forms]
        values = _UNREAD_FORM.arrays(forms) | {"problems": problems, "form": [None] * len(forms)}
        await _INSERT_REFUSALS.rows(session, values)


async def record_no_order_reports(session: AsyncSession, reports: Sequence[NoOrderRecord]) -> None:
    """Insert no-order reports, any number by one statement. Their ids must have been claimed (`receipts`)."""
    if reports:
        await _INSERT_REPORTS.rows(session, _REPORT.arrays(reports))


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


def _json(value: list[object]) -> str:
    return orjson.dumps(value).decode() if value else "[]"
