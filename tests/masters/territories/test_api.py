import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_rep, make_territory

PATRAS: dict[str, Any] = {
    "name": "Patras",
    "time_zone": "Europe/Athens",
    "order_cutoff": "17:00",
    "call_deadline": "19:00",
    "working_weekdays": [5, 1, 2, 3, 4],
    "holidays": ["2026-12-26", "2026-12-25"],
}


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of an integration client that may read and write masters."""
    return bearer(app, await make_client(session, "master:read", "master:write"))


async def test_a_territory_is_made_then_replaced_and_then_left_as_it_is(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    made = await api.put("/v1/territories/PAT", json=PATRAS, headers=erp)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json() | PATRAS == made.json() | {
        **PATRAS,
        "working_weekdays": [5, 1, 2, 3, 4],
    }
    assert made.json()["working_weekdays"] == [1, 2, 3, 4, 5]
    assert made.json()["holidays"] == ["2026-12-25", "2026-12-26"]
    replaced = await api.put("/v1/territories/PAT", json=PATRAS | {"order_cutoff": "16:30"}, headers=erp)
    assert (replaced.status_code, replaced.headers["etag"], replaced.json()["order_cutoff"]) == (200, '"2"', "16:30")
    same = await api.put("/v1/territories/PAT", json=PATRAS | {"order_cutoff": "16:30"}, headers=erp)
    assert (same.status_code, same.headers["etag"]) == (200, '"2"')
    read = await api.get("/v1/territories/PAT", headers=erp)
    assert (read.json(), read.headers["etag"]) == (same.json(), '"2"')


async def test_a_change_sets_the_transaction_that_the_handheld_asks_for_and_no_change_leaves_it(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession
) -> None:
    territory = await make_territory(session, code="PAT", changed_in=1)
    sound = {"name": territory.name, "time_zone": "Europe/Athens"}
    await api.put("/v1/territories/PAT", json=sound, headers=erp)
    assert await session.scalar(select(Territory.changed_in)) == 1
    await api.put("/v1/territories/PAT", json=sound | {"name": "Other"}, headers=erp)
    assert (await session.scalar(select(Territory.changed_in)) or 0) > 1


@pytest.mark.parametrize(
    ("address", "sound", "member", "value", "none"),
    [
        ("/v1/territories/PAT", PATRAS, "warehouse_code", "ATH", None),
        ("/v1/reps/PAT-R01", {"name": "Maria", "territory_code": "PAT"}, "emails", ["maria@ours.com"], []),
        ("/v1/outlets/PAT-0042", {"name": "Kiosk", "territory_code": "PAT"}, "emails", ["kiosk@example.com"], []),
    ],
)
async def test_a_member_that_whoever_puts_knows_nothing_of_stays_until_it_is_said_to_be_none(
    api: httpx.AsyncClient,
    erp: dict[str, str],
    session: AsyncSession,
    address: str,
    sound: dict[str, Any],
    member: str,
    value: object,
    none: object,
) -> None:
    await make_territory(session, code="PAT")

    async def after(method: str, body: dict[str, Any]) -> tuple[object, str]:
        answer = await api.request(method, address, json=body, headers=erp)
        return answer.json()[member], answer.headers["etag"]

    _, first = await after("PUT", sound)
    assert await after("PUT", sound) == (none, first)
    told, second = await after("PUT", sound | {member: value})
    assert (told, second == first) == (value, False)
    assert await after("PUT", sound) == (value, second)
    assert (await after("PUT", sound | {member: None}))[0] == none
    await after("PATCH", {member: value})
    assert (await after("PATCH", {"name": "Another"}))[0] == value
    assert (await after("PATCH", {member: None}))[0] == none


async def test_in_one_file_some_rows_may_say_a_member_and_others_leave_it_as_it_is(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession
) -> None:
    territory = await make_territory(session, code="PAT")
    await make_rep(session, territory, code="R1", emails=["one@ours.com"])
    await make_rep(session, territory, code="R2", emails=["two@ours.com"])
    rows = [
        {"code": "R1", "name": "One", "territory_code": "PAT"},
        {"code": "R2", "name": "Two", "territory_code": "PAT", "emails": []},
        {"code": "R3", "name": "Three", "territory_code": "PAT", "emails": ["three@ours.com"]},
        {"code": "R4", "name": "Four", "territory_code": "PAT"},
    ]
    content = "\n".join(json.dumps(row) for row in rows)
    sent = erp | {"content-type": "application/x-ndjson"}
    assert (await api.post("/v1/imports/reps", content=content, headers=sent)).json()["accepted"] == 4
    held = {row.code: row.emails for row in await session.execute(select(Rep.code, Rep.emails))}
    assert held == {"R1": ["one@ours.com"], "R2": [], "R3": ["three@ours.com"], "R4": []}


async def test_if_match_lets_a_change_through_only_on_the_version_that_was_read(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await api.put("/v1/territories/PAT", json=PATRAS, headers=erp)
    right = await api.put("/v1/territories/PAT", json=PATRAS | {"name": "P"}, headers=erp | {"If-Match": '"1"'})
    assert right.status_code == 200
    stale = await api.put("/v1/territories/PAT", json=PATRAS | {"name": "Q"}, headers=erp | {"If-Match": '"1"'})
    assert stale.status_code == 412
    patch = await api.patch("/v1/territories/PAT", json={"name": "Q"}, headers=erp | {"If-Match": '"1"'})
    assert patch.status_code == 412
    assert (await api.get("/v1/territories/PAT", headers=erp)).json()["name"] == "P"


async def test_if_none_match_makes_a_territory_and_never_replaces_one(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    only_new = erp | {"If-None-Match": "*"}
    assert (await api.put("/v1/territories/PAT", json=PATRAS, headers=only_new)).status_code == 201
    again = await api.put("/v1/territories/PAT", json=PATRAS | {"name": "Q"}, headers=only_new)
    assert again.status_code == 412
    assert (await api.put("/v1/territories/NEW", json=PATRAS, headers=erp | {"If-Match": '"1"'})).status_code == 412
    listed = (await api.get("/v1/territories", headers=erp)).json()["items"]
    assert [(item["code"], item["name"]) for item in listed] == [("PAT", "Patras")]


async def test_a_merge_patch_replaces_what_it_names_and_null_takes_the_default(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await api.put("/v1/territories/PAT", json=PATRAS | {"order_cutoff": "16:00"}, headers=erp)
    content = b'{"name": "P", "order_cutoff": null, "holidays": []}'
    kind = {"Content-Type": "application/merge-patch+json"}
    patched = await api.patch("/v1/territories/PAT", content=content, headers=erp | kind)
    assert patched.status_code == 200
    body = patched.json()
    assert (body["name"], body["order_cutoff"], body["holidays"]) == ("P", "17:00", [])
    assert body["time_zone"] == "Europe/Athens"
    assert (await api.patch("/v1/territories/NONE", json={}, headers=erp)).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"time_zone": "localtime"}, "/time_zone"),
        ({"time_zone": "Factory"}, "/time_zone"),
        ({"call_deadline": "17:00"}, "/call_deadline"),
        ({"order_cutoff": "20:00"}, "/call_deadline"),
        ({"working_weekdays": [1, 1]}, "/working_weekdays"),
        ({"working_weekdays": [0]}, "/working_weekdays/0"),
        ({"working_weekdays": []}, "/working_weekdays"),
        ({"holidays": ["2026-12-25", "2026-12-25"]}, "/holidays"),
        ({"holidays": ["soon"]}, "/holidays/0"),
        ({"name": ""}, "/name"),
        ({"code": "OTHER"}, "/code"),
    ],
)
async def test_a_territory_that_could_not_work_is_refused_with_the_place_of_the_fault(
    api: httpx.AsyncClient, erp: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    answer = await api.put("/v1/territories/PAT", json=PATRAS | change, headers=erp)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await api.get("/v1/territories/PAT", headers=erp)).status_code == 404


async def test_a_patch_that_would_leave_a_territory_unsound_changes_nothing(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    await api.put("/v1/territories/PAT", json=PATRAS, headers=erp)
    answer = await api.patch("/v1/territories/PAT", json={"call_deadline": "16:00"}, headers=erp)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/call_deadline")
    assert (await api.get("/v1/territories/PAT", headers=erp)).json()["call_deadline"] == "19:00"


async def test_a_list_is_read_page_by_page_in_the_order_of_codes(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    for code in ("C", "A", "B"):
        await api.put(f"/v1/territories/{code}", json=PATRAS, headers=erp)
    first = await api.get("/v1/territories?limit=2", headers=erp)
    assert [item["code"] for item in first.json()["items"]] == ["A", "B"]
    rest = await api.get(f"/v1/territories?limit=2&cursor={first.json()['next_cursor']}", headers=erp)
    assert ([item["code"] for item in rest.json()["items"]], rest.json()["next_cursor"]) == (["C"], None)


async def test_a_supervisor_sees_own_territories_and_reps_and_changes_none(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    own, other = await make_territory(session), await make_territory(session)
    rep, stranger = await make_rep(session, own), await make_rep(session, other)
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, own))
    assert [item["code"] for item in (await api.get("/v1/territories", headers=headers)).json()["items"]] == [own.code]
    assert (await api.get(f"/v1/territories/{other.code}", headers=headers)).status_code == 404
    assert [item["code"] for item in (await api.get("/v1/reps", headers=headers)).json()["items"]] == [rep.code]
    assert (await api.get(f"/v1/reps/{stranger.code}", headers=headers)).status_code == 404
    assert (await api.put(f"/v1/territories/{own.code}", json=PATRAS, headers=headers)).status_code == 403
    assert (await api.patch(f"/v1/reps/{rep.code}", json={}, headers=headers)).status_code == 403


async def test_reps_are_searched_by_code_and_name_within_sight(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    own, other = await make_territory(session), await make_territory(session)
    await make_rep(session, own, code="R-1", name="Eleni")
    await make_rep(session, own, code="R-2", name="Nikos")
    await make_rep(session, other, code="R-3", name="Eleni")
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, own))
    for search, codes in {"ELENI": ["R-1"], "r-": ["R-1", "R-2"], "R_1": [], "%": []}.items():
        answer = await api.get("/v1/reps", params={"search": search}, headers=headers)
        assert [rep["code"] for rep in answer.json()["items"]] == codes, search


async def test_a_device_sees_its_own_rep_alone(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> None:
    territory = await make_territory(session)
    own, colleague = await make_rep(session, territory), await make_rep(session, territory)
    headers = bearer(app, await make_device(session, own))
    assert [item["code"] for item in (await api.get("/v1/reps", headers=headers)).json()["items"]] == [own.code]
    assert (await api.get(f"/v1/reps/{own.code}", headers=headers)).status_code == 200
    assert (await api.get(f"/v1/reps/{colleague.code}", headers=headers)).status_code == 404
    assert (await api.get(f"/v1/territories/{territory.code}", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("order_cutoff", "call_deadline"), [("17:00", "19:00"), ("19:00", "23:59:59"), ("23:59", "23:59:59")]
)
async def test_a_territory_that_names_no_deadline_phones_till_seven_or_all_evening(
    api: httpx.AsyncClient, erp: dict[str, str], order_cutoff: str, call_deadline: str
) -> None:
    body = {"name": "Patras", "time_zone": "Europe/Athens", "order_cutoff": order_cutoff}
    answer = await api.put("/v1/territories/PAT", json=body, headers=erp)
    assert (answer.status_code, answer.json()["call_deadline"]) == (201, call_deadline)


async def test_a_client_needs_the_scope_of_what_it_does(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    reader = bearer(app, await make_client(session, "master:read"))
    assert (await api.get("/v1/territories", headers=reader)).status_code == 200
    assert (await api.put("/v1/territories/PAT", json=PATRAS, headers=reader)).status_code == 403


async def test_a_client_that_writes_masters_reads_them_back_with_their_etags(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    writer = bearer(app, await make_client(session, "master:write"))
    put = await api.put("/v1/territories/PAT", json=PATRAS, headers=writer)
    read = await api.get("/v1/territories/PAT", headers=writer)
    assert (read.status_code, read.json(), read.headers["etag"]) == (200, put.json(), put.headers["etag"])
    assert (await api.get("/v1/cutoff-runs", headers=writer)).status_code == 403


async def test_a_rep_moves_to_another_territory_and_is_never_deleted(
    api: httpx.AsyncClient, erp: dict[str, str], session: AsyncSession
) -> None:
    old, new = await make_territory(session), await make_territory(session)
    body = {"name": "Anna", "territory_code": old.code}
    assert (await api.put("/v1/reps/R-1", json=body, headers=erp)).status_code == 201
    moved = await api.patch("/v1/reps/R-1", json={"territory_code": new.code, "active": False}, headers=erp)
    assert (moved.json()["territory_code"], moved.json()["active"], moved.json()["version"]) == (new.code, False, 2)
    assert await session.scalar(select(Rep.territory_id).where(Rep.code == "R-1")) == new.id
    of_old = await api.get(f"/v1/reps?territory_code={old.code}", headers=erp)
    assert of_old.json()["items"] == []
    assert len((await api.get("/v1/reps?active=false", headers=erp)).json()["items"]) == 1


async def test_a_rep_of_an_unknown_territory_is_refused(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    answer = await api.put("/v1/reps/R-1", json={"name": "Anna", "territory_code": "NONE"}, headers=erp)
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "pointer": "/territory_code",
        "code": "unknown_territory",
        "message": "There is no such territory.",
    }
