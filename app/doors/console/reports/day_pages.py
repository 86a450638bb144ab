"""The 17:00 report by day."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import AdminsPage, ConsolePage, SupervisorsPage, console_router
from app.doors.console.reports.files import file_answer
from app.ground.web.fields import Code, Day

router = console_router()


@router.get("/reports")
async def show_reports(page: SupervisorsPage) -> Response:
    """The reports begin with the days."""
    return page.redirect("/reports/days")


@router.get("/reports/days")
async def list_days(
    page: SupervisorsPage,
    territory_code: Annotated[Code | None, Query()] = None,
    day: Annotated[Day | None, Query(alias="date")] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The days that were closed, the newest first."""
    territory, territories = await page.territory(territory_code)
    listed = await page.api.get(
        "/v1/cutoff-runs", territory_code=territory_code, business_date=day, limit=31, cursor=cursor
    )
    return page.render(
        "reports/days.html",
        runs=listed["items"],
        next_cursor=listed["next_cursor"],
        territory=territory,
        territories=territories,
        zones={each["code"]: each["time_zone"] for each in territories},
        day=day or "",
    )


@router.get("/reports/days/{run_id}")
async def show_day(page: SupervisorsPage, run_id: UUID) -> Response:
    """A day as it was at the cutoff, and what became of it since."""
    return await _day_page(page, run_id)


@router.get("/reports/days/{run_id}/missing-orders.{suffix}")
async def day_as_file(page: SupervisorsPage, run_id: UUID, suffix: Literal["csv", "xlsx"]) -> Response:
    """The report as a file."""
    return await file_answer(page, f"/v1/cutoff-runs/{run_id}/missing-orders", suffix)


@router.post("/reports/days/{run_id}/void")
async def void_day(page: AdminsPage, run_id: UUID) -> Response:
    """Declare a run void that was made in error (C9)."""
    form = await page.form()
    try:
        await page.api.post(f"/v1/cutoff-runs/{run_id}/void", {"reason": form.raw("reason").strip()})
    except ApiRefusal as refusal:
        return await _day_page(page, run_id, refusal)
    return page.redirect(f"/reports/days/{run_id}", notice="voided")


async def _day_page(page: ConsolePage, run_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    run = await page.api.get(f"/v1/cutoff-runs/{run_id}")
    territory = await page.api.get(f"/v1/territories/{run['territory_code']}")
    at = f"/v1/cutoff-runs/{run_id}"
    missing: list[Any] = await page.api.all(f"{at}/missing-orders")
    causes: dict[str, int] = {}
    for row in missing:
        causes[row["cause"]] = causes.get(row["cause"], 0) + 1
    return page.render(
        "reports/day.html",
        status=refusal.status if refusal else 200,
        run=run,
        missing=missing,
        causes=causes,
        changed=(await page.api.get(f"{at}/changed-orders", limit=500))["items"],
        supplements=(await page.api.get(f"{at}/supplements", limit=500))["items"],
        zone=territory["time_zone"],
        territory=territory,
        problem=refusal,
    )
