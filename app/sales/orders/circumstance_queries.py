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
from app.sales.orders.circumstances import NOTHING_AROUND, Circumstances, FormAround, OtherOrder, Quantities

HISTORY_DAYS = 182
USUAL_OF = 4
"""What an outlet usually orders is the mean of its last four orders (as for O6), of the last half year."""

# Only forms with something to tell have a row: nearly none. Each part is a look-up (decision 17): the outlet's other
# orders of the day, the calendar, the refusals of the very form. The days say which months are read before the
# statement runs: nearly always one. No line is read: the same ones have the same digest.
_AROUND = DirectStatement(
    text("""
    SELECT asked.place, asked.lines_digest, off.day_off, others.ids AS others, others.alike,
        refused.received_at AS first_received_at
    FROM unnest(
        CAST(:places AS int[]), CAST(:ids AS uuid[]), CAST(:digests AS bytea[]), CAST(:territory_ids AS int[]),
        CAST(:outlet_ids AS int[]), CAST(:days AS date[]), CAST(:delivery_dates AS date[]),
        CAST(:lines_digests AS int8[])
    ) AS asked (place, id, digest, territory_id, outlet_id, business_date, delivery_date, lines_digest)
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
    CROSS JOIN LATERAL (
        SELECT array_agg(o.id) AS ids,
            CAST(json_agg(json_build_array(o.id, o.captured_at, o.corrected_at))
                FILTER (WHERE o.lines_digest = asked.lines_digest) AS text) AS alike
        FROM orders AS o
        WHERE o.outlet_id = asked.outlet_id AND o.business_date = asked.business_date
            AND o.business_date BETWEEN :first AND :last AND o.cancelled_at IS NULL AND o.id <> asked.id
    ) AS others
    WHERE off.day_off OR refused.received_at IS NOT NULL OR others.ids IS NOT NULL
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


async def circumstances_of(session: AsyncSession, forms: Sequence[FormAround]) -> dict[int, Circumstances]:
    """What stands around forms, by their place; no entry for a form of which there is nothing to tell.

    One statement, and another one where a quantity is large.
    """
    if not forms:
        return {}
    days = [form.business_date for form in forms]
    rows = await _AROUND.rows(
        session,
        {
            "places": [form.place for form in forms],
            "ids": [form.id for form in forms],
            "digests": [form.digest for form in forms],
            "territory_ids": [form.territory_id for form in forms],
            "outlet_ids": [form.outlet_id for form in forms],
            "days": days,
            "delivery_dates": [form.delivery_date for form in forms],
            "lines_digests": [form.lines_digest for form in forms],
            "first": min(days),
            "last": max(days),
        },
    )
    circumstances = {row["place"]: _circumstances(row) for row in rows}
    for place, usual in (await _usual(session, [form for form in forms if form.large])).items():
        circumstances[place] = replace(circumstances.get(place, NOTHING_AROUND), usual=usual)
    return circumstances


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


def _circumstances(row: Any) -> Circumstances:
    alike = [
        OtherOrder(UUID(id_), [datetime.fromisoformat(time) for time in times], row["lines_digest"])
        for id_, *times in _read(row["alike"])
    ]
    return Circumstances(
        delivery_on_day_off=bool(row["day_off"]),
        others=row["others"] or (),
        alike=alike,
        first_received_at=row["first_received_at"],
    )


def _read(aggregate: str | None) -> list[Any]:
    return orjson.loads(aggregate) if aggregate else []


def _decimals(quantities: dict[str, str] | None) -> dict[str, Decimal]:
    return {code: Decimal(quantity) for code, quantity in (quantities or {}).items()}
