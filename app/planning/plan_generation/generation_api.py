"""Routes of generations for many reps."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.planning.plan_generation import generation_queries as queries
from app.planning.plan_generation import generations
from app.planning.plan_generation.generation_schemas import GeneratedRepAnswer, PlanGenerationAnswer, PlanGenerationBody

router = make_router("week plans")

Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]
GenerationId = Annotated[UUID, Path()]


@router.post(
    "/plan-generations",
    operation_id="generate_week_plans",
    summary="Have plans made for many reps",
    status_code=202,
    responses=problems(401, 403, 404, 409, 422),
    openapi_extra=response_headers.sends("Location", on=[202]),
)
async def generate_week_plans(
    body: PlanGenerationBody, session: WriteSession, caller: Supervisor, response: Response
) -> PlanGenerationAnswer:
    """A territory's, some reps', or everyone's within the caller's sight: made one by one, as by `generate`.

    It is answered at once; `Location` says where to follow it. Plans that are submitted or approved are left as they
    are. Outlets that nobody looks after are dealt to reps; with `reassign` all outlets of the territories are.
    """
    progress = await generations.ask(session, body, caller)
    response.headers["Location"] = f"/v1/plan-generations/{progress.generation.id}"
    return generations.shown(progress)


@router.get(
    "/plan-generations",
    operation_id="list_plan_generations",
    summary="Generations of plans",
    responses=problems(401, 403, 422),
)
async def list_plan_generations(session: ReadSession, caller: Supervisor, paging: Paging) -> Page[PlanGenerationAnswer]:
    """Those whose territories all lie within the caller's sight, the newest first."""
    key = paging.key(instant_part, UUID)
    rows = await queries.page(session, caller.territory_ids, (key[0], key[1]) if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.generation.requested_at.isoformat(), row.generation.id])
    return Page(items=[generations.shown(row) for row in page], next_cursor=cursor)


@router.get(
    "/plan-generations/{generation_id}",
    operation_id="get_plan_generation",
    summary="How far a generation is",
    responses=problems(401, 403, 404, 422),
)
async def get_plan_generation(
    generation_id: GenerationId, session: ReadSession, caller: Supervisor
) -> PlanGenerationAnswer:
    """Its progress, to be polled: each rep's plan stands as soon as it is counted."""
    return generations.shown(await generations.found(session, generation_id, caller))


@router.get(
    "/plan-generations/{generation_id}/reps",
    operation_id="list_plan_generation_reps",
    summary="What came of each rep's week",
    responses=problems(401, 403, 404, 422),
)
async def list_plan_generation_reps(
    generation_id: GenerationId, session: ReadSession, caller: Supervisor, paging: Paging
) -> Page[GeneratedRepAnswer]:
    """The reps by code; where a plan was not made, why."""
    await generations.found(session, generation_id, caller)
    rows = await queries.reps_page(session, generation_id, paging.after_code(), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.rep_code])
    return Page(
        items=[GeneratedRepAnswer.model_validate(row, from_attributes=True) for row in page], next_cursor=cursor
    )


@router.post(
    "/plan-generations/{generation_id}/cancel",
    operation_id="cancel_plan_generation",
    summary="Make no more of a generation",
    responses=problems(401, 403, 404, 409, 422),
)
async def cancel_plan_generation(
    generation_id: GenerationId, session: WriteSession, caller: Supervisor
) -> PlanGenerationAnswer:
    """Plans that were made until then stay; once this is answered, no further one is written."""
    return generations.shown(await generations.cancel(session, generation_id, caller))
