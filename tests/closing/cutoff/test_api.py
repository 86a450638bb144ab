"""The 17:00 report and closing by hand, over HTTP (C7, C8)."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.reports import ROWS_A_PAGE
from app.ground import clock
from app.ground.web.access import Role
from app.ground.web.media_types import Medium
from app.ground.web.report_files import WRITERS
from app.masters.identity.models import Client, Device, User
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Day, close, missing
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY, make_visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def admin(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN))


def asking(day: Day, *, dry_run: bool = False) -> dict[str, object]:
    return {"territory_code": day.territory.code, "business_date": MONDAY.isoformat(), "dry_run": dry_run}


async def test_closing_by_hand_answers_201_then_200_with_the_same_run(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    await make_visit(session, day.rep, day.outlet)
    first = await api.post("/v1/cutoff-runs", json=asking(day), headers=admin)
    again = await api.post("/v1/cutoff-runs", json=asking(day), headers=admin)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    run = first.json()
    assert (run["planned_visits"], run["missing_orders"], run["call_tasks"], run["penalties"]) == (1, 1, 1, 1)
    assert (run["territory_code"], run["business_date"], run["dry_run"]) == (day.territory.code, "2026-11-23", False)


async def test_a_past_day_whose_plan_was_imported_afterwards_is_closed_by_hand_with_that_plan(
    api: httpx.AsyncClient, day: Day, admin: dict[str, str]
) -> None:
    planned = {"rep_code": day.rep.code, "outlet_code": day.outlet.code, "visit_date": MONDAY.isoformat()}
    imported = await api.post("/v1/imports/visits?override_freeze=true", json=planned, headers=admin)
    assert imported.json()["accepted"] == 1
    run = (await api.post("/v1/cutoff-runs", json=asking(day), headers=admin)).json()
    assert (run["planned_visits"], run["missing_orders"], run["penalties"]) == (1, 1, 1)


async def test_closing_before_the_cutoff_is_a_conflict_that_tells_when_it_comes(
    api: httpx.AsyncClient, day: Day, admin: dict[str, str], the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF - timedelta(seconds=1))
    answer = await api.post("/v1/cutoff-runs", json=asking(day), headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#cutoff-not-reached")
    assert answer.json()["cutoff_at"] == "2026-11-23T17:00:00+02:00"


async def test_closing_a_free_day_is_a_conflict(api: httpx.AsyncClient, day: Day, admin: dict[str, str]) -> None:
    body = asking(day) | {"business_date": "2026-11-22"}
    answer = await api.post("/v1/cutoff-runs", json=body, headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#non-working-day")


async def test_a_dry_run_before_the_cutoff_answers_what_would_be_flagged(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF - timedelta(hours=1))
    admin = bearer(app, await make_user(session, Role.ADMIN))
    visit = await make_visit(session, day.rep, day.outlet)
    answer = await api.post("/v1/cutoff-runs", json=asking(day, dry_run=True), headers=admin)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["dry_run"], told["missing_orders"]) == (None, True, 1)
    assert told["missing_orders_preview"] == [
        {
            "visit_id": str(visit.id),
            "rep_code": day.rep.code,
            "outlet_code": day.outlet.code,
            "cause": "not_visited",
            "no_order_reason": None,
            "provisional": True,
        }
    ]
    assert await missing(session) == []


async def test_who_may_close_a_day(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, day: Day) -> None:
    callers: list[User | Client | Device] = [
        await make_user(session, Role.SUPERVISOR, day.territory),
        await make_user(session, Role.OPERATOR, day.territory),
        await make_device(session, day.rep),
        await make_client(session, "cutoff:read"),
        await make_client(session, "cutoff:run"),
    ]
    statuses = [
        (await api.post("/v1/cutoff-runs", json=asking(day), headers=bearer(app, caller))).status_code
        for caller in callers
    ]
    assert statuses == [403, 403, 403, 403, 201]


async def test_a_client_that_closes_days_reads_their_report(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, day: Day
) -> None:
    closer = bearer(app, await make_client(session, "cutoff:run"))
    run = (await api.post("/v1/cutoff-runs", json=asking(day), headers=closer)).json()
    assert (await api.get(f"/v1/cutoff-runs/{run['id']}/missing-orders", headers=closer)).status_code == 200


async def test_an_unknown_territory_is_not_found(api: httpx.AsyncClient, day: Day, admin: dict[str, str]) -> None:
    answer = await api.post("/v1/cutoff-runs", json=asking(day) | {"territory_code": "NOWHERE"}, headers=admin)
    assert answer.status_code == 404


async def test_a_supervisor_sees_the_runs_of_its_own_territories_alone(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, day: Day
) -> None:
    run = await close(session, day)
    own = bearer(app, await make_user(session, Role.SUPERVISOR, day.territory))
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    for headers, status, runs in ((own, 200, 1), (stranger, 404, 0)):
        assert len((await api.get("/v1/cutoff-runs", headers=headers)).json()["items"]) == runs
        for path in (f"/v1/cutoff-runs/{run.id}", f"/v1/cutoff-runs/{run.id}/missing-orders"):
            assert (await api.get(path, headers=headers)).status_code == status
    assert (await api.get(f"/v1/cutoff-runs/{uuid4()}", headers=own)).status_code == 404


async def test_runs_are_listed_the_newest_first_page_by_page_and_by_filter(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    for back in (3, 4, 0):
        await close(session, day, MONDAY - timedelta(days=back))
    found, url = [], "/v1/cutoff-runs?limit=2"
    while url:
        answer = await api.get(url, headers=admin)
        found += [run["business_date"] for run in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert found == ["2026-11-23", "2026-11-20", "2026-11-19"]
    for query, runs in (
        ({"business_date": "2026-11-20"}, 1),
        ({"territory_code": day.territory.code}, 3),
        ({"territory_code": "OTHER"}, 0),
    ):
        assert len((await api.get("/v1/cutoff-runs", params=query, headers=admin)).json()["items"]) == runs


async def test_the_report_keeps_what_was_true_at_the_cutoff_and_tells_what_came_later(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    visit = await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    task = (await session.scalars(select(CallTask))).one()
    url = f"/v1/cutoff-runs/{run.id}/missing-orders"
    before = (await api.get(url, headers=admin)).json()["items"]
    assert before == [
        {
            "visit_id": str(visit.id),
            "rep_code": day.rep.code,
            "outlet_code": day.outlet.code,
            "cause": "not_visited",
            "no_order_reason": None,
            "provisional": True,
            "call_task_id": str(task.id),
            "resolution": None,
            "resolved_by_order_id": None,
            "resolving_order_changed_at": None,
            "call": {
                "status": "open",
                "due_at": "2026-11-23T17:00:00Z",
                "attempts": 0,
                "outcome": None,
                "finished_at": None,
            },
            "resolved_at": None,
            "resolving_order": None,
            "points": -10,
            "penalty_provisional": True,
        }
    ]
    order = await make_order(session, day.outlet, received_at=AFTER)
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    after = (await api.get(url, headers=admin)).json()["items"]
    came_at = told(AFTER)
    assert after == [
        before[0]
        | {
            "resolution": "late_order",
            "resolved_by_order_id": str(order.id),
            "call": before[0]["call"] | {"status": "cancelled", "finished_at": came_at},
            "resolved_at": came_at,
            "resolving_order": {
                "channel": "API",
                "rep_code": None,
                "captured_at": "2026-11-23T09:30:00Z",
                "received_at": came_at,
                "total_value": "0.00",
            },
            "points": -3,
            "penalty_provisional": True,
        }
    ]
    counts = (await api.get(f"/v1/cutoff-runs/{run.id}", headers=admin)).json()
    assert counts["missing_orders"] == 1


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_what_a_visit_has_cost_is_for_who_may_read_points(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, day: Day
) -> None:
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    shown = []
    for scopes in (("cutoff:read",), ("cutoff:read", "points:read")):
        headers = bearer(app, await make_client(session, *scopes))
        (row,) = (await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=headers)).json()["items"]
        shown.append((row["points"], row["penalty_provisional"]))
    assert shown == [(None, None), (-10, True)]


async def test_the_report_comes_page_by_page_as_json(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    for _ in range(5):
        await make_visit(session, day.rep, await make_outlet(session, day.territory))
    run = await close(session, day)
    found, url = [], f"/v1/cutoff-runs/{run.id}/missing-orders?limit=2"
    while url:
        answer = await api.get(url, headers=admin)
        found += [row["visit_id"] for row in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    assert found == sorted({str(row.visit_id) for row in await missing(session)})


HEADING = 6
"""The row of a workbook with the headings, from 0 on: a title, four lines about the run, an empty one."""


def sheet_rows(answer: httpx.Response) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(answer.content), read_only=True)["missing orders"].values)


async def test_the_report_comes_whole_as_csv_without_formulas(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    day.outlet.name = '=HYPERLINK("http://evil.test","Καφέ")'
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    headers = admin | {"Accept": "text/csv"}
    answer = await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"missing-orders-{day.territory.code}-2026-11-23.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["outlet_code"], row["cause"], row["provisional"]) == (day.outlet.code, "not_visited", "true")
    assert row["outlet_name"] == '\'=HYPERLINK("http://evil.test","Καφέ")'


@pytest.mark.parametrize("missing_orders", [0, 3])
async def test_the_report_comes_whole_as_a_workbook(
    api: httpx.AsyncClient,
    session: AsyncSession,
    day: Day,
    admin: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    missing_orders: int,
) -> None:
    monkeypatch.setattr("app.closing.cutoff.reports.ROWS_A_PAGE", 2)
    day.territory.name = "+1"
    for _ in range(missing_orders):
        await make_visit(session, day.rep, await make_outlet(session, day.territory, name="+1 Shop"))
    run = await close(session, day)
    answer = await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=admin | {"Accept": XLSX})
    assert answer.headers["content-type"] == XLSX
    rows = sheet_rows(answer)
    assert rows[0][0] == "Missing orders"
    assert ("Territory", f"+1 ({day.territory.code})") in [row[:2] for row in rows]
    assert ("Date", "2026-11-23, Monday") in [row[:2] for row in rows]
    assert rows[HEADING][:4] == ("Outlet", "Phone", "Rep", "Why")
    assert rows[HEADING + 1 :] == rows[-missing_orders:] if missing_orders else rows[HEADING + 1 :] == []
    assert [row[:2] for row in rows[HEADING + 1 :]] == [("+1 Shop", "+30 2610 000000")] * missing_orders
    assert {row[3:6] for row in rows[HEADING + 1 :]} <= {("Not visited", None, "yes"), ("Not visited", None, "no")}
    assert ROWS_A_PAGE == 2_000


async def test_a_name_that_no_workbook_can_hold_loses_those_characters(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    day.outlet.name = "\x01=Kiosk\x0bat the\x01 pier\ufffe"
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    answer = await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=admin | {"Accept": XLSX})
    assert sheet_rows(answer)[-1][0] == "=Kioskat the pier"


async def test_a_workbook_says_the_same_for_as_long_as_nothing_has_changed(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    day.outlet.name = "<r>Kiosk & pier</r>"
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    url = f"/v1/cutoff-runs/{run.id}/missing-orders"
    first, again = [await api.get(url, headers=admin | {"Accept": XLSX}) for _ in range(2)]
    assert first.content == again.content
    book = load_workbook(io.BytesIO(first.content), read_only=True)
    assert sheet_rows(first)[-1][0] == "<r>Kiosk & pier</r>"
    assert book.properties.created == clock.now().replace(tzinfo=None)


async def test_a_report_in_a_form_that_nobody_makes_is_not_acceptable(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str]
) -> None:
    run = await close(session, day)
    url = f"/v1/cutoff-runs/{run.id}/missing-orders"
    answer = await api.get(url, headers=admin | {"Accept": "image/png"})
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


async def test_a_run_that_no_sheet_holds_is_too_large_for_a_workbook(
    api: httpx.AsyncClient, session: AsyncSession, day: Day, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, Medium.XLSX, replace(WRITERS[Medium.XLSX], most_rows=0))
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    answer = await api.get(f"/v1/cutoff-runs/{run.id}/missing-orders", headers=admin | {"Accept": XLSX})
    assert answer.status_code == 413
