"""A rep's ledger as a file: a row for each entry."""

import io
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.ground.web.media_types import Medium
from app.masters.territories.models import Rep
from tests.csv_reports import report_rows
from tests.factories.identity import bearer, make_user
from tests.motivation.points.test_points import CUTOFF, book, rep

__all__ = ["rep"]


@pytest.fixture
async def admin(session: AsyncSession, app: FastAPI, rep: Rep, the_clock: clock.SetClock) -> dict[str, str]:
    """Whoever reads the ledger of a penalty, and of the reversal that took it back."""
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    missed = await book(session, rep)
    back = {"kind": "REVERSAL", "points": 10, "source_type": "entry", "provisional": False, "note": "late_order"}
    await book(session, rep, reverses_id=missed.id, **back)
    await book(session, rep, rule="late_order", points=-3)
    return bearer(app, await make_user(session, Role.ADMIN))


async def test_a_row_is_an_entry_of_the_answer(api: httpx.AsyncClient, rep: Rep, admin: dict[str, str]) -> None:
    path = f"/v1/reps/{rep.code}/points"
    items = (await api.get(path, headers=admin)).json()["items"]
    rows = await report_rows(api, path, admin)
    assert [row["entry_id"] for row in rows] == [str(item["id"]) for item in items]
    for row, item in zip(rows, items, strict=True):
        for name in ("rule", "kind", "note", "business_date", "month"):
            assert row[name] == item[name]
        assert (row["points"], row["corrects_month"]) == (str(item["points"]), "")
        assert row["provisional"] == str(item["provisional"]).lower()
        assert (row["source_type"], row["source_id"]) == (item["source"]["type"], item["source"]["id"])


async def test_a_month_is_named_in_the_file_and_a_workbook_adds_it_up(
    api: httpx.AsyncClient, rep: Rep, admin: dict[str, str]
) -> None:
    headers = admin | {"Accept": Medium.XLSX.value}
    answer = await api.get(f"/v1/reps/{rep.code}/points", params={"month": "2026-11"}, headers=headers)
    assert f"points-{rep.code}-2026-11.xlsx" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content), data_only=True).worksheets[0]
    about = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=2, max_row=6)}
    assert about["Rep"] == f"{rep.name} ({rep.code})"
    assert (about["Period"], about["Points"], about["Times"]) == ("2026-11", "-3", "Europe/Athens")
    assert [cell.value for cell in list(sheet.iter_rows())[-1]][:4] == ["Total", None, None, -3]
