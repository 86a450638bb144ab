"""Refresh families: rotation, answers that are lost, reuse, and what ends a login."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Unauthenticated
from app.ground.events.models import Event
from app.ground.settings import Settings
from app.ground.web.access import CallerKind, Role
from app.main import create_app
from app.masters.identity.models import Device, RefreshFamily, User
from app.masters.identity.refresh_families import TokenIssuer
from app.masters.identity.service import prune_refresh_families
from app.masters.identity.tokens import AccessTokens, read_refresh_token
from tests.factories.identity import make_device, make_user
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
def issuer(app: FastAPI) -> TokenIssuer:
    found: TokenIssuer = app.state.issuer
    return found


@pytest.fixture
async def user(session: AsyncSession) -> User:
    return await make_user(session, Role.ADMIN)


@pytest.fixture
async def token(session: AsyncSession, issuer: TokenIssuer, user: User, the_clock: clock.SetClock) -> str:
    """The first refresh token of a login of `user`."""
    issued = await issuer.open_family(session, the_clock.at, user_id=user.id)
    assert issued.refresh_token is not None
    return issued.refresh_token


async def refresh(api: httpx.AsyncClient, token: str) -> httpx.Response:
    return await api.post("/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": token})


async def successor(api: httpx.AsyncClient, token: str) -> str:
    answer = await refresh(api, token)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["refresh_token"]
    return found


async def revoked_because(session: AsyncSession) -> str | None:
    return await session.scalar(select(RefreshFamily.revoked_because).execution_options(populate_existing=True))


async def test_each_refresh_yields_another_token_that_works(
    api: httpx.AsyncClient, token: str, the_clock: clock.SetClock
) -> None:
    seen = {token}
    for _ in range(3):
        the_clock.move_to(the_clock.at + timedelta(days=80))
        token = await successor(api, token)
        seen.add(token)
    assert len(seen) == 4


async def test_only_hashes_are_stored(session: AsyncSession, token: str) -> None:
    family = await session.scalar(select(RefreshFamily))
    assert family is not None
    assert token.encode() not in family.token_hash
    assert len(family.token_hash) == 32


async def test_the_token_before_yields_the_same_successor_for_as_long_as_that_was_not_used(
    api: httpx.AsyncClient, token: str, the_clock: clock.SetClock
) -> None:
    first = await successor(api, token)
    for later in (timedelta(seconds=64), timedelta(days=1), timedelta(days=80)):
        the_clock.move_to(the_clock.at + later)
        assert await successor(api, token) == first
    # the next answer is lost, too, and the one after it
    second = await successor(api, first)
    the_clock.move_to(the_clock.at + timedelta(hours=1))
    assert await successor(api, first) == second
    third = await successor(api, second)
    assert await successor(api, second) == third
    assert len({token, first, second, third}) == 4


async def test_a_token_whose_successor_was_used_ends_the_login_for_good(
    api: httpx.AsyncClient, session: AsyncSession, token: str
) -> None:
    newest = await successor(api, await successor(api, token))
    refused = await refresh(api, token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert refused.json()["type"] == "/problems#refresh-token-ended"
    assert await revoked_because(session) == "reused"
    assert (await refresh(api, newest)).status_code == 400


async def test_a_stolen_token_is_told_in_the_log_and_to_the_outbox(
    api: httpx.AsyncClient, session: AsyncSession, issuer: TokenIssuer, the_clock: clock.SetClock
) -> None:
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    device = await make_device(session, rep)
    issued = await issuer.open_family(session, the_clock.at, device_id=device.id)
    stolen = issued.refresh_token or ""
    await successor(api, await successor(api, stolen))
    with structlog.testing.capture_logs() as logs:
        await refresh(api, stolen)
        await refresh(api, stolen)
    (told,) = [line for line in logs if line["event"] == "refresh_token_reused"]
    assert (told["log_level"], told["owner"], told["device_id"]) == ("warning", rep.code, str(device.id))
    (event,) = await session.scalars(select(Event).where(Event.type == "refresh_token.reused"))
    assert (event.territory_id, event.payload["owner"]) == (territory.id, rep.code)
    assert stolen not in str(event.payload) + str(logs)


async def test_an_access_token_ends_with_its_login_and_no_other_one_does(
    api: httpx.AsyncClient, session: AsyncSession, issuer: TokenIssuer, user: User, the_clock: clock.SetClock
) -> None:
    logins = [await issuer.open_family(session, the_clock.at, user_id=user.id) for _ in range(2)]
    headers = [{"Authorization": f"Bearer {login.access_token}"} for login in logins]
    await api.post("/v1/auth/logout", json={"refresh_token": logins[0].refresh_token})
    assert [(await api.get("/v1/me", headers=each)).status_code for each in headers] == [401, 200]


async def test_what_an_older_key_signed_is_good_while_that_key_is_named(
    session: AsyncSession, app: FastAPI, token: str, the_clock: clock.SetClock
) -> None:
    def issuer_with(key: bytes, *previous: bytes) -> TokenIssuer:
        access = AccessTokens(key, timedelta(minutes=1), previous)
        return TokenIssuer(access, key, timedelta(days=90), previous)

    rotated = issuer_with(b"n" * 40, b"x" * 40)
    assert rotated.access.read(app.state.tokens.issue(CallerKind.USER, 1)).subject == "1"
    first = await app.state.issuer.refresh(session, token, the_clock.at)
    again = await rotated.refresh(session, token, the_clock.at)  # its answer was lost before the key was changed
    assert first
    assert again
    assert again.refresh_token != first.refresh_token
    for received in (first.refresh_token, again.refresh_token):  # whichever of them the phone has
        assert await rotated.refresh(session, received or "", the_clock.at) is not None
    with pytest.raises(Unauthenticated):
        issuer_with(b"n" * 40).access.read(app.state.tokens.issue(CallerKind.USER, 1))


async def test_a_token_made_up_by_who_knows_the_family_ends_nothing(
    api: httpx.AsyncClient, issuer: TokenIssuer, token: str
) -> None:
    stranger = TokenIssuer(AccessTokens(b"o" * 40, timedelta(minutes=1)), b"o" * 40, timedelta(days=1))
    named = read_refresh_token(stranger.signing_key, token)
    assert named is not None
    made_up = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    assert (await refresh(api, made_up)).status_code == 400
    assert (await refresh(api, token)).status_code == 200


async def test_the_newest_token_outlives_a_change_of_the_signing_key(
    session: AsyncSession, token: str, the_clock: clock.SetClock
) -> None:
    changed = TokenIssuer(AccessTokens(b"n" * 40, timedelta(minutes=1)), b"n" * 40, timedelta(days=1))
    issued = await changed.refresh(session, token, the_clock.at)
    assert issued is not None
    assert issued.refresh_token is not None
    assert await changed.refresh(session, issued.refresh_token, the_clock.at) is not None


async def test_a_login_that_is_not_refreshed_for_90_days_is_over(
    api: httpx.AsyncClient, token: str, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(the_clock.at + timedelta(days=90))
    assert (await refresh(api, token)).status_code == 400


async def test_a_deactivated_user_is_logged_out(
    api: httpx.AsyncClient, session: AsyncSession, user: User, token: str
) -> None:
    user.active = False
    await session.flush()
    assert (await refresh(api, token)).status_code == 400
    assert await revoked_because(session) == "inactive"


@pytest.mark.parametrize("what", ["device", "rep"])
async def test_a_revoked_device_and_one_of_an_inactive_rep_are_logged_out(
    api: httpx.AsyncClient, session: AsyncSession, issuer: TokenIssuer, the_clock: clock.SetClock, what: str
) -> None:
    rep = await make_rep(session, await make_territory(session))
    device = await make_device(session, rep)
    issued = await issuer.open_family(session, the_clock.at, device_id=device.id)
    device_token = await successor(api, issued.refresh_token or "")
    if what == "device":
        await session.execute(update(Device).values(revoked_at=the_clock.at))
    else:
        rep.active = False
        await session.flush()
    assert (await refresh(api, device_token)).status_code == 400


@pytest.mark.parametrize("which", ["newest", "previous", "older"])
async def test_logging_out_ends_the_login_with_any_of_its_tokens(
    api: httpx.AsyncClient, session: AsyncSession, token: str, which: str
) -> None:
    tokens = {"older": token}
    tokens["previous"] = await successor(api, token)
    tokens["newest"] = await successor(api, tokens["previous"])
    answer = await api.post("/v1/auth/logout", json={"refresh_token": tokens[which]})
    assert answer.status_code == 204
    assert await revoked_because(session) == "logout"
    assert (await refresh(api, tokens["newest"])).status_code == 400


@pytest.mark.parametrize("nonsense", ["x", "A" * 70, "é"])
async def test_logging_out_with_nonsense_is_204_and_ends_nothing(
    api: httpx.AsyncClient, session: AsyncSession, token: str, nonsense: str
) -> None:
    assert (await api.post("/v1/auth/logout", json={"refresh_token": nonsense})).status_code == 204
    assert (await refresh(api, token)).status_code == 200


async def test_logins_that_expired_or_were_long_revoked_are_pruned(
    session: AsyncSession, issuer: TokenIssuer, user: User, the_clock: clock.SetClock
) -> None:
    now = the_clock.at
    for expires_in, revoked_ago in [(-1, None), (90, 31), (90, 29), (90, None)]:
        await issuer.open_family(session, now, user_id=user.id)
        await session.execute(
            update(RefreshFamily)
            .where(RefreshFamily.expires_at == now + timedelta(days=90), RefreshFamily.revoked_at.is_(None))
            .values(
                expires_at=now + timedelta(days=expires_in),
                revoked_at=None if revoked_ago is None else now - timedelta(days=revoked_ago),
            )
        )
    assert await prune_refresh_families(session, now) == 2
    assert await session.scalar(select(func.count()).select_from(RefreshFamily)) == 2


@pytest.fixture
async def racing(committed: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app on real connections, whose transactions are committed."""
    app = create_app(Settings(home=tmp_path, token_secret="x" * 40), committed)  # type: ignore[arg-type]  # parsed
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as client:
        yield client


async def committed_login(committed: Database, at: clock.SetClock) -> str:
    issuer = TokenIssuer(AccessTokens(b"x" * 40, timedelta(minutes=15)), b"x" * 40, timedelta(days=90))
    async with committed.transaction() as session:
        user = await make_user(session, Role.ADMIN)
        issued = await issuer.open_family(session, at.at, user_id=user.id)
    return issued.refresh_token or ""


async def test_twenty_connections_that_refresh_one_token_at_once_get_one_successor(
    committed: Database, racing: httpx.AsyncClient, the_clock: clock.SetClock
) -> None:
    token = await committed_login(committed, the_clock)
    answers = await asyncio.gather(*(refresh(racing, token) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    async with committed.read_only() as session:
        assert await session.scalar(select(RefreshFamily.generation)) == 1


async def test_a_reuse_is_committed_although_its_answer_is_a_refusal(
    committed: Database, racing: httpx.AsyncClient, the_clock: clock.SetClock
) -> None:
    token = await committed_login(committed, the_clock)
    await successor(racing, await successor(racing, token))
    assert (await refresh(racing, token)).status_code == 400
    async with committed.read_only() as session:
        assert await session.scalar(select(RefreshFamily.revoked_because)) == "reused"


async def test_twenty_wrong_passwords_at_once_get_ten_tries_and_are_counted_although_refused(
    committed: Database, racing: httpx.AsyncClient
) -> None:
    form = {"grant_type": "password", "username": "anna", "password": "wrong password"}
    answers = await asyncio.gather(*(racing.post("/v1/auth/token", data=form) for _ in range(20)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(400), statuses.count(429)) == (10, 10)
