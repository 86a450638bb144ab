"""What stands around order forms before they are judged, by a statement or two for any number of forms (O2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement
from app.sales.orders.circumstances import (
    NOTHING_AROUND,
    Circumstances,
    DayOrders,
    FormAround,
    OtherOrder,
    OutletDay,
    Quantities,
)

HISTORY_DAYS = 182
USUAL_OF = 4
"""What an outlet usually orders is the mean of its last four orders (as for O6), of the last half year."""

# Only forms with something to tell have a row, nearly none, and outlets with an order of the day. Each part is a
# look-up (decision 17): the calendar, the refusals of the very form, the orders of the outlet's day. Those are read
# once for all forms of that day: a hundred forms of one outlet cost no more than one. The days say which months are
# read before the statement runs: nearly always one. No line is read: the same ones have the same digest.
_AROUND = DirectStatement(
    text("""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:places AS int[]), CAST(:ids AS uuid[]), CAST(:digests AS bytea[]), CAST(:territory_ids AS int[]),
            CAST(:outlet_ids AS int[]), CAST(:days AS date[]), CAST(:delivery_dates AS date[])
        ) AS asked (place, id, digest, territory_id, outlet_id, business_date, delivery_date)
    )
    SELECT asked.place, off.day_off, refused.received_at AS first_received_at, CAST(NULL AS int) AS outlet_id,
        CAST(NULL AS date) AS business_date, CAST(NULL AS int) AS standing, CAST(NULL AS uuid[]) AS repeats,
        CAST(NULL AS text) AS alike
    FROM asked
    LEFT JOIN LATERAL (
        SELECT true AS day_off FROM territories AS territory
        WHERE territory.id = asked.territory_id AND (
            extract(isodow FROM asked.delivery_date) <> ALL (territory.working_weekdays)
            OR asked.delivery_date = ANY (territory.holidays)
        )
        OFFSET 0
    ) AS off ON true
    LEFT JOIN LATERAL (
        SELECT received_at FROM order_refusals WHERE id = asked.id AND digest = asked.digest OFFSET 0
    ) AS refused ON true
    WHERE off.day_off OR refused.received_at IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, NULL, day.outlet_id, day.business_date, orders.standing, orders.repeats, orders.alike
    FROM (SELECT DISTINCT outlet_id, business_date FROM asked) AS day
    CROSS JOIN LATERAL (
        SELECT CAST(count(*) AS int) AS standing,
            array_agg(o.id) FILTER (WHERE o.id = ANY(CAST(:ids AS uuid[]))) AS repeats,
            CAST(json_agg(json_build_array(o.id, CAST(o.lines_digest AS text), o.captured_at, o.corrected_at))
                FILTER (WHERE o.lines_digest = ANY(CAST(:lines_digests AS int8[]))) AS text) AS alike
        FROM orders AS o
        WHERE o.outlet_id = day.outlet_id AND o.business_date = day.business_date
            AND o.business_date BETWEEN :first AND :last AND o.cancelled_at IS NULL
    ) AS orders
    WHERE orders.standing > 0
""")
)

# The last orders of outlets, with their lines in units and in packs. A statement of its own: it reads half a year of
# months, and few forms have a quantity that makes it worth while.
_USUAL = DirectStatement(
    text("""
    SELECT asked.place, usual.told AS usual
    FROM unnest(CAST(:places AS int[]), CAST(:ids AS uuid[]), CAST(:outlet_ids AS int[]), CAST(:days AS date[]))
        AS asked (place, id, outlet_id, business_date)
    CROSS JOIN LATERAL (
        SELECT CAST(json_agg(json_build_array(line.quantities, line.packs)) AS text) AS told
        FROM (
            SELECT o.id, o.business_date FROM orders AS o
            WHERE o.outlet_id = asked.outlet_id AND o.business_date <= asked.business_date
                AND o.business_date BETWEEN :since AND :last AND o.cancelled_at IS NULL AND o.id <> asked.id
            ORDER BY o.business_date DESC, o.corrected_at DESC, o.id DESC LIMIT :usual_of
        ) AS past
        CROSS JOIN LATERAL (
            SELECT json_object_agg(product.code, CAST(l.quantity AS text)) AS quantities,
                json_object_agg(product.code, CAST(l.quantity / product.pack_size AS text)) AS packs
            FROM order_lines AS l JOIN products AS product ON product.id = l.product_id
            WHERE l.business_date = past.business_date AND l.order_id = past.id
                AND l.business_date BETWEEN :since AND :last
        ) AS line
    ) AS usual
    WHERE usual.told IS NOT NULL
""")
)


async def circumstances_of(
    session: AsyncSession, forms: Sequence[FormAround]
) -> tuple[dict[int, Circumstances], dict[OutletDay, DayOrders]]:
    """What stands around forms, by their place; no entry for a form of which there is nothing to tell. And the orders
    of each form's outlet on its day.

    One statement, and another one where a quantity is large.
    """
    days = {(form.outlet_id, form.business_date): DayOrders() for form in forms}
    if not forms:
        return {}, days
    dates = [form.business_date for form in forms]
    rows = await _AROUND.rows(
        session,
        {
            "places": [form.place for form in forms],
            "ids": [form.id for form in forms],
            "digests": [form.digest for form in forms],
            "territory_ids": [form.territory_id for form in forms],
            "outlet_ids": [form.outlet_id for form in forms],
            "days": dates,
            "delivery_dates": [form.delivery_date for form in forms],
            "lines_digests": [form.lines_digest for form in forms],
            "first": min(dates),
            "last": max(dates),
        },
    )
    circumstances = {}
    for row in rows:
        if row["place"] is None:
            days[row["outlet_id"], row["business_date"]] = _day_orders(row)
        else:
            circumstances[row["place"]] = Circumstances(
                delivery_on_day_off=bool(row["day_off"]), first_received_at=row["first_received_at"]
            )
    for place, usual in (await _usual(session, [form for form in forms if form.large])).items():
        circumstances[place] = replace(circumstances.get(place, NOTHING_AROUND), usual=usual)
    return circumstances, days


async def _usual(
    session: AsyncSession, forms: Sequence[FormAround]
) -> dict[int, Sequence[tuple[Quantities, Quantities]]]:
    """What the outlets of forms ordered last, by place."""
    if not forms:
        return {}
    days = [form.business_date for form in forms]
    rows = await _USUAL.rows(
        session,
        {
            "places": [form.place for form in forms],
            "ids": [form.id for form in forms],
            "outlet_ids": [form.outlet_id for form in forms],
            "days": days,
            "last": max(days),
            "since": min(days) - timedelta(days=HISTORY_DAYS),
            "usual_of": USUAL_OF,
        },
    )
    return {
        row["place"]: [(_decimals(quantities), _decimals(packs)) for quantities, packs in _read(row["usual"])]
        for row in rows
    }


def _day_orders(row: Any) -> DayOrders:
    alike = [
        OtherOrder(UUID(id_), [datetime.fromisoformat(time) for time in times], int(lines_digest))
        for id_, lines_digest, *times in _read(row["alike"])
    ]
    return DayOrders(row["standing"], row["repeats"] or (), alike)


def _read(aggregate: str | None) -> list[Any]:
    return orjson.loads(aggregate) if aggregate else []


def _decimals(quantities: dict[str, str] | None) -> dict[str, Decimal]:
    return {code: Decimal(quantity) for code, quantity in (quantities or {}).items()}
