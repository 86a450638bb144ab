"""Writing the ledger: a rule books a source once, for what its day's policy says; every step is an entry (M3, C4)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Boolean, Date, Integer, Text, Uuid, column, select, values
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Relation
from app.masters.territories.models import Rep
from app.motivation.points import service as points
from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsPolicy
from app.motivation.points.rules import BOOKINGS
from app.motivation.points.service import LastStep, PointsRule, SourceType
from tests.conftest import Statements
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LONG_AGO = date(1999, 12, 31)
TUESDAY = MONDAY + timedelta(days=1)

Row = tuple[UUID, date, bool, str]


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


def due(rep: Rep, rows: Sequence[Row]) -> Relation:
    """These sources (id, business date, provisional, note) as what a rule is to be booked for."""
    given = values(
        column("rep_id", Integer),
        column("source_id", Uuid),
        column("business_date", Date),
        column("provisional", Boolean),
        column("note", Text),
        name="given",
    ).data([(rep.id, *row) for row in rows])
    return Relation(select(*given.c))


async def book(session: AsyncSession, rep: Rep, rule: PointsRule, *rows: Row, first_time: bool = False) -> int:
    return await points.book(session, rule, due(rep, rows), AT, first_time=first_time)


async def entries(session: AsyncSession) -> list[PointsEntry]:
    return list(await session.scalars(select(PointsEntry).order_by(PointsEntry.id)))


async def steps(session: AsyncSession, source_id: UUID) -> list[LastStep]:
    return await points.last_steps(session, SourceType.VISIT, [source_id], list(PointsRule))


def test_every_rule_says_as_what_and_about_what_it_is_booked() -> None:
    assert set(BOOKINGS) == set(PointsRule)


async def test_a_rule_is_booked_for_as_many_points_as_the_policy_of_the_sources_day_says(
    session: AsyncSession, statements: Statements, rep: Rep
) -> None:
    dearer = {"version": 7, "rule": "missed_order", "points": -12, "valid_from": TUESDAY}
    session.add(PointsPolicy(**dearer, created_at=AT, created_by="test"))
    await session.flush()
    monday, tuesday, long_ago = uuid4(), uuid4(), uuid4()
    rows = [(monday, MONDAY, True, "a"), (tuesday, TUESDAY, False, "b"), (long_ago, LONG_AGO, True, "c")]
    await statements.taken()
    assert await book(session, rep, PointsRule.MISSED_ORDER, *rows) == 2
    assert len(await statements.taken()) == 1
    assert [
        (e.rep_id, e.rule, e.kind, e.points, e.source_type, e.source_id, e.reverses_id, e.provisional)
        for e in await entries(session)
    ] == [
        (rep.id, "missed_order", "PENALTY", -10, "visit", monday, None, True),
        (rep.id, "missed_order", "PENALTY", -12, "visit", tuesday, None, False),
    ]
    assert [(e.policy_version, e.business_date, e.booked_at, e.note) for e in await entries(session)] == [
        (1, MONDAY, AT, "a"),
        (7, TUESDAY, AT, "b"),
    ]


async def test_the_policy_that_is_told_of_a_day_is_the_one_that_is_booked_by(session: AsyncSession, rep: Rep) -> None:
    for day in (MONDAY, LONG_AGO):
        policies = await points.policies_in_force(session, day)
        for rule in PointsRule:
            source_id = uuid4()
            await book(session, rep, rule, (source_id, day, True, ""))
            booked = [(e.points, e.policy_version) for e in await entries(session) if e.source_id == source_id]
            assert booked == [(policy.points, policy.version) for name, policy in policies.items() if name == rule]


async def test_a_source_is_booked_once_by_each_rule(session: AsyncSession, rep: Rep) -> None:
    row = (uuid4(), MONDAY, True, "")
    assert await book(session, rep, PointsRule.MISSED_ORDER, row) == 1
    assert await book(session, rep, PointsRule.MISSED_ORDER, row, (uuid4(), MONDAY, True, "")) == 1
    assert await book(session, rep, PointsRule.LATE_ORDER, row) == 1
    assert sorted(entry.points for entry in await entries(session)) == [-10, -10, -3]


async def test_who_says_wrongly_that_it_is_the_first_time_is_told(session: AsyncSession, rep: Rep) -> None:
    row = (uuid4(), MONDAY, True, "")
    assert await book(session, rep, PointsRule.MISSED_ORDER, row, first_time=True) == 1
    with pytest.raises(IntegrityError):
        await book(session, rep, PointsRule.MISSED_ORDER, row, first_time=True)


async def test_an_entry_is_taken_back_once_and_says_why(
    session: AsyncSession, statements: Statements, rep: Rep
) -> None:
    source_id = uuid4()
    await book(session, rep, PointsRule.LATE_ORDER, (source_id, MONDAY, True, ""))
    (penalty,) = await entries(session)
    await statements.taken()
    await points.reverse(session, {penalty.id: "excused"}, AT)
    assert len(await statements.taken()) == 1
    await points.reverse(session, {penalty.id: "something else"}, AT)
    _, reversal = await entries(session)
    assert (reversal.kind, reversal.points, reversal.reverses_id, reversal.note) == (
        "REVERSAL",
        3,
        penalty.id,
        "excused",
    )
    assert (reversal.source_type, reversal.source_id, reversal.provisional) == ("entry", None, False)
    assert (reversal.rep_id, reversal.rule, reversal.business_date) == (rep.id, "late_order", MONDAY)


async def test_a_reversal_may_itself_be_reversed_and_the_last_step_tells(session: AsyncSession, rep: Rep) -> None:
    source_id = uuid4()
    assert await steps(session, source_id) == []
    await book(session, rep, PointsRule.MISSED_ORDER, (source_id, MONDAY, True, ""))
    for counts, taken_back in ((True, -10), (False, 10), (True, -10)):
        (step,) = await steps(session, source_id)
        assert (step.rule, step.counts, step.points, step.final) == (PointsRule.MISSED_ORDER, counts, taken_back, False)
        await points.reverse(session, {step.entry_id: "again"}, AT)


async def test_a_provisional_penalty_becomes_final_once(
    session: AsyncSession, statements: Statements, rep: Rep
) -> None:
    sources = [uuid4() for _ in range(3)]
    rows = [(sources[0], MONDAY, True, ""), (sources[1], MONDAY, False, ""), (sources[2], TUESDAY, True, "")]
    await book(session, rep, PointsRule.MISSED_ORDER, *rows)
    monday = Relation(points.provisional_penalties(SourceType.VISIT).where(PointsEntry.business_date == MONDAY))
    await statements.taken()
    assert await points.finalise(session, monday, because="watermark_passed", at=AT) == 1
    assert len(await statements.taken()) == 1
    assert await points.finalise(session, monday, because="after_72h", at=AT) == 0
    (final,) = await session.scalars(select(PenaltyFinalisation))
    assert (final.because, final.finalised_at) == ("watermark_passed", AT)
    assert [step.final for source_id in sources for step in await steps(session, source_id)] == [True, False, False]
