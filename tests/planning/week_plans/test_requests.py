"""A rep asks for changes to an approved plan; the supervisor grants them or not."""

from typing import Any
from uuid import uuid4

import httpx

from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, FRIDAY = "2026-11-30", "2026-12-04"


def request(**fields: Any) -> dict[str, Any]:
    move = {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": FRIDAY, "to_rep_code": None}
    return {"id": str(uuid4()), "changes": [move], "reason_code": "outlet_closed", "comment": "Stock-taking."} | fields


async def decide(desk: Desk, asked: dict[str, Any], decision: str, comment: str = "") -> httpx.Response:
    path = f"/v1/plan-change-requests/{asked['id']}/decision"
    return await desk.as_supervisor("POST", path, {"decision": decision, "comment": comment})


async def test_a_request_changes_nothing_by_itself_and_the_supervisor_sees_it(desk: Desk) -> None:
    before = await desk.approved((0, MONDAY))
    asked = request()
    answer = await desk.as_rep("POST", "/change-requests", asked)
    assert (answer.status_code, answer.json()["status"], answer.json()["iso_week"]) == (201, "open", "2026-W49")
    assert (await desk.as_rep("GET")).json() == before
    for caller in (desk.as_supervisor, desk.as_rep):
        listed = (await caller("GET", "/v1/plan-change-requests?status=open")).json()["items"]
        assert [item["id"] for item in listed] == [asked["id"]]


async def test_what_is_granted_is_done_at_once_and_recorded(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    asked = request()
    await desk.as_rep("POST", "/change-requests", asked)
    answer = await decide(desk, asked, "granted", "of course")
    assert (answer.status_code, answer.json()["status"], answer.json()["decided_by"]) == (200, "granted", "user:sofia")
    assert planned((await desk.as_rep("GET")).json()) == [("PAT-0000", FRIDAY, 1)]
    newest = (await desk.as_rep("GET", "/versions")).json()["items"][0]
    assert (newest["action"], newest["remark"]) == ("granted", "outlet_closed, asked for by device:PAT-R1")


async def test_what_is_refused_is_not_done(desk: Desk) -> None:
    before = await desk.approved((0, MONDAY))
    asked = request()
    await desk.as_rep("POST", "/change-requests", asked)
    assert (await decide(desk, asked, "refused", "no")).json()["decision_comment"] == "no"
    assert (await desk.as_rep("GET")).json() == before
    assert (await desk.as_rep("GET", "/v1/plan-change-requests?status=open")).json()["items"] == []


async def test_the_first_decision_stands(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    asked = request()
    await desk.as_rep("POST", "/change-requests", asked)
    first = await decide(desk, asked, "refused")
    assert (await decide(desk, asked, "refused")).json() == first.json()
    assert (await decide(desk, asked, "granted")).status_code == 409


async def test_a_request_is_safe_to_repeat_and_its_id_stands_for_one(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    asked = request()
    assert (await desk.as_rep("POST", "/change-requests", asked)).status_code == 201
    assert (await desk.as_rep("POST", "/change-requests", asked)).status_code == 200
    assert (await desk.as_rep("POST", "/change-requests", asked | {"comment": "other"})).status_code == 409


async def test_what_can_no_longer_be_done_is_not_granted(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    asked = request()
    await desk.as_rep("POST", "/change-requests", asked)
    await desk.as_supervisor("PUT", "", plan(desk, (1, MONDAY)))
    answer = await decide(desk, asked, "granted")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_planned")
    assert (await desk.as_rep("GET", "/v1/plan-change-requests?status=open")).json()["items"] != []


async def test_a_draft_is_edited_not_asked_about(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    assert (await desk.as_rep("POST", "/change-requests", request())).status_code == 409
