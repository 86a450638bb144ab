"""The queue of doubts, and one doubt with its evidence beside it; reviewing one or several."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.review.consequences import COSTING, consequence_of
from app.doors.console.review.doubts import doubt_content, seen
from app.doors.console.review.queue import MOST, Queue, QueueFilter, Status, groups_of
from app.doors.console.sessions import own_address
from app.ground.web.access import Role
from app.ground.web.fields import Code, Day

router = console_router()

MOST_NAMED = 20


async def queue_filter(
    page: SupervisorsPage,
    status: Annotated[Status, Query()] = "open",
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    rule: Annotated[str | None, Query(max_length=40)] = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> QueueFilter:
    """Which doubts a page is about. An admin looks at one territory at a time: all of them are no queue."""
    if territory_code is None and page.role is Role.ADMIN:
        territory, _ = await page.territory()
        territory_code = territory and territory["code"]
    return QueueFilter(status, territory_code, rep_code, rule, first, last, cursor)


Asked = Annotated[QueueFilter, Depends(queue_filter)]


@router.get("/review")
async def show_queue(page: SupervisorsPage, asked: Asked) -> Response:
    """The queue, with its first doubt beside it."""
    return await _queue_page(page, asked)


@router.post("/review")
async def review_several(page: SupervisorsPage, asked: Asked) -> Response:
    """Review the doubts that were selected, and go on to the next one; what did not count is told by name."""
    form = await page.form()
    queue = await _queue(page, asked)
    ids = form.texts("signal")
    said = {"outcome": form.text("outcome"), "comment": form.raw("comment").strip()}
    if not ids:
        return await _queue_page(page, asked, status=422, unselected=True)
    try:
        answer = await page.api.post(
            "/v1/risk-signals/reviews", {"reviews": [{"signal_id": id_, **said} for id_ in ids]}
        )
    except ApiRefusal as refusal:
        return await _queue_page(page, asked, status=refusal.status, problem=refusal)
    if problems := {result["signal_id"]: result["problem"] for result in answer["results"] if result["problem"]}:
        failed = await _failed(page, queue, problems)
        return await _queue_page(page, asked, status=409, failed=failed, counted=len(ids) - len(failed))
    return page.redirect(asked.address(queue.after(ids)), notice="reviewed" if len(ids) == 1 else "several_reviewed")


@router.get("/review/{signal_id}")
async def show_doubt(page: SupervisorsPage, asked: Asked, signal_id: UUID) -> Response:
    """One doubt beside the queue; alone where a part of the page is asked for."""
    if page.is_fragment:
        return page.render("review/review.html", block="doubt", asked=asked, **await doubt_content(page, signal_id))
    return await _queue_page(page, asked, signal_id)


@router.post("/review/{signal_id}")
async def review_one(page: SupervisorsPage, asked: Asked, signal_id: UUID) -> Response:
    """Review a doubt, and go on: to where the form says, else to the next one of the queue."""
    form = await page.form()
    back = form.text("back")
    goal = own_address(back) if back else asked.address((await _queue(page, asked)).after([str(signal_id)]))
    said = {"outcome": form.text("outcome"), "comment": form.raw("comment").strip()}
    try:
        await page.api.post(f"/v1/risk-signals/{signal_id}/review", said)
    except ApiRefusal as refusal:
        return await _queue_page(
            page, asked, signal_id, status=refusal.status, problem=refusal, comment=said["comment"]
        )
    return page.redirect(goal, notice="reviewed")


async def _failed(page: ConsolePage, queue: Queue, problems: Mapping[str, Json]) -> list[dict[str, Any]]:
    """The reviews that did not count, each with its doubt, so that it has a name: what somebody else has reviewed
    stands in no open queue any more. Those beyond `MOST_NAMED` are told by their ids.
    """
    listed = {signal["id"]: signal for signal in queue}
    unlisted = [id_ for id_ in problems if id_ not in listed][:MOST_NAMED]
    signals = listed | {id_: await seen(page, f"/v1/risk-signals/{id_}") for id_ in unlisted}
    return [{"signal": signals.get(id_), "signal_id": id_, "problem": problem} for id_, problem in problems.items()]


async def _queue(page: ConsolePage, asked: QueueFilter, rep_names: dict[str, str] | None = None) -> Queue:
    order = "oldest" if asked.status == "open" else "newest"
    listed = await page.api.get("/v1/risk-signals", limit=MOST, order=order, cursor=asked.cursor, **_named(asked))
    return Queue(groups_of(listed["items"], rep_names or {}), listed["next_cursor"])


def _named(asked: QueueFilter) -> dict[str, Any]:
    """The parameters as a call names them: `from` is a word of the language."""
    return {("from_" if name == "from" else name): value for name, value in asked.query.items()}


async def _queue_page(
    page: ConsolePage, asked: QueueFilter, signal_id: UUID | None = None, *, status: int = 200, **content: Any
) -> Response:
    """The whole page; without a doubt that is asked for with the first one of the queue."""
    counts = await page.api.get("/v1/risk-signals/counts", **_named(asked))
    queue = await _queue(page, asked, {rep["rep_code"]: rep["rep_name"] for rep in counts["reps"]})
    territories = await page.territories()
    shown = signal_id or queue.first_id
    doubt = {"signal": None} if shown is None else await doubt_content(page, shown)
    content = {"problem": None, "failed": [], "counted": 0, "unselected": False, "comment": ""} | doubt | content
    return page.render(
        "review/review.html",
        status=status,
        asked=asked,
        counts=counts,
        total=_total(counts, asked),
        queue=queue,
        territories=territories,
        zones={territory["code"]: territory["time_zone"] for territory in territories},
        is_one=signal_id is not None,
        costing=COSTING,
        most_costly=await _most_costly(page, queue),
        **content,
    )


def _total(counts: Json, asked: QueueFilter) -> int:
    """How many there are as asked: rules are counted as if none were asked for."""
    return sum(count["signals"] for count in counts["rules"] if asked.rule in (None, count["rule"]))


async def _most_costly(page: ConsolePage, queue: Queue) -> int | None:
    """What a confirmed doubt about an order costs at most, by the days of those that are listed; None without any."""
    days = sorted({signal["business_date"] for signal in queue if signal["rule"] in COSTING and not signal["review"]})
    if not days:
        return None
    policies = await page.api.get("/v1/points/policy", on=days[-1])
    return consequence_of(next(iter(COSTING)), policies["items"]).points
