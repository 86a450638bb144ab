"""Uploads that come at once share a transaction, and none is harmed by its company."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, insert, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload import intake, lanes
from app.doors.handheld.upload.records import Sending, Upload
from app.doors.handheld.upload.schemas import read_event
from app.doors.handheld.upload.service import record_upload, record_uploads
from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.watermarks import service as watermarks
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.session import Database
from app.ground.errors import Unavailable
from app.ground.receipts.models import EventReceipt
from app.ground.settings import Settings
from app.main import create_app
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import Order
from tests.conftest import Statements
from tests.databases import as_owner, connected, execute, until_somebody_waits
from tests.factories.catalogue import make_product
from tests.factories.handheld import (
    BOOT,
    NOON,
    make_check_in,
    make_fix,
    make_no_order,
    make_order,
    make_upload,
    monotonic_ms,
)
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory

PRODUCT = "CHO-100"
REFUSE_POISON = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.comment = 'poison' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$
"""
ON_COMMIT = (
    "CREATE CONSTRAINT TRIGGER poison AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION refuse_poison()"
)
ON_ORDERS = "CREATE TRIGGER poison BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse_poison()"


async def poison(database: Database, trigger: str) -> None:
    """Let orders fail whose comment says so; only the tables' owner may make a trigger."""
    url = as_owner(database.engine.url.render_as_string(hide_password=False))
    for statement in (REFUSE_POISON, trigger):
        await execute(url, statement)


@dataclass
class Member:
    """A rep of the team, with a handheld and an outlet."""

    rep: Rep
    device: Device
    outlet: Outlet

    @property
    def reporter(self) -> Reporter:
        return Reporter(self.device.id, self.rep.id, self.rep.code, self.rep.territory_id)


async def make_team(session: AsyncSession, size: int) -> list[Member]:
    """Reps of one territory, in which `PRODUCT` is sold."""
    territory = await make_territory(session)
    team = []
    for _ in range(size):
        rep = await make_rep(session, territory)
        team.append(Member(rep, await make_device(session, rep), await make_outlet(session, territory)))
    return team


def make_read_upload(member: Member, *events: dict[str, Any], sequence_to: int | None = None) -> Upload:
    """An upload as the door hands it on."""
    sending = Sending(NOON, monotonic_ms(NOON), BOOT, sequence_to)
    return Upload(member.reporter, sending, [read_event(event) for event in events])


@pytest.fixture
async def team(committed: Database) -> list[Member]:
    async with committed.transaction() as session:
        await make_product(session, code=PRODUCT)
        return await make_team(session, 12)


@pytest.fixture
def busy_app(settings: Settings, committed: Database) -> FastAPI:
    return create_app(settings, committed)


@pytest.fixture
async def busy(busy_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(busy_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        yield client


async def place(busy: httpx.AsyncClient, app: FastAPI, member: Member, **fields: Any) -> int:
    order = make_order(member.outlet.code, PRODUCT, **fields)
    return (await busy.post("/v1/orders", json=order, headers=bearer(app, member.device))).status_code


async def check_in(busy: httpx.AsyncClient, app: FastAPI, member: Member) -> int:
    body = make_check_in(member.outlet.code)
    return (await busy.post("/v1/check-ins", json=body, headers=bearer(app, member.device))).status_code


async def orders_of(database: Database) -> int:
    async with database.read_only() as session:
        return await session.scalar(select(func.count()).select_from(Order)) or 0


async def test_orders_that_come_at_once_are_answered_each_and_share_transactions(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    answers = await asyncio.gather(*(place(busy, busy_app, member) for member in team))

    assert answers == [201] * len(team)
    async with committed.read_only() as session:
        transactions: set[str] = set(
            await session.scalars(select(literal_column("orders.xmin::text")).select_from(Order))
        )
    assert await orders_of(committed) == len(team)
    assert len(transactions) < len(team)


async def test_two_orders_of_one_rep_that_come_at_once_go_one_after_the_other(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    answers = await asyncio.gather(*(place(busy, busy_app, team[0]) for _ in range(5)))

    assert answers == [201] * 5
    assert await orders_of(committed) == 5


async def test_who_must_wait_for_a_lock_keeps_nobody_else_waiting(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    held, *others = team
    assert [await place(busy, busy_app, member) for member in team] == [201] * len(team)  # every device is known
    async with committed.transaction() as session:
        await session.execute(
            select(DeviceSyncState).where(DeviceSyncState.device_id == held.device.id).with_for_update()
        )
        waiting = asyncio.create_task(place(busy, busy_app, held))
        answers = await asyncio.gather(*(place(busy, busy_app, member) for member in others))
        assert answers == [201] * len(others)
        assert not waiting.done()
    assert await waiting == 201


async def test_what_takes_long_in_the_database_keeps_nobody_else_waiting(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give_up(_: intake.Intake, upload: Upload) -> None:
        raise AssertionError(f"the others waited until the group of {upload.reporter.rep_code} was given up")

    slow, *others = team[:4]
    assert [await place(busy, busy_app, member) for member in (slow, *others)] == [201] * 4
    monkeypatch.setattr(intake.Intake, "_record_alone", give_up)
    monkeypatch.setattr(intake, "GROUP_LOCK_TIMEOUT", "10s")
    async with committed.transaction() as session:
        await session.execute(text("LOCK TABLE order_lines IN EXCLUSIVE MODE"))  # no order can be written meanwhile
        waiting = asyncio.create_task(place(busy, busy_app, slow))
        await until_somebody_waits(committed)
        for member in others:  # one after the other: each comes when the lane of the one before has closed
            assert await check_in(busy, busy_app, member) == 201
        assert not waiting.done()
    assert await waiting == 201


async def test_when_every_lane_is_blocked_by_a_lock_the_others_are_recorded_all_the_same(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    *blocked, free = team
    assert [await place(busy, busy_app, member) for member in team] == [201] * len(team)
    async with committed.transaction() as session:
        await session.execute(text("LOCK TABLE order_lines IN EXCLUSIVE MODE"))
        waiting = [asyncio.create_task(place(busy, busy_app, member)) for member in blocked]
        await until_somebody_waits(committed)
        for _ in range(3):
            assert await check_in(busy, busy_app, free) == 201
        assert not any(task.done() for task in waiting)
    assert await asyncio.gather(*waiting) == [201] * len(blocked)


async def test_a_group_waits_no_longer_than_it_may_for_who_notes_a_new_phone(
    committed: Database, team: list[Member]
) -> None:
    new = team[0]
    async with committed.transaction() as session:
        await watermarks.note_first_use(session, [(new.device.id, new.rep.id)])
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with committed.planned_once() as blocked:
                await record_uploads(blocked, [make_read_upload(new)], lock_timeout="100ms")


async def test_what_ends_as_nobody_foresaw_keeps_no_rep_busy(
    committed: Database, team: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads, (first, second) = intake.Intake(committed), team[:2]

    async def fail_once(*_: Any) -> None:
        monkeypatch.setattr(intake, "record_uploads", record_uploads)
        raise asyncio.CancelledError

    monkeypatch.setattr(intake, "record_uploads", fail_once)
    failing, behind = (asyncio.create_task(uploads.record(make_read_upload(member))) for member in (first, second))
    with pytest.raises(Unavailable):
        await failing
    await behind
    assert (await uploads.record(make_read_upload(first))).results == []


async def test_many_who_wait_for_locks_take_neither_the_lanes_nor_the_connections_of_others(
    committed_url: str, settings: Settings, team: list[Member]
) -> None:
    database = Database(committed_url, pool_size=intake.PATIENT + 1)
    app = create_app(settings, database)
    *held, free = team
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as client:
        assert [await place(client, app, member) for member in team] == [201] * len(team)
        async with connected(committed_url) as holder:
            devices = ",".join(f"'{member.device.id}'" for member in held)
            await holder.execute(text(f"SELECT FROM device_sync_states WHERE device_id IN ({devices}) FOR UPDATE"))
            waiting = [asyncio.create_task(place(client, app, member)) for member in held]
            for _ in range(3):
                assert await place(client, app, free) == 201
            assert not any(task.done() for task in waiting)
            await holder.rollback()
        assert await asyncio.gather(*waiting) == [201] * len(held)
    await database.close()


async def test_big_uploads_that_take_long_keep_no_single_order_waiting(
    committed: Database,
    committed_url: str,
    busy: httpx.AsyncClient,
    busy_app: FastAPI,
    team: list[Member],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "BIG_EVENTS", 2)
    monkeypatch.setattr(intake, "PATIENCE_S", 3_600)  # no lane is opened for want of patience
    monkeypatch.setattr(intake, "GROUP_LOCK_TIMEOUT", "10s")
    big, *others = team[:4]
    assert [await place(busy, busy_app, member) for member in (big, *others)] == [201] * 4
    async with connected(as_owner(committed_url)) as holder:
        await holder.execute(text("LOCK TABLE check_ins IN EXCLUSIVE MODE"))
        events = [make_check_in(big.outlet.code) for _ in range(3)]
        body, headers = make_upload(*events), bearer(busy_app, big.device)
        waiting = asyncio.create_task(busy.post("/v1/sync", json=body, headers=headers))
        await until_somebody_waits(committed)
        assert [await place(busy, busy_app, member) for member in others] == [201] * 3
        assert not waiting.done()
        await holder.rollback()
    assert (await waiting).status_code == 200


async def test_who_was_kept_waiting_by_another_of_the_group_is_recorded_before_that_one(
    committed: Database, team: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "GROUP_LOCK_TIMEOUT", "100ms")
    stuck, *others = team[:4]
    uploads = intake.Intake(committed)
    first = make_read_upload(stuck, make_check_in(stuck.outlet.code))
    await asyncio.gather(*(uploads.record(make_read_upload(member)) for member in (stuck, *others)))
    async with committed.transaction() as session:
        # the id of its event is being recorded elsewhere
        await session.execute(
            insert(EventReceipt).values(
                id=first.events[0].id, kind="check_in", digest=b"", business_date=NOON.date(), received_at=NOON
            )
        )
        waiting = asyncio.create_task(uploads.record(first))
        together = [make_read_upload(member, make_check_in(member.outlet.code)) for member in others]
        outcomes = await asyncio.gather(*(uploads.record(upload) for upload in together))
        assert [outcome.results[0].status for outcome in outcomes] == ["accepted"] * 3
        assert not waiting.done()
        await session.rollback()
    assert (await waiting).results[0].status == "accepted"


async def test_one_rep_cannot_fill_the_queue(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING_OF_REP", 3)
    many, other = team[:2]

    answers = await asyncio.gather(
        *(check_in(busy, busy_app, many) for _ in range(5)), *(check_in(busy, busy_app, other) for _ in range(2))
    )

    assert sorted(answers[:5]) == [201, 201, 201, 429, 429]
    assert answers[5:] == [201, 201]


async def test_an_upload_that_fails_costs_none_of_those_that_came_with_it(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    await poison(committed, ON_ORDERS)

    answers = await asyncio.gather(
        *(place(busy, busy_app, member, comment="poison" if member is team[3] else "") for member in team)
    )

    assert answers == [500 if member is team[3] else 201 for member in team]
    assert await orders_of(committed) == len(team) - 1


async def test_what_fails_at_its_commit_is_not_acknowledged(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member]
) -> None:
    await poison(committed, ON_COMMIT)
    poisoned, *others = team
    answers = await asyncio.gather(
        place(busy, busy_app, poisoned, comment="poison"), *(place(busy, busy_app, member) for member in others)
    )
    assert answers == [500] + [201] * len(others)
    assert await orders_of(committed) == len(others)


async def test_when_too_many_wait_the_next_is_told_to_come_back(
    committed: Database, busy: httpx.AsyncClient, busy_app: FastAPI, team: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 0)
    order = make_order(team[0].outlet.code, PRODUCT)

    answer = await busy.post("/v1/orders", json=order, headers=bearer(busy_app, team[0].device))

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert await orders_of(committed) == 0


async def test_who_leaves_while_waiting_is_not_recorded(committed: Database, team: list[Member]) -> None:
    uploads = intake.Intake(committed)
    first = asyncio.create_task(uploads.record(make_read_upload(team[0], make_check_in(team[0].outlet.code))))
    leaving = asyncio.create_task(uploads.record(make_read_upload(team[0], make_check_in(team[0].outlet.code))))
    await asyncio.sleep(0)  # both have asked; they are the same rep's, so the second waits for the first
    leaving.cancel()
    await first
    last = await uploads.record(make_read_upload(team[1], make_check_in(team[1].outlet.code)))

    assert last.results[0].status == "accepted"
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(CheckIn)) == 2


async def test_the_number_of_statements_does_not_grow_with_the_uploads(
    session: AsyncSession, statements: Statements
) -> None:
    await make_product(session, code=PRODUCT)
    counts = []
    for size in (2, 9):
        team = await make_team(session, size)
        for events in (_a_visit, _an_order_alone, _several_orders):
            await statements.taken()
            assert None not in await record_uploads(session, [make_read_upload(one, *events(one)) for one in team])
            counts.append(len(await statements.taken()))
    assert counts[:3] == counts[3:]


async def test_together_or_one_by_one_uploads_leave_the_same_behind(session: AsyncSession) -> None:
    await make_product(session, code=PRODUCT)
    together, apart = await make_team(session, 5), await make_team(session, 5)
    for round_ in range(2):
        await record_uploads(session, [_of_round(round_, number, one) for number, one in enumerate(together)])
        for number, one in enumerate(apart):
            await record_upload(session, _of_round(round_, number, one))

    assert await _left_behind(session, together) == await _left_behind(session, apart)


def _a_visit(member: Member) -> list[dict[str, Any]]:
    return [make_check_in(member.outlet.code), make_order(member.outlet.code, PRODUCT)]


def _an_order_alone(member: Member) -> list[dict[str, Any]]:
    return [make_order(member.outlet.code, PRODUCT)]


def _several_orders(member: Member) -> list[dict[str, Any]]:
    return [make_order(member.outlet.code, PRODUCT) for _ in range(3)]


def _of_round(round_: int, number: int, member: Member) -> Upload:
    """What rep `number` brings: a visit, an order with no visit, a mocked one, one from afar, none at all."""
    at = NOON - timedelta(minutes=30 * (2 - round_))
    far = (PATRAS[0] + 0.05, PATRAS[1])
    code = member.outlet.code
    events: Sequence[dict[str, Any]] = (
        [make_check_in(code, at), make_order(code, PRODUCT, time=at)],
        [make_order(code, PRODUCT, time=at)],
        [make_check_in(code, at, fix=make_fix(time=at, mock=True))],
        [make_check_in(code, at, fix=make_fix(far, at)), make_order(code, PRODUCT, time=at), make_order(code, "no")],
        [make_no_order(code, at)],
    )[number]
    numbered = [event | {"sequence": 10 * round_ + place + 1} for place, event in enumerate(events)]
    return make_read_upload(member, *numbered, sequence_to=10 * round_ + len(numbered))


async def _left_behind(session: AsyncSession, team: list[Member]) -> list[Any]:
    """What the database has of each member, but for ids and names."""
    left: list[Any] = []
    for one in team:
        checked_in = select(CheckIn.corrected_at, CheckIn.verdict, CheckIn.p_inside).where(CheckIn.rep_id == one.rep.id)
        ordered = select(Order.corrected_at, Order.total_value, Order.verdict).where(Order.rep_id == one.rep.id)
        doubted = select(RiskSignal.rule, RiskSignal.subject_type).where(RiskSignal.rep_id == one.rep.id)
        known = select(DeviceSyncState.received, DeviceSyncState.claimed_to, DeviceSyncState.watermark_at)
        left.append(
            [
                sorted(await session.execute(checked_in)),
                sorted(await session.execute(ordered), key=str),
                sorted(await session.execute(doubted.where(RiskSignal.withdrawn_at.is_(None)))),
                (await session.execute(known.where(DeviceSyncState.device_id == one.device.id))).all(),
            ]
        )
    return left
