"""Several doubts reviewed at once: each has a fate of its own, and what follows is what follows from each alone."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.ground.web.access import Role
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, close
from tests.closing.reviews.test_reviews import balance, day
from tests.conftest import Statements
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

__all__ = ["day"]

ReviewAll = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def review_all(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, day: Day) -> ReviewAll:
    user = await make_user(session, Role.SUPERVISOR, day.territory)

    async def send(*reviews: tuple[UUID, str], comment: str = "I asked.") -> list[dict[str, Any]]:
        body = [{"signal_id": str(id_), "outcome": outcome, "comment": comment} for id_, outcome in reviews]
        answer = await api.post("/v1/risk-signals/reviews", json={"reviews": body}, headers=bearer(app, user))
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    return send


async def dumped_order(session: AsyncSession, day: Day, **fields: Any) -> RiskSignal:
    order = await make_order(session, day.outlet, rep=day.rep)
    return await make_signal(session, order, "averaged_order", **fields)


async def test_each_review_has_a_result_of_its_own_in_the_order_given(
    session: AsyncSession, day: Day, review_all: ReviewAll
) -> None:
    fresh, reviewed, withdrawn = (
        await dumped_order(session, day),
        await dumped_order(session, day),
        await dumped_order(session, day, withdrawn_at=AFTER),
    )
    await review_all((reviewed.id, "dismissed"))
    nowhere = uuid4()

    results = await review_all(
        (nowhere, "confirmed"),
        (withdrawn.id, "confirmed"),
        (reviewed.id, "confirmed"),
        (reviewed.id, "dismissed"),
        (fresh.id, "confirmed"),
    )

    assert [(result["signal_id"], result["status"]) for result in results] == [
        (str(nowhere), "not_found"),
        (str(withdrawn.id), "conflict"),
        (str(reviewed.id), "conflict"),
        (str(reviewed.id), "duplicate"),
        (str(fresh.id), "reviewed"),
    ]
    assert [result["problem"] and result["problem"]["type"] for result in results] == [
        "/problems#risk-signal-not-found",
        "/problems#signal-withdrawn",
        "/problems#signal-already-reviewed",
        None,
        None,
    ]
    assert [result["signal"] and result["signal"]["review"]["outcome"] for result in results] == [
        None,
        None,
        None,
        "dismissed",
        "confirmed",
    ]


async def test_what_is_answered_is_what_stands(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, day: Day, review_all: ReviewAll
) -> None:
    signal = await dumped_order(session, day)
    (result,) = await review_all((signal.id, "confirmed"))
    headers = bearer(app, await make_user(session, Role.ADMIN))
    listed = (await api.get("/v1/risk-signals", headers=headers)).json()["items"]
    assert listed == [result["signal"]]
    assert result["signal"]["status"] == "reviewed"


async def test_of_several_reviews_of_one_signal_the_first_counts(
    session: AsyncSession, day: Day, review_all: ReviewAll
) -> None:
    signal = await dumped_order(session, day)
    results = await review_all((signal.id, "dismissed"), (signal.id, "confirmed"), (signal.id, "dismissed"))
    assert [result["status"] for result in results] == ["reviewed", "conflict", "duplicate"]
    assert await balance(session) == {}


async def test_the_same_again_is_a_duplicate_and_costs_nothing_more(
    session: AsyncSession, day: Day, review_all: ReviewAll
) -> None:
    signals = [await dumped_order(session, day) for _ in range(3)]
    reviews = [(signal.id, "confirmed") for signal in signals]
    first, again = await review_all(*reviews), await review_all(*reviews)
    assert {result["status"] for result in first} == {"reviewed"}
    assert {result["status"] for result in again} == {"duplicate"}
    assert await balance(session) == {"dumped_order": -30}


async def test_a_review_that_does_not_count_costs_no_other_what_follows_from_it(
    session: AsyncSession, day: Day, review_all: ReviewAll
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep)
    signal = await make_signal(session, order, "averaged_order")
    await close(session, day)
    assert await balance(session) == {"order_on_time": 1}
    await review_all((uuid4(), "confirmed"), (signal.id, "confirmed"))
    assert await balance(session) == {"dumped_order": -10}


async def test_penalties_that_waited_for_their_proofs_are_decided_together(
    session: AsyncSession, day: Day, review_all: ReviewAll, the_clock: clock.SetClock
) -> None:
    other = Day(day.territory, day.rep, await make_outlet(session, day.territory))
    await make_visit(session, other.rep, other.outlet)
    await close(session, day)
    signals = []
    for each in (day, other):
        check_in = await make_stored_check_in(session, each.rep, each.outlet, at=SIXTEEN - timedelta(minutes=10))
        await make_order(
            session, each.outlet, rep=each.rep, received_at=AFTER, captured_at=SIXTEEN, corrected_at=SIXTEEN
        )
        signals.append(await make_signal(session, check_in, "mock_location"))
        await cutoff.settle_late_orders(session, each.touched, AFTER)
    assert await balance(session) == {"late_order": -6}
    the_clock.move_to(CUTOFF + timedelta(hours=16))
    await review_all((signals[0].id, "confirmed"), (signals[1].id, "dismissed"))
    assert await balance(session) == {"late_order": -3, "order_on_time": 1}


async def test_a_signal_of_another_territory_is_not_there(
    session: AsyncSession, day: Day, review_all: ReviewAll
) -> None:
    elsewhere = await make_territory(session)
    there = Day(elsewhere, await make_rep(session, elsewhere), await make_outlet(session, elsewhere))
    results = await review_all(((await dumped_order(session, there)).id, "confirmed"))
    assert [result["status"] for result in results] == ["not_found"]
    assert await balance(session) == {}


@pytest.mark.parametrize("count", [0, 101])
async def test_none_and_more_than_a_hundred_are_refused(
    session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, count: int
) -> None:
    headers = bearer(app, await make_user(session, Role.ADMIN))
    reviews = [{"signal_id": str(uuid4()), "outcome": "confirmed"}] * count
    answer = await api.post("/v1/risk-signals/reviews", json={"reviews": reviews}, headers=headers)
    assert answer.status_code == 422


async def test_twenty_reviews_take_as_many_statements_as_two(
    session: AsyncSession, day: Day, review_all: ReviewAll, statements: Statements
) -> None:
    await close(session, day)
    await review_all(((await dumped_order(session, day)).id, "confirmed"))  # reads what is kept from then on
    taken = []
    for count in (2, 20):
        signals = [await dumped_order(session, day) for _ in range(count)]
        await statements.taken()
        await review_all(*[(signal.id, "confirmed") for signal in signals])
        taken.append(len(await statements.taken()))
    assert taken[0] == taken[1]
