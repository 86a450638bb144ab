from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.location_job import propose_from_check_ins
from app.ground import clock
from app.masters.outlets.models import LocationProposal, Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY

ELSEWHERE = (PATRAS[0] + 0.003, PATRAS[1])


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture
async def outlet(session: AsyncSession, rep: Rep) -> Outlet:
    return await make_outlet(session, await make_territory(session), territory_id=rep.territory_id)


async def check_in_elsewhere(session: AsyncSession, rep: Rep, outlet: Outlet, *days_ago: int, **fields: Any) -> None:
    """By two reps in turns."""
    colleague = await make_rep(session, await session.get_one(Territory, rep.territory_id))
    for number, ago in enumerate(days_ago):
        at = TEN - timedelta(days=ago)
        sound = {"lat": ELSEWHERE[0] + number * 1e-5, "lon": ELSEWHERE[1], "verdict": "OUTSIDE"}
        day = MONDAY - timedelta(days=ago)
        by = (rep, colleague)[number % 2]
        await make_stored_check_in(session, by, outlet, at=at, business_date=day, **sound | fields)


async def test_five_fixes_of_two_days_that_disagree_become_one_proposal_of_the_system(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await check_in_elsewhere(session, rep, outlet, 1, 1, 1, 2, 2)
    assert await propose_from_check_ins(session, clock.now()) == 1
    proposal = (await session.scalars(select(LocationProposal))).one()
    assert (proposal.outlet_id, proposal.rep_id, proposal.decision, proposal.radius_m) == (outlet.id, None, None, 80.0)
    assert (proposal.lat, proposal.lon) == pytest.approx((ELSEWHERE[0] + 2e-5, ELSEWHERE[1]), abs=1e-7)
    evidence = proposal.evidence
    assert [len(evidence["check_ins"]), evidence["days"], evidence["reps"], evidence["agreeing"]] == [5, 2, 2, 0]
    assert evidence["distance_m"] == pytest.approx(334, abs=3)
    assert evidence["spread_m"] < 2
    assert await propose_from_check_ins(session, clock.now()) == 0


@pytest.mark.parametrize(
    ("days_ago", "fields"),
    [
        ((1, 1, 2, 2), {}),
        ((1, 1, 1, 1, 1), {}),
        ((1, 1, 1, 2, 2), {"mock": True}),
        ((1, 1, 1, 2, 2), {"trusted": False}),
        ((1, 1, 1, 2, 2), {"accuracy_m": 150.0}),
        ((1, 1, 1, 2, 2), {"accuracy_m": None}),
        ((1, 1, 1, 2, 2), {"verdict": "UNCERTAIN"}),
        ((1, 1, 1, 2, 2), {"location_version": 0}),
        ((70, 70, 70, 71, 71), {}),
    ],
    ids=["four", "one day", "mock", "untrusted", "coarse", "no accuracy", "uncertain", "older version", "long ago"],
)
async def test_less_than_that_is_no_ground_for_a_proposal(
    session: AsyncSession, rep: Rep, outlet: Outlet, days_ago: tuple[int, ...], fields: dict[str, Any]
) -> None:
    await check_in_elsewhere(session, rep, outlet, *days_ago, **fields)
    assert await propose_from_check_ins(session, clock.now()) == 0


async def test_one_rep_alone_is_no_ground_for_a_proposal(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    for ago in (1, 1, 2, 2, 3, 3):
        day, at = MONDAY - timedelta(days=ago), TEN - timedelta(days=ago)
        place = {"lat": ELSEWHERE[0], "lon": ELSEWHERE[1], "verdict": "OUTSIDE"}
        await make_stored_check_in(session, rep, outlet, at=at, business_date=day, **place)
    assert await propose_from_check_ins(session, clock.now()) == 0


async def test_one_place_is_never_proposed_for_several_outlets(session: AsyncSession, rep: Rep, outlet: Outlet) -> None:
    others = [
        await make_outlet(session, await make_territory(session), territory_id=rep.territory_id) for _ in range(2)
    ]
    for number, other in enumerate((outlet, *others)):
        far_off = {"lat": ELSEWHERE[0] + (0.01 if number == 2 else 0.0)}
        await check_in_elsewhere(session, rep, other, 1, 1, 1, 2, 2, **far_off)
    assert await propose_from_check_ins(session, clock.now()) == 1
    assert (await session.scalars(select(LocationProposal.outlet_id))).all() == [others[1].id]


async def test_the_place_of_a_standing_proposal_is_not_proposed_for_another_outlet(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await check_in_elsewhere(session, rep, outlet, 1, 1, 1, 2, 2)
    await propose_from_check_ins(session, clock.now())
    other = await make_outlet(session, await make_territory(session), territory_id=rep.territory_id)
    await check_in_elsewhere(session, rep, other, 1, 1, 1, 2, 2)
    assert await propose_from_check_ins(session, clock.now()) == 0


async def test_an_outlet_that_as_many_check_ins_agree_with_stays_where_it_is(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await check_in_elsewhere(session, rep, outlet, 1, 1, 1, 2, 2)
    for _ in range(5):
        await make_stored_check_in(session, rep, outlet)
    assert await propose_from_check_ins(session, clock.now()) == 0


async def test_what_a_supervisor_said_no_to_is_proposed_again_only_by_new_check_ins(
    session: AsyncSession, rep: Rep, outlet: Outlet
) -> None:
    await check_in_elsewhere(session, rep, outlet, 1, 1, 1, 2, 2)
    await propose_from_check_ins(session, clock.now())
    proposal = (await session.scalars(select(LocationProposal))).one()
    proposal.decision, proposal.decided_at = "rejected", TEN - timedelta(hours=1)
    await session.flush()
    assert await propose_from_check_ins(session, clock.now()) == 0
    await check_in_elsewhere(session, rep, outlet, 0, 0, 0, 0)
    await check_in_elsewhere(session, rep, outlet, 1, received_at=TEN)
    assert await propose_from_check_ins(session, clock.now()) == 1
