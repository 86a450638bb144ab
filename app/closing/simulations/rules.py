"""What a month comes to under another policy (P7). Decisions on plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from app.ground.errors import FieldProblem
from app.motivation.earnings.month_rules import JudgedMonth, month_findings
from app.motivation.points.policy_rules import LIMITED, PolicyTerms, policy_problems, terms_after
from app.motivation.points.rules import BOOKINGS, PointsRule, Policy

RepRule = tuple[int, PointsRule]
"""A rep's id and a rule."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What a rule costs or earns from a day on."""

    rule: PointsRule
    valid_from: date
    terms: PolicyTerms


class Booked(NamedTuple):
    """What stands in the ledger about a month: how often a rule counts, and its points, less what a cap took off."""

    times: int
    points: int


class Outcome(NamedTuple):
    """A rep's month by a rule: how often it counts, what was booked, what the simulated policy makes of it.

    A company has a hundred thousand.
    """

    rep_id: int
    rule: PointsRule
    times: int
    points: int
    simulated_points: int

    @property
    def difference(self) -> int:
        """What the rep would have had more, or less."""
        return self.simulated_points - self.points


@dataclass(slots=True)
class Total:
    """A sum of outcomes."""

    times: int = 0
    points: int = 0
    simulated_points: int = 0

    @property
    def difference(self) -> int:
        """What it comes to more, or less."""
        return self.simulated_points - self.points

    def add(self, other: "Outcome | Total") -> None:
        """Count one more in."""
        self.times += other.times
        self.points += other.points
        self.simulated_points += other.simulated_points


def policy_of(
    said: Mapping[str, Mapping[str, Any]], in_force: Mapping[PointsRule, PolicyTerms]
) -> tuple[dict[PointsRule, PolicyTerms], list[FieldProblem]]:
    """The policy to simulate by rule, and everything that is wrong with what was said.

    `in_force`: the terms of the month's last day: a cap or limit that is not said is theirs.
    """
    rules: dict[str, PointsRule] = {rule.value: rule for rule in PointsRule if rule is not PointsRule.OVER_MONTHLY_CAP}
    policy: dict[PointsRule, PolicyTerms] = {}
    problems: list[FieldProblem] = []
    for name, terms_said in said.items():
        if (rule := rules.get(name)) is None:
            pointer = name.replace("~", "~0").replace("/", "~1")
            problems.append(FieldProblem(f"/policy/{pointer}", "unknown_rule", "No policy can be of such a rule."))
            continue
        policy[rule] = terms = terms_after(in_force.get(rule), terms_said)
        problems += [
            FieldProblem(f"/policy/{name}{problem.pointer}", problem.code, problem.message)
            for problem in policy_problems(BOOKINGS[rule].kind, rule, terms)
        ]
    return policy, problems


def terms_on(versions: Iterable[PolicyVersion], day: date) -> dict[PointsRule, PolicyTerms]:
    """What each rule costs or earns on a day. `versions`: by rule, the newest day first; of one day the last first."""
    terms: dict[PointsRule, PolicyTerms] = {}
    for version in versions:
        if version.valid_from <= day:
            terms.setdefault(version.rule, version.terms)
    return terms


def days_off(rule: PointsRule, versions: Sequence[PolicyVersion], days: Iterable[date]) -> list[date]:
    """The days on which a rule was off: 0 points, or no policy yet. Nothing was booked about them."""
    of_rule = [version for version in versions if version.rule is rule]
    return [day for day in days if (terms := terms_on(of_rule, day).get(rule)) is None or terms.points == 0]


def of_returns(policy: Mapping[PointsRule, PolicyTerms]) -> list[PointsRule]:
    """The rules about a month's returns that are simulated with points: where a rep's month is not closed, they have
    booked nothing yet, and are judged anew.
    """
    return [rule for rule in sorted(LIMITED & policy.keys()) if policy[rule].points != 0]


def judged_anew(
    policy: Mapping[PointsRule, PolicyTerms], in_force: Mapping[PointsRule, PolicyTerms]
) -> list[PointsRule]:
    """Those of them whose entries of closed months do not say how often they would count either: the limit is another,
    or they were off.
    """
    anew = []
    for rule in of_returns(policy):
        was = in_force.get(rule, PolicyTerms(0))
        if was.points == 0 or was.rate_limit != policy[rule].rate_limit:
            anew.append(rule)
    return anew


def counts_of_months(
    months: Iterable[JudgedMonth],
    rules: Iterable[PointsRule],
    policy: Mapping[PointsRule, PolicyTerms],
    settled: Mapping[RepRule, int],
) -> dict[RepRule, int]:
    """How often these rules count for reps' months of returns by the limits of a policy: once, or not.

    `settled`: what appeals have settled for good (P5), and how often that counts.
    """
    of_returns = {rule.value: Policy(policy[rule].points, 0, rate_limit=policy[rule].rate_limit) for rule in rules}
    counts: dict[RepRule, int] = {}
    for month in months:
        for finding in month_findings(month, of_returns):
            if finding.rule.value in of_returns:
                key = month.rep_id, finding.rule
                counts[key] = settled.get(key, int(finding.counts))
    return counts


def outcomes(
    booked: Mapping[RepRule, Booked],
    policy: Mapping[PointsRule, PolicyTerms],
    added: Mapping[RepRule, int],
    instead: Mapping[RepRule, int],
    uncapped: Collection[RepRule] = (),
) -> list[Outcome]:
    """What each rep's month comes to by each simulated rule.

    `added`: how often rules count on days on which they were off; `instead`: how often they count whatever was booked;
    `uncapped`: what no cap holds, because an appeal against that was granted (P5).
    """
    nothing = Booked(0, 0)
    month_outcomes = []
    for rep_id, rule in booked.keys() | added.keys() | instead.keys():
        was = booked.get((rep_id, rule), nothing)
        count = instead.get((rep_id, rule), was.times + added.get((rep_id, rule), 0))
        simulated = _points(count, policy[rule], capped=(rep_id, rule) not in uncapped)
        month_outcomes.append(Outcome(rep_id, rule, count, was.points, simulated))
    return month_outcomes


def by_rule(month_outcomes: Iterable[Outcome], rules: Iterable[PointsRule]) -> dict[PointsRule, Total]:
    """What each of these rules comes to."""
    totals = {rule: Total() for rule in rules}
    for outcome in month_outcomes:
        totals[outcome.rule].add(outcome)
    return totals


def by_rep(month_outcomes: Iterable[Outcome]) -> dict[int, Total]:
    """What each rep's month comes to by all simulated rules."""
    totals: dict[int, Total] = {}
    for outcome in month_outcomes:
        if (total := totals.get(outcome.rep_id)) is None:
            total = totals[outcome.rep_id] = Total()
        total.add(outcome)
    return totals


def total_of(totals: Iterable[Total]) -> Total:
    """The sum of sums."""
    whole = Total()
    for total in totals:
        whole.add(total)
    return whole


def _points(count: int, terms: PolicyTerms, *, capped: bool) -> int:
    points = count * terms.points
    return min(points, terms.monthly_cap) if capped and terms.monthly_cap is not None else points
