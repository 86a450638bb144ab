"""The SQL of downloads: what changed for a rep, kind by kind, each in the order of a key to go on after."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download.sync_tokens import Origin
from app.ground.web.fields import decimal_text, money_text, wall_time_text

ENDED_PRICES_KEPT = timedelta(days=30)
"""How long after its last day a price is still sent to a handheld that is told everything."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a download's first statement reads: where it is, what had ended by then, and in which zone the rep works."""

    origin: Origin
    oldest_running: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DownloadExtent:
    """What a download asks for: whose rows, changed in transactions from `since` on.

    Visits from `visits_from` to `window_to`; those after `visits_to` whether they changed or not.
    """

    rep_id: int
    territory_id: int
    since: int
    visits_from: date
    visits_to: date
    window_to: date

    def parameters(self, names: Sequence[str], limit: int) -> dict[str, Any]:
        """The named values, for a statement."""
        return {name: getattr(self, name) for name in names} | {"limit": limit}


Item = tuple[str, dict[str, Any]]
"""A row's key, as text, and the row, ready for JSON."""

Reader = Callable[[AsyncSession, DownloadExtent, str | None, int], Awaitable[list[Item]]]
"""Reads up to `limit` rows of one kind after a key (None: from the first)."""

_BEGIN = text("""
    SELECT system_identifier, timeline_id, database.oid::bigint,
        CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint), territory.time_zone
    FROM pg_control_system(), pg_control_checkpoint(), pg_database AS database, territories AS territory
    WHERE database.datname = current_database() AND territory.id = :territory_id
""")

_REASONS = text("""
    SELECT code, label, active FROM no_order_reasons
    WHERE changed_in >= :since AND code > :after ORDER BY code LIMIT :limit
""")

_PRODUCTS = text("""
    SELECT id, code, name, gtin, unit, pack_size, assortment_group, price_segment, list_price, active
    FROM products WHERE changed_in >= :since AND id > :after ORDER BY id LIMIT :limit
""")

# An outlet that came into the territory brings its prices along, unchanged though they are.
_PRICES = text("""
    SELECT price.id, product.code, price.channel, outlet.code, price.price, price.valid_from, price.valid_to
    FROM prices AS price
    JOIN products AS product ON product.id = price.product_id
    LEFT JOIN outlets AS outlet ON outlet.id = price.outlet_id
    WHERE price.id > :after
        AND (price.outlet_id IS NULL OR outlet.territory_id = :territory_id)
        AND (price.changed_in >= :since OR outlet.changed_in >= :since)
        AND (:since > 0 OR price.valid_to IS NULL OR price.valid_to >= :ended_after)
    ORDER BY price.id LIMIT :limit
""")

_STOCK = text("""
    SELECT product.id, product.code, sum(stock.quantity), min(stock.as_of)
    FROM stock JOIN products AS product ON product.id = stock.product_id
    JOIN territories AS territory ON territory.id = :territory_id
    WHERE product.id > :after
        AND (territory.warehouse_code IS NULL OR stock.warehouse_code = territory.warehouse_code)
        AND (territory.changed_in >= :since OR product.id IN (SELECT product_id FROM stock WHERE changed_in >= :since))
    GROUP BY product.id ORDER BY product.id LIMIT :limit
""")

_OUTLETS = text("""
    SELECT outlet.id, outlet.code, outlet.name, outlet.address, outlet.phone, outlet.channel, outlet.active,
        place.version, place.lat, place.lon, place.radius_m, place.fence,
        terms.version, terms.order_due_time, terms.visits_per_week, terms.min_gap_days, terms.allowed_weekdays,
        terms.visiting_hours, terms.must_stock, terms.min_order_value, terms.credit_hold, terms.orders_per_week,
        terms.mismatch_answered_by, terms.service_minutes
    FROM outlets AS outlet
    LEFT JOIN outlet_locations AS place ON place.outlet_id = outlet.id AND place.version = outlet.location_version
    LEFT JOIN outlet_terms AS terms ON terms.outlet_id = outlet.id AND terms.version = outlet.terms_version
    WHERE outlet.territory_id = :territory_id AND outlet.changed_in >= :since AND outlet.id > :after
    ORDER BY outlet.id LIMIT :limit
""")

_VISITS = text("""
    SELECT visit.id, rep.code, outlet.code, visit.visit_date, visit.sequence, visit.approved_at IS NOT NULL,
        visit.excused_at IS NOT NULL, visit.expected_at
    FROM visits AS visit JOIN outlets AS outlet ON outlet.id = visit.outlet_id JOIN reps AS rep ON rep.id = visit.rep_id
    WHERE visit.rep_id = :rep_id AND visit.visit_date BETWEEN :visits_from AND :window_to
        AND (visit.changed_in >= :since OR visit.visit_date > :visits_to)
        AND visit.id > :after
    ORDER BY visit.id LIMIT :limit
""")

_BEFORE_ALL = UUID(int=0)


async def begin(session: AsyncSession, territory_id: int) -> Beginning | None:
    """The download's first statement: every transaction below `oldest_running` has ended, its rows are visible."""
    row = (await session.execute(_BEGIN, {"territory_id": territory_id})).one_or_none()
    if row is None:
        return None
    system, timeline, database, oldest_running, zone = row
    # the identifier is an unsigned number that PostgreSQL tells as a signed one
    return Beginning((system & (2**63 - 1), timeline, database), oldest_running, ZoneInfo(zone))


async def _reasons(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    rows = await session.execute(_REASONS, extent.parameters(["since"], limit) | {"after": after or ""})
    return [(code, {"code": code, "label": label, "active": active}) for code, label, active in rows]


async def _products(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    rows = await session.execute(_PRODUCTS, extent.parameters(["since"], limit) | {"after": _number(after)})
    return [
        (
            str(row.id),
            {
                "code": row.code,
                "name": row.name,
                "gtin": row.gtin,
                "unit": row.unit,
                "pack_size": decimal_text(row.pack_size),
                "assortment_group": row.assortment_group,
                "price_segment": row.price_segment,
                "list_price": money_text(row.list_price),
                "active": row.active,
            },
        )
        for row in rows
    ]


async def _prices(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    parameters = extent.parameters(["since", "territory_id"], limit)
    ended_after = extent.visits_from - ENDED_PRICES_KEPT
    rows = await session.execute(_PRICES, parameters | {"after": _number(after), "ended_after": ended_after})
    return [
        (
            str(id_),
            {
                "product_code": product_code,
                "channel": channel,
                "outlet_code": outlet_code,
                "price": money_text(price),
                "valid_from": valid_from,
                "valid_to": valid_to,
            },
        )
        for id_, product_code, channel, outlet_code, price, valid_from, valid_to in rows
    ]


async def _stock(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    parameters = extent.parameters(["since", "territory_id"], limit)
    rows = await session.execute(_STOCK, parameters | {"after": _number(after)})
    return [
        (str(id_), {"product_code": code, "quantity": decimal_text(quantity), "as_of": as_of})
        for id_, code, quantity, as_of in rows
    ]


async def _outlets(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    parameters = extent.parameters(["since", "territory_id"], limit)
    rows = await session.execute(_OUTLETS, parameters | {"after": _number(after)})
    return [
        (
            str(row[0]),
            {
                "code": row[1],
                "name": row[2],
                "address": row[3],
                "phone": row[4],
                "channel": row[5],
                "active": row[6],
                "location": _location(row[7:12]),
                "terms": _terms(row[12:]),
            },
        )
        for row in rows
    ]


def _location(row: Sequence[Any]) -> dict[str, Any] | None:
    version, lat, lon, radius_m, fence = row
    if version is None:
        return None
    if fence is not None:
        return {"version": version, "fence": fence}
    return {"version": version, "lat": lat, "lon": lon, "radius_m": radius_m}


def _terms(row: Sequence[Any]) -> dict[str, Any] | None:
    version, due, visits, gap, weekdays, hours, must_stock, least_value, hold, orders, answerer, service_minutes = row
    if version is None:
        return None
    return {
        "order_due_time": wall_time_text(due) if due is not None else None,
        "visits_per_week": decimal_text(visits) if visits is not None else None,
        "min_gap_days": gap,
        "allowed_weekdays": weekdays,
        "visiting_hours": hours,
        "must_stock": must_stock,
        "min_order_value": money_text(least_value) if least_value is not None else None,
        "credit_hold": hold,
        "orders_per_week": decimal_text(orders) if orders is not None else None,
        "mismatch_answered_by": answerer,
        "service_minutes": service_minutes,
    }


async def _visits(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    names = ["rep_id", "visits_from", "window_to", "visits_to", "since"]
    rows = await session.execute(_VISITS, extent.parameters(names, limit) | {"after": _visit_id(after)})
    return [
        (
            str(id_),
            {
                "id": str(id_),
                "rep_code": rep_code,
                "outlet_code": outlet_code,
                "visit_date": visit_date,
                "sequence": sequence,
                "planned": planned,
                "excused": excused,
                "expected_at": expected_at,
            },
        )
        for id_, rep_code, outlet_code, visit_date, sequence, planned, excused, expected_at in rows
    ]


def _visit_id(after: str | None) -> UUID:
    return UUID(after) if after else _BEFORE_ALL


def _number(after: str | None) -> int:
    return int(after) if after else 0


READERS: tuple[tuple[str, Reader], ...] = (
    ("reasons", _reasons),
    ("products", _products),
    ("prices", _prices),
    ("stock", _stock),
    ("outlets", _outlets),
    ("visits", _visits),
)
"""The kinds of rows by name, in the order in which they are sent."""

_KEYS = {
    "reasons": re.compile(r".{0,200}"),
    "visits": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
_ID = re.compile(r"[0-9]{1,9}")


def is_position(kind: int, key: str) -> bool:
    """Whether a download can go on with this kind after this key; an empty one is before the first."""
    if not 0 <= kind < len(READERS):
        return False
    return not key or _KEYS.get(READERS[kind][0], _ID).fullmatch(key) is not None
