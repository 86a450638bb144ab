"""Signing in by a provider that others wrote (Canaille), over HTTP, as an organisation has one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.identity_providers import IdentityProvider
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import hold
from app.masters.identity import grants
from app.masters.identity.errors import ProviderAway, SignInFailed
from app.masters.identity.oidc import OidcProvider
from app.masters.identity.sign_ins import SignInProvider
from tests import oidc_provider
from tests.conftest import SavepointDatabase
from tests.factories.identity import bearer, make_user
from tests.masters.identity.made_up_provider import another
from tests.oidc_provider import Account, RegisteredClient

REDIRECT_URI = "http://127.0.0.1:9/sign-in/provider"
CLIENT = RegisteredClient("fieldproof", "a-secret-of-the-provider", (REDIRECT_URI,))
ANNA = Account("anna", "anna's password there", "anna@ours.example", "Anna Papadopoulou")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider.serving(CLIENT, ANNA) as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def now(the_clock: clock.SetClock) -> None:
    """The provider's clock is the machine's."""
    the_clock.move_to(datetime.now(UTC))


def provider_at(issuer: str, **fields: str) -> OidcProvider:
    plain = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret, "scopes": "openid profile email"}
    return OidcProvider(IdentityProvider(issuer, **plain | fields))


async def brought_back(url: str) -> dict[str, str]:
    """What the browser brings back once Anna has signed in there."""
    return dict((await oidc_provider.sign_in(url, ANNA)).params)


async def test_who_signs_in_there_is_signed_in_here_with_the_account_and_name_of_there(
    issuer: str,
    api: httpx.AsyncClient,
    app: FastAPI,
    database: SavepointDatabase,
    session: AsyncSession,
    settings: Settings,
) -> None:
    oidc = {"oidc_issuer": issuer, "oidc_client_id": CLIENT.client_id}
    chosen = Settings(home=settings.home, token_secret="x" * 40, oidc_client_secret=CLIENT.client_secret, **oidc)  # type: ignore[arg-type] # parsed
    hold(app, chosen, database)
    provider: SignInProvider = app.state.sign_in_provider
    anna, admin = await make_user(session, Role.OPERATOR, username="anna"), await make_user(session, Role.ADMIN)
    await api.patch("/v1/users/anna", json={"oidc": "on"}, headers=bearer(app, admin))
    request = await provider.begin(REDIRECT_URI)
    claims = await provider.finish(request.pending, await brought_back(request.url))
    login = await grants.by_oidc(database, app.state.issuer, claims)
    assert (claims.issuer, claims.username, login.user_id) == (issuer, "anna", anna.id)
    me = await api.get("/v1/me", headers={"Authorization": f"Bearer {login.access_token}"})
    assert me.json()["username"] == "anna"
    assert provider.name == "127.0.0.1"
    await provider.close()


async def test_a_code_is_taken_once(issuer: str) -> None:
    provider = provider_at(issuer)
    request = await provider.begin(REDIRECT_URI)
    answer = await brought_back(request.url)
    await provider.finish(request.pending, answer)
    with pytest.raises(SignInFailed):
        await provider.finish(request.pending, answer)
    await provider.close()


@pytest.mark.parametrize("secret", ["state", "nonce", "code_verifier"])
async def test_an_answer_is_good_for_the_sign_in_alone_that_it_was_given_to(issuer: str, secret: str) -> None:
    provider = provider_at(issuer)
    request = await provider.begin(REDIRECT_URI)
    answer = await brought_back(request.url)
    with pytest.raises(SignInFailed):
        await provider.finish(another(request.pending, **{secret: "x" * 43}), answer)
    await provider.close()


async def test_a_client_with_a_wrong_secret_gets_nothing(issuer: str) -> None:
    provider = provider_at(issuer, client_secret="wrong")
    request = await provider.begin(REDIRECT_URI)
    with pytest.raises(SignInFailed):
        await provider.finish(request.pending, await brought_back(request.url))
    await provider.close()


async def test_an_address_where_nobody_answers_is_away() -> None:
    provider = provider_at("http://127.0.0.1:9")
    with pytest.raises(ProviderAway):
        await provider.begin(REDIRECT_URI)
    await provider.close()
