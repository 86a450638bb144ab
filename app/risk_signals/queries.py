"""All SQL about the signals themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.direct import DirectStatement
from app.outlets.models import Outlet
from app.risk_signals.models import RiskSignal
from app.risk_signals.records import ListedSignal, SignalFilter, SignalStatus
from app.risk_signals.signals import RiskRule, Signal
from app.territories.models import Rep, Territory

# What a person has reviewed is never touched. A doubt that came back stands again from now; one that stands, and only
# whose evidence changed, has stood since it was raised.
_RECONCILE = DirectStatement(
    text("""
    WITH held AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:rules AS text[]), CAST(:subject_types AS text[]), CAST(:subject_ids AS uuid[]),
            CAST(:outlet_ids AS int[]), CAST(:days AS date[]), CAST(:evidence AS text[]), CAST(:explanations AS text[])
        ) AS held (rule, subject_type, subject_id, outlet_id, business_date, evidence, explanation)
    ), withdrawn AS (
        UPDATE risk_signals AS stood SET withdrawn_at = :at
        WHERE stood.rep_id = :rep_id AND stood.withdrawn_at IS NULL AND stood.reviewed_at IS NULL
            AND (
                (
                    stood.business_date = ANY(CAST(:whole_days AS date[]))
                    AND stood.rule NOT IN (:repeated_fix, :sequence_gap)
                )
                OR (stood.rule = :repeated_fix AND stood.subject_id = ANY(CAST(:twins AS uuid[])))
                OR (stood.rule = :sequence_gap AND stood.subject_id = ANY(CAST(:devices AS uuid[])))
            )
            AND NOT EXISTS (
                SELECT FROM held WHERE (held.rule, held.subject_type, held.subject_id)
                    = (stood.rule, stood.subject_type, stood.subject_id)
            )
    )
    INSERT INTO risk_signals AS stood (
        id, rule, subject_type, subject_id, territory_id, rep_id, outlet_id, business_date, evidence, explanation,
        raised_at
    )
    SELECT gen_random_uuid(), rule, subject_type, subject_id, CAST(:territory_id AS int), CAST(:rep_id AS int),
        outlet_id, business_date,
        CAST(evidence AS jsonb), explanation, CAST(:at AS timestamptz)
    FROM held
    ON CONFLICT (rule, subject_type, subject_id) DO UPDATE SET
        evidence = excluded.evidence, explanation = excluded.explanation, withdrawn_at = NULL,
        raised_at = CASE WHEN stood.withdrawn_at IS NULL THEN stood.raised_at ELSE excluded.raised_at END
    WHERE stood.reviewed_at IS NULL AND (stood.withdrawn_at IS NOT NULL OR stood.evidence <> excluded.evidence)
""")
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged in full: a doubt within it that is not among the signals given no longer holds."""

    days: Collection[date] = field(default_factory=tuple)
    twins: Collection[UUID] = field(default_factory=tuple)
    devices: Collection[UUID] = field(default_factory=tuple)


async def reconcile(
    session: AsyncSession,
    territory_id: int,
    rep_id: int,
    signals: Sequence[Signal],
    judged: Judged,
    at: datetime,
) -> None:
    """Let the open signals within `judged` be exactly `signals`: raise, revive, renew, withdraw, in one statement."""
    await _RECONCILE.rows(
        session,
        {
            "rules": [signal.rule.value for signal in signals],
            "subject_types": [signal.subject_type for signal in signals],
            "subject_ids": [signal.subject_id for signal in signals],
            "outlet_ids": [signal.outlet_id for signal in signals],
            "days": [signal.business_date for signal in signals],
            "evidence": [orjson.dumps(signal.evidence).decode() for signal in signals],
            "explanations": [signal.explanation for signal in signals],
            "territory_id": territory_id,
            "rep_id": rep_id,
            "whole_days": list(judged.days),
            "twins": list(judged.twins),
            "devices": list(judged.devices),
            "repeated_fix": RiskRule.REPEATED_FIX.value,
            "sequence_gap": RiskRule.SEQUENCE_GAP.value,
            "at": at,
        },
    )


_SHOWN = (
    select(
        RiskSignal.id,
        RiskSignal.rule,
        RiskSignal.subject_type,
        RiskSignal.subject_id,
        Territory.code,
        Rep.code,
        Outlet.code,
        RiskSignal.business_date,
        RiskSignal.evidence,
        RiskSignal.explanation,
        RiskSignal.raised_at,
        RiskSignal.withdrawn_at,
        RiskSignal.review_outcome,
        RiskSignal.review_comment,
        RiskSignal.reviewed_by,
        RiskSignal.reviewed_at,
    )
    .join(Territory, Territory.id == RiskSignal.territory_id)
    .join(Rep, Rep.id == RiskSignal.rep_id)
    .outerjoin(Outlet, Outlet.id == RiskSignal.outlet_id)
)
_KEY = (RiskSignal.raised_at, RiskSignal.id)


async def signals_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    wanted: SignalFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedSignal]:
    """Up to `limit` signals within these territories (None: all), the newest first."""
    conditions = _conditions_of(wanted)
    if after is not None:
        conditions.append(tuple_(*_KEY) < after)
    rows = await session.execute(
        _within(_SHOWN, territory_ids).where(*conditions).order_by(*(column.desc() for column in _KEY)).limit(limit)
    )
    return [ListedSignal(*row) for row in rows]


async def signal_by_id(
    session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID, *, lock: bool = False
) -> ListedSignal | None:
    """One signal within these territories, its row locked if asked for."""
    wanted = _within(_SHOWN, territory_ids).where(RiskSignal.id == id_)
    if lock:
        wanted = wanted.with_for_update(of=RiskSignal)
    row = (await session.execute(wanted)).one_or_none()
    return ListedSignal(*row) if row is not None else None


async def set_review(session: AsyncSession, id_: UUID, outcome: str, comment: str, actor: str, at: datetime) -> None:
    """Write down what the reviewer said."""
    await session.execute(
        update(RiskSignal)
        .where(RiskSignal.id == id_)
        .values(review_outcome=outcome, review_comment=comment, reviewed_by=actor, reviewed_at=at)
        .execution_options(synchronize_session=False)
    )


def _conditions_of(wanted: SignalFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.territory_code is not None:
        conditions.append(Territory.code == wanted.territory_code)
    if wanted.rep_code is not None:
        conditions.append(Rep.code == wanted.rep_code)
    if wanted.rule is not None:
        conditions.append(RiskSignal.rule == wanted.rule.value)
    if wanted.first is not None:
        conditions.append(RiskSignal.business_date >= wanted.first)
    if wanted.last is not None:
        conditions.append(RiskSignal.business_date <= wanted.last)
    match wanted.status:
        case SignalStatus.OPEN:
            conditions += [RiskSignal.reviewed_at.is_(None), RiskSignal.withdrawn_at.is_(None)]
        case SignalStatus.REVIEWED:
            conditions.append(RiskSignal.reviewed_at.is_not(None))
        case SignalStatus.WITHDRAWN:
            conditions += [RiskSignal.reviewed_at.is_(None), RiskSignal.withdrawn_at.is_not(None)]
        case None:
            pass
    return conditions


def _within(rows: Select[*tuple[Any, ...]], territory_ids: Collection[int] | None) -> Select[*tuple[Any, ...]]:
    return rows if territory_ids is None else rows.where(RiskSignal.territory_id.in_(territory_ids))
