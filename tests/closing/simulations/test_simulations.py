"""A booked month under other policies, at the API (P7)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import User
from app.masters.territories.models import Rep, Territory
from app.motivation.earnings.months import settle_months
from app.motivation.points import service as points
from app.motivation.points.models import PointsPolicy
from app.motivation.points.service import PointsFinding, PointsRule
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import make_return
from tests.factories.territories import make_rep, make_territory

DAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
IN_DECEMBER = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def territory(session: AsyncSession, the_clock: clock.SetClock) -> Territory:
    the_clock.move_to(IN_DECEMBER)
    return await make_territory(session, code="PAT", created_at=LONG_AGO)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory, code="PAT-R1", created_at=LONG_AGO)


@dataclass(frozen=True)
class Office:
    """An admin at the API."""

    api: httpx.AsyncClient
    app: FastAPI
    user: User

    async def ask(self, policy: dict[str, Any], **fields: Any) -> httpx.Response:
        body = {"month": "2026-11", "policy": policy} | fields
        return await self.api.post("/v1/points/simulations", json=body, headers=bearer(self.app, self.user))

    async def simulate(self, rule: str, **terms: Any) -> tuple[int, int, int]:
        """How often a rule counts, what was booked, what would be."""
        answer = await self.ask({rule: terms})
        assert answer.status_code == 200, answer.text
        (of_rule,) = answer.json()["by_rule"]
        return of_rule["count"], of_rule["points"], of_rule["simulated_points"]


@pytest.fixture
async def office(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI) -> Office:
    return Office(api, app, await make_user(session, Role.ADMIN))


async def book(
    session: AsyncSession, rep: Rep, rule: str, *, day: date = DAY, source: UUID | None = None, counts: bool = True
) -> UUID:
    source_id = source or uuid4()
    finding = PointsFinding(PointsRule(rule), source_id, rep.id, day, counts=counts, note="test")
    await points.bring_about(session, [finding], clock.now())
    return source_id


async def policy(session: AsyncSession, rule: str, points_each: int, **fields: Any) -> None:
    sound = {"version": 50, "rule": rule, "points": points_each, "valid_from": date(2026, 11, 1)}
    session.add(PointsPolicy(**sound | {"created_at": LONG_AGO, "created_by": "test"} | fields))
    await session.flush()


async def test_a_booked_month_is_told_as_it_was_and_as_it_would_be(
    session: AsyncSession, rep: Rep, territory: Territory, office: Office
) -> None:
    other = await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1", created_at=LONG_AGO)
    for _ in range(3):
        await book(session, rep, "order_on_time")
    await book(session, rep, "missed_order")
    await book(session, rep, "order_on_time", day=date(2026, 10, 31))
    await book(session, rep, "delivery_matched")
    await book(session, other, "missed_order")
    answer = await office.ask(
        {"missed_order": {"points": -4}, "order_on_time": {"points": 2}, "price_mismatch": {"points": -1}}
    )
    assert answer.json() == {
        "month": "2026-11",
        "territory_code": None,
        "policy": {
            "missed_order": {"points": -4, "monthly_cap": None, "limit": None},
            "order_on_time": {"points": 2, "monthly_cap": None, "limit": None},
            "price_mismatch": {"points": -1, "monthly_cap": None, "limit": None},
        },
        "items": [
            item("missed_order", 1, -10, -4) | {"rep_code": "ATH-R1"},
            item("missed_order", 1, -10, -4) | {"rep_code": "PAT-R1"},
            item("order_on_time", 3, 3, 6) | {"rep_code": "PAT-R1"},
        ],
        "by_rule": [
            item("missed_order", 2, -20, -8),
            item("order_on_time", 3, 3, 6),
            item("price_mismatch", 0, 0, 0),
        ],
        "by_rep": [sums(-10, -4) | {"rep_code": "ATH-R1"}, sums(-7, 2) | {"rep_code": "PAT-R1"}],
        "total": sums(-17, -2),
    }
    of_territory = (await office.ask({"missed_order": {"points": -4}}, territory_code="PAT")).json()
    assert [item["rep_code"] for item in of_territory["items"]] == ["PAT-R1"]


def sums(booked: int, simulated: int) -> dict[str, int]:
    return {"points": booked, "simulated_points": simulated, "difference": simulated - booked}


def item(rule: str, count: int, booked: int, simulated: int) -> dict[str, Any]:
    return {"rule": rule, "count": count} | sums(booked, simulated)


async def test_what_was_corrected_in_a_later_month_counts_with_the_day_that_it_is_about(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    missed = await book(session, rep, "missed_order")
    await points.close_reps(session, [rep.id], date(2026, 11, 1), clock.now())
    await book(session, rep, "missed_order", source=missed, counts=False)
    await book(session, rep, "missed_order")
    assert await office.simulate("missed_order", points=-4) == (1, -10, -4)


async def test_a_cap_holds_what_is_simulated_and_what_it_took_off_belongs_to_its_rule(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    await policy(session, "delivery_matched", 2, monthly_cap=5)
    for _ in range(4):
        await book(session, rep, "delivery_matched")
    assert await office.simulate("delivery_matched", points=3) == (4, 5, 5)
    assert await office.simulate("delivery_matched", points=3, monthly_cap=11) == (4, 5, 11)
    assert await office.simulate("delivery_matched", points=2, monthly_cap=None) == (4, 5, 8)


async def test_what_an_appeal_about_a_cap_has_settled_stays_and_no_other_cap_holds_it(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    await policy(session, "delivery_matched", 2, monthly_cap=5)
    for _ in range(4):
        await book(session, rep, "delivery_matched")
    newest = text("SELECT max(id) FROM points_entries WHERE rule = 'over_monthly_cap'")
    await points.pardon(session, await session.scalar(newest) or 0, appeal_id=uuid4(), at=clock.now())
    assert await office.simulate("delivery_matched", points=2) == (4, 8, 8)
    assert await office.simulate("delivery_matched", points=3, monthly_cap=7) == (4, 8, 12)


async def test_returns_are_judged_by_the_simulated_limit(
    session: AsyncSession, rep: Rep, territory: Territory, office: Office
) -> None:
    """Four pieces of a hundred came back."""
    outlet, product = await make_outlet(session, territory), await make_product(session)
    order = await make_order(session, outlet, rep=rep, lines=[(product, 100)])
    await make_delivery(session, outlet, order, (product, 100, 100))
    await make_return(session, outlet, (product, 4, "expired"))
    assert (await office.simulate("returns_within_limit", points=30, limit="0.04"))[::2] == (1, 30)
    assert (await office.simulate("returns_within_limit", points=30, limit="0.0399"))[::2] == (0, 0)
    assert (await office.simulate("returns_over_limit", points=-7, limit="0.0399"))[::2] == (1, -7)


async def test_returns_of_a_month_that_is_not_closed_are_judged_anew_though_the_limit_stays(
    session: AsyncSession, rep: Rep, territory: Territory, office: Office
) -> None:
    """Nothing is booked about them before the month is closed."""
    outlet, product = await make_outlet(session, territory), await make_product(session)
    order = await make_order(session, outlet, rep=rep, lines=[(product, 100)])
    await make_delivery(session, outlet, order, (product, 100, 100))
    assert await office.simulate("returns_within_limit", points=30) == (1, 0, 30)
    assert await office.simulate("returns_over_limit", points=-30) == (0, 0, 0)
    await settle_months(session, [rep.id], date(2026, 11, 1), clock.now())
    await points.close_reps(session, [rep.id], date(2026, 11, 1), clock.now())
    assert await office.simulate("returns_within_limit", points=30) == (1, 20, 30)


async def test_returns_of_a_closed_month_count_as_they_were_booked_while_the_limit_stays(
    session: AsyncSession, rep: Rep, territory: Territory, office: Office
) -> None:
    colleague = await make_rep(session, territory, created_at=LONG_AGO)
    outlet, product = await make_outlet(session, territory), await make_product(session)
    for each in (rep, colleague):
        order = await make_order(session, outlet, rep=each, lines=[(product, 100)])
        await make_delivery(session, outlet, order, (product, 100, 100))
    await points.close_reps(session, [rep.id], date(2026, 11, 1), clock.now())
    assert await office.simulate("returns_within_limit", points=30) == (1, 0, 30)
    assert await office.simulate("returns_within_limit", points=30, limit="0.04") == (2, 0, 60)


async def test_a_rule_that_was_off_is_counted_by_the_facts(
    session: AsyncSession, rep: Rep, territory: Territory, office: Office
) -> None:
    await policy(session, "delivery_matched", 0)
    outlet, product = await make_outlet(session, territory), await make_product(session)
    order = await make_order(session, outlet, rep=rep, lines=[(product, 10)])
    await make_delivery(session, outlet, order, (product, 10, 10))
    assert await office.simulate("delivery_matched", points=5) == (1, 0, 5)
    assert await office.simulate("delivery_matched", points=0) == (0, 0, 0)


async def test_everything_that_is_wrong_is_said_at_once(office: Office, territory: Territory) -> None:
    refused = await office.ask({"luck": {"points": 1}, "missed_order": {"points": 4}}, territory_code="NIL")
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/territory_code", "unknown_territory"),
        ("/policy/luck", "unknown_rule"),
        ("/policy/missed_order/points", "sign"),
    ]


@pytest.mark.parametrize("territory_code", [None, "PAT"])
async def test_a_month_is_replayed_once_it_is_over(
    office: Office, territory: Territory, territory_code: str | None
) -> None:
    refused = await office.ask({"missed_order": {"points": -4}}, month="2026-12", territory_code=territory_code)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems#month-not-over")


async def test_nothing_is_written(session: AsyncSession, rep: Rep, office: Office) -> None:
    await book(session, rep, "order_on_time")
    written = text("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
    before = await session.scalar(written)
    assert (await office.ask({"order_on_time": {"points": 2}, "dumped_order": {"points": -1}})).status_code == 200
    assert await session.scalar(written) == before
