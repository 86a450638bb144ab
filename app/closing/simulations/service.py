"""Use case of what-if: replay a month that is over under another policy (P7, decision 74). It writes nothing."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months.rules import over_at
from app.closing.months.service import reps_then
from app.closing.simulations import facts_of_days, queries, rules
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
    booked = await queries.booked(session, asked, policy)
    caps = booked.appealed_caps
    uncapped = await points.pardoned_caps(session, caps, month) if caps else set()
    added = await _added(session, asked, policy, versions, facts)
    instead = await _judged_anew(session, asked, policy, in_force, booked.of)
    month_outcomes, differing = await asyncio.to_thread(_replayed, booked.of, policy, added, instead, uncapped)
    return Simulation(month, territory_code, policy, month_outcomes, await queries.rep_codes(session, differing))


def _replayed(
    booked: Mapping[RepRule, Booked],
    policy: Mapping[PointsRule, PolicyTerms],
    added: Mapping[RepRule, int],
    instead: Mapping[RepRule, int],
    uncapped: Collection[RepRule],
) -> tuple[list[Outcome], set[int]]:
    month_outcomes = rules.outcomes(booked, policy, added, instead, uncapped)
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
    """How often rules count that were off, where they are simulated with points."""
    days = [asked.month + timedelta(days=n) for n in range(asked.last_day.day)]
    added: dict[RepRule, int] = {}
    for rule in policy:
        off = [] if rule in LIMITED or policy[rule].points == 0 else rules.days_off(rule, versions, days)
        if not off:
            continue
        times = await facts_of_days.counted(session, asked, rule, off, facts)
        added |= {(rep_id, rule): of_rep for rep_id, of_rep in times.items()}
    return added


async def _judged_anew(
    session: AsyncSession,
    asked: ReplayedReps,
    policy: Mapping[PointsRule, PolicyTerms],
    in_force: Mapping[PointsRule, PolicyTerms],
    booked: Mapping[RepRule, Booked],
) -> dict[RepRule, int]:
    """How often rules about returns count by the simulated limits, where the entries do not tell: of all reps where the
    limit is another, of those whose month is not closed in any case. What appeals have settled stays as it is.
    """
    of_returns, anew = rules.of_returns(policy), rules.judged_anew(policy, in_force)
    if not of_returns:
        return {}
    open_reps = frozenset(await queries.open_reps(session, asked))
    rep_ids: Sequence[int] = sorted(open_reps)
    if anew:
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
            for rule, source_id in await points.pardoned(session, SourceType.MONTH, of_source.keys(), of_returns)
        }
        counts |= await asyncio.to_thread(rules.counts_of_months, months, of_returns, policy, settled)
    return {(rep_id, rule): count for (rep_id, rule), count in counts.items() if rule in anew or rep_id in open_reps}


def _count(booked: Mapping[RepRule, Booked], key: RepRule) -> int:
    return booked[key].times if key in booked else 0
