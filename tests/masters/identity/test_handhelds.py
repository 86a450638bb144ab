"""Enrolment codes, enrolment, lost handhelds."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.events.models import Event
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.ground.web.pagination import encode_cursor
from app.main import create_app
from app.masters.identity import service
from app.masters.identity.models import Device, EnrolmentCode, User
from app.masters.identity.staff_queries import set_territories
from app.masters.territories.models import Rep
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory

ABOUT = {"model": "Pixel 6", "os": "Android 14", "app_version": "1.0.0"}
JWK = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "y": "y" * 43}


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture
async def supervisor(session: AsyncSession, rep: Rep) -> User:
    user = await make_user(session, Role.SUPERVISOR)
    await set_territories(session, user.id, [rep.territory_id])
    return user


async def make_code(api: httpx.AsyncClient, app: FastAPI, caller: User, rep: Rep) -> httpx.Response:
    return await api.post(f"/v1/reps/{rep.code}/enrolment-codes", headers=bearer(app, caller))


async def enrol(api: httpx.AsyncClient, code: str, **more: Any) -> httpx.Response:
    return await api.post("/v1/devices", json=ABOUT | {"enrolment_code": code} | more)


@pytest.fixture
async def code(api: httpx.AsyncClient, app: FastAPI, supervisor: User, rep: Rep) -> str:
    answer = await make_code(api, app, supervisor, rep)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["enrolment_code"]
    return found


async def test_a_code_binds_a_handheld_to_its_rep_and_logs_it_in(
    api: httpx.AsyncClient, session: AsyncSession, rep: Rep, code: str
) -> None:
    exported = JWK | {"ext": True, "key_ops": ["verify"]}  # as Web Crypto writes it
    answer = await enrol(api, code.lower().replace("-", " "), public_jwk=exported)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["device"]["rep_code"] == rep.code
    me = await api.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert (me.json()["kind"], me.json()["rep_code"]) == ("device", rep.code)
    assert me.json()["device_id"] == body["device"]["id"]
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    assert (await api.post("/v1/auth/token", data=form)).status_code == 200
    event = await session.scalar(select(Event))
    assert event is not None
    assert (event.type, event.payload["rep_code"]) == ("device.enrolled", rep.code)


async def test_only_the_hash_of_a_code_is_stored(session: AsyncSession, code: str) -> None:
    stored = await session.scalar(select(EnrolmentCode))
    assert stored is not None
    assert len(stored.code_hash) == 32
    assert code.replace("-", "").encode() not in stored.code_hash


async def test_a_code_is_good_once(api: httpx.AsyncClient, code: str) -> None:
    await enrol(api, code)
    again = await enrol(api, code)
    assert (again.status_code, again.json()["type"]) == (409, "/problems#enrolment-code-used")


async def test_a_code_is_good_for_15_minutes(api: httpx.AsyncClient, code: str, the_clock: clock.SetClock) -> None:
    the_clock.move_to(the_clock.at + timedelta(minutes=15))
    late = await enrol(api, code)
    assert (late.status_code, late.json()["type"]) == (401, "/problems#enrolment-code-not-good")


async def test_an_unknown_code_is_401(api: httpx.AsyncClient) -> None:
    assert (await enrol(api, "0000-0000-0000")).status_code == 401


async def test_a_code_of_a_rep_who_was_deactivated_enrols_nothing(
    api: httpx.AsyncClient, session: AsyncSession, rep: Rep, code: str
) -> None:
    rep.active = False
    await session.flush()
    assert (await enrol(api, code)).status_code == 409
    assert await session.scalar(select(func.count()).select_from(Device)) == 0


async def test_no_code_is_made_for_an_inactive_rep_or_one_of_another_territory(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, supervisor: User, rep: Rep
) -> None:
    stranger = await make_rep(session, await make_territory(session))
    assert (await make_code(api, app, supervisor, stranger)).status_code == 404
    rep.active = False
    await session.flush()
    assert (await make_code(api, app, supervisor, rep)).status_code == 409


@pytest.mark.parametrize(
    "jwk", [JWK | {"d": "private"}, {"kty": "RSA", "n": "x", "e": "AQAB"}, JWK | {"x": "short"}, "text"]
)
async def test_a_private_or_an_unfit_key_is_refused(api: httpx.AsyncClient, code: str, jwk: object) -> None:
    assert (await enrol(api, code, public_jwk=jwk)).status_code == 422
    assert (await enrol(api, code, public_jwk=JWK)).status_code == 201


async def test_a_lost_answer_to_an_enrolment_is_told_again_under_its_key(
    api: httpx.AsyncClient, session: AsyncSession, code: str
) -> None:
    body, headers = ABOUT | {"enrolment_code": code}, {"Idempotency-Key": "enrol-1"}
    first = await api.post("/v1/devices", json=body, headers=headers)
    again = await api.post("/v1/devices", json=body, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert await session.scalar(select(func.count()).select_from(Device)) == 1


async def test_a_supervisor_lists_the_handhelds_of_its_territories_only(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, supervisor: User, rep: Rep
) -> None:
    mine = [await make_device(session, rep) for _ in range(3)]
    await make_device(session, await make_rep(session, await make_territory(session)))
    found: list[str] = []
    url = "/v1/devices?limit=2"
    while url:
        answer = await api.get(url, headers=bearer(app, supervisor))
        found += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert sorted(found) == sorted(str(device.id) for device in mine)
    other = await api.get("/v1/devices?rep_code=nobody", headers=bearer(app, supervisor))
    assert other.json()["items"] == []


async def test_a_revoked_handheld_is_refused_and_logged_out_and_revoking_again_changes_nothing(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, supervisor: User, code: str, the_clock: clock.SetClock
) -> None:
    enrolled = (await enrol(api, code)).json()
    path = f"/v1/devices/{enrolled['device']['id']}/revoke"
    first = await api.post(path, headers=bearer(app, supervisor))
    the_clock.move_to(the_clock.at + timedelta(minutes=1))
    again = await api.post(path, headers=bearer(app, supervisor))
    assert first.status_code == again.status_code == 200
    assert first.json()["revoked_at"] == again.json()["revoked_at"] is not None
    me = await api.get("/v1/me", headers={"Authorization": f"Bearer {enrolled['access_token']}"})
    assert me.status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": enrolled["refresh_token"]}
    assert (await api.post("/v1/auth/token", data=form)).json()["error"] == "invalid_grant"
    types = list(await session.scalars(select(Event.type).order_by(Event.id)))
    assert types == ["device.enrolled", "device.revoked"]


async def test_a_handheld_of_another_territory_is_not_found(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, supervisor: User
) -> None:
    stranger = await make_device(session, await make_rep(session, await make_territory(session)))
    for device_id in (stranger.id, uuid4()):
        answer = await api.post(f"/v1/devices/{device_id}/revoke", headers=bearer(app, supervisor))
        assert answer.status_code == 404


async def test_codes_that_expired_long_ago_are_pruned(
    session: AsyncSession, code: str, the_clock: clock.SetClock
) -> None:
    assert await service.prune_enrolment_codes(session, the_clock.at + timedelta(days=30)) == 0
    assert await service.prune_enrolment_codes(session, the_clock.at + timedelta(days=31)) == 1


async def test_of_fifty_handhelds_with_one_code_one_is_enrolled_however_often_its_request_is_repeated(
    committed: Database, tmp_path: Path
) -> None:
    app = create_app(Settings(home=tmp_path, token_secret="x" * 40), committed)  # type: ignore[arg-type]  # parsed
    async with committed.transaction() as session:
        admin = await make_user(session, Role.ADMIN)
        rep = await make_rep(session, await make_territory(session))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as client:
        code = (await make_code(client, app, admin, rep)).json()["enrolment_code"]
        body = ABOUT | {"enrolment_code": code}

        async def send(key: str) -> tuple[str, int, str]:
            answer = await client.post("/v1/devices", json=body, headers={"Idempotency-Key": key})
            return key, answer.status_code, answer.text

        at_once = await asyncio.gather(*(send(f"phone-{number % 25}") for number in range(50)))
        (enrolled,) = {told for told in at_once if told[1] == 201}
        assert await send(enrolled[0]) == enrolled
    assert {status for _, status, _ in at_once} == {201, 409}
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(Device)) == 1


@pytest.mark.parametrize("instant", ["2026-11-23T10:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
async def test_a_cursor_with_an_instant_that_no_handheld_has_is_422(
    api: httpx.AsyncClient, app: FastAPI, supervisor: User, instant: str
) -> None:
    cursor = encode_cursor([instant, uuid4()])
    answer = await api.get(f"/v1/devices?cursor={cursor}", headers=bearer(app, supervisor))
    assert answer.status_code == 422
