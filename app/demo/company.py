"""The demo's company, made through the API: one territory, four reps, 89 outlets, the catalogue, the staff."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import httpx
import orjson

from app.demo.accounts import PASSWORD, STAFF
from app.demo.connection import Connection
from app.demo.products import DemoProduct
from app.demo.shops import Shop, ShopKind, address_of, kind_of, shops
from app.ground.clock import SetClock

TERRITORY = "PATRAS"
REPS = {"PAT-R1": "Eleni", "PAT-R2": "Nikos", "PAT-R3": "Petros", "PAT-R4": "Maria"}
OLD_SYSTEM = "old-erp"
_WAREHOUSE = {"lat": 38.2395, "lon": 21.7310}
WORKDAY: dict[str, Any] = {
    "start": _WAREHOUSE,
    "end": _WAREHOUSE,
    "service_minutes": 20,
    "area_type": "suburban",
}
TERMS: dict[ShopKind, dict[str, Any]] = {
    ShopKind.SUPERMARKET: {"visits_per_week": "5", "orders_per_week": "5"},
    ShopKind.GROCERY: {
        "visits_per_week": "2",
        "orders_per_week": "2",
        "min_gap_days": 2,
        "visiting_hours": [{"opens": "08:00", "closes": "14:30"}, {"opens": "17:30", "closes": "21:00"}],
    },
    ShopKind.KIOSK: {"visits_per_week": "1", "orders_per_week": "1"},
}
"""What is agreed with each kind of shop."""
ORDERS_AT_ONCE = 4

PRODUCTS = [
    DemoProduct(f"{group[:3].upper()}-{100 + number}", f"{name} {size}", group, pack, Decimal(price))
    for group, name, pack, sizes in (
        ("chocolate", "Milk chocolate", 12, {"40 g": "0.65", "100 g": "1.15", "200 g": "2.10"}),
        ("biscuits", "Butter biscuits", 6, {"150 g": "1.40", "300 g": "2.45"}),
        ("wafers", "Hazelnut wafers", 10, {"45 g": "0.55", "180 g": "1.90"}),
        ("crackers", "Sesame crackers", 8, {"100 g": "0.95", "250 g": "1.85"}),
        ("croissants", "Filled croissant", 20, {"70 g": "0.60", "110 g": "0.85"}),
        ("juice", "Orange juice", 6, {"250 ml": "0.80", "1 l": "1.75"}),
    )
    for number, (size, price) in enumerate(sizes.items())
]


async def found(api: Connection, monday: date) -> None:
    """Make everything that the week of `monday` needs but its plans, with `api` speaking for an administrator."""
    await api.put(
        f"/v1/territories/{TERRITORY}",
        {
            "name": "Patras",
            "time_zone": "Europe/Athens",
            "order_cutoff": "17:00",
            "call_deadline": "19:00",
            "working_weekdays": [1, 2, 3, 4, 5],
            "holidays": [],
        },
    )
    for code, name in REPS.items():
        await api.put(f"/v1/reps/{code}", {"name": name, "territory_code": TERRITORY, "active": True})
    for role, username in STAFF.items():
        body = {"username": username, "password": PASSWORD, "role": role, "territory_codes": [TERRITORY]}
        await api.post("/v1/users", body)
    await import_rows(api, "products", [_product(product) for product in PRODUCTS])
    await api.put(f"/v1/territories/{TERRITORY}/workday", WORKDAY)
    for kind, terms in TERMS.items():
        common_terms = {
            "must_stock": [{"product_code": PRODUCTS[1].code, "min_quantity": str(PRODUCTS[1].pack)}],
            "min_order_value": "15",
            "mismatch_answered_by": "warehouse",
        }
        await api.put(f"/v1/channel-terms/{kind}", common_terms | terms)
    await import_rows(api, "outlets", [_outlet(shop) for shop in shops()])
    counted_at = f"{monday}T06:00:00+02:00"
    stock = [
        {"warehouse_code": "PAT-WH", "product_code": p.code, "quantity": "20000", "as_of": counted_at} for p in PRODUCTS
    ]
    await import_rows(api, "stock", stock)


async def plan(supervisor: Connection, reps: dict[str, Connection], iso_week: str) -> None:
    """The week's plans, made from the terms: each rep has its own generated and submits it, the supervisor approves."""
    for rep_code, device in reps.items():
        path = f"/v1/reps/{rep_code}/week-plans/{iso_week}"
        await device.post(f"{path}/generate", {})
        await device.post(f"{path}/submit", {})
        await supervisor.post(f"{path}/approve", {})


async def begin_next_week(reps: dict[str, Connection], iso_week: str) -> None:
    """Of the plans that are due on Friday, two are submitted, one is a draft, and one rep has not begun."""
    for number, (rep_code, device) in enumerate(reps.items()):
        path = f"/v1/reps/{rep_code}/week-plans/{iso_week}"
        if number < 3:
            await device.post(f"{path}/generate", {})
        if number < 2:
            await device.post(f"{path}/submit", {})


async def remember(
    http: httpx.AsyncClient, admin: Connection, set_clock: SetClock, orders: Iterable[dict[str, Any]]
) -> None:
    """Bring the outlets' earlier orders in, as the company's old system: an integration client, by the API.

    Each at the time at which it was captured, for what a client sends counts from when it is received (T2).
    """
    client = await admin.post("/v1/clients", {"name": OLD_SYSTEM, "scopes": ["orders:write"]})
    captured_at = itemgetter("captured_at")
    for instant, of_instant in groupby(sorted(orders, key=captured_at), key=captured_at):
        set_clock.move_to(datetime.fromisoformat(instant))
        old_system = await Connection.log_in_client(http, client["client_id"], client["client_secret"])
        waiting = list(of_instant)
        for first in range(0, len(waiting), ORDERS_AT_ONCE):
            at_once = waiting[first : first + ORDERS_AT_ONCE]
            await asyncio.gather(*(old_system.post("/v1/orders", order) for order in at_once))


def _product(product: DemoProduct) -> dict[str, Any]:
    return {
        "code": product.code,
        "name": product.name,
        "unit": "piece",
        "pack_size": str(product.pack),
        "assortment_group": product.group,
        "price_segment": "standard",
        "list_price": str(product.price),
        "active": True,
    }


def _outlet(shop: Shop) -> dict[str, Any]:
    return {
        "code": shop.code,
        "name": shop.name,
        "territory_code": TERRITORY,
        "address": shop.address,
        "phone": f"+30 2610 {shop.code[-4:].rjust(6, '2')}",
        "channel": kind_of(shop).value,
        "active": True,
        "location": {"lat": shop.lat, "lon": shop.lon, "radius_m": 80},
        "emails": [address_of(shop)],
    }


async def import_rows(api: Connection, kind: str, rows: list[dict[str, Any]]) -> None:
    """Import a file, all of it or nothing."""
    body = b"\n".join(orjson.dumps(row) for row in rows)
    answer = await api.post(f"/v1/imports/{kind}?atomic=true", body, media_type="application/x-ndjson")
    if answer["accepted"] != len(rows):
        raise RuntimeError(f"the import of {kind} was not accepted: {answer}")
