"""The state of the service, for admins."""

import os

from fastapi import Request

from app.doors.system.schemas import SystemAnswer
from app.doors.system.service import system_state
from app.ground.settings_review import review
from app.ground.web.access import Role, allow
from app.ground.web.dependencies import AppDatabase, AppSettings
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("system")


@router.get(
    "/system",
    operation_id="get_system",
    summary="How the service does: scheduler, jobs, mails, database, settings",
    responses=problems(401, 403),
    dependencies=[allow(Role.ADMIN)],
)
async def get_system(request: Request, database: AppDatabase, settings: AppSettings) -> SystemAnswer:
    """What is known just now: who leads, what each job did last and when it is next, mails and answers that wait or
    need a person, where the schema stands, and what is unsafe about the settings. No secret is told.

    The scheduler tells of its jobs once a minute, and at once where one fails or works again.
    """
    state = await system_state(database, request.app.state.readiness)
    return SystemAnswer.of(state, review(settings, os.environ), mailbox_set=settings.mailbox is not None)
