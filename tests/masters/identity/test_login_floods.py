"""A flood of logins leaves room for those who have a better claim: passwords are hashed in lanes with shares."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.errors import Unavailable
from app.ground.web.access import Role
from app.main import create_app
from app.masters.identity import service
from app.masters.identity.login_pace import PACES, Lane, PaceKind
from app.masters.identity.passwords import WAITING_PER_THREAD, Passwords
from tests.conftest import settings_in
from tests.factories.territories import make_territory
from tests.masters.identity.logins import HOME, PASSWORD, log_in_from


class HeldHasher(PasswordHash):
    """A hasher that looks at a password only when it is let: `let(n)` for so many, `let_all()` from then on."""

    def __init__(self) -> None:
        super().__init__((Argon2Hasher(time_cost=1, memory_cost=256, parallelism=1),))
        self.looked_at: list[str] = []
        self._holding = False
        self._let = threading.Semaphore(0)

    def hold(self) -> None:
        self._holding = True

    def let(self, most: int) -> None:
        for _ in range(most):
            self._let.release()

    def let_all(self) -> None:
        self._holding = False
        self.let(10_000)

    def verify_and_update(self, password: str | bytes, hash: str | bytes) -> tuple[bool, str | None]:  # noqa: A002  # the library's
        self._wait(password)
        return super().verify_and_update(password, hash)

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002  # the library's
        self._wait(password)
        return super().verify(password, hash)

    def _wait(self, password: str | bytes) -> None:
        self.looked_at.append(str(password))
        if self._holding:
            self._let.acquire()


@pytest.fixture
def hasher() -> Iterator[HeldHasher]:
    made = HeldHasher()
    yield made
    made.let_all()  # whatever a test left behind


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not so():
            await _others()


async def _others() -> None:
    """Let others have their turn of the loop."""
    await asyncio.sleep(0)


def waiting(passwords: Passwords) -> dict[Lane, int]:
    return {lane: len(turns) for lane, turns in passwords._waiting.items()}


async def started(passwords: Passwords, hasher: HeldHasher, *waits: tuple[Lane, str]) -> list[asyncio.Task[object]]:
    """Attempts in lanes, behind one that is being looked at, all of them waiting."""
    stored = await passwords.hash(PASSWORD)
    hasher.hold()
    first = asyncio.create_task(passwords.verify("first", stored, Lane.REST))
    await until(lambda: hasher.looked_at == ["first"])
    tasks = [asyncio.create_task(passwords.verify(name, stored, lane)) for lane, name in waits]
    await until(lambda: sum(waiting(passwords).values()) == len(tasks))
    return [first, *tasks]


async def test_each_lane_has_its_share_however_many_wait_in_another(hasher: HeldHasher) -> None:
    passwords = Passwords(1, hasher)
    crowd = [(Lane.REST, f"rest{number}") for number in range(6)]
    calm = [(Lane.CALM, f"calm{number}") for number in range(4)]
    tasks = await started(passwords, hasher, *crowd, *calm, (Lane.KNOWN, "known0"), (Lane.KNOWN, "known1"))
    hasher.let_all()
    await asyncio.gather(*tasks)
    first_turns = hasher.looked_at[1:9]
    assert first_turns == ["known0", "calm0", "known1", "rest0", "calm1", "rest1", "calm2", "rest2"]
    assert len(hasher.looked_at) == 1 + 12


@pytest.mark.parametrize("lane", list(Lane))
async def test_who_finds_a_lane_full_is_turned_away_and_no_other_lane_is(hasher: HeldHasher, lane: Lane) -> None:
    passwords = Passwords(1, hasher)
    tasks = await started(passwords, hasher, *[(lane, "waits")] * WAITING_PER_THREAD[lane])
    with pytest.raises(Unavailable) as turned_away:
        await passwords.verify("late", None, lane)
    assert turned_away.value.fields["retry_after_seconds"] == 2
    passwords.ensure_room()
    elsewhere = [asyncio.create_task(passwords.verify("other", None, other)) for other in Lane if other is not lane]
    await until(lambda: sum(waiting(passwords).values()) == len(tasks) - 1 + len(elsewhere))
    hasher.let_all()
    await asyncio.gather(*tasks, *elsewhere)
    assert "late" not in hasher.looked_at


async def test_nobody_is_let_in_where_every_lane_is_full(hasher: HeldHasher) -> None:
    passwords = Passwords(1, hasher)
    everybody = [(lane, "waits") for lane, most in WAITING_PER_THREAD.items() for _ in range(most)]
    tasks = await started(passwords, hasher, *everybody)
    with pytest.raises(Unavailable):
        passwords.ensure_room()
    hasher.let_all()
    await asyncio.gather(*tasks)
    passwords.ensure_room()


async def test_who_goes_away_gives_the_place_to_the_next(hasher: HeldHasher) -> None:
    passwords = Passwords(1, hasher)
    first, gone, chosen, next_ = await started(
        passwords, hasher, (Lane.CALM, "gone"), (Lane.CALM, "chosen"), (Lane.REST, "next")
    )
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert waiting(passwords)[Lane.CALM] == 1
    hasher.let_all()
    await first
    chosen.cancel()  # whether or not its turn had come
    await asyncio.gather(chosen, return_exceptions=True)
    assert await next_ == (False, None)
    assert await passwords.verify("after all of them", None, Lane.REST) == (False, None)
    assert "gone" not in hasher.looked_at


async def test_a_password_is_looked_at_beside_the_event_loop(hasher: HeldHasher) -> None:
    passwords = Passwords(1, hasher)
    tasks = await started(passwords, hasher)
    await asyncio.sleep(0)  # the loop goes on, although a password is being looked at
    hasher.let_all()
    assert await asyncio.gather(*tasks) == [(False, None)]


@pytest.fixture
async def flooded(committed: Database, tmp_path: Path, hasher: HeldHasher) -> FastAPI:
    """The service on a database of its own with one hashing thread, and Anna, who has logged in at home."""
    app = create_app(settings_in(tmp_path), committed)
    app.state.passwords = Passwords(1, hasher)
    async with committed.transaction() as session:
        await _make_anna(session, app.state.passwords)
    assert (await log_in_from(app, HOME)).status_code == 200
    hasher.looked_at.clear()
    return app


async def _make_anna(session: AsyncSession, passwords: Passwords) -> None:
    territory = await make_territory(session)
    await service.create_user(session, "anna", PASSWORD, Role.SUPERVISOR, [territory.code], passwords=passwords)


def at_one_name(app: FastAPI) -> Iterator[Awaitable[httpx.Response]]:
    """Guesses at Anna's name from forty networks."""
    return (log_in_from(app, f"198.{number}.1.1", "wrong password") for number in range(40))


def at_many_names(app: FastAPI) -> Iterator[Awaitable[httpx.Response]]:
    """Names that nobody has, from forty networks."""
    return (log_in_from(app, f"198.{number}.1.1", "wrong password", f"name{number}") for number in range(40))


def from_one_address(app: FastAPI) -> Iterator[Awaitable[httpx.Response]]:
    """Names that nobody has, from one address."""
    return (log_in_from(app, "198.51.100.1", "wrong password", f"name{number}") for number in range(40))


Flood = Callable[[FastAPI], Iterator[Awaitable[httpx.Response]]]


@pytest.mark.parametrize("flood", [at_one_name, at_many_names, from_one_address])
async def test_the_owner_gets_in_from_a_known_place_while_wrong_logins_fill_the_pool(
    flooded: FastAPI, hasher: HeldHasher, flood: Flood
) -> None:
    hasher.hold()
    wrong = [asyncio.ensure_future(login) for login in flood(flooded)]
    settled = _settled(flooded.state.passwords, wrong)
    await until(settled)
    owner = asyncio.create_task(log_in_from(flooded, HOME))
    await until(lambda: waiting(flooded.state.passwords)[Lane.KNOWN] == 1)
    hasher.let(2)  # the one that is being looked at, and the next
    assert (await owner).status_code == 200
    assert sum(not login.done() for login in wrong) >= WAITING_PER_THREAD[Lane.CALM] - 1
    hasher.let_all()
    answers = await asyncio.gather(*wrong)
    assert {answer.status_code for answer in answers} == {400, 503}


@pytest.mark.parametrize("flood", [from_one_address, at_many_names])
async def test_a_first_login_from_elsewhere_gets_through_a_flood(
    flooded: FastAPI, hasher: HeldHasher, flood: Flood
) -> None:
    hasher.hold()
    wrong = [asyncio.ensure_future(login) for login in flood(flooded)]
    await until(_settled(flooded.state.passwords, wrong))
    hasher.let(4)  # room in its lane again, where the flood had filled that one, too
    await until(lambda: len(hasher.looked_at) == 5)
    await until(_settled(flooded.state.passwords, wrong))
    new = asyncio.create_task(log_in_from(flooded, "192.0.2.1"))
    await until(_settled(flooded.state.passwords, [*wrong, new]))
    hasher.let(2 * WAITING_PER_THREAD[Lane.CALM])
    assert (await new).status_code == 200
    hasher.let_all()
    await asyncio.gather(*wrong)


async def test_who_is_turned_away_for_want_of_room_has_made_no_attempt(flooded: FastAPI, hasher: HeldHasher) -> None:
    crowd = [(Lane.KNOWN, "waits")] * WAITING_PER_THREAD[Lane.KNOWN]
    tasks = await started(flooded.state.passwords, hasher, *crowd)
    answers = [await log_in_from(flooded, HOME) for _ in range(PACES[PaceKind.PAIR].most + 1)]
    assert {answer.status_code for answer in answers} == {503}
    hasher.let_all()
    await asyncio.gather(*tasks)
    assert (await log_in_from(flooded, HOME)).status_code == 200


def _settled(passwords: Passwords, logins: Sequence[asyncio.Future[Any]]) -> Callable[[], bool]:
    """Whether each of the logins has been answered, is being looked at, or waits for that."""

    def so() -> bool:
        pending = sum(not login.done() for login in logins)
        return pending == sum(waiting(passwords).values()) + (0 if passwords._free else 1)

    return so
