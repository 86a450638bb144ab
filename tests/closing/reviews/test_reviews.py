"""What a review changes: an order that was dumped, a penalty that waited for a doubt about its proof (P4)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.months.service import close_month
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.ground.web.access import Role
from app.masters.territories import service as territories
from app.motivation.points.models import PointsEntry, PointsHold
from app.motivation.points.service import close_reps
from app.sales.orders.models import Order
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, close
from tests.conftest import SavepointDatabase
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

TUESDAY_MORNING = CUTOFF + timedelta(hours=16)
A_WEEK_LATER = CUTOFF + timedelta(days=7)


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    await make_device(session, rep)
    outlet = await make_outlet(session, territory)
    await make_visit(session, rep, outlet)
    return Day(territory, rep, outlet)


class Supervisor:
    """Who reviews, by the API."""

    def __init__(self, api: httpx.AsyncClient, app: FastAPI, user: Any) -> None:
        self.api, self.app, self.user = api, app, user

    async def review(self, signal: RiskSignal, outcome: str, status: int = 200) -> None:
        answer = await self.api.post(
            f"/v1/risk-signals/{signal.id}/review",
            json={"outcome": outcome, "comment": "I asked."},
            headers=bearer(self.app, self.user),
        )
        assert answer.status_code == status, answer.text


@pytest.fixture
async def supervisor(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, day: Day) -> Supervisor:
    return Supervisor(api, app, await make_user(session, Role.SUPERVISOR, day.territory))


async def balance(session: AsyncSession) -> dict[str, int]:
    """What each rule comes to, where that is not nothing."""
    sums: dict[str, int] = {}
    for rule, points in await session.execute(select(PointsEntry.rule, PointsEntry.points)):
        sums[rule] = sums.get(rule, 0) + points
    return {rule: points for rule, points in sums.items() if points}


async def is_provisional(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, day: Day) -> bool:
    headers = bearer(app, await make_device(session, day.rep))
    query = {"from": MONDAY.isoformat(), "to": MONDAY.isoformat()}
    items = (await api.get(f"/v1/reps/{day.rep.code}/points", params=query, headers=headers)).json()["items"]
    return any(item["provisional"] for item in items)


@pytest.mark.parametrize("rule", ["averaged_order", "remote_order"])
async def test_confirming_that_an_order_was_dumped_costs_its_rep_and_takes_back_what_it_earned(
    session: AsyncSession, day: Day, supervisor: Supervisor, rule: str
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep)
    await close(session, day)
    assert await balance(session) == {"order_on_time": 1}
    await supervisor.review(await make_signal(session, order, rule), "confirmed")
    assert await balance(session) == {"dumped_order": -10}


async def test_an_order_is_dumped_once_whatever_confirms_it(
    session: AsyncSession, day: Day, supervisor: Supervisor
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep)
    for rule in ("averaged_order", "remote_order"):
        signal = await make_signal(session, order, rule)
        for _ in range(2):
            await supervisor.review(signal, "confirmed")
    assert await balance(session) == {"dumped_order": -10}


@pytest.mark.parametrize(
    ("rule", "outcome"), [("averaged_order", "dismissed"), ("mock_location", "confirmed"), ("stale_fix", "confirmed")]
)
async def test_other_reviews_cost_nothing(
    session: AsyncSession, day: Day, supervisor: Supervisor, rule: str, outcome: str
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep)
    await close(session, day)
    await supervisor.review(await make_signal(session, order, rule), outcome)
    assert await balance(session) == {"order_on_time": 1}


async def test_an_order_of_nobody_costs_nobody(session: AsyncSession, day: Day, supervisor: Supervisor) -> None:
    order = await make_order(session, day.outlet)
    signal = await make_signal(session, order, "remote_order", rep_id=day.rep.id)
    await supervisor.review(signal, "confirmed")
    assert await balance(session) == {}


async def test_a_second_order_keeps_the_award(session: AsyncSession, day: Day, supervisor: Supervisor) -> None:
    dumped, _ = [await make_order(session, day.outlet, rep=day.rep) for _ in range(2)]
    await close(session, day)
    await supervisor.review(await make_signal(session, dumped, "averaged_order"), "confirmed")
    assert await balance(session) == {"order_on_time": 1, "dumped_order": -10}


PROOFS = ["mock_location", "clock_changed", "impossible_speed", "unseen_boot"]


async def doubted(session: AsyncSession, day: Day, rule: str, *, about: str = "check_in") -> RiskSignal:
    """An order of 16:00 that came after the cutoff; there is a doubt about what shows that its rep was there."""
    check_in = await make_stored_check_in(session, day.rep, day.outlet, at=SIXTEEN - timedelta(minutes=10))
    order: Order = await make_order(
        session, day.outlet, rep=day.rep, received_at=AFTER, captured_at=SIXTEEN, corrected_at=SIXTEEN
    )
    signal = await make_signal(session, check_in if about == "check_in" else order, rule)
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    return signal


@pytest.mark.parametrize("about", ["check_in", "order"])
@pytest.mark.parametrize("rule", PROOFS)
@pytest.mark.parametrize(
    ("outcome", "comes_to"), [("confirmed", {"late_order": -3}), ("dismissed", {"order_on_time": 1})]
)
async def test_a_penalty_waits_for_the_review_of_its_proof(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    day: Day,
    supervisor: Supervisor,
    the_clock: clock.SetClock,
    rule: str,
    about: str,
    outcome: str,
    comes_to: dict[str, int],
) -> None:
    await close(session, day)
    signal = await doubted(session, day, rule, about=about)
    the_clock.move_to(A_WEEK_LATER)
    await cutoff.finalise_after_72h(session, clock.now())
    assert await balance(session) == {"late_order": -3}
    assert await is_provisional(api, app, session, day)
    await supervisor.review(signal, outcome)
    assert await balance(session) == comes_to
    assert not await is_provisional(api, app, session, day)


async def test_other_doubts_keep_no_proof_waiting(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    await doubted(session, day, "stale_fix")
    assert await balance(session) == {"order_on_time": 1}


async def test_a_doubt_that_was_withdrawn_keeps_no_proof_waiting(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    signal = await doubted(session, day, "impossible_speed")
    assert await balance(session) == {"late_order": -3}
    signal.withdrawn_at = AFTER
    await session.flush()
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    assert await balance(session) == {"order_on_time": 1}


async def test_what_nobody_has_reviewed_by_the_months_close_was_the_companys_to_clear(
    session: AsyncSession, day: Day, supervisor: Supervisor, the_clock: clock.SetClock
) -> None:
    await close(session, day)
    signal = await doubted(session, day, "mock_location")
    the_clock.move_to(A_WEEK_LATER)
    await cutoff.settle_waiting(session, [day.rep.id], MONDAY, MONDAY, clock.now())
    await close_reps(session, [day.rep.id], MONDAY.replace(day=1), clock.now())
    assert await balance(session) == {"order_on_time": 1}
    assert (await session.scalars(select(PointsHold))).all() == []
    # and a review that comes later brings nothing back
    the_clock.move_to(A_WEEK_LATER + timedelta(hours=1))
    await supervisor.review(signal, "confirmed")
    assert await balance(session) == {"order_on_time": 1}


async def test_the_first_month_that_is_closed_settles_what_has_waited_before_it(
    session: AsyncSession, database: SavepointDatabase, day: Day, the_clock: clock.SetClock
) -> None:
    await close(session, day)
    await doubted(session, day, "mock_location")
    the_clock.move_to(datetime(2027, 1, 2, 8, 0, tzinfo=UTC))
    day.territory.created_at = clock.now()  # none of its days was due
    day.rep.created_at = CUTOFF - timedelta(days=400)
    await session.flush()
    territory = await territories.territory_facts(session, day.territory.id)
    await close_month(database, territory, date(2026, 12, 1), by="test")
    assert await balance(session) == {"order_on_time": 1}
    assert (await session.scalars(select(PointsHold))).all() == []


async def test_a_proof_that_was_confirmed_false_by_the_months_close_stays_so(
    session: AsyncSession, day: Day, supervisor: Supervisor, the_clock: clock.SetClock
) -> None:
    await close(session, day)
    signal = await doubted(session, day, "mock_location")
    the_clock.move_to(TUESDAY_MORNING)
    await supervisor.review(signal, "confirmed")
    the_clock.move_to(A_WEEK_LATER)
    await cutoff.settle_waiting(session, [day.rep.id], MONDAY, MONDAY, clock.now())
    await close_reps(session, [day.rep.id], MONDAY.replace(day=1), clock.now())
    await cutoff.settle_late_orders(session, day.touched, clock.now())
    assert await balance(session) == {"late_order": -3}
