"""Ledgers and appeals: what a rep's points came from, why, and what was said against it."""

from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.reports.files import file_answer
from app.doors.console.reports.periods import period_of
from app.ground.web.fields import Code, Day

router = console_router()

First = Annotated[Day | None, Query(alias="from")]
Last = Annotated[Day | None, Query(alias="to")]
EntryId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/reports/points")
async def choose_rep(page: SupervisorsPage, territory_code: Annotated[Code | None, Query()] = None) -> Response:
    """Whose ledger to look at."""
    territory, territories = await page.territory(territory_code)
    reps = await page.api.all("/v1/reps", territory_code=territory["code"]) if territory else []
    return page.render("reports/ledgers.html", reps=reps, territory=territory, territories=territories)


@router.get("/reports/points/{rep_code}")
async def show_ledger(page: SupervisorsPage, rep_code: Code, first: First = None, last: Last = None) -> Response:
    """A rep's entries, the newest first, each with its reasons."""
    rep = await page.api.get(f"/v1/reps/{rep_code}")
    territory = await page.api.get(f"/v1/territories/{rep['territory_code']}")
    period = period_of(first, last, page.now.astimezone(ZoneInfo(territory["time_zone"])).date())
    ledger = await page.api.get(f"/v1/reps/{rep_code}/points", from_=period.first, to=period.last)
    by_rule: dict[str, Any] = {}
    for entry in ledger["items"]:
        by_rule[entry["rule"]] = by_rule.get(entry["rule"], 0) + entry["points"]
    return page.render(
        "reports/ledger.html",
        rep=rep,
        ledger=ledger,
        entries=ledger["items"][::-1],
        by_rule=by_rule,
        period=period,
        zone=territory["time_zone"],
    )


@router.get("/reports/points/{rep_code}/ledger.{suffix}")
async def ledger_as_file(
    page: SupervisorsPage, rep_code: Code, suffix: Literal["csv", "xlsx"], first: First = None, last: Last = None
) -> Response:
    """The same as a file."""
    period = period_of(first, last, page.now.date())
    return await file_answer(page, f"/v1/reps/{rep_code}/points", suffix, from_=period.first, to=period.last)


@router.get("/reports/entries/{entry_id}")
async def explain_entry(page: SupervisorsPage, entry_id: EntryId) -> Response:
    """Why an entry is what it is: its rule in words, its facts' records, its steps."""
    explanation = await page.api.get(f"/v1/points/{entry_id}/explanation")
    zone = explanation["facts"].get("time_zone") or "UTC"
    block = "explanation" if page.is_fragment else None
    return page.render("reports/explanation.html", block=block, why=explanation, zone=zone)


@router.get("/reports/appeals")
async def list_appeals(
    page: SupervisorsPage,
    status: Annotated[str | None, Query(max_length=20)] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """What reps found wrong; the open ones are to be decided within seven days."""
    territory, _ = await page.territory()
    listed = await page.api.get("/v1/appeals", status=status, rep_code=rep_code, cursor=cursor)
    return page.render(
        "reports/appeals.html",
        appeals=listed["items"],
        next_cursor=listed["next_cursor"],
        asked={"status": status, "rep_code": rep_code},
        zone=territory["time_zone"] if territory else "UTC",
    )


@router.get("/reports/appeals.{suffix}")
async def appeals_as_file(
    page: SupervisorsPage, suffix: Literal["csv", "xlsx"], status: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    """The same as a file."""
    return await file_answer(page, "/v1/appeals", suffix, status=status)


@router.get("/reports/appeals/{appeal_id}")
async def show_appeal(page: SupervisorsPage, appeal_id: UUID) -> Response:
    """One appeal: the entry and its reasons, the rep's words and files, every step."""
    return await _appeal_page(page, appeal_id)


@router.post("/reports/appeals/{appeal_id}/decision")
async def decide_appeal(page: SupervisorsPage, appeal_id: UUID) -> Response:
    """Grant or reject it, with a reason."""
    form = await page.form()
    body = {"outcome": form.text("outcome"), "reason": form.raw("reason").strip()}
    try:
        await page.api.post(f"/v1/appeals/{appeal_id}/decision", body)
    except ApiRefusal as refusal:
        return await _appeal_page(page, appeal_id, refusal)
    return page.redirect(f"/reports/appeals/{appeal_id}", notice="decided")


@router.get("/reports/attachments/{attachment_id}")
async def show_attachment(page: SupervisorsPage, attachment_id: UUID) -> Response:
    """A file that came with an appeal, to be kept: a browser opens nothing of what reps send within this site."""
    file = await page.api.file(f"/v1/attachments/{attachment_id}/content", "*/*")
    headers = {"Content-Disposition": file.headers.get("content-disposition", "attachment")}
    return Response(file.content, media_type=file.media_type, headers=headers)


async def _appeal_page(page: ConsolePage, appeal_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    appeal = await page.api.get(f"/v1/appeals/{appeal_id}")
    territory = await page.api.get(f"/v1/territories/{appeal['territory_code']}")
    return page.render(
        "reports/appeal.html",
        status=refusal.status if refusal else 200,
        appeal=appeal,
        why=await page.api.get(f"/v1/points/{appeal['entry']['id']}/explanation"),
        zone=territory["time_zone"],
        problem=refusal,
    )
