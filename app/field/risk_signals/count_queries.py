"""How many signals there are, by what they are sorted by when they are worked off: rules, reps, days."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.queries import conditions_of, within
from app.field.risk_signals.records import (
    DoubtedDay,
    DoubtedRep,
    DoubtedRule,
    RuleRecord,
    SignalCounts,
    SignalFilter,
    SignalReviewOutcome,
)
from app.field.risk_signals.signals import RiskRule
from app.masters.territories.models import Rep, Territory

MOST_COUNTED = 100
"""So many reps, and so many days, are named: those with the most signals, and the latest days."""
_NO_FILTER = SignalFilter()


async def counts(session: AsyncSession, territory_ids: Collection[int] | None, filters: SignalFilter) -> SignalCounts:
    """The signals within these territories (None: all) by rule, by rep and by business date. One statement.

    Rules are counted as if none were asked for, and so are reps and days: what there is beside the one that is.
    """
    of_rule = conditions_of(replace(_NO_FILTER, rule=filters.rule))
    of_rep = conditions_of(replace(_NO_FILTER, rep_code=filters.rep_code))
    of_days = conditions_of(replace(_NO_FILTER, first=filters.first, last=filters.last))
    all_signals = replace(filters, rule=None, rep_code=None, first=None, last=None)
    statement = (
        select(
            RiskSignal.rule,
            Territory.code.label("territory_code"),
            Rep.code.label("rep_code"),
            Rep.name.label("rep_name"),
            RiskSignal.business_date,
            func.count().filter(*of_rep, *of_days).label("of_rule"),
            func.count().filter(*of_rule, *of_days).label("of_rep"),
            func.count().filter(*of_rule, *of_rep).label("of_day"),
        )
        .join(Territory, Territory.id == RiskSignal.territory_id)
        .join(Rep, Rep.id == RiskSignal.rep_id)
        .where(*conditions_of(all_signals))
        .group_by(
            func.grouping_sets(RiskSignal.rule, tuple_(Territory.code, Rep.code, Rep.name), RiskSignal.business_date)
        )
    )
    rows = (await session.execute(within(statement, territory_ids))).all()
    return SignalCounts(
        rules=_rules(row for row in rows if row.rule is not None and row.of_rule),
        reps=_reps(row for row in rows if row.rep_code is not None and row.of_rep),
        days=_days(row for row in rows if row.business_date is not None and row.of_day),
    )


def _rules(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[DoubtedRule]:
    """In the order of the rules."""
    signals = {row.rule: row.of_rule for row in rows}
    return [DoubtedRule(rule, signals[rule.value]) for rule in RiskRule if rule.value in signals]


def _reps(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[DoubtedRep]:
    """Those with the most signals first."""
    reps = [DoubtedRep(row.territory_code, row.rep_code, row.rep_name, row.of_rep) for row in rows]
    return sorted(reps, key=lambda rep: (-rep.signals, rep.rep_code))[:MOST_COUNTED]


def _days(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[DoubtedDay]:
    """The latest first."""
    days = [DoubtedDay(row.business_date, row.of_day) for row in rows]
    return sorted(days, key=attrgetter("business_date"), reverse=True)[:MOST_COUNTED]


async def records_of_rules(
    session: AsyncSession, territory_ids: Collection[int] | None, filters: SignalFilter
) -> list[RuleRecord]:
    """What became of the signals of each rule within these territories (None: all): every rule, in its own order."""
    reviewed, withdrawn = RiskSignal.reviewed_at.is_not(None), RiskSignal.withdrawn_at.is_not(None)
    statement = select(
        RiskSignal.rule,
        func.count().label("raised"),
        func.count().filter(~reviewed, ~withdrawn).label("open"),
        func.count().filter(~reviewed, withdrawn).label("withdrawn"),
        func.count()
        .filter(reviewed, RiskSignal.review_outcome == SignalReviewOutcome.CONFIRMED.value)
        .label("confirmed"),
        func.count()
        .filter(reviewed, RiskSignal.review_outcome == SignalReviewOutcome.DISMISSED.value)
        .label("dismissed"),
    ).join(Territory, Territory.id == RiskSignal.territory_id)
    rows = await session.execute(
        within(statement, territory_ids).where(*conditions_of(filters)).group_by(RiskSignal.rule)
    )
    records = {row.rule: RuleRecord(**row._asdict() | {"rule": RiskRule(row.rule)}) for row in rows}
    return [records.get(rule.value, RuleRecord(rule)) for rule in RiskRule]
