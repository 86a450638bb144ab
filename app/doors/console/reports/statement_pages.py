"""Closed months and quarters: reps' statements, and the assortment mix of supervisors."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import AdminsPage, ConsolePage, SupervisorsPage, console_router
from app.doors.console.reports.charts import trend_of
from app.doors.console.reports.files import file_answer
from app.doors.console.reports.periods import month_before, quarter_of
from app.ground.web.fields import Code

router = console_router()

Month = Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]
Quarter = Annotated[str, Path(pattern=r"^\d{4}-Q[1-4]$")]
Number = Annotated[str, Path(max_length=100)]


@router.get("/reports/statements")
async def list_statements(
    page: SupervisorsPage,
    month: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """Reps' statements of a month, and which months are closed."""
    return await _statements_page(page, month, territory_code)


@router.get("/reports/statements/{month}/all.{suffix}")
async def statements_as_file(
    page: SupervisorsPage, month: Month, suffix: Literal["xlsx"], territory_code: Annotated[Code | None, Query()] = None
) -> Response:
    """A month's statements as a workbook."""
    return await file_answer(page, f"/v1/points/months/{month}/statements", suffix, territory_code=territory_code)


@router.get("/reports/statements/by-number/{number}.{suffix}")
async def statement_as_file(page: SupervisorsPage, number: Number, suffix: Literal["pdf", "xlsx"]) -> Response:
    """One statement as pages to be printed, or as a workbook."""
    return await file_answer(page, f"/v1/points/statements/{number}", suffix)


@router.post("/reports/statements/{month}/{action}")
async def close_or_reopen(page: AdminsPage, month: Month, action: Literal["close", "reopen"]) -> Response:
    """Close a territory's month, or open it again with a reason (P6)."""
    form = await page.form()
    territory_code = form.text("territory_code")
    body = {"territory_code": territory_code}
    if action == "reopen":
        body["reason"] = form.raw("reason").strip()
    try:
        await page.api.post(f"/v1/points/months/{month}/{action}", body)
    except ApiRefusal as refusal:
        return await _statements_page(page, month, territory_code, refusal)
    address = f"/reports/statements?month={month}&territory_code={territory_code}"
    return page.redirect(address, notice="closed" if action == "close" else "reopened")


@router.get("/reports/mix")
async def show_mix(
    page: SupervisorsPage,
    quarter: Annotated[str | None, Query(pattern=r"^\d{4}-Q[1-4]$")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """How near a quarter's orders came to the planned shares, and who moved it."""
    return await _mix_page(page, quarter, territory_code)


@router.get("/reports/mix/{quarter}/mix.{suffix}")
async def mix_as_file(
    page: SupervisorsPage,
    quarter: Quarter,
    suffix: Literal["csv", "xlsx"],
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """The same as a file."""
    return await file_answer(page, "/v1/assortment-mix", suffix, quarter=quarter, territory_code=territory_code)


@router.get("/reports/mix/statements/{number}.{suffix}")
async def mix_statement_as_file(
    page: SupervisorsPage, number: Number, suffix: Literal["pdf", "xlsx", "csv"]
) -> Response:
    """A quarter's statement as pages to be printed, or as a workbook."""
    return await file_answer(page, f"/v1/assortment-statements/{number}", suffix)


@router.post("/reports/mix/{quarter}/{action}")
async def close_or_reopen_quarter(page: AdminsPage, quarter: Quarter, action: Literal["close", "reopen"]) -> Response:
    """Close a territory's quarter, or open it again with a reason (MX3)."""
    form = await page.form()
    territory_code = form.text("territory_code")
    body = {"territory_code": territory_code}
    if action == "reopen":
        body["reason"] = form.raw("reason").strip()
    try:
        await page.api.post(f"/v1/assortment-mix/{quarter}/{action}", body)
    except ApiRefusal as refusal:
        return await _mix_page(page, quarter, territory_code, refusal)
    address = f"/reports/mix?quarter={quarter}&territory_code={territory_code}"
    return page.redirect(address, notice="closed" if action == "close" else "reopened")


async def _statements_page(
    page: ConsolePage, month: str | None, territory_code: str | None, refusal: ApiRefusal | None = None
) -> Response:
    territory, territories = await page.territory(territory_code)
    if territory is None:
        return page.render("today/nothing.html")
    chosen = month or month_before(page.now.astimezone(ZoneInfo(territory["time_zone"])).date())
    months = await page.api.get("/v1/points/months", territory_code=territory["code"], limit=24)
    closing = next((each for each in months["items"] if each["month"] == chosen and not each["reopened_at"]), None)
    statements = await page.api.all(f"/v1/points/months/{chosen}/statements", territory_code=territory["code"])
    return page.render(
        "reports/statements.html",
        status=refusal.status if refusal else 200,
        month=chosen,
        months=months["items"],
        closing=closing,
        statements=statements,
        territory=territory,
        territories=territories,
        zone=territory["time_zone"],
        problem=refusal,
    )


async def _mix_page(
    page: ConsolePage, quarter: str | None, territory_code: str | None, refusal: ApiRefusal | None = None
) -> Response:
    territory, territories = await page.territory(territory_code)
    if territory is None:
        return page.render("today/nothing.html")
    chosen = quarter or quarter_of(page.now.astimezone(ZoneInfo(territory["time_zone"])).date())
    mix = await page.api.get("/v1/assortment-mix", quarter=chosen, territory_code=territory["code"])
    statements = await page.api.get("/v1/assortment-statements", territory_code=territory["code"])
    return page.render(
        "reports/mix.html",
        status=refusal.status if refusal else 200,
        mix=mix,
        trend=trend_of([week["score"] for week in mix["weeks"]]),
        quarter=chosen,
        statements=statements["items"],
        territory=territory,
        territories=territories,
        zone=territory["time_zone"],
        problem=refusal,
    )
