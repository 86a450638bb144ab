"""The KPIs: together, by rep, outlet or day, with their trend, and the records behind each figure."""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.reports.charts import trend_of
from app.doors.console.reports.files import file_answer
from app.doors.console.reports.periods import Period, period_of
from app.ground.web.fields import Code, Day

router = console_router()

Grouping = Literal["rep", "outlet", "date", "territory"]
FigureGroup = Literal["rep", "outlet", "product", "warehouse", "territory"]
RATIOS = {"lines_per_productive_call": "number", "drop_size": "amount", "time_in_store": "seconds"}
"""The KPIs that are no share of something; all others are shown in percent."""
First = Annotated[Day | None, Query(alias="from")]
Last = Annotated[Day | None, Query(alias="to")]


@router.get("/reports/kpis")
async def show_kpis(
    page: SupervisorsPage,
    first: First = None,
    last: Last = None,
    group_by: Annotated[Grouping, Query()] = "rep",
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """Every KPI of a period, by group, and how it went day by day."""
    territory, territories = await page.territory(territory_code)
    period = period_of(first, last, _today(page, territory))
    asked = _asked(period, territory_code, rep_code)
    figures = await page.api.get("/v1/compliance", group_by=group_by, **asked)
    by_day = figures if group_by == "date" else await page.api.get("/v1/compliance", group_by="date", **asked)
    days = sorted(by_day["items"], key=lambda item: item["key"])
    trends = {kpi: trend_of([day["kpis"][kpi]["value"] for day in days]) for kpi in figures["totals"]}
    return page.render(
        "reports/kpis.html",
        figures=figures,
        trends=trends,
        period=period,
        group_by=group_by,
        groups=("rep", "outlet", "date", "territory"),
        ratios=RATIOS,
        territory=territory,
        territories=territories,
        territory_code=territory_code,
        rep_code=rep_code,
    )


@router.get("/reports/kpis.{suffix}")
async def kpis_as_file(
    page: SupervisorsPage,
    suffix: Literal["csv", "xlsx"],
    first: First = None,
    last: Last = None,
    group_by: Annotated[Grouping, Query()] = "rep",
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """The same as a file."""
    period = period_of(first, last, _today(page, None))
    return await file_answer(
        page, "/v1/compliance", suffix, group_by=group_by, **_asked(period, territory_code, rep_code)
    )


@router.get("/reports/kpis/{kpi}")
async def show_evidence(
    page: SupervisorsPage,
    kpi: Code,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    part: Annotated[Literal["numerator", "denominator"], Query()] = "numerator",
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The records behind one half of a figure."""
    asked = _asked(Period(first, last), territory_code, rep_code) | {"outlet_code": outlet_code, "part": part}
    evidence = await page.api.get(f"/v1/compliance/{kpi}/evidence", cursor=cursor, **asked)
    return page.render("reports/evidence.html", evidence=evidence, kpi=kpi, part=part, asked=asked)


@router.get("/reports/fulfilment")
async def show_fulfilment(
    page: SupervisorsPage,
    first: First = None,
    last: Last = None,
    group_by: Annotated[FigureGroup, Query()] = "rep",
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """On time and in full, and what went back, by group."""
    territory, territories = await page.territory(territory_code)
    period = period_of(first, last, _today(page, territory))
    asked = {"from_": period.first, "to": period.last, "territory_code": territory_code, "group_by": group_by}
    figures = await page.api.get("/v1/fulfilment-figures", **asked)
    return page.render(
        "reports/fulfilment.html",
        figures=figures,
        period=period,
        group_by=group_by,
        groups=("rep", "outlet", "product", "warehouse", "territory"),
        territory=territory,
        territories=territories,
        territory_code=territory_code,
    )


@router.get("/reports/fulfilment.{suffix}")
async def fulfilment_as_file(
    page: SupervisorsPage,
    suffix: Literal["csv", "xlsx"],
    first: First = None,
    last: Last = None,
    group_by: Annotated[FigureGroup, Query()] = "rep",
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """The same as a file."""
    period = period_of(first, last, _today(page, None))
    asked = {"from_": period.first, "to": period.last, "territory_code": territory_code, "group_by": group_by}
    return await file_answer(page, "/v1/fulfilment-figures", suffix, **asked)


def _asked(period: Period, territory_code: str | None, rep_code: str | None) -> dict[str, Any]:
    return {"from_": period.first, "to": period.last, "territory_code": territory_code, "rep_code": rep_code}


def _today(page: ConsolePage, territory: Any) -> date:
    local: date = page.now.astimezone(ZoneInfo(territory["time_zone"] if territory else "UTC")).date()
    return local
