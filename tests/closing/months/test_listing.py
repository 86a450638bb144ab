"""Which months are closed is listed, and what counts in one is listed entry by entry (P6)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from tests.closing.months.test_closing import Office, book, office, over, rep, territory
from tests.factories.closed_months import OCTOBER, make_rep_statement
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.territories import make_rep, make_territory

__all__ = ["office", "rep", "territory"]

PATH = "/v1/points/months"


async def test_a_closed_month_is_listed_with_who_closed_it(
    session: AsyncSession, app: FastAPI, rep: Rep, office: Office
) -> None:
    closing = (await office.close()).json()
    payroll = bearer(app, await make_client(session, "statements:read"))
    answer = await office.api.get(PATH, headers=payroll)
    assert answer.json() == {"items": [closing], "next_cursor": None}
    assert (closing["territory_code"], closing["month"], closing["statements"]) == ("PAT", "2026-10", 1)
    assert closing["closed_by"] == f"user:{office.user.username}"


async def test_a_month_that_was_reopened_is_listed_with_who_reopened_it_and_why_beside_its_new_closing(
    session: AsyncSession, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    await office.close()
    reopened = (await office.reopen("2026-10")).json()
    the_clock.move_to(clock.now() + timedelta(minutes=1))
    again = (await office.close()).json()
    items = (await office.api.get(PATH, headers=office.headers)).json()["items"]
    assert items == [again, reopened]
    assert (reopened["reopened_by"], reopened["reopen_reason"]) == (again["closed_by"], "The cap was missing.")
    assert again["reopened_at"] is None


async def test_months_are_listed_by_territory_and_month_the_newest_first_page_by_page(
    session: AsyncSession, office: Office, the_clock: clock.SetClock
) -> None:
    for code in ("ATH", "SKG"):
        reps = await make_rep(session, await make_territory(session, code=code))
        for month in (OCTOBER, OCTOBER.replace(month=9)):
            the_clock.move_to(clock.now() + timedelta(minutes=1))
            await make_rep_statement(session, reps, month=month, number=f"{code}-{month}")

    async def listed(**params: str | int) -> tuple[list[tuple[str, str]], str | None]:
        answer = (await office.api.get(PATH, params=params, headers=office.headers)).json()
        return [(item["territory_code"], item["month"]) for item in answer["items"]], answer["next_cursor"]

    newest_first = [("SKG", "2026-09"), ("SKG", "2026-10"), ("ATH", "2026-09"), ("ATH", "2026-10")]
    assert await listed() == (newest_first, None)
    first, cursor = await listed(limit=3)
    assert cursor is not None
    assert (first, await listed(limit=3, cursor=cursor)) == (newest_first[:3], (newest_first[3:], None))
    assert await listed(month="2026-10") == ([newest_first[1], newest_first[3]], None)
    assert await listed(territory_code="ATH") == (newest_first[2:], None)


async def test_a_supervisor_sees_the_months_of_the_own_territories(
    session: AsyncSession, app: FastAPI, api: httpx.AsyncClient
) -> None:
    own, other = [await make_territory(session) for _ in range(2)]
    for each in (own, other):
        await make_rep_statement(session, await make_rep(session, each))
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, own))
    items = (await api.get(PATH, headers=supervisor)).json()["items"]
    assert [item["territory_code"] for item in items] == [own.code]


async def test_the_entries_of_a_month_are_those_that_its_statements_lines_add_up(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    missed = await book(session, rep, "missed_order")
    await book(session, rep, "order_on_time")
    await office.close()
    await book(session, rep, "missed_order", source=missed, counts=False)
    await book(session, rep, "order_on_time")
    await over(session, territory, the_clock, datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    await office.close("2026-11")
    path = f"/v1/reps/{rep.code}/points"
    ledger: dict[str, Any] = {}
    for month, days in (("2026-10", "31"), ("2026-11", "30")):
        ledger = (await office.api.get(path, params={"month": month}, headers=office.headers)).json()
        assert (ledger["from"], ledger["to"], ledger["month"]) == (f"{month}-01", f"{month}-{days}", month)
        statement = await office.statement(rep, month)
        sums: Counter[tuple[str, str | None]] = Counter()
        for item in ledger["items"]:
            sums[item["rule"], item["corrects_month"]] += item["points"]
        assert sums == {(line["rule"], line["corrects_month"]): line["points"] for line in statement["lines"]}
        assert ledger["balance"] == statement["points"]
    assert {item["corrects_month"] for item in ledger["items"]} == {"2026-10"}


@pytest.mark.parametrize("beside", [{"from": "2026-10-01"}, {"to": "2026-10-31"}])
async def test_a_month_and_a_range_are_not_asked_for_together(rep: Rep, office: Office, beside: dict[str, str]) -> None:
    answer = await office.api.get(
        f"/v1/reps/{rep.code}/points", params={"month": "2026-10"} | beside, headers=office.headers
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/month")
