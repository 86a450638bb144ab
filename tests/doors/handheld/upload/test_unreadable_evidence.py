"""Optional evidence and text never cost an event, nor an upload (T7)."""

import json
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.ground.web.wall_clocks import FIRST_SHOWN, LAST_SHOWN, read_wall_clock
from app.sales.orders.models import Order
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import NOON, make_check_in, make_fix, make_order, make_upload
from tests.factories.identity import bearer

UNREADABLE = "evidence_unreadable"

CHECK_INS: list[tuple[dict[str, Any], str, list[tuple[str, str]]]] = [
    ({"fix": {}}, "NO_FIX", []),
    ({"fix": {"lat": None, "lon": None, "accuracy_m": None, "fix_at": None}}, "NO_FIX", []),
    ({"fix": make_fix((91.0, 21.7))}, "NO_FIX", [(UNREADABLE, "/fix/lat")]),
    ({"fix": make_fix((float("inf"), -181.0))}, "NO_FIX", [(UNREADABLE, "/fix/lat"), (UNREADABLE, "/fix/lon")]),
    ({"fix": "somewhere"}, "NO_FIX", [(UNREADABLE, "/fix")]),
    ({"fix": make_fix(provider="")}, "INSIDE", []),
    ({"fix": make_fix(provider=" ")}, "INSIDE", []),
    ({"fix": make_fix(provider="p" * 101)}, "INSIDE", [(UNREADABLE, "/fix/provider")]),
    ({"fix": make_fix(mock=0)}, "INSIDE", []),
    ({"fix": make_fix(mock="yes")}, "INSIDE", [(UNREADABLE, "/fix/mock")]),
    ({"fix": make_fix(accuracy_m="8.5")}, "INSIDE", []),
    ({"fix": make_fix(accuracy_m="8,5")}, "UNCERTAIN", [(UNREADABLE, "/fix/accuracy_m")]),
    ({"fix": make_fix(accuracy_m=float("nan"))}, "UNCERTAIN", [(UNREADABLE, "/fix/accuracy_m")]),
    ({"fix": make_fix(accuracy_m=2147483647)}, "UNCERTAIN", []),
    ({"fix": make_fix(accuracy_m=1e300)}, "UNCERTAIN", []),
    ({"fix": make_fix(fix_at="1980-01-23T00:00:00Z")}, "UNCERTAIN", []),
    ({"fix": make_fix(fix_at="0001-01-01T00:00:00Z")}, "UNCERTAIN", []),
    ({"fix": make_fix(fix_at="+10000-01-01T00:00:00Z")}, "UNCERTAIN", []),
    ({"fix": make_fix(fix_at=1764000000)}, "UNCERTAIN", [(UNREADABLE, "/fix/fix_at")]),
    ({"monotonic_ms": 18000000.75}, "INSIDE", []),
    ({"monotonic_ms": -1}, "INSIDE", [(UNREADABLE, "/monotonic_ms")]),
    ({"monotonic_ms": "soon"}, "INSIDE", [(UNREADABLE, "/monotonic_ms")]),
    ({"monotonic_ms": 2**60}, "INSIDE", [(UNREADABLE, "/monotonic_ms")]),
    ({"monotonic_ms": 2**52}, "INSIDE", []),
    ({"boot_id": ""}, "INSIDE", []),
    ({"boot_id": 7}, "INSIDE", []),
    ({"boot_id": "b" * 101}, "INSIDE", [(UNREADABLE, "/boot_id")]),
    ({"boot_id": "b\x00"}, "INSIDE", [(UNREADABLE, "/boot_id")]),
    ({"sequence": -1}, "INSIDE", [(UNREADABLE, "/sequence")]),
    ({"sequence": "one"}, "INSIDE", [(UNREADABLE, "/sequence")]),
    ({"sequence": 1.0}, "INSIDE", []),
]


async def post_upload(api: httpx.AsyncClient, app: FastAPI, field: Field, body: dict[str, Any]) -> dict[str, Any]:
    """Written by the standard library, which writes NaN, infinities and lone surrogates as JavaScript does."""
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}
    answer = await api.post("/v1/sync", content=json.dumps(body).encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_no_evidence_however_odd_costs_a_check_in(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, field: Field
) -> None:
    events = [make_check_in(field.outlet.code) | changes for changes, _, _ in CHECK_INS]

    for status in ("accepted", "duplicate"):
        told = (await post_upload(api, app, field, make_upload(*events)))["results"]
        found = [
            (result["verdict"]["code"], [(warning["code"], warning["pointer"]) for warning in result["warnings"]])
            for result in told
        ]
        assert found == [(code, warnings) for _, code, warnings in CHECK_INS]
        assert {result["status"] for result in told} == {status}
    assert len((await session.scalars(select(CheckIn.id))).all()) == len(CHECK_INS)


@pytest.mark.parametrize(
    ("comment", "kept", "warnings"),
    [
        ("call\x00back", "call\ufffdback", ["text_repaired"]),
        ("half \ud83d", "half \ufffd", ["text_repaired"]),
        ("x" * 2_001, "x" * 2_000, ["text_cut"]),
        ("\x00" * 2_002, "\ufffd" * 2_000, ["text_repaired", "text_cut"]),
        (None, "", []),
    ],
    ids=["NUL", "half an emoji", "too long", "both", "null"],
)
async def test_no_comment_costs_an_order(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    field: Field,
    comment: Any,
    kept: str,
    warnings: list[str],
) -> None:
    order = make_order(field.outlet.code, field.product.code, comment=comment)

    (result,) = (await post_upload(api, app, field, make_upload(order)))["results"]

    assert (result["status"], [warning["code"] for warning in result["warnings"]]) == ("accepted", warnings)
    assert (await session.scalars(select(Order.comment))).one() == kept


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/check-ins"])
async def test_an_event_on_its_own_is_read_alike(api: httpx.AsyncClient, app: FastAPI, field: Field, path: str) -> None:
    event = make_order(field.outlet.code, field.product.code, comment="\x00")
    if path == "/v1/check-ins":
        event = make_check_in(field.outlet.code)
    odd = {"fix": {}, "boot_id": "", "sent_monotonic_ms": -0.5, "sent_at": "2569-11-23T10:00:00Z"}
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}

    answer = await api.post(path, content=json.dumps(event | odd), headers=headers)

    assert answer.status_code == 201, answer.text
    assert UNREADABLE in {warning["code"] for warning in answer.json()["warnings"]}


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({"boot_id": ""}, []),
        ({"monotonic_ms": 18000000.25}, []),
        ({"monotonic_ms": -5}, ["/monotonic_ms"]),
        ({"sequence_to": "all"}, ["/sequence_to"]),
        ({"sent_at": "1970-01-01T05:00:00Z"}, []),
        ({"sent_at": "0001-01-01T00:00:00+14:00"}, []),
        ({"sent_at": "-0044-03-15T12:00:00Z"}, []),
        ({"sent_at": "2569-11-23T10:00:00+07:00"}, []),
        ({"sent_at": "9999-12-31T23:59:59-12:00"}, []),
        ({"sent_at": "292278994-08-17T07:12:55Z"}, []),
        ({"sent_at": "2026-11-23T10:00:60Z"}, []),
        ({"sent_at": "2567-02-29T10:00:00Z"}, []),
    ],
)
async def test_no_clock_reading_of_the_sending_blocks_a_queue(
    sync: Sync, field: Field, changes: dict[str, Any], warnings: list[str]
) -> None:
    answer = await sync(make_check_in(field.outlet.code), **changes)

    assert [result["status"] for result in answer["results"]] == ["accepted"]
    assert [warning["pointer"] for warning in answer["warnings"]] == warnings


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2026-11-23T23:59:60Z", "2026-11-24T00:00:00+00:00"),
        ("2569-02-29T10:00:00+07:00", "2569-03-01T10:00:00+07:00"),
        ("2026-11-23T10:00:00.123456789+0200", "2026-11-23T10:00:00.123456+02:00"),
        ("0000-01-01T00:00:00Z", FIRST_SHOWN.isoformat()),
        ("12026-01-01T00:00:00Z", LAST_SHOWN.isoformat()),
        ("2026-13-01T00:00:00Z", None),
        ("2026-11-23", None),
        ("٢٠٢٦-11-23T10:00:00Z", None),
        (NOON.timestamp(), None),
    ],
)
def test_a_wall_clock_is_read_however_absurd(told: Any, shown: str | None) -> None:
    assert read_wall_clock(told) == (shown and datetime.fromisoformat(shown))
