"""A cap on what a rule can earn in a month: the same in the end, whatever was booked first (P2)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.masters.territories.models import Rep
from app.motivation.points import service as points
from app.motivation.points.cap_rules import CappedDays, CappedMonth, cap_findings
from app.motivation.points.models import PointsEntry, PointsPolicy
from app.motivation.points.service import PointsFinding, PointsRule
from tests.factories.territories import make_rep, make_territory

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
FIRST, LAST, NEXT = date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


async def cap(
    session: AsyncSession,
    rule: str,
    points_each: int,
    monthly_cap: int | None,
    version: int = 5,
    valid_from: date = FIRST,
) -> None:
    fields = {"version": version, "rule": rule, "points": points_each, "monthly_cap": monthly_cap}
    session.add(PointsPolicy(**fields, valid_from=valid_from, created_at=AT, created_by="test"))
    await session.flush()


def award(rep: Rep, source_id: UUID, day: date = FIRST, *, counts: bool = True) -> PointsFinding:
    return PointsFinding(PointsRule.DELIVERY_MATCHED, source_id, rep.id, day, counts=counts, note="test")


async def balance(session: AsyncSession, month: date = FIRST) -> int:
    query = select(func.coalesce(func.sum(PointsEntry.points), 0))
    return int(await session.scalar(query.where(func.date_trunc("month", PointsEntry.business_date) == month)) or 0)


async def test_what_a_rep_earns_beyond_the_cap_is_taken_off_at_once(session: AsyncSession, rep: Rep) -> None:
    await cap(session, "delivery_matched", 2, 5)
    for expected in (2, 4, 5, 5):
        await points.bring_about(session, [award(rep, uuid4())], AT)
        assert await balance(session) == expected
    (off,) = await session.scalars(
        select(PointsEntry)
        .where(PointsEntry.rule == "over_monthly_cap", PointsEntry.kind == "PENALTY")
        .order_by(PointsEntry.id.desc())
        .limit(1)
    )
    assert (off.points, off.note, off.business_date, off.policy_version) == (-3, "delivery_matched", FIRST, 5)
    assert off.facts == {"rule": "delivery_matched", "earned": 8, "monthly_cap": 5, "over": 3}


async def test_each_month_and_each_rep_has_a_cap_of_its_own(session: AsyncSession, rep: Rep) -> None:
    await cap(session, "delivery_matched", 2, 2)
    colleague = await make_rep(session, await make_territory(session))
    findings = [award(who, uuid4(), day) for who in (rep, colleague) for day in (LAST, LAST, NEXT, NEXT)]
    await points.bring_about(session, findings, AT)
    assert (await balance(session), await balance(session, NEXT)) == (4, 4)


async def test_what_is_taken_back_makes_room_again(session: AsyncSession, rep: Rep) -> None:
    await cap(session, "delivery_matched", 2, 4)
    sources = [uuid4() for _ in range(3)]
    await points.bring_about(session, [award(rep, source) for source in sources], AT)
    await points.bring_about(session, [award(rep, sources[0], counts=False)], AT)
    assert await balance(session) == 4
    await points.bring_about(session, [award(rep, sources[1], counts=False)], AT)
    assert await balance(session) == 2


async def test_a_cap_that_was_lifted_gives_back_what_was_taken_off(session: AsyncSession, rep: Rep) -> None:
    await cap(session, "delivery_matched", 2, 2)
    await points.bring_about(session, [award(rep, uuid4()) for _ in range(3)], AT)
    await cap(session, "delivery_matched", 2, None, version=6)
    await points.settle_caps(session, [rep.id], [FIRST], AT)
    assert await balance(session) == 6


async def test_what_an_appeal_has_given_back_is_not_taken_off_again(session: AsyncSession, rep: Rep) -> None:
    await cap(session, "delivery_matched", 2, 5)
    await points.bring_about(session, [award(rep, uuid4()) for _ in range(4)], AT)
    off = (await session.scalars(select(PointsEntry.id).where(PointsEntry.rule == "over_monthly_cap"))).one()
    await points.pardon(session, off, appeal_id=uuid4(), at=AT)
    assert await balance(session) == 8
    await points.bring_about(session, [award(rep, uuid4())], AT)
    assert await balance(session) == 10


async def test_an_appeal_gives_back_all_that_was_taken_off_also_what_has_taken_the_place_of_the_entry(
    session: AsyncSession, rep: Rep
) -> None:
    await cap(session, "delivery_matched", 2, 5)
    await points.bring_about(session, [award(rep, uuid4()) for _ in range(4)], AT)
    off = (await session.scalars(select(PointsEntry.id).where(PointsEntry.rule == "over_monthly_cap"))).one()
    await points.bring_about(session, [award(rep, uuid4())], AT)
    await points.pardon(session, off, appeal_id=uuid4(), at=AT)
    assert await balance(session) == 10


@pytest.mark.parametrize(
    ("before", "after", "early", "late", "expected"),
    [
        (None, 4, 5, 0, 10),  # what was earned before the cap stays
        (None, 4, 5, 3, 10),  # and counts towards it
        (None, 6, 2, 3, 6),
        (6, None, 5, 2, 10),  # a cap that is lifted gives nothing back of before
        (6, 4, 5, 3, 6),
        (4, 8, 5, 3, 8),
    ],
)
async def test_a_cap_that_changes_within_a_month_judges_no_day_before_it(
    session: AsyncSession, rep: Rep, before: int | None, after: int | None, early: int, late: int, expected: int
) -> None:
    await cap(session, "delivery_matched", 2, before)
    await cap(session, "delivery_matched", 2, after, version=6, valid_from=date(2026, 11, 20))
    days = [date(2026, 11, 19)] * early + [date(2026, 11, 20)] * late
    for day in days[::-1]:
        await points.bring_about(session, [award(rep, uuid4(), day)], AT)
    assert await balance(session) == expected


def test_a_cap_is_told_from_the_day_on_from_which_it_holds_also_where_other_terms_have_changed_since() -> None:
    days = [(1, 40, None), (10, 20, 50), (20, 10, 50)]
    month = CappedMonth(
        7,
        PointsRule.DELIVERY_MATCHED,
        FIRST,
        tuple(CappedDays(FIRST.replace(day=day), earned, cap, day) for day, earned, cap in days),
    )
    assert month.facts == {
        "rule": "delivery_matched",
        "earned": 70,
        "monthly_cap": 50,
        "over": 20,
        "capped_from": "2026-11-10",
    }


async def test_what_two_connections_have_taken_off_at_once_is_taken_off_in_turn(committed: Database) -> None:
    async with committed.transaction() as session:
        rep = await make_rep(session, await make_territory(session))
        await cap(session, "delivery_matched", 2, 4)
        await points.bring_about(session, [award(rep, uuid4()) for _ in range(3)], AT)
    start = asyncio.Barrier(8)

    async def earn(count: int) -> None:
        async with committed.transaction() as session:
            await start.wait()
            await points.bring_about(session, [award(rep, uuid4()) for _ in range(count)], AT)

    await asyncio.gather(*(earn(count % 3 + 1) for count in range(8)))
    async with committed.read_only() as session:
        assert await balance(session) == 4


async def test_whatever_stands_as_taken_off_is_made_the_one_that_is_due(session: AsyncSession, rep: Rep) -> None:
    """As two connections left it before they took turns."""
    await cap(session, "delivery_matched", 2, 4)
    await points.bring_about(session, [award(rep, uuid4()) for _ in range(5)], AT)
    doubled = cap_findings([CappedMonth(rep.id, PointsRule.DELIVERY_MATCHED, FIRST, (CappedDays(FIRST, 6, 4, 5),))], [])
    await points.bring_about(session, doubled, AT)
    assert await balance(session) == 2
    await points.settle_caps(session, [rep.id], [FIRST], AT)
    assert await balance(session) == 4


async def test_without_caps_nobody_asks_what_was_earned(session: AsyncSession, rep: Rep) -> None:
    await points.bring_about(session, [award(rep, uuid4()) for _ in range(3)], AT)
    assert await balance(session) == 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=20), random=st.randoms())
async def test_a_month_comes_to_its_sum_or_its_cap_whatever_came_first(
    session: AsyncSession, rep: Rep, changes: Sequence[tuple[int, bool]], random: Random
) -> None:
    sources = [UUID(int=number) for number in range(8)]
    async with session.begin_nested() as example:
        await cap(session, "delivery_matched", 2, 7)
        for source, counts in changes:
            await points.bring_about(session, [award(rep, sources[source], counts=counts)], AT)
        last = dict(changes)
        assert await balance(session) == min(7, 2 * sum(last.values()))
        await example.rollback()
