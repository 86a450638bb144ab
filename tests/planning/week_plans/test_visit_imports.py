"""Imported visits and the plan of their week."""

from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from tests.conftest import Statements
from tests.factories.identity import bearer, make_user
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, FRIDAY = "2026-11-30", "2026-12-01", "2026-12-04"


async def bring_in(desk: Desk, session: AsyncSession, *visits: tuple[int, str]) -> dict[str, Any]:
    """Import these visits (number of the outlet, day) for the rep, as an admin."""
    admin = await make_user(session, Role.ADMIN)
    rows = "".join(f"PAT-R1,{desk.outlets[number].code},{day}\n" for number, day in visits)
    answer = await desk.api.post(
        "/v1/imports/visits",
        content=f"rep_code,outlet_code,visit_date\n{rows}",
        headers=bearer(desk.app, admin) | {"Content-Type": "text/csv"},
    )
    found: dict[str, Any] = answer.json()
    assert found["rejected"] == 0, found
    return found


async def versions(desk: Desk) -> list[tuple[int, str, list[str] | None]]:
    items = (await desk.as_supervisor("GET", "/versions")).json()["items"]
    return [
        (item["version"], item["action"], item["visits"] and [visit["outlet_code"] for visit in item["visits"]])
        for item in items
    ]


async def test_an_import_lands_as_an_approved_plan_with_a_version(desk: Desk, session: AsyncSession) -> None:
    await bring_in(desk, session, (0, MONDAY), (1, FRIDAY))
    body = (await desk.as_rep("GET")).json()
    assert (body["status"], body["version"], body["submitted_at"]) == ("approved", 1, None)
    assert [code for code, _, _ in planned(body)] == ["PAT-0000", "PAT-0001"]
    assert await versions(desk) == [(1, "imported", ["PAT-0000", "PAT-0001"])]


async def test_the_same_import_again_is_no_new_version(desk: Desk, session: AsyncSession) -> None:
    for _ in range(2):
        await bring_in(desk, session, (0, MONDAY))
    assert (await desk.as_rep("GET")).json()["version"] == 1


async def test_an_import_approves_a_week_that_was_a_draft_and_the_draft_is_kept(
    desk: Desk, session: AsyncSession
) -> None:
    await desk.as_rep("PUT", "", plan(desk, (2, TUESDAY)))
    await bring_in(desk, session, (0, MONDAY))
    body = (await desk.as_rep("GET")).json()
    assert (body["status"], planned(body)) == ("approved", [("PAT-0000", MONDAY, 1)])
    assert await versions(desk) == [(2, "imported", ["PAT-0000"]), (1, "put", ["PAT-0002"])]


async def test_what_is_imported_beside_an_approved_plan_leaves_its_times(desk: Desk, session: AsyncSession) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY))
    await bring_in(desk, session, (2, FRIDAY))
    visits = (await desk.as_rep("GET")).json()["visits"]
    assert [(visit["outlet_code"], visit["expected_at"] is not None) for visit in visits] == [
        ("PAT-0000", True),
        ("PAT-0001", True),
        ("PAT-0002", False),
    ]


async def test_an_import_that_does_not_say_the_order_leaves_the_route_as_it_is(
    desk: Desk, session: AsyncSession
) -> None:
    await make_visit(session, desk.rep, desk.outlets[0], date(2026, 11, 30))
    await bring_in(desk, session, (0, MONDAY))
    assert [code for code, _, _ in planned((await desk.as_rep("GET")).json())] == ["PAT-0000"]


async def test_an_import_of_any_size_takes_as_many_statements(
    desk: Desk, session: AsyncSession, statements: Statements, app: FastAPI, api: httpx.AsyncClient
) -> None:
    taken = []
    for visits in ([(0, MONDAY)], [(number, day) for number in range(1, 6) for day in (MONDAY, TUESDAY, FRIDAY)]):
        await statements.taken()
        await bring_in(desk, session, *visits)
        taken.append(len(await statements.taken()))
    assert taken[0] == taken[1]
