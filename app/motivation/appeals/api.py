"""Routes of appeals."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from app.ground import clock
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.report_pages import count_rows
from app.ground.web.requests import router as make_router
from app.masters.territories.visible import clocks_of
from app.motivation.appeals import queries, reports, service
from app.motivation.appeals.queries import AppealFilter
from app.motivation.appeals.rules import AppealStatus
from app.motivation.appeals.schemas import AppealAnswer, AppealBody, AppealDecisionBody, SecondInstanceBody

router = make_router("appeals")

_KNOWN: dict[int | str, dict[str, Any]] = {200: {"description": "It was submitted before.", "model": AppealAnswer}}
AppealId = Annotated[UUID, Path()]
Rep = Annotated[Caller, allow(device=True)]
Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]
Judge = Annotated[Caller, allow(Role.SUPERVISOR)]


@router.post(
    "/points/{entry_id}/appeals",
    operation_id="submit_appeal",
    summary="Appeal an entry of one's ledger",
    status_code=201,
    responses=_KNOWN | problems(401, 403, 404, 409, 422),
)
async def submit_appeal(
    entry_id: Annotated[int, Path(ge=1, le=2**63 - 1, description="of `GET /v1/reps/{rep_code}/points`")],
    form: AppealBody,
    session: WriteSession,
    caller: Rep,
    response: Response,
) -> AppealAnswer:
    """A rep's handheld says why an entry that cost points is wrong, within 14 days of its booking, once.

    New (201), or the same as before (200): repeating is safe. Whoever looks after the rep's territory decides.
    """
    now = clock.now()
    appeal, new = await service.submit(
        session, caller, entry_id, id_=form.id, words=form.text, attachment_ids=form.attachment_ids, at=now
    )
    response.status_code = 201 if new else 200
    return AppealAnswer.of(appeal, now)


async def appeal_filter(
    status: Annotated[AppealStatus | None, Query(description="without it, all")] = None,
    territory_code: Annotated[Code | None, Query(description="of the reps by now")] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    first: Annotated[Day | None, Query(alias="from", description="entries of business dates from this one")] = None,
    last: Annotated[Day | None, Query(alias="to", description="entries of business dates up to this one")] = None,
    *,
    overdue: Annotated[bool, Query(description="only those that nobody has decided within seven days")] = False,
) -> AppealFilter:
    """The filters of the list."""
    return AppealFilter(status, territory_code, rep_code, first, last, clock.now() if overdue else None)


@router.get(
    "/appeals",
    operation_id="list_appeals",
    summary="List appeals",
    response_model=Page[AppealAnswer],
    responses=problems(401, 403, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def list_appeals(
    caller: Reader,
    database: AppDatabase,
    paging: Paging,
    asked: Annotated[AppealFilter, Depends(appeal_filter)],
    medium: AcceptedMedium,
) -> Page[AppealAnswer] | Response:
    """The oldest first: `status=open` is the queue to work off. A device sees its own rep's.

    A file has a row for each appeal that matches, 100,000 at the most.
    """
    key = paging.key(instant_part, UUID)
    now = clock.now()
    # no session of the request: a file is streamed page by page, long after the request's own transaction would end
    async with database.read_only() as session:
        if medium is Medium.JSON:
            after = (key[0], key[1]) if key else None
            records = await queries.appeals_page(session, caller, asked, after, paging.limit + 1)
            page, cursor = paging.page(records, lambda record: [record.submitted_at.isoformat(), record.id])
            items = [AppealAnswer.of(appeal, now) for appeal in await service.whole(session, page)]
            return Page(items=items, next_cursor=cursor)
        count = await count_rows(session, queries.rows_of_appeals(caller, asked))
        zone = await clocks_of(session, caller, asked.territory_code)
    return file_answer(reports.appeals_file(database, caller, asked, count, now, zone), medium)


@router.get(
    "/appeals/{appeal_id}",
    operation_id="get_appeal",
    summary="One appeal, with every step",
    responses=problems(401, 403, 404),
)
async def get_appeal(appeal_id: AppealId, session: ReadSession, caller: Reader) -> AppealAnswer:
    """For the rep, and for whoever looks after the rep's territory."""
    return AppealAnswer.of(await service.appeal_in_sight(session, caller, appeal_id), clock.now())


@router.post(
    "/appeals/{appeal_id}/decision",
    operation_id="decide_appeal",
    summary="Grant or reject an appeal",
    responses=problems(401, 403, 404, 409, 422),
)
async def decide_appeal(
    appeal_id: AppealId, form: AppealDecisionBody, session: WriteSession, caller: Judge
) -> AppealAnswer:
    """Granted: the entry is reversed. One that was taken further is for admins.

    The first decision stands: the same again is answered like the first time, another is a conflict.
    """
    now = clock.now()
    return AppealAnswer.of(await service.decide(session, caller, appeal_id, form.outcome, form.reason, now), now)


@router.post(
    "/appeals/{appeal_id}/second-instance",
    operation_id="take_appeal_further",
    summary="Take a rejected appeal to an admin",
    responses=problems(401, 403, 404, 409, 422),
)
async def take_appeal_further(
    appeal_id: AppealId, form: SecondInstanceBody, session: WriteSession, caller: Rep
) -> AppealAnswer:
    """Once, within 14 days of the rejection, by the rep's handheld. The same words again are answered alike."""
    now = clock.now()
    return AppealAnswer.of(await service.take_further(session, caller, appeal_id, form.text, now), now)
