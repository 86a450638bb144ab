"""One's own logins, and those of others for admins."""

from typing import Annotated
from uuid import UUID

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity import family_queries, logins
from app.masters.identity.own_schemas import LoginAnswer
from app.masters.identity.staff_api import Admin, UsernamePath

router = make_router("identity")

Staff = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, restricted=True)]


@router.get(
    "/me/logins",
    operation_id="list_own_logins",
    summary="Where am I logged in?",
    response_model=Page[LoginAnswer],
    responses=problems(401, 403, 422),
)
async def list_own_logins(caller: Staff, session: ReadSession, paging: Paging) -> Page[LoginAnswer]:
    """One's own logins that stand, the newest first. When they were used last is told to some minutes."""
    after = paging.key(instant_part, UUID)
    rows = await family_queries.logins_page(session, caller.user_id or 0, clock.now(), after, paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.created_at.isoformat(), row.id])
    return Page(items=[LoginAnswer.of(row, current=row.id == caller.login_id) for row in page], next_cursor=cursor)


@router.post(
    "/me/logins/{login_id}/end",
    operation_id="end_own_login",
    summary="End one of one's own logins",
    status_code=204,
    responses=problems(401, 403, 404, 422),
)
async def end_own_login(login_id: UUID, caller: Staff, session: WriteSession) -> None:
    """Its tokens are refused within a second; again is no error. Ending the one that asks logs out."""
    await logins.end_login(session, caller.user_id or 0, login_id, clock.now())


@router.post(
    "/me/logins/end-all",
    operation_id="end_own_logins",
    summary="Sign out everywhere",
    status_code=204,
    responses=problems(401, 403),
)
async def end_own_logins(caller: Staff, session: WriteSession) -> None:
    """Ends every login of one's own, this one too: their tokens are refused within a second."""
    await logins.end_all_logins(session, caller.user_id or 0, clock.now())


@router.post(
    "/users/{username}/logins/end-all",
    operation_id="end_logins_of_user",
    summary="Sign a member of staff out everywhere",
    status_code=204,
    responses=problems(401, 403, 404, 422),
)
async def end_logins_of_user(username: UsernamePath, caller: Admin, session: WriteSession) -> None:
    """For who has lost a phone, or left a browser open. The password stays; the audit trail says who did it."""
    await logins.end_logins_of(session, username, author_of(caller), clock.now())
