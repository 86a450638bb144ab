"""All SQL of amending and cancelling: the order under lock, its versions, the change itself."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import record_of
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet
from app.masters.territories.field_clock import Stamp
from app.sales.orders.amendment_rules import OrderChangeKind, StandingOrder
from app.sales.orders.models import Order, OrderVersion
from app.sales.orders.records import KeptVersion, OrderedLine
from app.sales.orders.rules import OrderDecision

# The order as it stands becomes a version; without times and names of its own it is the first one.
_KEEP = text("""
    INSERT INTO order_versions (
        business_date, order_id, version, territory_id, change, changed_by, reason, digest, captured_at, received_at,
        corrected_at, trusted, delivery_date, comment, lines, total_value, warnings, changed_by_kind, changed_by_id
    )
    SELECT o.business_date, o.id, o.version, o.territory_id, :change, coalesce(:by, o.placed_by), :reason, :digest,
        coalesce(CAST(:captured_at AS timestamptz), o.captured_at),
        coalesce(CAST(:received_at AS timestamptz), o.received_at),
        coalesce(CAST(:corrected_at AS timestamptz), o.corrected_at), coalesce(CAST(:trusted AS bool), o.trusted),
        o.delivery_date, o.comment, lines.of_order, o.total_value, o.warnings,
        coalesce(:by_kind, split_part(o.placed_by, ':', 1)),
        CASE WHEN CAST(:by_kind AS text) IS NULL THEN CAST(o.device_id AS text) ELSE :by_id END
    FROM orders AS o CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'product_code', product.code, 'quantity', CAST(line.quantity AS text),
            'unit_price', CAST(line.unit_price AS text), 'list_price', CAST(line.list_price AS text)
        ) ORDER BY line.line_number), '[]') AS of_order
        FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
        WHERE line.business_date = o.business_date AND line.order_id = o.id
    ) AS lines
    WHERE o.business_date = :business_date AND o.id = :id
    ON CONFLICT (business_date, order_id, version) DO NOTHING
""")

_AMEND = text("""
    UPDATE orders SET version = version + 1, amended_at = :at, amended_by = :by,
        delivery_date = :delivery_date, comment = :comment, total_value = :total_value, line_count = :line_count,
        lines_digest = :lines_digest, warnings = CAST(:warnings AS jsonb)
    WHERE business_date = :business_date AND id = :id
""")
_REMOVE_LINES = text("DELETE FROM order_lines WHERE business_date = :business_date AND order_id = :id")
_WRITE_LINES = text("""
    INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
    SELECT :business_date, :id, number, product_id, quantity, unit_price, list_price
    FROM unnest(
        CAST(:products AS int[]), CAST(:quantities AS numeric[]), CAST(:unit_prices AS numeric[]),
        CAST(:list_prices AS numeric[])
    ) WITH ORDINALITY AS line (product_id, quantity, unit_price, list_price, number)
""")
_CANCEL = text("""
    UPDATE orders SET version = version + 1, cancelled_at = coalesce(cancelled_at, :at), cancelled_by = :by,
        cancelled_by_kind = :by_kind, cancelled_effective_at = :effective_at
    WHERE business_date = :business_date AND id = :id
""")


async def standing_order(
    session: AsyncSession,
    sight: Collection[ColumnElement[bool]],
    business_date: date,
    order_id: UUID,
    *,
    lock: bool = False,
) -> StandingOrder | None:
    """An order within `sight` (`sight`), locked until the transaction ends where asked for."""
    last = (
        select(func.max(OrderVersion.corrected_at))
        .where(OrderVersion.business_date == Order.business_date, OrderVersion.order_id == Order.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Order.business_date,
            Order.id,
            Order.territory_id,
            Order.outlet_id,
            Outlet.code.label("outlet_code"),
            Order.rep_id,
            Order.version,
            Order.cancelled_at,
            Order.cancelled_effective_at,
            func.coalesce(last, Order.corrected_at).label("settled_at"),
        )
        .join(Outlet, Outlet.id == Order.outlet_id)
        .where(Order.business_date == business_date, Order.id == order_id, *sight)
    )
    return record_of(StandingOrder, await session.execute(statement.with_for_update(of=Order) if lock else statement))


async def version_with(session: AsyncSession, order: StandingOrder, digest: bytes) -> KeptVersion | None:
    """The version that this very content made before; None where it is new."""
    version = await session.scalar(_versions(order).where(OrderVersion.digest == digest).limit(1))
    return None if version is None else _kept(version)


async def versions_of(session: AsyncSession, order: StandingOrder) -> list[KeptVersion]:
    """Every version that was kept, the newest first; none of an order that nobody changed."""
    return [_kept(row) for row in await session.scalars(_versions(order).order_by(OrderVersion.version.desc()))]


async def keep_first(session: AsyncSession, order: StandingOrder) -> None:
    """Keep an order as it was placed, before it is changed for the first time."""
    await _keep(session, order, OrderChangeKind.PLACED, None, "", None, None)


async def keep_changed(
    session: AsyncSession,
    order: StandingOrder,
    kind: OrderChangeKind,
    stamp: Stamp,
    by: Caller,
    reason: str,
    digest: bytes,
) -> None:
    """Keep an order as it stands after a change."""
    await _keep(session, order, kind, by, reason, digest, stamp)


async def amend(
    session: AsyncSession,
    order: StandingOrder,
    form_head: tuple[date, str],
    decision: OrderDecision,
    at: datetime,
    by: Caller,
) -> None:
    """Let an order be what was decided; `form_head` is the form's delivery date and comment. Three statements."""
    key = {"business_date": order.business_date, "id": order.id}
    delivery_date, comment = form_head
    warnings = orjson.dumps([warning.as_json() for warning in decision.warnings]).decode()
    head = {"delivery_date": delivery_date, "comment": comment, "total_value": decision.total_value}
    lines = {"line_count": len(decision.lines), "lines_digest": decision.lines_digest}
    await session.execute(_AMEND, {**key, **head, **lines, "warnings": warnings, "at": at, "by": by.actor})
    await session.execute(_REMOVE_LINES, key)
    columns: Sequence[Sequence[Any]] = list(zip(*decision.lines, strict=True))
    names = ("products", "quantities", "unit_prices", "list_prices")
    await session.execute(_WRITE_LINES, key | dict(zip(names, map(list, columns), strict=True)))


async def cancel(session: AsyncSession, order: StandingOrder, at: datetime, effective_at: datetime, by: Caller) -> None:
    """Let an order count for nothing from `effective_at` on, which was told at `at`.

    What was told first stays told: a run that was made in between has seen it.
    """
    key = {"business_date": order.business_date, "id": order.id}
    change = {"at": at, "effective_at": effective_at, "by": by.actor, "by_kind": by.kind.value}
    await session.execute(_CANCEL, {**key, **change})


async def _keep(
    session: AsyncSession,
    order: StandingOrder,
    kind: OrderChangeKind,
    by: Caller | None,
    reason: str,
    digest: bytes | None,
    stamp: Stamp | None,
) -> None:
    times = ("captured_at", "received_at", "corrected_at", "trusted")
    await session.execute(
        _KEEP,
        {
            "business_date": order.business_date,
            "id": order.id,
            "change": kind.value,
            "by": by and by.actor,
            "by_kind": by and by.kind.value,
            "by_id": by and by.subject,
            "reason": reason,
            "digest": digest,
            **{name: getattr(stamp, name) if stamp else None for name in times},
        },
    )


def _versions(order: StandingOrder) -> Any:
    return select(OrderVersion).where(
        and_(OrderVersion.business_date == order.business_date, OrderVersion.order_id == order.id)
    )


def _kept(row: OrderVersion) -> KeptVersion:
    lines = tuple(_line(**line) for line in row.lines)
    names = [name for name in KeptVersion.__dataclass_fields__ if name != "lines"]
    return KeptVersion(**{name: getattr(row, name) for name in names}, lines=lines)


def _line(product_code: str, quantity: str, unit_price: str, list_price: str | None) -> OrderedLine:
    return OrderedLine(
        product_code, Decimal(quantity), Decimal(unit_price), Decimal(list_price) if list_price is not None else None
    )
