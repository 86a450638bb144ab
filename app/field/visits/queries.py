"""All SQL of visits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit, VisitRemoval
from app.field.visits.rules import Excuse
from app.field.visits.visit_ids import new_visit_id
from app.ground.db.base import CURRENT_XACT
from app.ground.db.statements import document, insert_rows, records_of
from app.ground.db.upserts import as_json
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep

VisitKey = tuple[date, int, int]
"""Day, rep, outlet: a rep visits an outlet once a day."""

# An ad hoc visit becomes planned; what was approved stays approved since then.
_PLAN_VISITS = text("""
    INSERT INTO visits AS stands
        (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, expected_at, created_at)
    SELECT visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, expected_at, :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given
        (visit_date date, id uuid, territory_id integer, rep_id integer, outlet_id integer, sequence smallint,
            approved_at timestamptz, expected_at timestamptz)
    ORDER BY visit_date, rep_id, outlet_id
    ON CONFLICT (visit_date, rep_id, outlet_id) DO UPDATE SET
        territory_id = excluded.territory_id,
        sequence = excluded.sequence,
        approved_at = coalesce(stands.approved_at, excluded.approved_at),
        expected_at = excluded.expected_at,
        changed_in = current_position()
    WHERE stands.approved_at IS NULL
        OR stands.sequence IS DISTINCT FROM excluded.sequence
        OR stands.territory_id <> excluded.territory_id
        OR (excluded.expected_at IS NOT NULL AND stands.expected_at IS DISTINCT FROM excluded.expected_at)
    RETURNING visit_date, rep_id, outlet_id, id
""").bindparams(bindparam("at", type_=DateTime(timezone=True)))


# What an approved plan no longer has was never to be done: the row goes, and handhelds are told.
_WITHDRAW = text("""
    WITH kept AS (
        SELECT visit_date, outlet_id FROM unnest(CAST(:kept_days AS date[]), CAST(:kept_outlets AS integer[]))
            AS kept (visit_date, outlet_id)
    ), gone AS (
        DELETE FROM visits AS visit
        WHERE visit.rep_id = :rep_id AND visit.visit_date = ANY(CAST(:days AS date[]))
            AND visit.approved_at IS NOT NULL AND visit.excused_at IS NULL
            AND (visit.visit_date, visit.outlet_id) NOT IN (SELECT visit_date, outlet_id FROM kept)
        RETURNING visit.id
    )
    INSERT INTO visit_removals (visit_id, rep_id) SELECT id, :rep_id FROM gone
""")

# Visits are looked up by outlet: a rep has some hundred of them, a month has millions of visits.
_NEIGHBOURS = text("""
    SELECT wanted.outlet_id,
        (SELECT max(visit_date) FROM visits WHERE outlet_id = wanted.outlet_id AND approved_at IS NOT NULL
            AND excused_at IS NULL AND visit_date BETWEEN :long_before AND :before),
        (SELECT min(visit_date) FROM visits WHERE outlet_id = wanted.outlet_id AND approved_at IS NOT NULL
            AND excused_at IS NULL AND visit_date BETWEEN :after AND :long_after)
    FROM unnest(CAST(:outlet_ids AS integer[])) AS wanted (outlet_id)
""")

_OTHERS = text("""
    SELECT wanted.visit_date, wanted.outlet_id
    FROM unnest(CAST(:days AS date[]), CAST(:outlet_ids AS integer[])) AS wanted (visit_date, outlet_id)
    WHERE EXISTS (
        SELECT FROM visits AS visit WHERE visit.outlet_id = wanted.outlet_id AND visit.visit_date = wanted.visit_date
            AND visit.rep_id <> :rep_id AND visit.approved_at IS NOT NULL)
""")

_OF_WEEK = (
    select(Visit.visit_date, Visit.outlet_id, Visit.id, Visit.sequence, Visit.excused_at)
    .where(Visit.rep_id == bindparam("rep_id"), Visit.visit_date.between(bindparam("first"), bindparam("last")))
    .where(Visit.approved_at.is_not(None))
    .order_by(Visit.visit_date, Visit.sequence.nulls_last(), Visit.id)
)
_OF_REPS = (
    select(Visit.rep_id, Visit.visit_date, Visit.outlet_id, Visit.id, Visit.sequence, Visit.excused_at)
    .where(Visit.rep_id == any_(bindparam("rep_ids", type_=ARRAY(Integer))))
    .where(Visit.visit_date.between(bindparam("first"), bindparam("last")), Visit.approved_at.is_not(None))
    .order_by(Visit.rep_id, Visit.visit_date, Visit.sequence.nulls_last(), Visit.id)
)


_AD_HOC_COLUMNS = ("visit_date", "id", "territory_id", "rep_id", "outlet_id", "created_at")


@dataclass(frozen=True, slots=True)
class StandingVisit:
    """A visit of an approved plan."""

    visit_date: date
    outlet_id: int
    id: UUID
    sequence: int | None
    excused_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamedVisit:
    """A visit, with the codes that people know its rep and outlet by."""

    visit_date: date
    id: UUID
    territory_id: int
    rep_code: str
    outlet_id: int
    outlet_code: str
    planned: bool
    excuse: Excuse | None


async def plan_visits(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> dict[VisitKey, UUID]:
    """Insert or change planned visits at `at`: the ids of new ones (as given) and changed ones (as they were)."""
    if not rows:
        return {}
    result = await session.execute(_PLAN_VISITS, {"rows": as_json(rows), "at": at})
    return {(row.visit_date, row.rep_id, row.outlet_id): row.id for row in result}


async def withdraw_visits(
    session: AsyncSession, rep_id: int, days: Collection[date], stops: Collection[tuple[date, int]]
) -> None:
    """Take the planned visits of a rep on these days out of the plan, except at `stops` (day, outlet).

    Excused visits stay, too: who excused them, and why, is not for a plan to forget.
    """
    parameters = {
        "rep_id": rep_id,
        "days": list(days),
        "kept_days": [day for day, _ in stops],
        "kept_outlets": [outlet_id for _, outlet_id in stops],
    }
    await session.execute(_WITHDRAW, parameters)


def ad_hoc_insert() -> Insert:
    """Makes visits that no plan has, unless their rep has one of the outlet that day (V5); see `ad_hoc_parameters`.

    For a statement that records what makes them: so that they cost no statement of their own.
    """
    return insert_rows(Visit, _AD_HOC_COLUMNS, "visits").on_conflict_do_nothing(
        index_elements=[Visit.visit_date, Visit.rep_id, Visit.outlet_id]
    )


def ad_hoc_parameters(visits: Mapping[VisitKey, tuple[int, datetime]]) -> dict[str, Any]:
    """The parameters of `ad_hoc_insert`: by day, rep and outlet the territory, and when the visit was heard of.

    Sorted, so that two transactions that make the same visits wait for each other in one direction only.
    """
    rows = [
        (
            day,
            new_visit_id(day),
            visits[day, rep_id, outlet_id][0],
            rep_id,
            outlet_id,
            visits[day, rep_id, outlet_id][1],
        )
        for day, rep_id, outlet_id in sorted(visits)
    ]
    return {"visits": document([dict(zip(_AD_HOC_COLUMNS, row, strict=True)) for row in rows])}


async def planned_visits(session: AsyncSession, rep_id: int, first: date, last: date) -> list[StandingVisit]:
    """A rep's planned visits of approved plans, by day and place in the route."""
    rows = await session.execute(_OF_WEEK, {"rep_id": rep_id, "first": first, "last": last})
    return records_of(StandingVisit, rows)


async def planned_visits_of_reps(
    session: AsyncSession, rep_ids: Collection[int], first: date, last: date
) -> dict[int, list[StandingVisit]]:
    """The same of several reps, by rep id; no entry for one who has none. One statement."""
    visits: dict[int, list[StandingVisit]] = {}
    rows = await session.execute(_OF_REPS, {"rep_ids": list(rep_ids), "first": first, "last": last})
    for row in rows:
        columns = row._asdict()
        visits.setdefault(columns.pop("rep_id"), []).append(StandingVisit(**columns))
    return visits


async def neighbours(
    session: AsyncSession, outlet_ids: Collection[int], before: tuple[date, date], after: tuple[date, date]
) -> tuple[dict[int, date], dict[int, date]]:
    """When each outlet was last planned within `before`, and is first planned within `after`. One statement."""
    parameters = {
        "outlet_ids": list(outlet_ids),
        "long_before": before[0],
        "before": before[1],
        "after": after[0],
        "long_after": after[1],
    }
    rows = (await session.execute(_NEIGHBOURS, parameters)).all()
    return (
        {outlet_id: last for outlet_id, last, _ in rows if last is not None},
        {outlet_id: first for outlet_id, _, first in rows if first is not None},
    )


async def planned_by_others(
    session: AsyncSession, rep_id: int, visits: Collection[tuple[date, int]]
) -> set[tuple[date, int]]:
    """Those of these visits (day, outlet) that another rep has in an approved plan as well. One statement."""
    parameters = {
        "rep_id": rep_id,
        "days": [day for day, _ in visits],
        "outlet_ids": [outlet_id for _, outlet_id in visits],
    }
    return {(day, outlet_id) for day, outlet_id in await session.execute(_OTHERS, parameters)}


async def removals(session: AsyncSession, rep_id: int, since: int) -> list[UUID]:
    """The ids of the visits that a rep's plans have no longer, since a transaction or later. One statement."""
    rows = select(VisitRemoval.visit_id).where(VisitRemoval.rep_id == rep_id, VisitRemoval.removed_in >= since)
    return list(await session.scalars(rows.order_by(VisitRemoval.visit_id)))


async def named_visit(
    session: AsyncSession,
    visit_id: UUID,
    visit_date: date,
    territory_ids: Collection[int] | None,
    *,
    lock: bool = False,
) -> NamedVisit | None:
    """A visit of these territories (None: all); locked until the transaction ends, if asked for."""
    query = (
        select(Visit, Rep.code.label("rep_code"), Outlet.code.label("outlet_code"))
        .join(Rep, Rep.id == Visit.rep_id)
        .join(Outlet, Outlet.id == Visit.outlet_id)
        .where(Visit.visit_date == visit_date, Visit.id == visit_id)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update(of=Visit)
    if territory_ids is not None:
        query = query.where(Visit.territory_id.in_(territory_ids))
    row = (await session.execute(query)).one_or_none()
    return _named(row.Visit, row.rep_code, row.outlet_code) if row else None


def _named(visit: Visit, rep_code: str, outlet_code: str) -> NamedVisit:
    excuse = None
    if visit.excused_at is not None:
        excuse = Excuse(visit.excuse_reason or "", visit.excuse_comment or "", visit.excused_by or "", visit.excused_at)
    return NamedVisit(
        visit.visit_date,
        visit.id,
        visit.territory_id,
        rep_code,
        visit.outlet_id,
        outlet_code,
        planned=visit.planned,
        excuse=excuse,
    )


async def excuse(session: AsyncSession, visit: NamedVisit, new_excuse: Excuse) -> None:
    """Write the excuse of a visit."""
    await session.execute(
        update(Visit)
        .where(Visit.visit_date == visit.visit_date, Visit.id == visit.id)
        .values(
            excused_at=new_excuse.at,
            excused_by=new_excuse.by,
            excuse_reason=new_excuse.reason_code,
            excuse_comment=new_excuse.comment,
            changed_in=CURRENT_XACT,
        )
        .execution_options(synchronize_session=False)
    )
