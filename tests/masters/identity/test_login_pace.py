"""How fast passwords can be tried at a name, and whom that keeps out: nobody who has logged in there before."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.web.access import Role
from app.masters.identity import login_queries, service
from app.masters.identity.login_pace import (
    PACES,
    PLACES_KEPT,
    SLOTS,
    Attempt,
    Lane,
    LoginMarks,
    Origin,
    PaceKind,
    lane_or_wait,
)
from app.masters.identity.models import LoginPace, LoginPlace, User
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.identity import bearer, make_user
from tests.factories.territories import make_territory
from tests.masters.identity.logins import (
    AWAY,
    HOME,
    OFFICE,
    PASSWORD,
    attempt_of,
    caller_at,
    have_failed,
    log_in_from,
    make_anna,
    still_counted,
)

MARKS = LoginMarks(b"key")


@pytest.fixture
async def anna(session: AsyncSession) -> User:
    """A supervisor who has not logged in yet."""
    territory = await make_territory(session)
    return await make_anna(session, Role.SUPERVISOR, territory.code)


@pytest.mark.parametrize(
    ("one", "other", "same_address", "same_network"),
    [
        ("203.0.113.7", "203.0.113.8", False, True),
        ("203.0.113.7", "203.1.113.7", False, False),
        ("203.0.113.7", "::ffff:203.0.113.7", True, True),
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True, True),
        ("2001:db8:1:2::5", "2001:db8:1:3::5", False, True),
        ("2001:db8::1", "2001:db9::1", False, False),
        ("fe80::1%eth0", "fe80::2%eth1", True, True),
        ("unknown", "unknown", True, True),
        ("unknown", "203.0.113.7", False, False),
    ],
)
def test_an_address_of_version_6_counts_by_its_64_bits(
    one: str, other: str, *, same_address: bool, same_network: bool
) -> None:
    assert (Origin.of(one).address == Origin.of(other).address) == same_address
    assert (Origin.of(one).network == Origin.of(other).network) == same_network


def test_no_name_or_address_that_is_made_up_is_counted_as_another() -> None:
    attempts = [MARKS.attempt(name, Origin(address, "")) for name, address in (("a", "b c"), ("c a", "b"), ("a", "b"))]
    assert len({attempt.slots[PaceKind.PAIR] for attempt in attempts}) == 3
    slots = [slot for attempt in attempts for slot in attempt.slots.values()]
    assert all(0 <= slot < SLOTS for slot in slots)


def test_a_name_can_be_tried_less_than_fifteen_hundred_times_a_day_from_all_networks_but_its_own() -> None:
    a_day = {kind: pace.most + timedelta(days=1) / pace.every for kind, pace in PACES.items()}
    assert a_day[PaceKind.ANYWHERE] == a_day[PaceKind.NEAR] == 1490
    assert a_day[PaceKind.PAIR] == 970


async def test_ten_wrong_passwords_make_the_name_wait_there_and_the_right_one_too(
    app: FastAPI, session: AsyncSession, anna: User, the_clock: clock.SetClock
) -> None:
    await have_failed(session, attempt_of(app, "anna", HOME), PaceKind.PAIR, 9, MONDAY_NOON)
    assert (await log_in_from(app, HOME, "wrong password")).status_code == 400
    refused = await log_in_from(app, HOME)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "90")
    assert (await log_in_from(app, AWAY)).status_code == 200
    the_clock.move_to(MONDAY_NOON + timedelta(seconds=90))
    assert (await log_in_from(app, HOME)).status_code == 200


@pytest.mark.parametrize("kind", list(PaceKind))
async def test_what_a_clock_that_was_ahead_has_counted_counts_as_nothing(
    app: FastAPI, session: AsyncSession, anna: User, the_clock: clock.SetClock, kind: PaceKind
) -> None:
    await have_failed(session, attempt_of(app, "anna", HOME), kind, 1, MONDAY_NOON + timedelta(days=2))
    assert (await log_in_from(app, HOME)).status_code == 200
    the_clock.move_to(MONDAY_NOON + timedelta(minutes=1))
    assert (await log_in_from(app, HOME)).status_code == 200


async def test_who_must_wait_counts_against_nobody_else(app: FastAPI, session: AsyncSession, anna: User) -> None:
    attempt = attempt_of(app, "anna", HOME)
    await have_failed(session, attempt, PaceKind.PAIR, 10, MONDAY_NOON)
    assert (await log_in_from(app, HOME)).status_code == 429
    assert await session.scalar(select(func.count()).select_from(LoginPace)) == 1


async def test_a_name_at_which_many_guess_is_open_from_where_it_logged_in_before(
    app: FastAPI, session: AsyncSession, anna: User
) -> None:
    assert (await log_in_from(app, HOME)).status_code == 200
    await have_failed(session, attempt_of(app, "anna", AWAY), PaceKind.ANYWHERE, 50, MONDAY_NOON)
    assert (await log_in_from(app, AWAY)).status_code == 429
    assert (await log_in_from(app, HOME)).status_code == 200
    assert (await log_in_from(app, OFFICE)).status_code == 200, "another address of the network in which it logged in"


async def test_a_first_login_from_elsewhere_gets_its_turn_within_the_minute(
    app: FastAPI, session: AsyncSession, anna: User, the_clock: clock.SetClock
) -> None:
    await have_failed(session, attempt_of(app, "anna", AWAY), PaceKind.ANYWHERE, 50, MONDAY_NOON)
    refused = await log_in_from(app, AWAY)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    the_clock.move_to(MONDAY_NOON + timedelta(seconds=60))
    assert (await log_in_from(app, AWAY)).status_code == 200


async def test_an_address_from_which_many_fail_waits_but_not_who_has_logged_in_there(
    app: FastAPI, session: AsyncSession, anna: User
) -> None:
    assert (await log_in_from(app, HOME)).status_code == 200
    other = await make_user(session, Role.ADMIN, username="other")
    await have_failed(session, attempt_of(app, "anna", HOME), PaceKind.ADDRESS, 100, MONDAY_NOON)
    refused = await log_in_from(app, HOME, username=other.username)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert (await log_in_from(app, HOME)).status_code == 200


async def test_a_login_that_works_forgives_its_own_failures_and_no_guessers(
    app: FastAPI, session: AsyncSession, anna: User
) -> None:
    attempt = attempt_of(app, "anna", HOME)
    await have_failed(session, attempt, PaceKind.PAIR, 5, MONDAY_NOON)
    await have_failed(session, attempt, PaceKind.ADDRESS, 20, MONDAY_NOON)
    await have_failed(session, attempt, PaceKind.ANYWHERE, 30, MONDAY_NOON)
    assert (await log_in_from(app, HOME)).status_code == 200
    counted = [await still_counted(session, attempt, kind, MONDAY_NOON) for kind in PaceKind]
    assert counted == [0, 20, 0, 30, 0]


async def test_a_place_is_known_for_90_days_and_the_last_twenty_are(
    app: FastAPI, session: AsyncSession, anna: User, the_clock: clock.SetClock
) -> None:
    for number in range(PLACES_KEPT + 2):
        the_clock.move_to(MONDAY_NOON + timedelta(hours=number))
        await login_queries.remember_place(session, anna.id, attempt_of(app, "anna", f"192.0.2.{number}"), the_clock.at)
    kept = set(await session.scalars(select(LoginPlace.place)))
    assert kept == {attempt_of(app, "anna", f"192.0.2.{number}").place_mark for number in range(2, PLACES_KEPT + 2)}
    for days, known in ((89, True), (91, False)):
        at = the_clock.at + timedelta(days=days)
        counted, _ = await login_queries.count_attempt(session, attempt_of(app, "anna", "192.0.2.21"), at)
        assert counted.known_place == known
    assert await service.prune_login_attempts(session, the_clock.at + timedelta(days=91)) >= PLACES_KEPT
    assert await session.scalar(select(func.count()).select_from(LoginPlace)) == 0


@pytest.mark.parametrize("full", [None, PaceKind.PAIR, PaceKind.ADDRESS, PaceKind.ANYWHERE])
async def test_a_name_that_nobody_has_is_answered_like_one_that_somebody_has(
    app: FastAPI, session: AsyncSession, anna: User, statements: Statements, full: PaceKind | None
) -> None:
    answers = []
    for name in ("anna", "nobody"):
        if full is not None:
            attempt = attempt_of(app, name, f"192.0.2.{len(name)}")
            await have_failed(session, attempt, full, PACES[full].most, MONDAY_NOON)
        await statements.taken()
        answer = await log_in_from(app, f"192.0.2.{len(name)}", "wrong password", name)
        told = {member: value for member, value in answer.json().items() if member != "instance"}
        answers.append((answer.status_code, answer.headers.get("retry-after"), told, await statements.taken()))
    assert answers[0] == answers[1]
    assert len(answers[0][3]) == 1, "an attempt is counted, and what is stored read, by one statement"


async def test_who_is_logged_in_changes_the_password_whoever_guesses_at_the_name(
    app: FastAPI, session: AsyncSession, anna: User
) -> None:
    for kind in (PaceKind.PAIR, PaceKind.ADDRESS, PaceKind.ANYWHERE):
        await have_failed(session, attempt_of(app, "anna", AWAY), kind, PACES[kind].most, MONDAY_NOON)
    wrong, right = ({"current_password": current, "password": "a new password"} for current in ("wrong", PASSWORD))
    async with caller_at(app, AWAY) as http:
        for _ in range(9):
            assert (await http.put("/v1/me/password", json=wrong, headers=bearer(app, anna))).status_code == 401
        assert (await http.put("/v1/me/password", json=right, headers=bearer(app, anna))).status_code == 204
        for status in [*[401] * 10, 429]:
            answer = await http.put("/v1/me/password", json=wrong, headers=bearer(app, anna))
            assert answer.status_code == status


async def admitted(database: Database, attempts: list[Attempt]) -> int:
    """How many of attempts that are made at once may be made."""

    async def count(attempt: Attempt) -> bool:
        async with database.transaction() as session:
            counted, _ = await login_queries.count_attempt(session, attempt, MONDAY_NOON)
        return isinstance(lane_or_wait(counted, MONDAY_NOON), Lane)

    return sum(await asyncio.gather(*map(count, attempts)))


async def test_guesses_that_race_are_no_more_than_one_after_the_other(committed: Database) -> None:
    from_one_address = [MARKS.attempt("anna", Origin.of(HOME)) for _ in range(30)]
    assert await admitted(committed, from_one_address) == PACES[PaceKind.PAIR].most
    from_many = [MARKS.attempt("anna", Origin.of(f"198.51.{number}.1")) for number in range(80)]
    assert await admitted(committed, from_many) == PACES[PaceKind.ANYWHERE].most - PACES[PaceKind.PAIR].most
    at_many_names = [MARKS.attempt(f"name{number}", Origin.of(AWAY)) for number in range(130)]
    assert await admitted(committed, at_many_names) == PACES[PaceKind.ADDRESS].most


async def test_attempts_and_forgiveness_that_race_wait_for_each_other_in_one_direction(committed: Database) -> None:
    attempt = MARKS.attempt("anna", Origin.of(HOME))

    async def try_and_forgive() -> None:
        async with committed.transaction() as session:
            counted, _ = await login_queries.count_attempt(session, attempt, MONDAY_NOON)
        async with committed.transaction() as session:
            await login_queries.forgive(session, attempt, counted, clock.now())

    await asyncio.gather(*(try_and_forgive() for _ in range(40)))
    async with committed.read_only() as session:
        counts = [await still_counted(session, attempt, kind, MONDAY_NOON) for kind in PaceKind]
    assert counts == [0, 0, 0, 0, 0]
