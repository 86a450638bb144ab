"""Days on a map: a territory's outlets, a rep's track."""

from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Response

from app.closing.day_maps import service
from app.closing.day_maps.schemas import OutletMapAnswer, TrackAnswer, features_of
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession, SnapshotSession
from app.ground.web.fields import Code, Day
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.visible import rep_in_sight, territory_in_sight

router = make_router("visits")


@router.get(
    "/outlet-map",
    operation_id="get_outlet_map",
    summary="A territory's outlets by how their day stands, for a map",
    response_model=OutletMapAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_outlet_map(
    caller: Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.VISITS_READ)],
    session: SnapshotSession,
    territory_code: Annotated[Code, Query()],
    day: Annotated[Day | None, Query(alias="date", description="without it, today in the territory")] = None,
) -> Any:
    """Active outlets and those that were to be visited, each a point with its fence, its visits and its state.

    Outlets without a location are counted. A territory of more than 20,000 outlets is answered 422 `too-many-outlets`.
    """
    territory = await territory_in_sight(session, territory_code, caller)
    outlet_map = await service.outlet_map(session, caller, territory, day)
    return Response(orjson.dumps(features_of(outlet_map)), media_type="application/json")


@router.get(
    "/reps/{rep_code}/tracks/{visit_date}",
    operation_id="get_track",
    summary="Where a rep was to be on a day, and where the phone told to be",
    response_model=TrackAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_track(
    rep_code: Annotated[Code, Path()],
    visit_date: Annotated[Day, Path()],
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.VISITS_READ)],
    session: ReadSession,
) -> TrackAnswer:
    """The planned stops in their order, and the check-ins in the order of time. A device asks about its own rep.

    The way that was planned between the stops: `GET /v1/reps/{rep_code}/routes/{visit_date}.geojson`.
    """
    territory, rep = await rep_in_sight(session, rep_code, caller)
    return TrackAnswer.of(await service.track(session, caller, territory, rep, visit_date))
