"""All SQL about rejected and lost events. Uploads read those of their devices where they begin."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.rejected_events.models import RejectedEvent
from app.field.rejected_events.records import (
    DeviceLosses,
    ListedRejection,
    RejectionFilter,
    RejectionKind,
    RejectionOutcome,
)
from app.ground.db.statements import DirectStatement, record_of, records_of
from app.ground.errors import FieldProblem
from app.masters.territories.models import Rep, Territory

MOST_LOST_RANGES = 100
"""As many ranges of lost numbers of one device are kept."""

# What comes again is kept once, with the hold that it had.
_SAVE = DirectStatement(
    text("""
    WITH recorded AS (
        UPDATE rejected_events SET settled_at = CAST(:at AS timestamptz), outcome = :recorded
        WHERE id = ANY(CAST(:recorded_ids AS uuid[])) AND settled_at IS NULL
    ), arrived AS (
        UPDATE rejected_events SET settled_at = CAST(:at AS timestamptz), outcome = :arrived
        WHERE device_id = ANY(CAST(:counted_devices AS uuid[])) AND settled_at IS NULL AND kind = :lost
            AND NOT (id = ANY(CAST(:lost_ids AS uuid[])))
    )
    INSERT INTO rejected_events (
        id, kind, device_id, rep_id, territory_id, received_at, business_date, event_type, event_id, first_sequence,
        last_sequence, outlet_code, problems, can_be_sent_again, hold_before, hold_until
    )
    SELECT id, kind, device_id, rep_id, territory_id, CAST(:at AS timestamptz), business_date, event_type, event_id,
        first_sequence, last_sequence, outlet_code, CAST(problems AS jsonb), can_be_sent_again, hold_before, hold_until
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:device_ids AS uuid[]), CAST(:rep_ids AS int[]),
        CAST(:territory_ids AS int[]), CAST(:business_dates AS date[]), CAST(:event_types AS text[]),
        CAST(:event_ids AS text[]), CAST(:first_sequences AS int8[]), CAST(:last_sequences AS int8[]),
        CAST(:outlet_codes AS text[]), CAST(:problems AS text[]), CAST(:can_be_sent_again AS bool[]),
        CAST(:hold_before AS timestamptz[]), CAST(:hold_until AS timestamptz[])
    ) AS rejection (
        id, kind, device_id, rep_id, territory_id, business_date, event_type, event_id, first_sequence, last_sequence,
        outlet_code, problems, can_be_sent_again, hold_before, hold_until
    )
    ON CONFLICT (id) DO NOTHING
""")
)

_SHOWN = (
    select(
        *(column for column in RejectedEvent.__table__.columns),
        Rep.code.label("rep_code"),
        Territory.code.label("territory_code"),
    )
    .join(Rep, Rep.id == RejectedEvent.rep_id)
    .join(Territory, Territory.id == RejectedEvent.territory_id)
)
_KEY = (RejectedEvent.received_at, RejectedEvent.id)

_FORGET = text("""
    DELETE FROM rejected_events WHERE id IN (
        SELECT id FROM rejected_events WHERE received_at < :until LIMIT :most)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What is written of a rejected event, or of a range of lost ones: an array for each column."""

    ids: UUID
    kinds: str
    device_ids: UUID
    rep_ids: int
    territory_ids: int
    business_dates: date
    event_types: str | None = None
    event_ids: str | None = None
    first_sequences: int | None
    last_sequences: int | None
    outlet_codes: str | None = None
    problems: str = "[]"
    can_be_sent_again: bool = True
    hold_before: datetime | None = None
    hold_until: datetime | None = None


async def save(session: AsyncSession, devices: Sequence[DeviceLosses], at: datetime) -> None:
    """Keep what was rejected or got lost, and settle what was recorded or arrived after all. One statement."""
    rows = [row for device in devices for row in (*_rejected(device), *_lost(device))]
    arrays = {column.name: [getattr(row, column.name) for row in rows] for column in fields(_Row)}
    await _SAVE.rows(
        session,
        {
            "at": at,
            "recorded": RejectionOutcome.RECORDED.value,
            "arrived": RejectionOutcome.ARRIVED.value,
            "lost": RejectionKind.LOST.value,
            "recorded_ids": [id_ for device in devices for id_ in device.recorded],
            "counted_devices": [device.device_id for device in devices if device.lost is not None],
            "lost_ids": [row.ids for row in rows if row.kinds == RejectionKind.LOST],
            **arrays,
        },
    )


def _rejected(device: DeviceLosses) -> list[_Row]:
    return [
        _Row(
            ids=rejection.id,
            kinds=RejectionKind.REJECTED.value,
            device_ids=device.device_id,
            rep_ids=device.rep_id,
            territory_ids=device.territory_id,
            business_dates=rejection.business_date,
            event_types=rejection.event_type,
            event_ids=rejection.event_id,
            first_sequences=rejection.sequence,
            last_sequences=rejection.sequence,
            outlet_codes=rejection.outlet_code,
            problems=_problems_json(rejection.problems),
            can_be_sent_again=rejection.can_be_sent_again,
            hold_before=rejection.hold.before if rejection.hold else None,
            hold_until=rejection.hold.until if rejection.hold else None,
        )
        for rejection in device.rejected
    ]


def _lost(device: DeviceLosses) -> list[_Row]:
    return [
        _Row(
            ids=device.lost_id(numbers),
            kinds=RejectionKind.LOST.value,
            device_ids=device.device_id,
            rep_ids=device.rep_id,
            territory_ids=device.territory_id,
            business_dates=device.business_date,
            first_sequences=numbers[0],
            last_sequences=numbers[1] - 1,
        )
        for numbers in (device.lost or ())[:MOST_LOST_RANGES]
    ]


def _problems_json(problems: Sequence[FieldProblem]) -> str:
    return orjson.dumps([{"pointer": p.pointer, "code": p.code, "message": p.message} for p in problems]).decode()


async def page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    rep_id: int | None,
    filters: RejectionFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedRejection]:
    """Up to `limit` within these territories (None: all), of this rep alone where one is given; the newest first."""
    statement = _within(_SHOWN, territory_ids).where(*_conditions_of(filters))
    if rep_id is not None:
        statement = statement.where(RejectedEvent.rep_id == rep_id)
    if after is not None:
        statement = statement.where(tuple_(*_KEY) < after)
    rows = await session.execute(statement.order_by(*(column.desc() for column in _KEY)).limit(limit))
    return records_of(ListedRejection, rows)


async def by_id(session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID) -> ListedRejection | None:
    """One of them within these territories (None: all)."""
    return record_of(
        ListedRejection, await session.execute(_within(_SHOWN, territory_ids).where(RejectedEvent.id == id_))
    )


async def give_up(session: AsyncSession, id_: UUID, by: str, at: datetime) -> None:
    """Settle one that stands: nobody waits for it any more."""
    await session.execute(
        update(RejectedEvent)
        .where(RejectedEvent.id == id_, RejectedEvent.settled_at.is_(None))
        .values(settled_at=at, outcome=RejectionOutcome.GIVEN_UP.value, settled_by=by)
        .execution_options(synchronize_session=False)
    )


async def forget(session: AsyncSession, until: datetime, most: int) -> int:
    """Forget up to `most` that came before `until`; how many."""
    result: Any = await session.execute(_FORGET, {"until": until, "most": most})
    return int(result.rowcount)


def _conditions_of(filters: RejectionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.territory_code is not None:
        conditions.append(Territory.code == filters.territory_code)
    if filters.rep_code is not None:
        conditions.append(Rep.code == filters.rep_code)
    if filters.kind is not None:
        conditions.append(RejectedEvent.kind == filters.kind.value)
    if filters.first is not None:
        conditions.append(RejectedEvent.received_at >= datetime.combine(filters.first, time(), UTC))
    if filters.last is not None:
        conditions.append(RejectedEvent.received_at < datetime.combine(filters.last, time(), UTC) + timedelta(days=1))
    if filters.standing is not None:
        settled = RejectedEvent.settled_at
        conditions.append(settled.is_(None) if filters.standing else settled.is_not(None))
    return conditions


def _within(rows: Select[*tuple[Any, ...]], territory_ids: Collection[int] | None) -> Select[*tuple[Any, ...]]:
    return rows if territory_ids is None else rows.where(RejectedEvent.territory_id.in_(territory_ids))
