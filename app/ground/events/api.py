"""Reading the outbox."""

from typing import Annotated

from fastapi import Query

from app.ground.events import service
from app.ground.events.schemas import EventFeedAnswer, FeedEventAnswer
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.pagination import MOST, encode_cursor
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("events")


@router.get(
    "/events",
    operation_id="list_events",
    summary="What happened since",
    response_model=EventFeedAnswer,
    responses=problems(401, 403, 422),
)
async def list_events(
    caller: Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.EVENTS_READ)],
    session: ReadSession,
    after: Annotated[str | None, Query(max_length=500, description="`after` of the answer before")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="events at most")] = 100,
) -> EventFeedAnswer:
    """Events in the order of their commits: whoever goes on with `after` misses none and gets none twice.

    A supervisor gets the events of its own territories. An event shows once every transaction that began before its own
    has ended, so the newest may take a moment.
    """
    position = service.read_position(after)
    events, next_position = await service.events_after(session, caller.territory_ids, position, limit)
    return EventFeedAnswer(
        items=[FeedEventAnswer.model_validate(event) for event in events], after=encode_cursor(next_position)
    )
