"""How often each rule was right: what became of its doubts over a period."""

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from app.doors.console.api_calls import Json
from app.doors.console.pages import SupervisorsPage, console_router
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import Medium

router = console_router()

ENOUGH = 10
"""Of fewer reviews a share says little."""
_FILES = {"csv": Medium.CSV, "xlsx": Medium.XLSX}


@router.get("/review/precision")
async def show_precision(
    page: SupervisorsPage,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """Each rule with its doubts, those that were reviewed, and how many of them were confirmed."""
    about = {"from_": first, "to": last, "territory_code": territory_code}
    precision = await page.api.get("/v1/risk-signals/precision", **about)
    territories = await page.territories()
    today = page.now.astimezone(ZoneInfo(territories[0]["time_zone"] if territories else "UTC")).date()
    raised = [rule for rule in precision["items"] if rule["raised"]]
    return page.render(
        "review/precision.html",
        rules=sorted(raised, key=_worst_first),
        silent=[rule for rule in precision["items"] if not rule["raised"]],
        enough=ENOUGH,
        territories=territories,
        asked={"first": first, "last": last, "territory_code": territory_code},
        periods=periods(today),
    )


@router.get("/review/precision.{ending}")
async def precision_file(
    page: SupervisorsPage,
    ending: str,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """The same as CSV or as a workbook; as CSV whatever the ending says else."""
    medium = _FILES.get(ending, Medium.CSV)
    about = {"from_": first, "to": last, "territory_code": territory_code}
    file = await page.api.file("/v1/risk-signals/precision", medium, **about)
    headers = {"Content-Disposition": file.headers["content-disposition"]}
    return Response(file.content, media_type=file.media_type, headers=headers)


def periods(today: date) -> list[tuple[str, date | None]]:
    """Periods up to now that can be chosen: a code, and the first day; None: from the beginning."""
    return [
        ("last_30_days", today - timedelta(days=29)),
        ("last_90_days", today - timedelta(days=89)),
        ("last_year", today - timedelta(days=364)),
        ("always", None),
    ]


def _worst_first(rule: Json) -> tuple[float, int]:
    """What is wrong most often comes first; what nobody has reviewed last."""
    value = rule["precision"]["value"]
    return (2.0 if value is None else float(value), -rule["raised"])
