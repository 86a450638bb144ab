"""Today as a page, for supervisors."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import Query, Response
from sse_starlette import ServerSentEvent

from app.closing.rep_days.records import RepDay, TerritoryDay
from app.closing.rep_days.schemas import RepDayAnswer, TerritoryDayAnswer
from app.doors.console.api_calls import Json, segment
from app.doors.console.live.feed import Watcher
from app.doors.console.live.streams import stream
from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.preferences import TERRITORY_COOKIE, remember
from app.doors.console.rendering import rendered
from app.doors.console.today.days import SUMMED, date_in, day_beside, phase_of, sums_of
from app.ground.web.access import Caller
from app.ground.web.fields import Code, Day

router = console_router()

FLAGGED_SHOWN = 50
"""Of a day that went badly; the day's report has them all, page by page."""


@router.get("/today")
async def show_today(
    page: SupervisorsPage,
    day: Annotated[Day | None, Query(alias="date")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """A line for each rep, the clock to the cutoff, and after it what was flagged."""
    territory, territories = await page.territory(territory_code)
    if territory is None:
        return page.render("today/nothing.html")
    content = await _content(page, territory, day)
    if page.is_fragment:
        return page.render("today/today.html", block="day", territories=territories, **content)
    answer = page.render("today/today.html", territories=territories, **content)
    if territory_code is not None:
        remember(page.request, answer, TERRITORY_COOKIE, territory_code)
    return answer


@router.get("/today/live")
async def follow_today(page: SupervisorsPage, territory_code: Annotated[Code, Query()]) -> Response:
    """The lines of reps whose day has changed, as they change."""
    territory_id = await page.territory_id(territory_code)
    return stream(page, Watcher(territory_id=territory_id), partial(_tell, page))


def _tell(page: SupervisorsPage, happened: Watcher, caller: Caller) -> Iterator[ServerSentEvent]:
    if happened.whole_day:
        yield ServerSentEvent(event="day", data="")
        return
    for live in happened.lines.values():
        line, language = live.line.within(caller.territory_ids), page.preferences.language
        key = language, line.last_seen == live.line.last_seen
        if key not in live.parts:
            live.parts[key] = _row(language, line, live.day)
        yield ServerSentEvent(event=f"rep-{segment(line.line.rep_code)}", data=live.parts[key])


def _row(language: str, line: RepDay, territory_day: TerritoryDay) -> str:
    """A rep's line, in which nothing is anybody's own."""
    day = TerritoryDayAnswer.of(territory_day).model_dump(mode="json")
    content = {"line": RepDayAnswer.of(line).model_dump(mode="json"), "day": day, "zone": day["time_zone"]}
    return rendered(language, "today/rep_row_alone.html", content)


async def _content(page: SupervisorsPage, territory: Json, day: Any) -> dict[str, Any]:
    days = await page.api.get("/v1/rep-days", territory_code=territory["code"], date=day, limit=500)
    header, lines = days["territories"][0], days["items"]
    return {
        "territory": territory,
        "zone": territory["time_zone"],
        "day": header,
        "lines": lines,
        "more_reps": days["next_cursor"] is not None,
        "phase": phase_of(header),
        "sums": sums_of(lines),
        "summed": SUMMED,
        "day_before": day_beside(header["date"], -1),
        "day_after": day_beside(header["date"], 1),
        "is_today": day is None,
        "live": day is None or header["date"] == str(date_in(header["now"], territory["time_zone"])),
        **await _after_the_cutoff(page, header),
    }


async def _after_the_cutoff(page: SupervisorsPage, day: Json) -> dict[str, Any]:
    """What was flagged at the cutoff, and what became of it since."""
    run_id = day["cutoff_run_id"]
    if run_id is None:
        return {"flagged": [], "flagged_more": False}
    flagged = await page.api.get(f"/v1/cutoff-runs/{run_id}/missing-orders", limit=FLAGGED_SHOWN)
    return {"flagged": flagged["items"], "flagged_more": flagged["next_cursor"] is not None}
