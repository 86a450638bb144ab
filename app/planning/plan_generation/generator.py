"""Makes the plans that generations ask for, one rep after the other, several at a time: the leader's job."""

import asyncio
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.outages import is_outage
from app.ground.db.session import Database
from app.ground.errors import Conflict
from app.ground.events import service as events
from app.ground.settings import Settings
from app.ground.web.versions import Precondition
from app.ground.workers.pool import Workers
from app.masters.territories.service import reps_by_id, territory_facts
from app.planning.plan_generation import generation_queries as queries
from app.planning.plan_generation import service
from app.planning.plan_generation.assignment import Dealing, deal
from app.planning.plan_generation.errors import GenerationCancelled
from app.planning.plan_generation.generation_schemas import GenerationOutcome
from app.planning.plan_generation.models import PlanGeneration
from app.planning.routing.planner import Planner
from app.planning.week_plans.iso_weeks import iso_week_of
from app.planning.week_plans.service import Author, Week

log = structlog.get_logger()

FINISHED = "plan_generation.finished"
PLANS = Counter("fieldproof_plans_generated", "Plans that generations asked this process for, by outcome", ["outcome"])
_UNFORESEEN = "It could not be made: the log says why. Ask for it again."


class PlanGenerator:
    """Makes the plans of waiting generations. Progress is kept in the database: a process that dies loses nothing."""

    def __init__(self, settings: Settings, workers: Workers | None = None) -> None:
        self._planner = Planner(settings, workers)
        self._concurrency = settings.solver_processes
        self._stopping = False
        self._turn = 0
        self._lock = asyncio.Lock()
        self._in_progress: set[tuple[UUID, int]] = set()

    def waits(self) -> ColumnElement[bool]:
        """Whether plans are asked for, as a part of a statement."""
        return queries.any_unfinished()

    def stop(self) -> None:
        """Begin with no further rep."""
        self._stopping = True

    async def close(self) -> None:
        """End the worker processes."""
        await self._planner.close()

    async def work_off(self, database: Database) -> int:
        """Make all that was asked for, including what is asked for meanwhile. Answers how many plans were made."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work(database)) for _ in range(self._concurrency)]
        return sum(worker.result() for worker in workers)

    async def _work(self, database: Database) -> int:
        """Make plan after plan, until none is left to take."""
        plans = 0
        while not self._stopping and (task := await self._take(database)) is not None:
            plans += await self._make(database, *task)
        return plans

    async def _take(self, database: Database) -> tuple[PlanGeneration, int] | None:
        """The next rep, marked as in progress; a generation with no rep left is finished.

        Generations take turns: a short one does not wait for the end of a long one.
        """
        async with self._lock:
            async with database.read_only() as session:
                unfinished = await queries.unfinished(session)
            self._turn += 1
            first = self._turn % len(unfinished) if unfinished else 0
            for generation in unfinished[first:] + unfinished[:first]:
                if generation.started_at is None and not await self._started(database, generation):
                    continue
                in_progress = [rep_id for of, rep_id in self._in_progress if of == generation.id]
                async with database.read_only() as session:
                    rep_id = await queries.next_rep(session, generation.id, in_progress)
                if rep_id is not None:
                    self._in_progress.add((generation.id, rep_id))
                    return generation, rep_id
                if not in_progress:
                    await self._finish(database, generation.id)
        return None

    async def _started(self, database: Database, generation: PlanGeneration) -> bool:
        """Start a generation, unless another process has; outlets to be dealt anew are dealt first.

        If that fails, the generation fails as a whole, and keeps no other waiting.
        """
        try:
            if generation.asked["reassign"]:
                await self._reassign(database, generation)
            async with database.transaction() as session:
                locked = await queries.locked(session, generation.id)
                if locked is None or locked.started_at is not None or locked.finished_at is not None:
                    return False
                await queries.write(session, generation.id, started_at=clock.now())
        except GenerationCancelled:
            return False
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("plan_generation_not_begun", generation=str(generation.id))
            async with database.transaction() as session:
                await queries.fail_all(session, generation.id, _UNFORESEEN, clock.now())
            return False
        return True

    async def _reassign(self, database: Database, generation: PlanGeneration) -> None:
        """Deal the outlets of its territories anew, before it is started and unless it was cancelled.

        Done again, it comes to the same.
        """

        async def check(session: AsyncSession) -> None:
            locked = await queries.locked(session, generation.id)
            if locked is None or locked.started_at is not None or locked.finished_at is not None:
                raise GenerationCancelled

        for territory_id in generation.territory_ids:
            async with database.read_only() as session:
                territory = await territory_facts(session, territory_id)
            dealing = Dealing(territory, generation.requested_by, reassign=True, check=check)
            await deal(database, self._planner.workers, dealing)

    async def _make(self, database: Database, generation: PlanGeneration, rep_id: int) -> bool:
        """Make a rep's plan, and note what came of it; whether one was made."""
        try:
            await self._made(database, generation, rep_id)
        except GenerationCancelled:
            return False
        except Conflict as conflict:
            await self._note(database, generation.id, rep_id, GenerationOutcome.KEPT, str(conflict))
            return False
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("plan_not_generated", generation=str(generation.id), rep_id=rep_id)
            await self._note(database, generation.id, rep_id, GenerationOutcome.FAILED, _UNFORESEEN)
            return False
        else:
            PLANS.labels(GenerationOutcome.GENERATED.value).inc()
            return True
        finally:
            self._in_progress.discard((generation.id, rep_id))

    async def _made(self, database: Database, generation: PlanGeneration, rep_id: int) -> None:
        author = Author(generation.requested_by, supervisor=False)
        async with database.read_only() as session:
            rep = (await reps_by_id(session, [rep_id]))[rep_id]
            week = Week(await territory_facts(session, rep.territory_id), rep, generation.week_date)
        start = await service.begin(database, self._planner, week, author, Precondition(), spare_submitted=True)
        result = await service.search(self._planner, start)
        async with database.transaction() as session:
            if not await queries.goes_on(session, generation.id):
                raise GenerationCancelled
            view = await service.write(session, start, result, author, None)
            visits = sum(len(day.stops) for day in view.content.days)
            await _write_outcome(
                session,
                generation.id,
                rep_id,
                GenerationOutcome.GENERATED,
                visits=visits,
                unplanned=len(view.content.unplanned),
            )

    async def _note(
        self, database: Database, generation_id: UUID, rep_id: int, outcome: GenerationOutcome, reason: str
    ) -> None:
        async with database.transaction() as session:
            await _write_outcome(session, generation_id, rep_id, outcome, reason=reason)
        PLANS.labels(outcome.value).inc()

    async def _finish(self, database: Database, generation_id: UUID) -> None:
        """Say that a generation is done; each territory's readers are told."""
        async with database.transaction() as session:
            locked = await queries.locked(session, generation_id)
            if locked is None or locked.finished_at is not None:
                return
            at = clock.now()
            await queries.write(session, generation_id, finished_at=at)
            payload = {
                "generation_id": str(generation_id),
                "iso_week": iso_week_of(locked.week_date),
                "by": locked.requested_by,
            }
            await events.record_all(
                session, FINISHED, [(territory_id, payload) for territory_id in locked.territory_ids], at
            )


async def _write_outcome(
    session: AsyncSession, generation_id: UUID, rep_id: int, outcome: GenerationOutcome, **values: int | str
) -> None:
    await queries.write_outcome(session, generation_id, rep_id, outcome=outcome.value, done_at=clock.now(), **values)
