"""Closing a month by hand, and reopening it."""

from typing import Annotated

from app.closing.months import service
from app.ground import clock
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, WriteSession
from app.ground.web.months import Month
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.visible import territory_in_sight
from app.motivation.statements import service as statements
from app.motivation.statements.schemas import MonthCloseBody, MonthClosingAnswer, MonthReopenBody

router = make_router("points")


@router.post(
    "/points/months/{month}/close",
    operation_id="close_month",
    summary="Close a territory's month",
    response_model=MonthClosingAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def close_month(
    month: Month, body: MonthCloseBody, caller: Annotated[Caller, allow(Role.ADMIN)], database: AppDatabase
) -> MonthClosingAnswer:
    """Once the month is over, by the territory's clocks, and all its days are closed. Penalties that wait for a review
    are reversed where nobody has reviewed it: the doubt was the company's to clear. Each rep who was in the territory
    at the month's end gets a numbered statement; what is booked about the month later counts in the next one, and names
    this one. Safe to repeat: a month is closed once, and this answers it.
    """
    async with database.read_only() as session:
        territory = await territory_in_sight(session, body.territory_code, caller)
    closing = await service.close_month(database, territory, month, by=caller.actor)
    return MonthClosingAnswer.of(closing, territory.code)


@router.post(
    "/points/months/{month}/reopen",
    operation_id="reopen_month",
    summary="Reopen a closed month",
    response_model=MonthClosingAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def reopen_month(
    month: Month, body: MonthReopenBody, caller: Annotated[Caller, allow(Role.ADMIN)], session: WriteSession
) -> MonthClosingAnswer:
    """Until the next month is closed. The statements stay readable by their numbers, and are void; closing the month
    again writes others. What was booked about the month in the meantime counts where it was booked.
    """
    territory = await territory_in_sight(session, body.territory_code, caller)
    closing = await statements.reopen(session, territory, month, reason=body.reason, by=caller.actor, at=clock.now())
    return MonthClosingAnswer.of(closing, territory.code)
