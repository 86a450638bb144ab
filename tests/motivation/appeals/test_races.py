"""Two at once, by real connections: one wins, and the other is told what the first has done."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.ground import clock
from app.ground.attachments import queries as attachment_queries
from app.ground.attachments import service as attachments
from app.ground.attachments.pruning_job import AttachmentPruner
from app.ground.db.session import Database
from app.ground.errors import AppError, Invalid
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.territories.models import Rep
from app.motivation.appeals import service
from app.motivation.appeals.errors import AppealDecided, AppealTakenFurther, EntryAppealed
from app.motivation.appeals.models import Appeal, AppealStep
from app.motivation.appeals.rules import AppealOutcome
from app.motivation.points.models import PointsEntry
from tests.databases import until_somebody_waits
from tests.factories.appeals import BOOKED_AT, REASON, WORDS, make_appeal, make_entry, make_png
from tests.factories.territories import make_rep, make_territory

AT = BOOKED_AT + timedelta(hours=1)
GRANTED, REJECTED = AppealOutcome.GRANTED, AppealOutcome.REJECTED


def device_of(rep: Rep) -> Caller:
    return Caller(CallerKind.DEVICE, "d", rep.code, rep_id=rep.id, rep_code=rep.code)


def admin(name: str) -> Caller:
    return Caller(CallerKind.USER, name, name, role=Role.ADMIN, territory_ids=None)


@pytest.fixture
async def entry(committed: Database, the_clock: clock.SetClock) -> tuple[Rep, PointsEntry]:
    the_clock.move_to(AT)
    async with committed.transaction() as session:
        rep = await make_rep(session, await make_territory(session))
        return rep, await make_entry(session, rep)


async def both(database: Database, first: Any, second: Any) -> tuple[Any, Any]:
    """What two uses in transactions of their own come to; the first commits once the second waits for it."""

    async def run_second() -> Any:
        async with database.transaction() as session:
            return await second(session)

    async with database.transaction() as session:
        won = await first(session)
        later = asyncio.create_task(run_second())
        await until_somebody_waits(database)
    outcomes: Any = await asyncio.gather(later, return_exceptions=True)
    return won, outcomes[0]


async def count(database: Database, model: Any) -> int:
    async with database.read_only() as session:
        return int((await session.execute(select(func.count()).select_from(model))).scalar_one())


@pytest.mark.parametrize("same_id", [True, False])
async def test_an_entry_that_is_appealed_twice_at_once_has_one_appeal(
    committed: Database, entry: tuple[Rep, PointsEntry], same_id: bool
) -> None:
    rep, penalty = entry
    ids = [uuid4()] * 2 if same_id else [uuid4(), uuid4()]

    def submit(id_: UUID) -> Any:
        return lambda session: service.submit(
            session, device_of(rep), penalty.id, id_=id_, words=WORDS, attachment_ids=[], at=AT
        )

    (first, new), second = await both(committed, submit(ids[0]), submit(ids[1]))
    assert new
    if same_id:
        assert second == (first, False)
    else:
        assert isinstance(second, EntryAppealed)
    assert [await count(committed, model) for model in (Appeal, AppealStep)] == [1, 1]


@pytest.mark.parametrize(
    ("second", "outcome"), [((GRANTED, REASON), "alike"), ((REJECTED, REASON), "lost"), ((GRANTED, "other"), "lost")]
)
async def test_two_decisions_at_once_come_to_one(
    committed: Database, entry: tuple[Rep, PointsEntry], second: tuple[AppealOutcome, str], outcome: str
) -> None:
    async with committed.transaction() as session:
        appeal = await make_appeal(session, entry[1])

    def decide(name: str, decision: tuple[AppealOutcome, str]) -> Any:
        return lambda session: service.decide(session, admin(name), appeal.id, *decision, AT)

    won, later = await both(committed, decide("anna", (GRANTED, REASON)), decide("bill", second))
    assert won.record.status == "granted"
    assert isinstance(later, AppealDecided) if outcome == "lost" else later == won
    assert [await count(committed, model) for model in (PointsEntry, AppealStep)] == [2, 2]


async def test_a_rejection_that_is_taken_further_twice_at_once_is_taken_once(
    committed: Database, entry: tuple[Rep, PointsEntry]
) -> None:
    async with committed.transaction() as session:
        appeal = await make_appeal(session, entry[1], status="rejected", decided_at=AT)

    def further(words: str) -> Any:
        return lambda session: service.take_further(session, device_of(entry[0]), appeal.id, words, AT)

    won, lost = await both(committed, further("Ask the neighbour."), further("Ask the baker."))
    assert (won.record.instance, type(lost)) == (2, AppealTakenFurther)
    assert await count(committed, AppealStep) == 2


async def test_a_decision_and_the_telling_that_there_is_none_take_turns(
    committed: Database, entry: tuple[Rep, PointsEntry]
) -> None:
    async with committed.transaction() as session:
        appeal = await make_appeal(session, entry[1])
    late = AT + timedelta(days=8)
    _, told = await both(
        committed,
        lambda session: service.decide(session, admin("anna"), appeal.id, REJECTED, REASON, late),
        lambda session: service.tell_undecided(session, late),
    )
    assert told == 0
    assert await count(committed, AppealStep) == 2


async def send(database: Database, rep: Rep) -> UUID:
    file = attachments.SentFile(uuid4(), "photo.png", "image/png", make_png())
    return (await attachments.receive(database, None, file, device_of(rep), AT))[0].id


async def test_a_file_that_goes_into_two_records_at_once_goes_into_one(
    committed: Database, entry: tuple[Rep, PointsEntry]
) -> None:
    rep, file_id = entry[0], await send(committed, entry[0])

    def attach(record_id: UUID) -> Any:
        return lambda session: attachments.attach(
            session, [file_id], rep_id=rep.id, attached_to="x", record_id=record_id, at=AT
        )

    won, lost = await both(committed, attach(uuid4()), attach(uuid4()))
    assert (won, type(lost)) == (None, Invalid)


async def test_a_file_that_is_being_taken_away_cannot_be_attached(
    committed: Database, entry: tuple[Rep, PointsEntry]
) -> None:
    rep, file_id = entry[0], await send(committed, entry[0])
    _, lost = await both(
        committed,
        lambda session: attachment_queries.doom(session, AT + timedelta(days=1), 10),
        lambda session: attachments.attach(
            session, [file_id], rep_id=rep.id, attached_to="x", record_id=uuid4(), at=AT
        ),
    )
    assert isinstance(lost, AppError)


async def test_a_file_that_was_attached_in_the_last_moment_stays(
    committed: Database, entry: tuple[Rep, PointsEntry], the_clock: clock.SetClock
) -> None:
    rep, file_id = entry[0], await send(committed, entry[0])
    the_clock.move_to(AT + timedelta(days=1))
    async with committed.transaction() as session:
        await attachments.attach(session, [file_id], rep_id=rep.id, attached_to="x", record_id=uuid4(), at=AT)
        assert await AttachmentPruner(None).prune(committed) == 0  # it waits for nobody
    assert await AttachmentPruner(None).prune(committed) == 0
