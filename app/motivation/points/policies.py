"""Use cases of the policy: what rules cost and earn, and changing that from a day on (P2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.db import barrier
from app.ground.errors import Invalid
from app.masters.territories import service as territories
from app.motivation.points import policy_queries as queries
from app.motivation.points.errors import PolicyApplied
from app.motivation.points.models import PointsPolicy
from app.motivation.points.policy_rules import PolicyTerms, policy_problems, terms_after
from app.motivation.points.rules import BOOKINGS, PointsRule

POLICY_RULES = tuple(rule for rule in PointsRule if rule is not PointsRule.OVER_MONTHLY_CAP)
"""The rules that a policy can be of."""


@dataclass(frozen=True, slots=True)
class ChangedPolicy:
    """What a rule costs or earns from a day on, and who said so."""

    rule: PointsRule
    version: int
    valid_from: date
    terms: PolicyTerms
    changed_at: datetime
    changed_by: str


async def policies_on(session: AsyncSession, day: date) -> list[ChangedPolicy]:
    """The policy of each rule that holds on a day, by the order of the rules. One statement."""
    in_force: dict[PointsRule, ChangedPolicy] = {}
    for policy in reversed(await all_versions(session)):
        if policy.valid_from <= day:
            in_force[policy.rule] = policy
    return [in_force[rule] for rule in POLICY_RULES if rule in in_force]


async def all_versions(session: AsyncSession) -> list[ChangedPolicy]:
    """Every version of every rule: by rule, the newest day first. One statement."""
    names = {rule.value for rule in POLICY_RULES}
    return [_changed(policy) for policy in await queries.versions(session) if policy.rule in names]


async def change_policy(
    session: AsyncSession,
    rule: PointsRule,
    valid_from: date,
    said: dict[str, Any],
    at: datetime,
    author: ChangeAuthor,
    check: Callable[[int | None], None] = lambda _: None,
) -> tuple[ChangedPolicy, int]:
    """Let a rule cost or earn something else from a day on; what is not said stays as it is on that day.

    A version is written for it, and in the audit trail who did. Saying what holds already changes nothing. Answers what
    holds then, and the number of the newest version, which `check` is asked about before. Nobody books anything
    meanwhile. Raises Invalid where the terms make no sense, and PolicyApplied where points were booked
    about that day or a later one.
    """
    await barrier.hold_alone(session, [each.id for each in await territories.all_territory_facts(session)])
    await queries.hold_policy_alone(session)
    versions = [policy for policy in await all_versions(session) if policy.rule is rule]
    newest = max((policy.version for policy in versions), default=None)
    check(newest)
    before = next((policy for policy in versions if policy.valid_from <= valid_from), None)
    terms = terms_after(before.terms if before else None, said)
    if problems := policy_problems(BOOKINGS[rule].kind, rule, terms):
        raise Invalid("The policy makes no sense.", errors=problems)
    if before is not None and before.terms == terms:
        return before, newest or before.version
    if (last := await queries.last_booked_day(session, valid_from)) is not None:
        raise PolicyApplied(
            f"Points have been booked about {last}: a policy can hold from a later day on.",
            earliest=(last + timedelta(days=1)).isoformat(),
        )
    values = {"rule": rule.value, "valid_from": valid_from, "created_at": at, "created_by": author.actor}
    version = await queries.insert_version(session, values | terms.columns())
    changed = ChangedPolicy(rule, version, valid_from, terms, at, author.actor)
    told_before = None if before is None else before.terms.told() | {"valid_from": before.valid_from}
    told_after = terms.told() | {"valid_from": valid_from}
    await record(session, [Change(AuditKind.POINTS_POLICY, rule.value, told_before, told_after)], author, at)
    return changed, version


def _changed(policy: PointsPolicy) -> ChangedPolicy:
    terms = PolicyTerms(policy.points, policy.monthly_cap, policy.rate_limit)
    rule = PointsRule(policy.rule)
    return ChangedPolicy(rule, policy.version, policy.valid_from, terms, policy.created_at, policy.created_by)
