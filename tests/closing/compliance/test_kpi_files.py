"""The KPIs of a period as a file: the whole, and a row for each group."""

import io
from decimal import Decimal

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.kpis import KPIS
from app.ground.web.media_types import Medium
from app.masters.territories.models import Rep, Territory
from tests.closing.compliance.test_compliance_api import DAY, Ask, ask, rep, supervisor, territory
from tests.csv_reports import report_rows
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep
from tests.factories.visits import make_visit

__all__ = ["ask", "rep", "supervisor", "territory"]


@pytest.fixture(autouse=True)
async def two_reps(session: AsyncSession, territory: Territory, rep: Rep) -> None:
    """Of whom one has visited and sold, and the other has not been anywhere."""
    outlet, other = [await make_outlet(session, territory) for _ in range(2)]
    await make_visit(session, rep, outlet)
    await make_stored_check_in(session, rep, outlet)
    await make_order(session, outlet, rep=rep)
    await make_visit(session, await make_rep(session, territory), other)


async def test_the_figures_are_those_of_the_answer(
    api: httpx.AsyncClient, supervisor: dict[str, str], ask: Ask
) -> None:
    answer = await ask(group_by="rep")
    whole, *groups = await report_rows(api, "/v1/compliance", supervisor, **DAY, group_by="rep")
    assert whole["key"] == ""
    assert [row["key"] for row in groups] == [group["key"] for group in answer["items"]]
    told = [answer["totals"], *(group["kpis"] for group in answer["items"])]
    for row, figures in zip([whole, *groups], told, strict=True):
        for kpi in KPIS:
            figure = figures[kpi.value]
            assert (Decimal(row[kpi.value]) if row[kpi.value] else None) == (
                figure["value"] and Decimal(figure["value"])
            )
            assert Decimal(row[f"{kpi.value}_numerator"]) == Decimal(figure["numerator"])
            assert Decimal(row[f"{kpi.value}_denominator"]) == Decimal(figure["denominator"])


async def test_a_workbook_says_what_it_is_about_and_writes_rates_as_percentages(
    api: httpx.AsyncClient, supervisor: dict[str, str], rep: Rep
) -> None:
    query = DAY | {"group_by": "date", "rep_code": rep.code}
    answer = await api.get("/v1/compliance", params=query, headers=supervisor | {"Accept": Medium.XLSX.value})
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [[cell.value for cell in row[:2]] for row in sheet.iter_rows()]
    assert cells[1:3] == [["Period", "2026-11-23 to 2026-11-23"], ["Rep", rep.code]]
    assert cells[4][0] == "Date (none: the whole)"
    assert [cells[row][0] for row in (5, 6)] == [None, "2026-11-23"]
    assert (cells[6][1], sheet.cell(7, 2).number_format) == (1, "0.0%")
    assert "kpis-by-date-2026-11-23-2026-11-23.xlsx" in answer.headers["content-disposition"]
