"""The catalogue of reasons: seeded, put, changed with a trail, and for good what it was made for."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.models import AuditEntry
from app.ground.web.access import Role
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.territories import make_territory

BROKEN = {"name": "A pallet fell over", "answered_by": "carrier", "for": "delivery"}


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    return bearer(app, await make_client(session, "master:write"))


async def put(api: httpx.AsyncClient, erp: dict[str, str], code: str, body: object) -> httpx.Response:
    return await api.put(f"/v1/mismatch-reasons/{code}", json=body, headers=erp)


async def test_a_company_begins_with_reasons_for_deliveries_and_for_returns(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    reasons = (await api.get("/v1/mismatch-reasons?for=return", headers=supervisor)).json()["items"]
    assert {reason["code"]: reason["answered_by"] for reason in reasons} == {
        "unsold": "rep",
        "expired": "rep",
        "damaged": "carrier",
        "quality": "warehouse",
        "wrong_item": "warehouse",
        "over_delivered": "warehouse",
    }
    reasons = (await api.get("/v1/mismatch-reasons?for=delivery&active=true", headers=supervisor)).json()["items"]
    assert {reason["answered_by"] for reason in reasons} == {"rep", "warehouse", "carrier", "outlet", "pricing"}


async def test_a_reason_is_made_and_changed_and_what_is_not_said_stays(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    made = await put(api, erp, "pallet", BROKEN)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    changed = await put(api, erp, "pallet", {"answered_by": "warehouse"})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    read = await api.get("/v1/mismatch-reasons/pallet", headers=erp)
    assert read.json() == changed.json()
    assert read.json() | {"updated_at": None} == {
        "code": "pallet", "name": "A pallet fell over", "answered_by": "warehouse", "for": "delivery", "active": True,
        "version": 2, "updated_at": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "body", "problems"),
    [
        ("new", {}, [("/name", "missing"), ("/answered_by", "missing"), ("/for", "missing")]),
        ("new", BROKEN | {"answered_by": "open"}, [("/answered_by", "enum")]),
        ("new", BROKEN | {"for": "order"}, [("/for", "enum")]),
        ("new", BROKEN | {"code": "other"}, [("/code", "mismatch")]),
        ("unsold", {"for": "delivery"}, [("/for", "stays")]),
    ],
)
async def test_what_a_reason_cannot_be_is_refused(
    api: httpx.AsyncClient, erp: dict[str, str], code: str, body: object, problems: list[tuple[str, str]]
) -> None:
    answer = await put(api, erp, code, body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == problems


async def test_a_change_guarded_by_an_old_version_fails(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    await put(api, erp, "unsold", {"active": False})
    stale = await put(api, erp | {"if-match": '"1"'}, "unsold", {"active": True})
    assert stale.status_code == 412


async def test_who_changed_what_stands_in_the_trail(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession
) -> None:
    await put(api, erp, "unsold", {"answered_by": "outlet"})
    entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.kind, entry.code, entry.before, entry.after) == (
        "mismatch_reason", "unsold", {"answered_by": "rep"}, {"answered_by": "outlet"},
    )  # fmt: skip


async def test_a_reason_that_there_is_not_is_not_found(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    answer = await api.get("/v1/mismatch-reasons/none", headers=erp)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems#mismatch-reason-not-found")
