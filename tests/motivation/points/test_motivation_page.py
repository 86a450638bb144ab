"""The page that tells people how points come about says what the software does."""

import re
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.policies import policies_on

PAGE = (Path(__file__).parents[3] / "docs" / "motivation.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| ([+−]\d+) \|", re.MULTILINE)


async def test_the_page_tells_each_rule_and_what_it_costs_or_earns(session: AsyncSession) -> None:
    rules, _, _ = PAGE.partition("## By example")
    told = {rule: int(points.replace("−", "-")) for rule, points in ROW.findall(rules)}
    policies = await policies_on(session, date(2026, 11, 23))
    assert told == {policy.rule.value: policy.terms.points for policy in policies}


async def test_the_page_tells_the_limit_of_returns(session: AsyncSession) -> None:
    limits = {policy.terms.rate_limit for policy in await policies_on(session, date(2026, 11, 23))} - {None}
    assert [f"{limit * 100:.0f} %" for limit in limits if limit is not None] == ["3 %"]
    assert "no more than 3 %" in PAGE
