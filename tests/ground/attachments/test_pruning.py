"""Attachments are taken away in time, and a file that cannot be deleted keeps no other (P5)."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.attachments import pruning_job, rules
from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.attachments.models import AttachmentContent, KeptAttachment
from app.ground.attachments.pruning_job import FAILURES_A_TURN, FIRST_DELAY, LONGEST_DELAY, AttachmentPruner
from app.ground.attachments.stores import DirectoryStore, Store
from app.masters.territories.models import Rep
from tests.conftest import MONDAY_NOON, SavepointDatabase
from tests.factories.appeals import make_attachment, make_png
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture(params=["database", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store | None:
    """Where files are kept."""
    return None if request.param == "database" else DirectoryStore(tmp_path)


class LockedStore:
    """A store that deletes nothing of what is locked."""

    def __init__(self, *locked: UUID) -> None:
        self.locked, self.asked = set(locked), list[UUID]()

    async def put(self, id_: UUID, content: bytes) -> None:
        """Nothing is put here."""

    async def get(self, id_: UUID) -> bytes:
        """Nothing is got here."""
        return b""

    async def delete(self, id_: UUID) -> None:
        """Refused for what is locked."""
        self.asked.append(id_)
        if id_ in self.locked:
            raise AttachmentStoreAway


async def make_expired(session: AsyncSession, rep: Rep, **fields: Any) -> UUID:
    """A file in a store whose time was over at noon."""
    return (await make_attachment(session, rep, **{"in_database": False, "kept_until": MONDAY_NOON} | fields)).id


async def ids_left(session: AsyncSession) -> set[UUID]:
    return set(await session.scalars(select(KeptAttachment.id)))


def files_in(folder: Path) -> set[UUID]:
    return {UUID(path.name) for path in folder.rglob("*") if path.is_file()}


def failures() -> float:
    return REGISTRY.get_sample_value("fieldproof_attachment_deletion_failures_total") or 0


async def test_what_is_attached_to_nothing_goes_after_a_day_and_the_rest_after_two_years(
    session: AsyncSession,
    database: SavepointDatabase,
    rep: Rep,
    store: Store | None,
    tmp_path: Path,
    the_clock: clock.SetClock,
) -> None:
    fields: dict[str, Any] = {"in_database": store is None, "sent_at": MONDAY_NOON}
    alone = (await make_attachment(session, rep, kept_until=MONDAY_NOON + rules.KEPT_ALONE, **fields)).id
    attached = (await make_attachment(session, rep, kept_until=MONDAY_NOON + rules.KEPT_ATTACHED, **fields)).id
    if store is not None:
        for id_ in (alone, attached):
            await store.put(id_, make_png())
    steps = [
        (rules.KEPT_ALONE - timedelta(seconds=1), 0, {alone, attached}),
        (rules.KEPT_ALONE, 1, {attached}),
        (rules.KEPT_ATTACHED - timedelta(seconds=1), 0, {attached}),
        (rules.KEPT_ATTACHED, 1, set()),
    ]
    for after, count, left in steps:
        the_clock.move_to(MONDAY_NOON + after)
        assert await AttachmentPruner(store).prune(database) == count
        assert await ids_left(session) == left
        if store is not None:
            assert files_in(tmp_path) == left
        else:
            assert set(await session.scalars(select(AttachmentContent.attachment_id))) == left


async def test_what_is_to_go_waits_for_a_store_that_is_away_and_is_out_of_sight_meanwhile(
    session: AsyncSession, database: SavepointDatabase, rep: Rep, tmp_path: Path
) -> None:
    await make_expired(session, rep, in_database=True)
    id_ = await make_expired(session, rep)
    before = failures()
    for away in (None, DirectoryStore(tmp_path / "nowhere")):
        await AttachmentPruner(away).prune(database)
        assert await ids_left(session) == {id_}
        assert await session.scalar(select(KeptAttachment.doomed))
    assert failures() == before + 2
    assert await AttachmentPruner(DirectoryStore(tmp_path)).prune(database) == 1


async def test_a_file_that_cannot_be_deleted_keeps_no_other(
    session: AsyncSession, database: SavepointDatabase, rep: Rep
) -> None:
    locked = await make_expired(session, rep)
    for in_database in (False, True):
        await make_expired(session, rep, in_database=in_database)
    before = failures()
    assert await AttachmentPruner(LockedStore(locked)).prune(database) == 2
    assert await ids_left(session) == {locked}
    assert failures() == before + 1


async def test_a_file_that_cannot_be_deleted_is_tried_after_ever_longer_pauses(
    session: AsyncSession, database: SavepointDatabase, rep: Rep, the_clock: clock.SetClock
) -> None:
    locked = await make_expired(session, rep)
    store = LockedStore(locked)
    pruner = AttachmentPruner(store)
    tried: list[datetime] = []
    for turn in range(6 * 24 * 4):
        the_clock.move_to(MONDAY_NOON + turn * timedelta(minutes=10))
        asked = len(store.asked)
        await pruner.prune(database)
        tried += [clock.now()] * (len(store.asked) - asked)
    pauses = [after - before for before, after in pairwise(tried)]
    doubled = [FIRST_DELAY * 2**attempt for attempt in range(8)]
    assert pauses[:8] == doubled
    assert set(pauses[8:]) == {LONGEST_DELAY}
    store.locked.clear()
    the_clock.move_to(clock.now() + LONGEST_DELAY)
    assert await pruner.prune(database) == 1


async def test_what_waits_after_a_failure_takes_nobodys_place_in_the_turn(
    session: AsyncSession, database: SavepointDatabase, rep: Rep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning_job, "A_TURN", 2)
    locked = [await make_expired(session, rep, kept_until=MONDAY_NOON - timedelta(hours=1)) for _ in range(2)]
    await make_expired(session, rep)
    pruner = AttachmentPruner(LockedStore(*locked))
    assert [await pruner.prune(database) for _ in range(3)] == [0, 1, 0]
    assert await ids_left(session) == set(locked)


async def test_a_store_that_is_away_is_asked_a_few_times_a_turn(
    session: AsyncSession, database: SavepointDatabase, rep: Rep
) -> None:
    store = LockedStore(*[await make_expired(session, rep) for _ in range(FAILURES_A_TURN + 3)])
    pruner = AttachmentPruner(store)
    await pruner.prune(database)
    assert len(store.asked) == FAILURES_A_TURN
    await pruner.prune(database)
    assert len(set(store.asked)) == len(store.asked) == FAILURES_A_TURN + 3


async def test_what_was_deleted_when_the_turn_broke_off_is_deleted_by_the_next(
    session: AsyncSession, database: SavepointDatabase, rep: Rep, tmp_path: Path
) -> None:
    await make_expired(session, rep, id=uuid4())  # the row is here, and no file
    assert await AttachmentPruner(DirectoryStore(tmp_path)).prune(database) == 1
    assert await ids_left(session) == set()
