"""What a month's returns earn and cost, without a database (P2, D5)."""

from datetime import date
from decimal import Decimal

import pytest

from app.motivation.earnings.month_rules import JudgedMonth, month_findings
from app.motivation.points.rules import Policy

NOVEMBER = date(2026, 11, 1)
THREE_PERCENT = {
    "returns_within_limit": Policy(20, 1, None, Decimal("0.03")),
    "returns_over_limit": Policy(-20, 1, None, Decimal("0.03")),
}
WITH_A_GAP = THREE_PERCENT | {"returns_over_limit": Policy(-20, 2, None, Decimal("0.05"))}


def counting(returned: str, delivered: str, policies: dict[str, Policy]) -> set[str]:
    month = JudgedMonth(1, NOVEMBER, Decimal(returned), Decimal(delivered))
    return {finding.rule.value for finding in month_findings(month, policies) if finding.counts}


@pytest.mark.parametrize(
    ("returned", "delivered", "policies", "rules"),
    [
        ("0", "100", THREE_PERCENT, {"returns_within_limit"}),
        ("3", "100", THREE_PERCENT, {"returns_within_limit"}),
        ("3.0001", "100", THREE_PERCENT, {"returns_over_limit"}),
        ("5", "0", THREE_PERCENT, set()),
        ("0", "0", THREE_PERCENT, set()),
        ("4", "100", WITH_A_GAP, set()),
        ("6", "100", WITH_A_GAP, {"returns_over_limit"}),
        ("1", "100", {}, set()),
        ("200", "100", THREE_PERCENT, {"returns_over_limit"}),
    ],
)
def test_a_months_returns_stay_within_the_limit_or_go_over_it(
    returned: str, delivered: str, policies: dict[str, Policy], rules: set[str]
) -> None:
    assert counting(returned, delivered, policies) == rules


def test_a_month_is_judged_by_the_policy_of_its_last_day_and_tells_its_facts() -> None:
    month = JudgedMonth(1, NOVEMBER, Decimal("4.50"), Decimal(100), by_reason={"unsold": Decimal("4.50")})
    within, over = month_findings(month, THREE_PERCENT)
    assert (within.business_date, within.source_id) == (date(2026, 11, 30), over.source_id)
    assert over.facts == {
        "month": "2026-11",
        "returned_value": "4.50",
        "delivered_value": "100.00",
        "rate": "0.045",
        "limit": "0.03",
        "return_ids": [],
        "by_reason": {"unsold": "4.50"},
    }
