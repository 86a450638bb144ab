"""The provider that signs people in for the tests does so as the standard says."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwk, jwt
from playwright.async_api import async_playwright

from tests.browsers import find_browser
from tests.oidc_provider import Account, RegisteredClient, SignInRefused, serving, sign_in, sign_in_by_browser

CLIENT = RegisteredClient("fieldproof", "of the client", ("http://127.0.0.1:20001/callback",))
MARIA = Account("maria", "correct horse", "maria@shops.example", "Maria Papadaki")
VERIFIER = "a verifier that has at least forty-three characters".replace(" ", "-")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with serving(CLIENT, MARIA) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def metadata(issuer: str) -> dict[str, str]:
    answer: dict[str, str] = httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
    return answer


def authorization_url(metadata: dict[str, str], **other: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": CLIENT.client_id,
        "response_type": "code",
        "redirect_uri": CLIENT.redirect_uris[0],
        "scope": "openid profile email",
        "state": "where we were",
        "nonce": secrets.token_urlsafe(),  # which the provider takes only once
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{metadata['authorization_endpoint']}?{urlencode(query | other)}"


def exchange(metadata: dict[str, str], code: str, verifier: str = VERIFIER) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CLIENT.redirect_uris[0]}
    return httpx.post(
        metadata["token_endpoint"],
        data=form | {"code_verifier": verifier},
        auth=(CLIENT.client_id, CLIENT.client_secret),
    )


def public_keys(metadata: dict[str, str]) -> jwk.KeySet:
    return jwk.KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).raise_for_status().json())


def test_discovery_answers_below_the_issuer(issuer: str, metadata: dict[str, str]) -> None:
    assert metadata["issuer"] == issuer
    assert "S256" in metadata["code_challenge_methods_supported"]


async def test_a_code_is_exchanged_for_an_id_token_that_the_providers_key_has_signed(
    issuer: str, metadata: dict[str, str]
) -> None:
    back = await sign_in(authorization_url(metadata, nonce="only once"), MARIA)
    assert str(back).startswith(CLIENT.redirect_uris[0])
    assert (back.params["state"], back.params["iss"]) == ("where we were", issuer)
    tokens = exchange(metadata, back.params["code"]).raise_for_status().json()
    claims = jwt.decode(tokens["id_token"], public_keys(metadata), algorithms=["RS256"]).claims
    assert claims["iss"] == issuer
    assert claims["aud"] == [CLIENT.client_id]
    assert claims["nonce"] == "only once"
    assert claims["sub"] == claims["preferred_username"] == "maria"
    assert (claims["name"], claims["email"]) == ("Maria Papadaki", "maria@shops.example")


async def test_a_code_is_worth_nothing_to_whom_does_not_know_the_verifier(metadata: dict[str, str]) -> None:
    back = await sign_in(authorization_url(metadata), MARIA)
    assert exchange(metadata, back.params["code"], "another-" * 6).status_code == 400


async def test_a_wrong_password_leads_nowhere(metadata: dict[str, str]) -> None:
    forgetful = Account("maria", "incorrect horse", MARIA.email, MARIA.full_name)
    with pytest.raises(SignInRefused, match="Login failed"):
        await sign_in(authorization_url(metadata), forgetful)


async def test_nobody_is_led_to_an_address_that_the_client_has_not_registered(metadata: dict[str, str]) -> None:
    with pytest.raises(SignInRefused):
        await sign_in(authorization_url(metadata, redirect_uri="http://127.0.0.1:20002/callback"), MARIA)


async def test_a_browser_is_led_back_with_a_code(metadata: dict[str, str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser())
        page = await browser.new_page()
        await page.goto(authorization_url(metadata))
        async with page.expect_request(re.compile("^" + re.escape(CLIENT.redirect_uris[0]))) as led:
            await sign_in_by_browser(page, MARIA)
        back = httpx.URL((await led.value).url)
        await browser.close()
    assert exchange(metadata, back.params["code"]).is_success
