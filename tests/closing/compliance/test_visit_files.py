"""Visits as a file: a row for each, with what was recorded of it in brief."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web import report_pages
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from tests.closing.compliance.test_visits_api import Headers, outlet, rep, supervisor, territory
from tests.csv_reports import CSV, report_rows
from tests.factories.catalogue import make_product
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.orders import make_no_order_report, make_order
from tests.factories.visits import MONDAY, make_visit

__all__ = ["outlet", "rep", "supervisor", "territory"]


async def test_a_row_tells_what_was_recorded_of_a_visit(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    visit = await make_visit(session, rep, outlet, sequence=7)
    for minutes, kind in ((0, "arrival"), (5, "arrival"), (20, "departure")):
        await make_stored_check_in(session, rep, outlet, at=TEN + timedelta(minutes=minutes), kind=kind)
    product = await make_product(session)
    await make_order(session, outlet, rep=rep, lines=[(product, 12)])
    await make_order(session, outlet, rep=rep, lines=[(product, 6)], cancelled_at=TEN)
    (row,) = await report_rows(api, "/v1/visits", supervisor, date="2026-11-23")
    told = ("visit_id", "rep_code", "outlet_name", "sequence", "planned", "status", "productive")
    assert [row[name] for name in told] == [
        str(visit.id),
        rep.code,
        outlet.name,
        "7",
        "true",
        "verified",
        "true",
    ]
    assert (row["arrived_at"], row["departed_at"]) == (str(TEN), str(TEN + timedelta(minutes=20)))
    assert (row["verdict"], row["check_ins"], row["orders"], row["order_value"]) == ("INSIDE", "3", "1", "13.8000")
    assert (row["no_order_reason"], row["excuse_reason"], row["missing_order_cause"]) == ("", "", "")


async def test_a_row_tells_why_there_was_no_order(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    excuse: dict[str, Any] = {"excused_at": TEN, "excused_by": "user:sofia", "excuse_reason": "rep_ill"}
    await make_visit(session, rep, outlet, **excuse, excuse_comment="Flu.")
    report = await make_no_order_report(session, rep, outlet)
    (row,) = await report_rows(api, "/v1/visits", supervisor)
    assert (row["status"], row["excuse_reason"], row["excuse_comment"]) == ("excused", "rep_ill", "Flu.")
    assert (row["arrived_at"], row["verdict"], row["orders"]) == ("", "", "0")
    assert row["no_order_reason"] == report.reason_code


async def test_a_file_holds_the_visits_of_a_status(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep, outlet: Outlet
) -> None:
    verified = await make_visit(session, rep, outlet)
    await make_visit(session, rep, outlet, visit_date=MONDAY - timedelta(days=1))
    await make_stored_check_in(session, rep, outlet)
    rows = await report_rows(api, "/v1/visits", supervisor, status="verified")
    assert [row["visit_id"] for row in rows] == [str(verified.id)]


async def test_a_period_with_more_visits_than_a_file_holds_is_refused(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: Headers,
    rep: Rep,
    outlet: Outlet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_pages, "MOST_RECORDS", 1)
    for days in range(2):
        await make_visit(session, rep, outlet, visit_date=MONDAY - timedelta(days=days))
    assert (await api.get("/v1/visits", headers=supervisor | CSV)).status_code == 413
    assert len(await report_rows(api, "/v1/visits", supervisor, date="2026-11-23")) == 1
