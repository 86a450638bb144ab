"""Sending files, reading the answers, and rows that are sound in the `world` of these tests."""

import json
from datetime import date
from typing import Any

import httpx

from app.field.visits.models import Visit
from app.masters.catalogue.models import Price, Product, Stock
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

NDJSON = "application/x-ndjson"
Row = dict[str, Any]

TABLES: dict[str, Any] = {
    "territories": Territory,
    "reps": Rep,
    "outlets": Outlet,
    "products": Product,
    "prices": Price,
    "stock": Stock,
    "visits": Visit,
}


async def send(
    api: httpx.AsyncClient, headers: dict[str, str], kind: str, rows: list[Row] | str, query: str = ""
) -> httpx.Response:
    """Rows go as NDJSON, text as CSV."""
    csv = isinstance(rows, str)
    content = rows if isinstance(rows, str) else "\n".join(json.dumps(row) for row in rows)
    media_type = "text/csv" if csv else NDJSON
    return await api.post(f"/v1/imports/{kind}{query}", content=content, headers=headers | {"content-type": media_type})


def told(answer: httpx.Response) -> list[tuple[int, str | None, str]]:
    assert answer.status_code == 200, answer.text
    return [(result["line"], result["code"], result["status"]) for result in answer.json()["results"]]


def problems(answer: httpx.Response) -> list[tuple[str, str]]:
    """Pointer and code of every problem of every row."""
    found = [result["problem"]["errors"] for result in answer.json()["results"] if result["problem"]]
    return [(error["pointer"], error["code"]) for errors in found for error in errors]


def sound_row(kind: str, number: int) -> Row:
    """One of many rows that are all different and all sound in `world`."""
    rows: dict[str, Row] = {
        "territories": {"code": f"T{number}", "name": "North", "time_zone": "Europe/Athens"},
        "reps": {"code": f"R{number}", "name": "Anna", "territory_code": "PAT"},
        "outlets": {
            "code": f"OUT{number}",
            "name": "Kiosk",
            "territory_code": "PAT",
            "location": {"lat": 38.2, "lon": 21.7, "radius_m": 80},
            "terms": {"must_stock": [{"product_code": "P0"}]},
        },
        "products": {"code": f"PRO{number}", "name": "Milk chocolate", "list_price": "1.15"},
        "prices": {"product_code": "P0", "channel": f"c{number}", "price": "1.10", "valid_from": "2026-11-01"},
        "stock": {
            "warehouse_code": f"W{number}",
            "product_code": "P0",
            "quantity": "12",
            "as_of": "2026-11-23T06:00:00+02:00",
        },
        "visits": {
            "rep_code": "R0",
            "outlet_code": "O0",
            "visit_date": str(date.fromordinal(date(2026, 11, 24).toordinal() + number)),
        },
    }
    return rows[kind]
