"""What is kept of a person can be told as a whole, and taken away once the person has left (decision 57)."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.doors.personal_data import service
from app.doors.personal_data.people import Person
from app.doors.personal_data.register import OF_SHOPS, REGISTER
from app.ground import clock
from app.ground.db.stored_tables import STORED_TABLES
from app.ground.errors import Conflict, NotFound
from app.ground.web.access import Role
from app.masters.identity.models import User
from app.masters.territories.models import Rep
from app.tables import metadata
from tests.databases import by_the_owner
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import NOON, make_check_in, make_fix, make_no_order, make_order
from tests.factories.identity import bearer, make_user
from tests.factories.visits import MONDAY, make_visit

CODE, NAME, EMAIL, WORDS = "MARIA-77", "Maria Iliou", "maria.iliou@example.com", "my daughter is ill"


def test_every_table_with_something_personal_says_whose_rows_are_whose() -> None:
    personal = {name for name, row in STORED_TABLES.items() if row.personal} - OF_SHOPS
    assert personal - REGISTER.keys() == set()
    assert REGISTER.keys() - STORED_TABLES.keys() == set()


def test_every_table_that_points_to_a_rep_a_user_or_a_device_is_in_the_register() -> None:
    pointing = {
        name
        for name, found in metadata.tables.items()
        if {"rep_id", "user_id", "device_id"} & set(found.columns.keys())
    }
    assert pointing - REGISTER.keys() - OF_SHOPS == set()


@pytest.fixture
async def day(
    sync: Sync, session: AsyncSession, field: Field, api: httpx.AsyncClient, app: FastAPI, the_clock: clock.SetClock
) -> User:
    """A rep's day, with words of hers and of others about her; and the admin who entered it all."""
    admin = await make_user(session, Role.ADMIN, username="antonis.k")
    headers = bearer(app, admin)
    body = {"name": NAME, "territory_code": field.territory.code, "emails": [EMAIL]}
    field.rep.code = CODE
    await session.flush()
    assert (await api.put(f"/v1/reps/{CODE}", json=body, headers=headers)).status_code == 200
    home = {"start": {"lat": 38.24, "lon": 21.73}, "begins": "08:00"}
    assert (await api.put(f"/v1/reps/{CODE}/workday", json=home, headers=headers)).status_code == 200
    assert (await api.post(f"/v1/reps/{CODE}/calendar-links", json={"label": NAME}, headers=headers)).status_code == 201
    visit = await make_visit(session, field.rep, field.outlet)
    await sync(
        make_check_in(field.outlet.code, fix=make_fix(mock=True)),
        make_order(field.outlet.code, field.product.code, fix=make_fix(), comment=WORDS),
        make_no_order(field.outlet.code, comment=WORDS),
    )
    excuse = {"reason_code": "rep_ill", "comment": WORDS}
    assert (await api.post(f"/v1/visits/{visit.id}/excuse", json=excuse, headers=headers)).status_code == 200
    signals = (await api.get("/v1/risk-signals", headers=headers)).json()["items"]
    review = {"outcome": "dismissed", "comment": WORDS}
    for signal in signals:
        path = f"/v1/risk-signals/{signal['id']}/review"
        assert (await api.post(path, json=review, headers=headers)).status_code == 200
    the_clock.move_to(NOON + timedelta(hours=6))
    await cutoff.close_day(session, field.territory.id, MONDAY, triggered_by=f"user:{admin.username}")
    await session.flush()
    return admin


async def everything(session: AsyncSession) -> str:
    """All rows of all tables."""
    rows = [await session.scalars(text(f"SELECT t::text FROM {name} t")) for name in STORED_TABLES]
    return "\n".join(row for of_table in rows for row in of_table)


async def leave(session: AsyncSession, field: Field, api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    body = {"name": NAME, "territory_code": field.territory.code, "active": False}
    assert (await api.put(f"/v1/reps/{CODE}", json=body, headers=headers)).status_code == 200
    session.expire_all()


async def test_an_erased_rep_is_named_nowhere_and_what_others_need_is_kept_under_a_pseudonym(
    session: AsyncSession, field: Field, api: httpx.AsyncClient, app: FastAPI, day: User
) -> None:
    headers, rep_id = bearer(app, day), field.rep.id
    before = await everything(session)
    assert all(told in before for told in (CODE, NAME, EMAIL, WORDS, "38.24", "rep_ill"))
    await leave(session, field, api, headers)
    async with by_the_owner(session):
        pseudonym = await service.erase(session, await service.find(session, rep_code=CODE, lock=True))
    session.expire_all()

    after = await everything(session)
    left = [line for line in after.splitlines() if any(told in line for told in (CODE, NAME, EMAIL, WORDS, "rep_ill"))]
    assert left == []
    rep = await session.get_one(Rep, rep_id)
    assert (rep.code, rep.name, rep.emails, pseudonym) == (f"erased-rep-{rep_id}",) * 2 + ([], rep.code)
    assert (await api.get("/v1/orders", headers=headers)).json()["items"][0]["rep_code"] == pseudonym
    for path in ("/v1/visits", "/v1/check-ins", "/v1/risk-signals", "/v1/audit", f"/v1/reps/{pseudonym}/points"):
        assert (await api.get(path, headers=headers)).status_code == 200, path
    trail = (await api.get("/v1/audit", params={"kind": "rep"}, headers=headers)).json()["items"]
    assert {entry["code"] for entry in trail} == {pseudonym}
    assert any(entry["after"] == {"erased": True} for entry in trail)


async def test_the_admin_who_did_it_can_be_erased_as_well(session: AsyncSession, field: Field, day: User) -> None:
    name, user_id = day.username, day.id
    assert name in await everything(session)
    await session.execute(update(User).where(User.id == user_id).values(active=False))
    session.expire_all()
    async with by_the_owner(session):
        await service.erase(session, await service.find(session, username=name.upper(), lock=True))
    after = await everything(session)
    assert [line for line in after.splitlines() if name in line] == []
    assert f"user:erased-user-{user_id}" in after
    assert CODE in after


async def test_who_still_works_here_is_not_erased_and_nobody_is_not_found(session: AsyncSession, day: User) -> None:
    with pytest.raises(Conflict):
        await service.erase(session, await service.find(session, rep_code=CODE))
    with pytest.raises(NotFound):
        await service.find(session, username="nobody")


async def test_an_export_has_every_row_and_no_secret(
    session: AsyncSession, field: Field, day: User, tmp_path: Path
) -> None:
    counts = await service.export(session, await service.find(session, rep_code=CODE), tmp_path / "maria.zip")
    with zipfile.ZipFile(tmp_path / "maria.zip") as archive:
        rows = {name: archive.read(name).decode() for name in archive.namelist()}
    assert json.loads(rows.pop("about.json"))["rows"] == counts
    written = {name: len(lines.splitlines()) for name, lines in rows.items() if lines}
    assert written == {f"{name}.ndjson": count for name, count in counts.items()}
    own = ("reps", "check_ins", "orders", "no_order_reports", "visits", "workdays", "devices", "points_entries")
    assert {name: counts.get(name) for name in own} == dict.fromkeys(own, 1)
    assert json.loads(rows["reps.ndjson"])["emails"] == [EMAIL]
    assert "_hash" not in "".join(rows.values())
    assert "antonis" not in rows["reps.ndjson"]
    of_admin = await service.export(session, await service.find(session, username=day.username), tmp_path / "a.zip")
    assert (of_admin["users"], of_admin["audit_entries"] >= 2) == (1, True)


@pytest.mark.parametrize(
    ("document", "renamed"),
    [
        ({"rep_code": "R1", "outlet_code": "R1"}, {"rep_code": "erased-rep-5", "outlet_code": "R1"}),
        ({"rep_codes": ["R1", "R2"]}, {"rep_codes": ["erased-rep-5", "R2"]}),
        ([{"by": "device:R1"}, "device:R11"], [{"by": "device:erased-rep-5"}, "device:R11"]),
    ],
)
def test_only_what_names_the_person_is_renamed(document: Any, renamed: Any) -> None:
    rep = Person(active=False, rep_id=5, code="R1")
    assert rep.without_name(document) == renamed
    told = "worked for {} and R11, not XR1 ({})."
    assert rep.without_code(told.format("R1", "R1")) == told.format("erased-rep-5", "erased-rep-5")
