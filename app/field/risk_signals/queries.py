"""All SQL about the signals themselves; how many there are: `count_queries`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.records import (
    ListedSignal,
    SignalFilter,
    SignalSorting,
    SignalStatus,
    SignalSubject,
)
from app.field.risk_signals.review_rules import SignalReview
from app.field.risk_signals.sight import evidence_in_sight, explanation_in_sight, outlet_name_in_sight
from app.field.risk_signals.signals import Signal
from app.ground.db.statements import DirectStatement, record_of, records_of
from app.ground.values import value
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

# Each judged subject and day is looked up (decision 17). What a person has reviewed is never touched. A doubt that came
# back stands again from now; one that stands, and only whose evidence changed, has stood since it was raised.
_RECONCILE = DirectStatement(
    text("""
    WITH held AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:rules AS text[]), CAST(:subject_types AS text[]), CAST(:subject_ids AS uuid[]),
            CAST(:territory_ids AS int[]), CAST(:rep_ids AS int[]), CAST(:outlet_ids AS int[]), CAST(:days AS date[]),
            CAST(:evidence AS text[]), CAST(:explanations AS text[])
        ) AS held (
            rule, subject_type, subject_id, territory_id, rep_id, outlet_id, business_date, evidence, explanation
        )
    ), judged AS (
        SELECT stood.* FROM unnest(
            CAST(:subject_rules AS text[]), CAST(:judged_types AS text[]), CAST(:judged_ids AS uuid[])
        ) AS asked (rule, subject_type, subject_id) CROSS JOIN LATERAL (
            SELECT id, rule, subject_type, subject_id FROM risk_signals AS s
            WHERE (s.rule, s.subject_type, s.subject_id) = (asked.rule, asked.subject_type, asked.subject_id)
                AND s.withdrawn_at IS NULL AND s.reviewed_at IS NULL OFFSET 0
        ) AS stood
        UNION ALL
        SELECT stood.* FROM unnest(CAST(:day_rules AS text[]), CAST(:day_reps AS int[]), CAST(:judged_days AS date[]))
            AS asked (rule, rep_id, business_date) CROSS JOIN LATERAL (
            SELECT id, rule, subject_type, subject_id FROM risk_signals AS s
            WHERE (s.rep_id, s.business_date, s.rule) = (asked.rep_id, asked.business_date, asked.rule)
                AND s.withdrawn_at IS NULL AND s.reviewed_at IS NULL OFFSET 0
        ) AS stood
    ), withdrawn AS (
        UPDATE risk_signals SET withdrawn_at = :at
        WHERE id = ANY(ARRAY(
            SELECT judged.id FROM judged WHERE NOT EXISTS (
                SELECT FROM held WHERE (held.rule, held.subject_type, held.subject_id)
                    = (judged.rule, judged.subject_type, judged.subject_id)
            )
        ))
    )
    INSERT INTO risk_signals AS stood (
        id, rule, subject_type, subject_id, territory_id, rep_id, outlet_id, business_date, evidence, explanation,
        raised_at
    )
    SELECT gen_random_uuid(), rule, subject_type, subject_id, territory_id, rep_id, outlet_id, business_date,
        CAST(evidence AS jsonb), explanation, CAST(:at AS timestamptz)
    FROM held
    ON CONFLICT (rule, subject_type, subject_id) DO UPDATE SET
        evidence = excluded.evidence, explanation = excluded.explanation, withdrawn_at = NULL,
        raised_at = CASE WHEN stood.withdrawn_at IS NULL THEN stood.raised_at ELSE excluded.raised_at END
    WHERE stood.reviewed_at IS NULL AND (stood.withdrawn_at IS NOT NULL OR stood.evidence <> excluded.evidence)
""")
)


@value(frozen=True, slots=True)
class Judged:
    """What of a rep was judged anew, and the doubts found: one within it that is not among them no longer holds.

    `subjects`: by rule, subject type and id. `days`: by rule, of rules that doubt a day once.
    """

    signals: Sequence[Signal] = ()
    subjects: Collection[tuple[str, str, UUID]] = ()
    days: Collection[tuple[str, date]] = ()


@value(frozen=True, slots=True)
class Judgement:
    """The judgement of one rep's events."""

    territory_id: int
    rep_id: int
    judged: Judged


async def reconcile(session: AsyncSession, judgements: Sequence[Judgement], at: datetime) -> None:
    """Make the open signals about what was judged exactly those of the judgements: at least one rep, each rep once.

    Raises, revives, renews and withdraws, in one statement.
    """
    signals = [
        (judgement.territory_id, judgement.rep_id, signal)
        for judgement in judgements
        for signal in judgement.judged.signals
    ]
    subjects = [subject for judgement in judgements for subject in judgement.judged.subjects]
    days = [(judgement.rep_id, rule, day) for judgement in judgements for rule, day in judgement.judged.days]
    await _RECONCILE.rows(
        session,
        {
            "rules": [signal.rule.value for _, _, signal in signals],
            "subject_types": [signal.subject_type for _, _, signal in signals],
            "subject_ids": [signal.subject_id for _, _, signal in signals],
            "territory_ids": [territory_id for territory_id, _, _ in signals],
            "rep_ids": [rep_id for _, rep_id, _ in signals],
            "outlet_ids": [signal.outlet_id for _, _, signal in signals],
            "days": [signal.business_date for _, _, signal in signals],
            "evidence": [orjson.dumps(signal.evidence).decode() for _, _, signal in signals],
            "explanations": [signal.explanation for _, _, signal in signals],
            "subject_rules": [rule for rule, _, _ in subjects],
            "judged_types": [subject_type for _, subject_type, _ in subjects],
            "judged_ids": [subject_id for _, _, subject_id in subjects],
            "day_rules": [rule for _, rule, _ in days],
            "day_reps": [rep_id for rep_id, _, _ in days],
            "judged_days": [day for _, _, day in days],
            "at": at,
        },
    )


def _shown(territory_ids: Collection[int] | None) -> Select[*tuple[Any, ...]]:
    """The signals within these territories (None: all), as they may be told there."""
    rows: Select[*tuple[Any, ...]] = (
        select(
            RiskSignal.id,
            RiskSignal.rule,
            RiskSignal.subject_type,
            RiskSignal.subject_id,
            Territory.code.label("territory_code"),
            Rep.code.label("rep_code"),
            Outlet.code.label("outlet_code"),
            outlet_name_in_sight(territory_ids),
            RiskSignal.business_date,
            evidence_in_sight(territory_ids),
            explanation_in_sight(territory_ids),
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
    return within(rows, territory_ids)


_KEY = (RiskSignal.raised_at, RiskSignal.id)


async def signals_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    filters: SignalFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedSignal]:
    """Up to `limit` signals within these territories (None: all), the newest or the oldest first."""
    conditions = conditions_of(filters)
    newest_first = filters.order is SignalSorting.NEWEST
    if after is not None:
        conditions.append(tuple_(*_KEY) < after if newest_first else tuple_(*_KEY) > after)
    sorting = [column.desc() if newest_first else column.asc() for column in _KEY]
    rows = await session.execute(_shown(territory_ids).where(*conditions).order_by(*sorting).limit(limit))
    return records_of(ListedSignal, rows)


async def signal_by_id(session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID) -> ListedSignal | None:
    """One signal within these territories."""
    return record_of(ListedSignal, await session.execute(_shown(territory_ids).where(RiskSignal.id == id_)))


async def lock_signals(
    session: AsyncSession, territory_ids: Collection[int] | None, ids: Collection[UUID]
) -> dict[UUID, ListedSignal]:
    """Signals within these territories by id, their rows locked in the order of the ids."""
    statement = _shown(territory_ids).where(RiskSignal.id.in_(ids)).order_by(RiskSignal.id)
    rows = await session.execute(statement.with_for_update(of=RiskSignal))
    return {signal.id: signal for signal in records_of(ListedSignal, rows)}


async def subjects_of(
    session: AsyncSession, territory_ids: Collection[int] | None, ids: Collection[UUID]
) -> dict[UUID, SignalSubject]:
    """What signals within these territories are about, by the signals' ids."""
    subjects = select(
        RiskSignal.id.label("signal_id"),
        RiskSignal.subject_type.label("type"),
        RiskSignal.subject_id.label("id"),
        RiskSignal.territory_id,
        RiskSignal.rep_id,
        RiskSignal.outlet_id,
        RiskSignal.business_date,
    ).where(RiskSignal.id.in_(ids))
    rows = [row._asdict() for row in await session.execute(within(subjects, territory_ids))]
    return {row.pop("signal_id"): SignalSubject(**row) for row in rows}


_given = (
    func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("outcomes", type_=ARRAY(Text)),
        bindparam("comments", type_=ARRAY(Text)),
    )
    .table_valued(column("id", Uuid), column("outcome", Text), column("comment", Text), name="given")
    .render_derived()
)


async def set_reviews(session: AsyncSession, reviews: Sequence[SignalReview], actor: str, at: datetime) -> None:
    """Write down what the reviewer said, of each signal once."""
    await session.execute(
        update(RiskSignal)
        .where(RiskSignal.id == _given.c.id)
        .values(review_outcome=_given.c.outcome, review_comment=_given.c.comment, reviewed_by=actor, reviewed_at=at)
        .execution_options(synchronize_session=False),
        {
            "ids": [review.signal_id for review in reviews],
            "outcomes": [review.outcome.value for review in reviews],
            "comments": [review.comment for review in reviews],
        },
    )


def conditions_of(filters: SignalFilter) -> list[ColumnElement[bool]]:
    """What a signal must be; `Territory` and `Rep` are joined to it where the filter names one."""
    conditions: list[ColumnElement[bool]] = []
    if filters.territory_code is not None:
        conditions.append(Territory.code == filters.territory_code)
    if filters.rep_code is not None:
        conditions.append(Rep.code == filters.rep_code)
    if filters.rule is not None:
        conditions.append(RiskSignal.rule == filters.rule.value)
    if filters.first is not None:
        conditions.append(RiskSignal.business_date >= filters.first)
    if filters.last is not None:
        conditions.append(RiskSignal.business_date <= filters.last)
    match filters.status:
        case SignalStatus.OPEN:
            conditions += [RiskSignal.reviewed_at.is_(None), RiskSignal.withdrawn_at.is_(None)]
        case SignalStatus.REVIEWED:
            conditions.append(RiskSignal.reviewed_at.is_not(None))
        case SignalStatus.WITHDRAWN:
            conditions += [RiskSignal.reviewed_at.is_(None), RiskSignal.withdrawn_at.is_not(None)]
        case None:
            pass
    return conditions


def within(rows: Select[*tuple[Any, ...]], territory_ids: Collection[int] | None) -> Select[*tuple[Any, ...]]:
    """Of these rows the signals of these territories (None: all)."""
    return rows if territory_ids is None else rows.where(RiskSignal.territory_id.in_(territory_ids))


_FORGET = text("""
    UPDATE risk_signals SET evidence = evidence - 'lat' - 'lon'
    WHERE id IN (
        SELECT id FROM risk_signals
        WHERE business_date >= :first AND business_date < :end AND evidence ? 'lat' LIMIT :most)
""").bindparams(bindparam("first", type_=Date), bindparam("end", type_=Date))


async def forget_positions(session: AsyncSession, first: date, end: date, most: int) -> int:
    """Take the positions from the evidence of up to `most` signals of these days, `end` left out; how many had one."""
    result: Any = await session.execute(_FORGET, {"first": first, "end": end, "most": most})
    return int(result.rowcount)
