"""All SQL of generations for many reps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, bindparam, exists, func, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Rep
from app.planning.plan_generation.generation_schemas import GenerationOutcome
from app.planning.plan_generation.models import PlanGeneration, PlanGenerationRep

_OF = PlanGenerationRep


@dataclass(frozen=True, slots=True)
class Progress:
    """A generation, and how many of its reps are done, with what outcome."""

    generation: PlanGeneration
    reps: int
    generated: int
    skipped: int
    failed: int
    visits: int
    unplanned: int


def _counted(outcome: GenerationOutcome) -> ColumnElement[int]:
    return func.count().filter(_OF.outcome == outcome.value)


_COUNTS = (
    select(
        func.count().label("reps"),
        *(_counted(outcome).label(outcome.value) for outcome in GenerationOutcome),
        func.coalesce(func.sum(_OF.visits), 0).label("visits"),
        func.coalesce(func.sum(_OF.unplanned), 0).label("unplanned"),
    )
    .where(_OF.generation_id == PlanGeneration.id)
    .lateral("counts")
)
_PROGRESS: Any = (
    select(
        PlanGeneration,
        _COUNTS.c.reps,
        _COUNTS.c[GenerationOutcome.GENERATED.value].label("generated"),
        _COUNTS.c[GenerationOutcome.KEPT.value].label("skipped"),
        _COUNTS.c[GenerationOutcome.FAILED.value].label("failed"),
        _COUNTS.c.visits,
        _COUNTS.c.unplanned,
    )
    .join(_COUNTS, true())
    .execution_options(populate_existing=True)
)


async def insert_generation(session: AsyncSession, values: Mapping[str, Any], rep_ids: Collection[int]) -> bool:
    """Write a generation with its reps; False where its id is known."""
    statement = insert(PlanGeneration).values(**values).on_conflict_do_nothing(index_elements=["id"])
    if await session.scalar(statement.returning(PlanGeneration.id)) is None:
        return False
    reps = func.unnest(bindparam("rep_ids", list(rep_ids), ARRAY(Integer))).column_valued("rep_id")
    rows = select(bindparam("generation_id", values["id"], PlanGeneration.id.type), reps)
    await session.execute(insert(_OF).from_select(["generation_id", "rep_id"], rows))
    return True


async def progress(session: AsyncSession, generation_id: UUID, sight: frozenset[int] | None) -> Progress | None:
    """A generation whose territories all lie within sight (None: all territories)."""
    query = _PROGRESS.where(PlanGeneration.id == generation_id, *_within(sight))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _progress(row)


async def page(
    session: AsyncSession, sight: frozenset[int] | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Progress]:
    """Generations within sight, the newest first, one more than `limit`."""
    order = (PlanGeneration.requested_at, PlanGeneration.id)
    query = _PROGRESS.where(*_within(sight)).order_by(*(column.desc() for column in order)).limit(limit + 1)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    return [_progress(row) for row in await session.execute(query)]


def _progress(row: Row[*tuple[Any, ...]]) -> Progress:
    columns = row._asdict()
    return Progress(generation=columns.pop(PlanGeneration.__name__), **columns)


def _within(sight: frozenset[int] | None) -> list[ColumnElement[bool]]:
    return [] if sight is None else [PlanGeneration.territory_ids.contained_by(list(sight))]


async def reps_page(session: AsyncSession, generation_id: UUID, after: str | None, limit: int) -> Sequence[Any]:
    """The reps of a generation by code, one more than `limit`: rows of `GeneratedRepAnswer`."""
    query = (
        select(Rep.code.label("rep_code"), _OF.outcome, _OF.reason, _OF.visits, _OF.unplanned, _OF.done_at)
        .join(Rep, Rep.id == _OF.rep_id)
        .where(_OF.generation_id == generation_id)
        .order_by(Rep.code)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Rep.code > after)
    return (await session.execute(query)).all()


async def locked(session: AsyncSession, generation_id: UUID) -> PlanGeneration | None:
    """A generation, read anew and locked until the commit."""
    query = select(PlanGeneration).where(PlanGeneration.id == generation_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def goes_on(session: AsyncSession, generation_id: UUID) -> bool:
    """Whether a generation was not cancelled; until the commit it will not be."""
    query = select(PlanGeneration.cancelled_at).where(PlanGeneration.id == generation_id).with_for_update(read=True)
    return await session.scalar(query) is None


def any_unfinished() -> ColumnElement[bool]:
    """Whether something is still to be made, as a part of a statement."""
    return exists().where(PlanGeneration.finished_at.is_(None))


async def unfinished(session: AsyncSession) -> list[PlanGeneration]:
    """What is still to be made, the oldest first."""
    query = select(PlanGeneration).where(PlanGeneration.finished_at.is_(None))
    query = query.order_by(PlanGeneration.requested_at, PlanGeneration.id)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def next_rep(session: AsyncSession, generation_id: UUID, busy: Collection[int]) -> int | None:
    """A rep whose turn has not come yet, and whose plan is not in progress (`busy`)."""
    query = select(func.min(_OF.rep_id)).where(_OF.generation_id == generation_id, _OF.outcome.is_(None))
    return await session.scalar(query.where(_OF.rep_id.not_in(busy)))


async def write(session: AsyncSession, generation_id: UUID, **values: datetime | str | None) -> None:
    """Change what a generation says of itself."""
    statement = update(PlanGeneration).where(PlanGeneration.id == generation_id).values(**values)
    await session.execute(statement.execution_options(synchronize_session=False))


async def write_outcome(session: AsyncSession, generation_id: UUID, rep_id: int, **values: Any) -> None:
    """Say what came of a rep's week."""
    statement = update(_OF).where(_OF.generation_id == generation_id, _OF.rep_id == rep_id).values(**values)
    await session.execute(statement.execution_options(synchronize_session=False))


async def fail_all(session: AsyncSession, generation_id: UUID, reason: str, at: datetime) -> None:
    """Say that what had not been made yet of a generation will not be."""
    waiting = update(_OF).where(_OF.generation_id == generation_id, _OF.outcome.is_(None))
    values = {"outcome": GenerationOutcome.FAILED.value, "reason": reason, "done_at": at}
    await session.execute(waiting.values(**values).execution_options(synchronize_session=False))
    await write(session, generation_id, finished_at=at)


async def active_reps(session: AsyncSession, territory_ids: Collection[int] | None) -> list[tuple[int, int]]:
    """The active reps of these territories (None: of all), by code, each with its territory."""
    query = select(Rep.id, Rep.territory_id).where(Rep.active).order_by(Rep.code)
    if territory_ids is not None:
        query = query.where(Rep.territory_id.in_(territory_ids))
    return [(rep_id, territory_id) for rep_id, territory_id in await session.execute(query)]
