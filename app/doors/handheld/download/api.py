"""The handheld's way out: what changed for its rep."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Response

from app.doors.handheld.download.schemas import DownloadAnswer
from app.doors.handheld.download.service import Changes, changes_since
from app.doors.handheld.reporters import reporter_of
from app.doors.order_taking.evidence import read_boot_id, read_monotonic
from app.doors.order_taking.results import json_response
from app.field.watermarks import service as watermarks
from app.ground import clock
from app.ground.web.access import Caller, allow
from app.ground.web.dependencies import AppDatabase, ReadSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("handheld")

Handheld = Annotated[Caller, allow(device=True)]


@router.get(
    "/sync",
    operation_id="download",
    summary="Download what changed for a rep",
    response_model=DownloadAnswer,
    responses=problems(401, 403, 422),
)
async def download(
    caller: Handheld,
    session: ReadSession,
    database: AppDatabase,
    since: Annotated[
        str | None, Query(max_length=1000, description="the token of the answer before; without it, everything")
    ] = None,
    boot_id: Annotated[str | None, Query(max_length=1000, description="of the boot that the phone runs in")] = None,
    monotonic_ms: Annotated[
        str | None, Query(max_length=100, description="since that boot, sleep included, when it is sent")
    ] = None,
) -> Response:
    """Visits from yesterday to two weeks ahead, the territory's outlets with location and terms, products, prices,
    stock, reasons for no order. And the routes of today and tomorrow, with suggested orders for their visits.

    A token that means nothing here (of another territory, of a database that was restored) is answered with everything.

    With `boot_id` and `monotonic_ms` the morning's download anchors the day: what the phone records in this boot is
    dated by them, whatever its wall clock says. What cannot be read of them is as none.
    """
    reporter = reporter_of(caller)
    reading = read_monotonic(monotonic_ms)
    if (boot := read_boot_id(boot_id)) is not None and reading is not None:
        async with database.transaction() as writing:
            at = clock.now()
            anchor_at = at - timedelta(milliseconds=reading)
            await watermarks.hear_download(writing, reporter.device_id, boot, anchor_at, at)
    return _answer(await changes_since(session, reporter, since))


def _answer(changes: Changes) -> Response:
    content = {
        "full": changes.full,
        "more": changes.more,
        "token": changes.token,
        **changes.rows,
        "routes": changes.routes,
        "suggestions": changes.suggestions,
        "deletions": {"outlets": changes.departed_outlets, "visits": changes.removed_visits},
    }
    return json_response(content)
