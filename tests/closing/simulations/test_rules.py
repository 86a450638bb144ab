"""What a month comes to under another policy, without a database (P7)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.closing.simulations import rules
from app.closing.simulations.rules import Booked, Outcome, PolicyVersion
from app.motivation.earnings.month_rules import JudgedMonth
from app.motivation.points.cap_rules import CappedDays, CappedMonth, cap_findings
from app.motivation.points.policy_rules import PolicyTerms
from app.motivation.points.rules import PointsRule

OCTOBER = date(2026, 10, 1)
ON_TIME, MISSED = PointsRule.ORDER_ON_TIME, PointsRule.MISSED_ORDER
WITHIN, OVER = PointsRule.RETURNS_WITHIN_LIMIT, PointsRule.RETURNS_OVER_LIMIT
THREE_PERCENT = Decimal("0.03")
IN_FORCE = {
    ON_TIME: PolicyTerms(1, monthly_cap=100),
    WITHIN: PolicyTerms(20, rate_limit=THREE_PERCENT),
    OVER: PolicyTerms(-20, rate_limit=THREE_PERCENT),
}


@pytest.mark.parametrize(
    ("booked", "terms", "added", "instead", "expected"),
    [
        (Booked(4, 4), PolicyTerms(2), None, None, (4, 4, 8)),
        (Booked(4, 4), PolicyTerms(2, monthly_cap=5), None, None, (4, 4, 5)),
        (Booked(4, 3), PolicyTerms(1, monthly_cap=10), None, None, (4, 3, 4)),  # a cap took one off
        (Booked(4, 4), PolicyTerms(0), None, None, (4, 4, 0)),
        (Booked(4, -40), PolicyTerms(-3), None, None, (4, -40, -12)),
        (Booked(4, 4), PolicyTerms(1), 2, None, (6, 4, 6)),  # off on some days
        (None, PolicyTerms(1), 2, None, (2, 0, 2)),
        (Booked(1, 20), PolicyTerms(20), None, 0, (0, 20, 0)),
        (None, PolicyTerms(20), None, 1, (1, 0, 20)),
    ],
)
def test_a_rule_comes_to_its_count_times_the_points_up_to_the_cap(
    booked: Booked | None, terms: PolicyTerms, added: int | None, instead: int | None, expected: tuple[int, int, int]
) -> None:
    key = 7, ON_TIME
    (found,) = rules.outcomes(
        {} if booked is None else {key: booked},
        {ON_TIME: terms},
        {} if added is None else {key: added},
        {} if instead is None else {key: instead},
    )
    assert (found.times, found.points, found.simulated_points) == expected
    assert found.difference == expected[2] - expected[1]


def test_no_cap_holds_what_an_appeal_has_settled() -> None:
    month = {(7, ON_TIME): Booked(4, 4), (8, ON_TIME): Booked(4, 2)}
    of_reps = rules.outcomes(month, {ON_TIME: PolicyTerms(1, monthly_cap=2)}, {}, {}, {(7, ON_TIME)})
    assert {outcome.rep_id: outcome.simulated_points for outcome in of_reps} == {7: 4, 8: 2}


@given(
    counts=st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(0, 9), min_size=1),
    points=st.integers(0, 5),
    cap=st.none() | st.integers(1, 20),
    appealed=st.sets(st.sampled_from([1, 2, 3])),
)
def test_a_month_under_its_own_policy_is_what_it_was(
    counts: dict[int, int], points: int, cap: int | None, appealed: set[int]
) -> None:
    """Whatever caps took off, and whatever appeals gave back of that."""
    booked = {}
    for rep_id, count in counts.items():
        earned = [CappedMonth(rep_id, ON_TIME, OCTOBER, (CappedDays(OCTOBER, count * points, cap, 1),))]
        over = sum(finding.points or 0 for finding in cap_findings(earned, ()) if finding.counts)
        booked[rep_id, ON_TIME] = Booked(count, count * points + (0 if rep_id in appealed else over))
    uncapped = {(rep_id, ON_TIME) for rep_id in appealed}
    same = rules.outcomes(booked, {ON_TIME: PolicyTerms(points, monthly_cap=cap)}, {}, {}, uncapped)
    assert {outcome.difference for outcome in same} == {0}


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ({"points": 2}, PolicyTerms(2, monthly_cap=100)),
        ({"points": 2, "monthly_cap": None}, PolicyTerms(2)),
        ({"points": 2, "monthly_cap": 7}, PolicyTerms(2, monthly_cap=7)),
    ],
)
def test_a_cap_that_is_not_said_is_the_one_in_force(said: dict[str, Any], terms: PolicyTerms) -> None:
    assert rules.policy_of({"order_on_time": said}, IN_FORCE) == ({ON_TIME: terms}, [])


def test_everything_that_is_wrong_with_a_policy_is_said_at_once() -> None:
    said: dict[str, dict[str, Any]] = {
        "order_on_time": {"points": -1},
        "missed_order": {"points": 1, "monthly_cap": 5, "limit": THREE_PERCENT},
        "returns_over_limit": {"points": -5, "limit": None},
        "over_monthly_cap": {"points": -1},
        "luck/~": {"points": 1},
    }
    _, problems = rules.policy_of(said, IN_FORCE)
    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/policy/order_on_time/points", "sign"),
        ("/policy/missed_order/points", "sign"),
        ("/policy/missed_order/monthly_cap", "no_award"),
        ("/policy/missed_order/limit", "no_limit"),
        ("/policy/returns_over_limit/limit", "missing"),
        ("/policy/over_monthly_cap", "unknown_rule"),
        ("/policy/luck~1~0", "unknown_rule"),
    ]


def test_a_rule_is_off_where_its_policy_says_0_and_before_its_first_one() -> None:
    days = [OCTOBER.replace(day=day) for day in range(1, 11)]
    versions = [
        PolicyVersion(ON_TIME, OCTOBER.replace(day=8), PolicyTerms(0)),
        PolicyVersion(ON_TIME, OCTOBER.replace(day=3), PolicyTerms(2)),  # of one day the one that was written last
        PolicyVersion(ON_TIME, OCTOBER.replace(day=3), PolicyTerms(0)),
        PolicyVersion(MISSED, OCTOBER, PolicyTerms(-10)),
    ]
    assert [day.day for day in rules.days_off(ON_TIME, versions, days)] == [1, 2, 8, 9, 10]
    assert rules.days_off(MISSED, versions, days) == []
    assert rules.terms_on(versions, days[4]) == {ON_TIME: PolicyTerms(2), MISSED: PolicyTerms(-10)}


@pytest.mark.parametrize(
    ("terms", "in_force", "anew"),
    [
        (PolicyTerms(30, rate_limit=THREE_PERCENT), IN_FORCE, []),
        (PolicyTerms(30, rate_limit=Decimal("0.04")), IN_FORCE, [WITHIN]),
        (PolicyTerms(30, rate_limit=THREE_PERCENT), {}, [WITHIN]),
        (PolicyTerms(30, rate_limit=THREE_PERCENT), {WITHIN: PolicyTerms(0, rate_limit=THREE_PERCENT)}, [WITHIN]),
        (PolicyTerms(0, rate_limit=Decimal("0.04")), IN_FORCE, []),
    ],
)
def test_returns_are_judged_anew_where_the_entries_do_not_tell(
    terms: PolicyTerms, in_force: dict[PointsRule, PolicyTerms], anew: list[PointsRule]
) -> None:
    assert rules.judged_anew({WITHIN: terms, ON_TIME: PolicyTerms(1)}, in_force) == anew


def test_returns_count_by_the_simulated_limit_but_for_what_an_appeal_has_settled() -> None:
    months = [JudgedMonth(rep_id, OCTOBER, Decimal(5), Decimal(100)) for rep_id in (1, 2)]
    policy = {WITHIN: PolicyTerms(20, rate_limit=Decimal("0.05")), OVER: PolicyTerms(-20, rate_limit=THREE_PERCENT)}
    counts = rules.counts_of_months(months, [WITHIN, OVER], policy, {(2, OVER): 0})
    assert counts == {(1, WITHIN): 1, (1, OVER): 1, (2, WITHIN): 1, (2, OVER): 0}
    assert rules.counts_of_months(months, [OVER], policy, {}).keys() == {(1, OVER), (2, OVER)}


def test_totals_by_rule_and_by_rep_add_up_to_the_same() -> None:
    found = [Outcome(1, ON_TIME, 3, 3, 6), Outcome(1, MISSED, 1, -10, -5), Outcome(2, ON_TIME, 4, 4, 8)]
    by_rule = rules.by_rule(found, [ON_TIME, MISSED, WITHIN])
    by_rep = rules.by_rep(found)
    assert [total.difference for total in by_rule.values()] == [7, 5, 0]
    assert {rep_id: total.difference for rep_id, total in by_rep.items()} == {1: 8, 2: 4}
    assert rules.total_of(by_rule.values()) == rules.total_of(by_rep.values())
