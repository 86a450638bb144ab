"""All SQL of appeals."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Row,
    Select,
    Uuid,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.ground.web.access import Caller
from app.masters.territories.models import Rep, Territory
from app.motivation.appeals.models import Appeal, AppealStep
from app.motivation.appeals.rules import (
    DECIDE_WITHIN,
    FIRST,
    SECOND,
    AppealedEntry,
    AppealOutcome,
    AppealRecord,
    AppealStatus,
    AppealStepKind,
    Step,
)
from app.motivation.points.models import PointsEntry

_REVERSAL = aliased(PointsEntry, name="reversal")
_ENTRY = (
    PointsEntry.id,
    PointsEntry.rule,
    PointsEntry.kind,
    PointsEntry.points,
    PointsEntry.business_date,
    PointsEntry.booked_at,
    _REVERSAL.id.label("reversal_id"),
)


@dataclass(frozen=True, slots=True)
class AppealFilter:
    """Which appeals are asked for. `first`, `last`: business dates of the entries; `overdue_at`: due by then."""

    status: AppealStatus | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    first: date | None = None
    last: date | None = None
    overdue_at: datetime | None = None


async def entry_of_rep(session: AsyncSession, rep_id: int, entry_id: int) -> tuple[AppealedEntry, bool] | None:
    """An entry of a rep's ledger, and whether it was appealed; None where it is not the rep's."""
    row = (
        await session.execute(
            select(*_ENTRY, Appeal.id.is_not(None).label("appealed"))
            .outerjoin(_REVERSAL, _REVERSAL.reverses_id == PointsEntry.id)
            .outerjoin(Appeal, Appeal.entry_id == PointsEntry.id)
            .where(PointsEntry.id == entry_id, PointsEntry.rep_id == rep_id)
        )
    ).one_or_none()
    return None if row is None else (_entry(row), row.appealed)


async def insert_appeal(session: AsyncSession, id_: UUID, entry_id: int, rep_id: int, at: datetime) -> bool:
    """Write an open appeal; False where the entry has one. Waits for whoever appeals it just now."""
    statement = insert_or_not(Appeal).values(
        id=id_,
        entry_id=entry_id,
        rep_id=rep_id,
        status=AppealStatus.OPEN.value,
        instance=FIRST,
        submitted_at=at,
        waiting_since=at,
    )
    return await session.scalar(statement.on_conflict_do_nothing().returning(Appeal.id)) is not None


async def insert_step(session: AsyncSession, appeal_id: UUID, number: int, step: Step) -> None:
    """Write a step. The caller has locked the appeal, or just made it."""
    await session.execute(
        insert(AppealStep).values(
            appeal_id=appeal_id,
            number=number,
            kind=step.kind.value,
            instance=step.instance,
            text=step.text,
            taken_at=step.taken_at,
            taken_by=step.taken_by,
        )
    )


def _in_sight(caller: Caller) -> list[ColumnElement[bool]]:
    """A device's own rep's; else those of reps who belong to the caller's territories by now."""
    if caller.rep_id is not None:
        return [Appeal.rep_id == caller.rep_id]
    return [] if caller.territory_ids is None else [Rep.territory_id.in_(caller.territory_ids)]


def _appeals(caller: Caller | None = None) -> Select[*tuple[Any, ...]]:
    columns: Select[*tuple[Any, ...]] = select(
        *_ENTRY,
        Appeal.id.label("appeal_id"),
        Appeal.rep_id,
        Rep.code.label("rep_code"),
        Rep.territory_id,
        Territory.code.label("territory_code"),
        Appeal.status,
        Appeal.instance,
        Appeal.submitted_at,
        Appeal.waiting_since,
        Appeal.decided_at,
    )
    return (
        columns.select_from(Appeal)
        .join(PointsEntry, PointsEntry.id == Appeal.entry_id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_id == PointsEntry.id)
        .join(Rep, Rep.id == Appeal.rep_id)
        .join(Territory, Territory.id == Rep.territory_id)
        .where(*([] if caller is None else _in_sight(caller)))
    )


async def appeal_by_id(session: AsyncSession, caller: Caller, id_: UUID, *, lock: bool = False) -> AppealRecord | None:
    """An appeal in the caller's sight. `lock`: nobody else takes a step meanwhile."""
    rows = _appeals(caller).where(Appeal.id == id_)
    row = (await session.execute(rows.with_for_update(of=Appeal) if lock else rows)).one_or_none()
    return None if row is None else _appeal(row)


def _matching(caller: Caller, asked: AppealFilter) -> Select[*tuple[Any, ...]]:
    """The appeals in the caller's sight that pass the filter."""
    equal = ((Appeal.status, asked.status), (Territory.code, asked.territory_code), (Rep.code, asked.rep_code))
    rows = _appeals(caller).where(*(column == value for column, value in equal if value is not None))
    if asked.first is not None:
        rows = rows.where(PointsEntry.business_date >= asked.first)
    if asked.last is not None:
        rows = rows.where(PointsEntry.business_date <= asked.last)
    if asked.overdue_at is not None:
        rows = rows.where(*_waits_too_long(asked.overdue_at))
    return rows


def rows_of_appeals(caller: Caller, asked: AppealFilter) -> Select[int]:
    """A row for each appeal in the caller's sight that passes the filter."""
    return _matching(caller, asked).with_only_columns(literal(1))


async def appeals_page(
    session: AsyncSession, caller: Caller, asked: AppealFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[AppealRecord]:
    """The appeals in the caller's sight that pass the filter, the oldest first."""
    rows = _matching(caller, asked)
    if after is not None:
        rows = rows.where(tuple_(Appeal.submitted_at, Appeal.id) > after)
    rows = rows.order_by(Appeal.submitted_at, Appeal.id).limit(limit)
    return [_appeal(row) for row in await session.execute(rows)]


async def steps_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Step]]:
    """The steps of these appeals, in order, by one statement."""
    rows = select(AppealStep).where(AppealStep.appeal_id.in_(ids)).order_by(AppealStep.appeal_id, AppealStep.number)
    steps: dict[UUID, list[Step]] = {}
    for row in await session.scalars(rows):
        step = Step(AppealStepKind(row.kind), row.instance, row.text, row.taken_at, row.taken_by)
        steps.setdefault(row.appeal_id, []).append(step)
    return steps


async def set_decided(session: AsyncSession, id_: UUID, outcome: AppealOutcome, at: datetime) -> None:
    """Note how an appeal was decided."""
    await session.execute(update(Appeal).where(Appeal.id == id_).values(status=outcome.value, decided_at=at))


async def set_taken_further(session: AsyncSession, id_: UUID, at: datetime) -> None:
    """Open an appeal again, for an admin."""
    values = {"status": AppealStatus.OPEN.value, "instance": SECOND, "waiting_since": at}
    await session.execute(update(Appeal).where(Appeal.id == id_).values(**values, decided_at=None, told_at=None))


async def note_undecided(session: AsyncSession, at: datetime, actor: str) -> list[UUID]:
    """Note of each appeal that waits too long, and of which nobody was told yet, that an admin is told; which.

    Two statements for any number; waits for whoever takes a step with one of them just now.
    """
    statement = update(Appeal).where(*_waits_too_long(at), Appeal.told_at.is_(None)).values(told_at=at)
    ids = list(await session.scalars(statement.returning(Appeal.id)))
    if ids:
        await session.execute(_NOTE_UNDECIDED, {"ids": ids, "at": at, "actor": actor})
    return ids


_NOTE_UNDECIDED = text("""
    INSERT INTO appeal_steps (appeal_id, number, kind, instance, text, taken_at, taken_by)
    SELECT a.id, (SELECT max(number) + 1 FROM appeal_steps s WHERE s.appeal_id = a.id), 'undecided', a.instance, '',
      :at, :actor
    FROM appeals a WHERE a.id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("at", type_=DateTime(timezone=True)))


async def count_open(session: AsyncSession, rep_ids: Collection[int]) -> dict[int, int]:
    """By rep id how many open appeals each of these reps has, of those who have any."""
    query = select(Appeal.rep_id, func.count().label("open_appeals")).where(Appeal.status == AppealStatus.OPEN.value)
    of_reps = Appeal.rep_id == func.any(bindparam("rep_ids", type_=ARRAY(Integer)))
    rows = await session.execute(query.where(of_reps).group_by(Appeal.rep_id), {"rep_ids": list(rep_ids)})
    return {row.rep_id: row.open_appeals for row in rows}


async def appeals_by_id(session: AsyncSession, ids: Collection[UUID]) -> list[AppealRecord]:
    """These appeals, in whoever's sight, the oldest first."""
    rows = _appeals().where(Appeal.id.in_(ids)).order_by(Appeal.submitted_at, Appeal.id)
    return [_appeal(row) for row in await session.execute(rows)]


def _waits_too_long(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Appeal.status == AppealStatus.OPEN.value, Appeal.waiting_since <= at - DECIDE_WITHIN


def _appeal(row: Row[*tuple[Any, ...]]) -> AppealRecord:
    return AppealRecord(
        id=row.appeal_id,
        rep_id=row.rep_id,
        rep_code=row.rep_code,
        territory_id=row.territory_id,
        territory_code=row.territory_code,
        entry=_entry(row),
        status=AppealStatus(row.status),
        instance=row.instance,
        submitted_at=row.submitted_at,
        waiting_since=row.waiting_since,
        decided_at=row.decided_at,
    )


def _entry(row: Row[*tuple[Any, ...]]) -> AppealedEntry:
    return AppealedEntry(row.id, row.rule, row.kind, row.points, row.business_date, row.booked_at, row.reversal_id)
