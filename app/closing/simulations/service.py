"""Use case of what-if: replay a month that is over under another policy (P7, decision 74). It writes nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months.rules import over_at
from app.closing.months.service import reps_then
from app.closing.punctuality import service as punctuality
from app.closing.punctuality.rules import due_instant
from app.closing.simulations import fact_queries, queries, rules
from app.closing.simulations.queries import ReplayedReps
from app.closing.simulations.rules import Booked, Outcome, PolicyVersion, RepRule
from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.months import last_day_of, month_text
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts
from app.motivation.earnings.month_rules import JudgedMonth
from app.motivation.points import policies
from app.motivation.points import service as points
from app.motivation.points.policy_rules import LIMITED, PolicyTerms
from app.motivation.points.rules import PointsRule, SourceType
from app.motivation.statements.errors import MonthNotOver
from app.sales.returns.rep_months import returns_of

REPS_AT_ONCE = 1_000
"""How many reps' returns are judged at a time: bounds the memory of a company's month."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A month under another policy: what each rep's month comes to by each simulated rule, and the codes of reps of
    whom anything differs.
    """

    month: date
    territory_code: str | None
    policy: Mapping[PointsRule, PolicyTerms]
    outcomes: Sequence[Outcome]
    rep_codes: Mapping[int, str]


async def simulate(
    session: AsyncSession, month: date, territory_code: str | None, said: Mapping[str, Mapping[str, Any]]
) -> Simulation:
    """What a month, by its first day, comes to under a policy; `said`: by rule what is to be otherwise.

    The month is that of the days that entries are about. A number of statements that follows from the rules, and two
    for each `REPS_AT_ONCE` reps whose returns are judged anew. Raises Invalid with everything that is wrong, and
    MonthNotOver.
    """
    facts = await territories.all_territory_facts(session)
    last_day = last_day_of(month)
    versions = [
        PolicyVersion(version.rule, version.valid_from, version.terms)
        for version in await policies.all_versions(session)
    ]
    in_force = rules.terms_on(versions, last_day)
    policy, problems = rules.policy_of(said, in_force)
    asked_for = [each for each in facts if territory_code in {None, each.code}]
    if territory_code is not None and not asked_for:
        problems.insert(0, FieldProblem("/territory_code", "unknown_territory", "There is no such territory."))
    if problems:
        raise Invalid("This cannot be simulated.", errors=tuple(problems))
    _must_be_over(asked_for, month)
    asked = ReplayedReps(
        month, last_day, await _reps(session, asked_for, month) if territory_code is not None else None
    )
    anew = rules.judged_anew(policy, in_force)
    booked = await queries.booked(session, asked, policy)
    added = await _added(session, asked, policy, versions, facts)
    instead = await _judged_anew(session, asked, anew, policy, booked) if anew else {}
    month_outcomes, differing = await asyncio.to_thread(_replayed, booked, policy, added, instead)
    return Simulation(month, territory_code, policy, month_outcomes, await queries.rep_codes(session, differing))


def _replayed(
    booked: Mapping[RepRule, Booked],
    policy: Mapping[PointsRule, PolicyTerms],
    added: Mapping[RepRule, int],
    instead: Mapping[RepRule, int],
) -> tuple[list[Outcome], set[int]]:
    month_outcomes = rules.outcomes(booked, policy, added, instead)
    return month_outcomes, {outcome.rep_id for outcome in month_outcomes if outcome.difference}


def _must_be_over(asked_for: Sequence[TerritoryFacts], month: date) -> None:
    over = max((over_at(territory, month) for territory in asked_for), default=None)
    if over is not None and clock.now() < over:
        raise MonthNotOver(f"{month_text(month)} is over at {over.isoformat()}.", over_at=over.isoformat())


async def _reps(session: AsyncSession, asked_for: Sequence[TerritoryFacts], month: date) -> list[int]:
    (territory,) = asked_for
    return await reps_then(session, territory, month)


async def _added(
    session: AsyncSession,
    asked: ReplayedReps,
    policy: Mapping[PointsRule, PolicyTerms],
    versions: Sequence[PolicyVersion],
    facts: Sequence[TerritoryFacts],
) -> dict[RepRule, int]:
    """How often rules count that were off, where they are simulated with points; a statement for each."""
    days = [asked.month + timedelta(days=n) for n in range(asked.last_day.day)]
    added: dict[RepRule, int] = {}
    for rule in policy:
        off = [] if rule in LIMITED or policy[rule].points == 0 else rules.days_off(rule, versions, days)
        if not off:
            continue
        due = await due_instants(session, off, facts) if rule is PointsRule.PAST_DUE_ORDER else []
        times = await fact_queries.counts(session, asked, rule, off, due)
        added |= {(rep_id, rule): of_rep for rep_id, of_rep in times.items()}
    return added


async def due_instants(
    session: AsyncSession, days: Sequence[date], facts: Sequence[TerritoryFacts]
) -> list[tuple[int, date, time, datetime]]:
    """The due times of the days that were closed, where they lie before the cutoff (C2). Two statements."""
    by_id = {each.id: each for each in facts}
    times = await punctuality.due_times(session)
    return [
        (run.territory_id, run.business_date, due_time, due_at)
        for run in await queries.runs_of(session, days)
        for due_time in times
        if (due_at := due_instant(by_id[run.territory_id], run.business_date, due_time, run.cutoff_at)) is not None
    ]


async def _judged_anew(
    session: AsyncSession,
    asked: ReplayedReps,
    anew: Sequence[PointsRule],
    policy: Mapping[PointsRule, PolicyTerms],
    booked: Mapping[RepRule, Booked],
) -> dict[RepRule, int]:
    """How often rules about returns count by the simulated limits; what appeals have settled stays as it is."""
    rep_ids = await queries.every_rep_id(session) if asked.rep_ids is None else asked.rep_ids
    counts: dict[RepRule, int] = {}
    for start in range(0, len(rep_ids), REPS_AT_ONCE):
        months = [
            JudgedMonth(each.rep_id, each.month, each.returned_value, each.delivered_value)
            for each in await returns_of(session, rep_ids[start : start + REPS_AT_ONCE], asked.month)
        ]
        of_source = {month.source_id: month.rep_id for month in months}
        settled = {
            (of_source[source_id], rule): _count(booked, (of_source[source_id], rule))
            for rule, source_id in await points.pardoned(session, SourceType.MONTH, of_source.keys(), anew)
        }
        counts |= await asyncio.to_thread(rules.counts_of_months, months, anew, policy, settled)
    return counts


def _count(booked: Mapping[RepRule, Booked], key: RepRule) -> int:
    return booked[key].times if key in booked else 0
