"""Assortment targets: the share of each group in a quarter's orders, and what coming near it is worth."""

from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Query, Response

from app.doors.console.api_calls import Json
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.percents import fraction_of, percent_of
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code

router = console_router()

QUARTER = r"^(20[0-9][0-9]|2100)-Q[1-4]$"
TheQuarter = Annotated[str, Path(pattern=QUARTER)]
TheTerritory = Annotated[Code | None, Query()]
USUAL_STEPS = [
    {"from_score": "0.95", "share": "1"},
    {"from_score": "0.9", "share": "0.7"},
    {"from_score": "0.8", "share": "0.4"},
]
"""What new targets begin with."""


@router.get("/setup/assortment-targets")
async def show_targets(
    page: AdminsPage,
    quarter: Annotated[str | None, Query(max_length=7)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The targets as they stand, what was changed last first."""
    listed = await page.api.get("/v1/assortment-targets", quarter=quarter, cursor=cursor)
    return page.render(
        "setup/assortment_targets.html",
        targets=listed["items"],
        next_cursor=listed["next_cursor"],
        quarter=quarter,
        quarters=quarters_around(page.now.date()),
        territories=await page.territories(),
        zone=page.preferences.zone or "UTC",
    )


@router.get("/setup/new-assortment-targets")
async def choose_targets(
    page: AdminsPage, quarter: Annotated[str, Query(pattern=QUARTER)], territory_code: Annotated[str, Query()] = ""
) -> Response:
    """Go on to the targets of a quarter and a territory, whether there are some or not."""
    return page.redirect(_address(quarter, territory_code or None))


@router.get("/setup/assortment-targets/{quarter}")
async def show_quarter(page: AdminsPage, quarter: TheQuarter, territory_code: TheTerritory = None) -> Response:
    """A quarter's targets as a form, of a territory or of the company."""
    existing = await _targets(page, quarter, territory_code)
    sheet = records.blank(shares={}, bonus_steps=USUAL_STEPS) if existing is None else records.opened(existing)
    return await _form_page(page, quarter, territory_code, sheet)


@router.post("/setup/assortment-targets/{quarter}")
async def put_targets(page: AdminsPage, quarter: TheQuarter, territory_code: TheTerritory = None) -> Response:
    """Put them."""
    form = await page.form()
    body = body_of(form) | {"territory_code": territory_code}
    read = partial(_targets, page, quarter, territory_code)
    refused = await records.put(page, f"/v1/assortment-targets/{quarter}", body, form, read=read)
    if refused is not None:
        return await _form_page(page, quarter, territory_code, refused)
    return page.redirect(_address(quarter, territory_code), notice="saved")


@router.get("/setup/assortment-targets/{quarter}/versions")
async def show_versions(page: AdminsPage, quarter: TheQuarter, territory_code: TheTerritory = None) -> Response:
    """What the targets of a quarter were."""
    path = f"/v1/assortment-targets/{quarter}/versions"
    return page.render(
        "setup/assortment_versions.html",
        quarter=quarter,
        territory_code=territory_code,
        address=_address(quarter, territory_code),
        versions=await page.api.all(path, territory_code=territory_code),
        zone=page.preferences.zone or "UTC",
    )


def body_of(form: SentForm) -> Json:
    """Targets as they were typed, in percent."""
    shares = form.rows("group", "percent")
    steps = form.rows("step_score", "step_share")
    return {
        "shares": {row["group"]: fraction_of(row["percent"]) for row in shares if row["group"] or row["percent"]},
        "bonus_steps": [
            {"from_score": fraction_of(row["step_score"]), "share": fraction_of(row["step_share"])} for row in steps
        ],
    }


def quarters_around(day: date) -> list[str]:
    """The quarter of a day, the one before it, and the two after it."""
    number = day.year * 4 + (day.month - 1) // 3
    return [f"{each // 4}-Q{each % 4 + 1}" for each in range(number - 1, number + 3)]


def _address(quarter: str, territory_code: str | None) -> str:
    query = f"?{urlencode({'territory_code': territory_code})}" if territory_code else ""
    return f"/console/setup/assortment-targets/{quarter}{query}"


async def _targets(page: AdminsPage, quarter: str, territory_code: str | None) -> Json | None:
    """The targets of this owner, and of nobody else; None where it has none."""
    rows = await page.api.all("/v1/assortment-targets", quarter=quarter)
    return next((row for row in rows if row["territory_code"] == territory_code), None)


async def _form_page(page: AdminsPage, quarter: str, territory_code: str | None, sheet: RecordForm) -> Response:
    products = await page.api.all("/v1/products", active=True)
    groups = sorted({product["assortment_group"] for product in products if product["assortment_group"]})
    shares: dict[str, Any] = sheet.values["shares"] or {}
    named = shares or dict.fromkeys(groups)
    return page.render(
        "setup/assortment_target.html",
        status=sheet.status,
        sheet=sheet,
        quarter=quarter,
        territory_code=territory_code,
        territory=next((each for each in await page.territories() if each["code"] == territory_code), None),
        shares=[{"group": group, "percent": percent_of(share)} for group, share in named.items()],
        steps=[
            {"from_score": percent_of(step["from_score"]), "share": percent_of(step["share"])}
            for step in sheet.values["bonus_steps"]
        ],
        groups=groups,
        missing_groups=[group for group in groups if shares and group not in shares],
        problem=sheet.problem,
    )
