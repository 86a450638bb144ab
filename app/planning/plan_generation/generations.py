"""Use cases of generations for many reps: asking for one, following it, cancelling it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller
from app.masters.territories.service import reps_by_code
from app.masters.territories.visible import territory_in_sight
from app.planning.plan_generation import generation_queries as queries
from app.planning.plan_generation.errors import GenerationExists, GenerationFinished, GenerationNotFound
from app.planning.plan_generation.generation_queries import Progress
from app.planning.plan_generation.generation_schemas import (
    PlanGenerationAnswer,
    PlanGenerationBody,
    PlanGenerationStatus,
)
from app.planning.plan_generation.models import PlanGeneration
from app.planning.week_plans.iso_weeks import iso_week_of, monday_of

_LATEST = timedelta(days=8)
"""Seven days, and one for the territory that is farthest west."""


@dataclass(frozen=True, slots=True)
class GenerationReps:
    """The reps of a generation, and their territories."""

    rep_ids: list[int]
    territory_ids: list[int]


async def ask(session: AsyncSession, body: PlanGenerationBody, caller: Caller) -> Progress:
    """Note that plans are to be made; the scheduler makes them. The same again answers the first one.

    Raises Invalid, TerritoryNotFound, GenerationExists.
    """
    at, monday = clock.now(), _monday(body.iso_week)
    if at.date() >= monday + _LATEST:
        raise Invalid("This week is over.", errors=[FieldProblem("/iso_week", "week_over", "This week is over.")])
    scope, generation_id = await _scope(session, body, caller), body.id or uuid4()
    values = {
        "id": generation_id,
        "week_date": monday,
        "asked": asked(body),
        "territory_ids": scope.territory_ids,
        "requested_at": at,
        "requested_by": caller.actor,
    }
    new = await queries.insert_generation(session, values, scope.rep_ids)
    progress = await queries.progress(session, generation_id, caller.territory_ids)
    if progress is None or not (new or _is_same(progress.generation, monday, body)):
        raise GenerationExists
    return progress


def _monday(iso_week: str) -> date:
    try:
        return monday_of(iso_week)
    except ValueError as error:
        problem = FieldProblem("/iso_week", "iso_week", "There is no such week.")
        raise Invalid("There is no such week.", errors=[problem]) from error


def asked(body: PlanGenerationBody) -> dict[str, Any]:
    """What was asked for, as it is kept."""
    return body.model_dump(mode="json", include={"territory_code", "rep_codes", "reassign"})


def _is_same(existing: PlanGeneration, monday: date, body: PlanGenerationBody) -> bool:
    return (existing.week_date, existing.asked) == (monday, asked(body))


async def _scope(session: AsyncSession, body: PlanGenerationBody, caller: Caller) -> GenerationReps:
    if body.rep_codes is not None:
        return await _named(session, body.rep_codes, caller)
    territory_ids = caller.territory_ids
    if body.territory_code is not None:
        territory_ids = frozenset([(await territory_in_sight(session, body.territory_code, caller)).id])
    reps = await queries.active_reps(session, territory_ids)
    if not reps:
        problem = FieldProblem("/territory_code", "no_reps", "There is no active rep to make a plan for.")
        raise Invalid("There is nobody to make a plan for.", errors=[problem])
    return GenerationReps([rep_id for rep_id, _ in reps], sorted({territory_id for _, territory_id in reps}))


async def _named(session: AsyncSession, codes: list[str], caller: Caller) -> GenerationReps:
    reps = await reps_by_code(session, codes)
    visible = {code: rep for code, rep in reps.items() if rep.active and caller.may_see(rep.territory_id, rep.id)}
    problems = [
        FieldProblem(f"/rep_codes/{number}", "unknown_rep", f"There is no active rep {code}.")
        for number, code in enumerate(codes)
        if code not in visible
    ]
    if problems:
        raise Invalid("Not all of these reps are here.", errors=problems)
    return GenerationReps([rep.id for rep in visible.values()], sorted({rep.territory_id for rep in visible.values()}))


async def found(session: AsyncSession, generation_id: UUID, caller: Caller) -> Progress:
    """A generation within the caller's sight. Raises GenerationNotFound."""
    progress = await queries.progress(session, generation_id, caller.territory_ids)
    if progress is None:
        raise GenerationNotFound
    return progress


async def cancel(session: AsyncSession, generation_id: UUID, caller: Caller) -> Progress:
    """Make no more of it: once this is answered, nothing further is written. Raises GenerationNotFound, or
    GenerationFinished where nothing is left to cancel; a generation that was cancelled is answered as it is.
    """
    await found(session, generation_id, caller)
    generation = await queries.locked(session, generation_id)
    if generation is not None and generation.cancelled_at is None:
        if generation.finished_at is not None:
            raise GenerationFinished
        at = clock.now()
        await queries.write(session, generation_id, cancelled_at=at, cancelled_by=caller.actor, finished_at=at)
    return await found(session, generation_id, caller)


def shown(progress: Progress) -> PlanGenerationAnswer:
    """A generation as it leaves."""
    generation = progress.generation
    return PlanGenerationAnswer.model_validate(
        {
            **generation.asked,
            "id": generation.id,
            "iso_week": iso_week_of(generation.week_date),
            "status": _status(generation),
            "reps": progress.reps,
            "done": progress.generated + progress.skipped + progress.failed,
            "generated": progress.generated,
            "skipped": progress.skipped,
            "failed": progress.failed,
            "visits": progress.visits,
            "unplanned": progress.unplanned,
            "requested_at": generation.requested_at,
            "requested_by": generation.requested_by,
            "started_at": generation.started_at,
            "finished_at": generation.finished_at,
            "cancelled_at": generation.cancelled_at,
            "cancelled_by": generation.cancelled_by,
        }
    )


def _status(generation: PlanGeneration) -> PlanGenerationStatus:
    if generation.cancelled_at is not None:
        return PlanGenerationStatus.CANCELLED
    if generation.finished_at is not None:
        return PlanGenerationStatus.FINISHED
    return PlanGenerationStatus.QUEUED if generation.started_at is None else PlanGenerationStatus.RUNNING
