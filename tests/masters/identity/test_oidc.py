"""Signing in by OpenID Connect: what is asked, what an answer has to prove, and what attackers would have it say."""

import base64
import hashlib
import hmac
from typing import Any

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from app.ground import clock
from app.masters.identity import oidc
from app.masters.identity.errors import ProviderAway, SignInFailed
from app.masters.identity.oidc import OidcProvider
from app.masters.identity.sign_ins import OidcClaims
from tests.masters.identity.made_up_provider import (
    ANOTHER_KEY,
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    ITS_KEY,
    NEW_KEY,
    REDIRECT_URI,
    MadeUpProvider,
    another,
    parameters_of,
)


@pytest.fixture
def made_up() -> MadeUpProvider:
    return MadeUpProvider()


@pytest.fixture
def provider(made_up: MadeUpProvider) -> OidcProvider:
    return made_up.provider()


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode()


class TestBeginning:
    async def test_a_browser_takes_a_challenge_a_state_and_a_nonce_to_the_provider(
        self, provider: OidcProvider
    ) -> None:
        first, second = [await provider.begin(REDIRECT_URI) for _ in range(2)]
        sent, pending = parameters_of(first), first.pending
        digest = hashlib.sha256(pending.code_verifier.encode()).digest()
        assert first.url.startswith(f"{ISSUER}/authorize?tenant=1&")
        assert sent["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert (sent["state"], sent["nonce"]) == (pending.state, pending.nonce)
        assert (sent["response_type"], sent["client_id"], sent["redirect_uri"], sent["scope"]) == (
            "code",
            CLIENT_ID,
            REDIRECT_URI,
            "openid profile",
        )
        assert sent["code_challenge_method"] == "S256"
        assert pending.code_verifier not in first.url
        secrets = {
            getattr(each.pending, name) for each in (first, second) for name in ("state", "nonce", "code_verifier")
        }
        assert len(secrets) == 6
        assert all(len(secret) >= 43 for secret in secrets)
        assert not [
            secret
            for secret in secrets
            if secret in repr(first) + repr(second) and secret not in first.url + second.url
        ]

    async def test_what_a_provider_says_of_itself_is_remembered_for_an_hour(
        self, provider: OidcProvider, made_up: MadeUpProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moment = 100.0
        monkeypatch.setattr(oidc, "monotonic", lambda: moment)
        for _ in range(2):
            await made_up.signed_in(provider)
        assert (made_up.asked_for("/.well-known/openid-configuration"), made_up.asked_for("/keys")) == (1, 1)
        moment += 3601
        await made_up.signed_in(provider)
        assert (made_up.asked_for("/.well-known/openid-configuration"), made_up.asked_for("/keys")) == (2, 2)

    @pytest.mark.parametrize(
        "document",
        [
            {"issuer": "https://evil.example"},
            {"issuer": f"{ISSUER}/"},
            {"token_endpoint": "http://login.example/token"},
            {"jwks_uri": None},
            {"authorization_endpoint": 5},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"token_endpoint": "https://user:password@login.example/token"},
        ],
    )
    async def test_a_provider_that_is_another_or_is_asked_in_the_open_is_not_gone_to(
        self, made_up: MadeUpProvider, document: dict[str, Any]
    ) -> None:
        made_up.answers["/.well-known/openid-configuration"] = made_up._discovery() | document
        with pytest.raises(ProviderAway):
            await made_up.provider().begin(REDIRECT_URI)

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.ConnectError("refused"),
            httpx.ReadTimeout("too slow"),
            httpx.Response(500),
            httpx.Response(200, content=b"<html>"),
            httpx.Response(200, content=b"[]"),
            httpx.Response(200, content=b'"' + b"x" * 600_000 + b'"'),
            httpx.Response(302, headers={"Location": "https://evil.example"}),
        ],
        ids=lambda answer: type(answer).__name__ + str(getattr(answer, "status_code", "")),
    )
    async def test_a_provider_that_is_away_is_told_in_words(self, made_up: MadeUpProvider, answer: Any) -> None:
        made_up.answers["/.well-known/openid-configuration"] = answer
        with pytest.raises(ProviderAway, match="provider"):
            await made_up.provider().begin(REDIRECT_URI)


class TestFinishing:
    async def test_a_sound_answer_says_whose_account_it_is(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        request = await provider.begin(REDIRECT_URI)
        made_up.nonce = request.pending.nonce
        claims = await provider.finish(request.pending, {"code": "c", "state": request.pending.state, "iss": ISSUER})
        assert claims == OidcClaims(ISSUER, "subject-1", "anna")
        assert made_up.sent("/token") == {
            "grant_type": "authorization_code",
            "code": "c",
            "redirect_uri": REDIRECT_URI,
            "code_verifier": request.pending.code_verifier,
        }
        basic = base64.b64encode(b"fieldproof:s3cret+%26+more").decode()
        assert made_up.asked[-2].headers["authorization"] == f"Basic {basic}"

    @pytest.mark.parametrize(
        ("secret", "methods", "sent"),
        [
            (CLIENT_SECRET, ["client_secret_post"], {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}),
            ("", ["none"], {"client_id": CLIENT_ID}),
        ],
    )
    async def test_a_client_is_known_by_what_the_provider_takes(
        self, made_up: MadeUpProvider, secret: str, methods: list[str], sent: dict[str, str]
    ) -> None:
        document = made_up._discovery() | {"token_endpoint_auth_methods_supported": methods}
        made_up.answers["/.well-known/openid-configuration"] = document
        await made_up.signed_in(made_up.provider(client_secret=secret))
        assert sent.items() <= made_up.sent("/token").items()
        assert not [request for request in made_up.asked if "authorization" in request.headers]

    @pytest.mark.parametrize(
        "answer",
        [
            {"state": "another"},
            {"state": ""},
            {"state": "ä"},
            {"error": "access_denied", "error_description": "<script>"},
            {"iss": "https://evil.example"},
            {"code": ""},
            {"code": "x" * 5000},
        ],
    )
    async def test_an_answer_to_another_sign_in_or_to_none_asks_the_provider_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider, answer: dict[str, str]
    ) -> None:
        with pytest.raises(SignInFailed) as failed:
            await made_up.signed_in(provider, **answer)
        assert made_up.asked_for("/token") == 0
        assert "<" not in failed.value.detail

    async def test_an_answer_without_a_state_is_of_nobody(self, provider: OidcProvider) -> None:
        request = await provider.begin(REDIRECT_URI)
        with pytest.raises(SignInFailed, match="not begun in this browser"):
            await provider.finish(request.pending, {"code": "c"})

    async def test_an_answer_is_not_taken_by_another_browser(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        request = await provider.begin(REDIRECT_URI)
        made_up.nonce = request.pending.nonce
        with pytest.raises(SignInFailed):
            await provider.finish(
                another(request.pending, nonce="another"), {"code": "c", "state": request.pending.state}
            )

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (httpx.Response(400, json={"error": "invalid_grant"}), "was used, or is too old"),
            (httpx.Response(401, json={"error": "invalid_client"}), "proves nothing"),
            (httpx.Response(200, json={"access_token": "x"}), "proves nothing"),
            (httpx.Response(200, json={"id_token": 5}), "proves nothing"),
            (httpx.Response(200, json=[]), "proves nothing"),
            (httpx.Response(200, content=b"<html>"), "proves nothing"),
        ],
    )
    async def test_a_code_that_yields_no_token_is_told_in_words(
        self, provider: OidcProvider, made_up: MadeUpProvider, answer: httpx.Response, words: str
    ) -> None:
        made_up.answers["/token"] = answer
        with pytest.raises(SignInFailed, match=words):
            await made_up.signed_in(provider)

    async def test_a_provider_that_goes_away_meanwhile_is_told_as_away(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        made_up.answers["/keys"] = httpx.Response(503)
        with pytest.raises(ProviderAway):
            await made_up.signed_in(provider)
        made_up.answers["/token"] = httpx.ConnectError("refused")
        with pytest.raises(ProviderAway):
            await made_up.signed_in(provider)


class TestIdTokens:
    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "https://evil.example"},
            {"iss": None},
            {"aud": "another"},
            {"aud": ["another", "third"]},
            {"aud": [CLIENT_ID, "another"]},
            {"aud": [CLIENT_ID, "another"], "azp": "another"},
            {"aud": None},
            {"azp": "another"},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": None},
            {"sub": ""},
            {"sub": 5},
            {"sub": "x" * 256},
            {"exp": None},
            {"exp": "tomorrow"},
            {"exp": 1},
            {"iat": None},
            {"iat": 99_999_999_999},
            {"nbf": 99_999_999_999},
            {"at_hash": "bm90IHRoaXMgb25l"},
        ],
        ids=str,
    )
    async def test_a_token_that_says_something_else_proves_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider, claims: dict[str, Any]
    ) -> None:
        made_up.claims = claims
        with pytest.raises(SignInFailed, match="proves nothing"):
            await made_up.signed_in(provider)

    async def test_a_token_is_good_until_it_expires_but_for_a_minute(
        self, provider: OidcProvider, made_up: MadeUpProvider, the_clock: clock.SetClock
    ) -> None:
        now = int(the_clock.at.timestamp())
        for ago, good in ((59, True), (61, False)):
            made_up.claims = {"exp": now - ago, "iat": now - 600}
            if good:
                assert (await made_up.signed_in(provider)).subject == "subject-1"
            else:
                with pytest.raises(SignInFailed):
                    await made_up.signed_in(provider)

    async def test_a_token_for_others_too_is_good_where_it_was_given_to_us(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        made_up.claims = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
        assert (await made_up.signed_in(provider)).subject == "subject-1"

    async def test_a_token_signed_by_another_key_proves_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        made_up.key = ANOTHER_KEY
        with pytest.raises(SignInFailed):
            await made_up.signed_in(provider)
        assert made_up.asked_for("/keys") == 1

    async def test_a_token_without_a_signature_proves_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        request = await provider.begin(REDIRECT_URI)
        made_up.nonce = request.pending.nonce
        payload = made_up.id_token().split(".")[1]
        for header in ({"alg": "none"}, {"alg": "None", "kid": "its"}, {"kid": "its"}, {"alg": "RS256", "kid": "its"}):
            made_up.answers["/token"] = {"id_token": f"{encoded(header)}.{payload}.", "access_token": "access"}
            with pytest.raises(SignInFailed):
                await provider.finish(request.pending, {"code": "c", "state": request.pending.state})

    async def test_a_public_key_is_no_secret_to_sign_by(self, provider: OidcProvider, made_up: MadeUpProvider) -> None:
        request = await provider.begin(REDIRECT_URI)
        made_up.nonce = request.pending.nonce
        signed = f"{encoded({'alg': 'HS256', 'kid': 'its'})}.{made_up.id_token().split('.')[1]}"
        tag = hmac.digest(ITS_KEY.as_pem(private=False), signed.encode(), "sha256")
        signature = base64.urlsafe_b64encode(tag).rstrip(b"=").decode()
        made_up.answers["/token"] = {"id_token": f"{signed}.{signature}", "access_token": "access"}
        with pytest.raises(SignInFailed):
            await provider.finish(request.pending, {"code": "c", "state": request.pending.state})

    async def test_a_secret_that_a_provider_publishes_signs_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        secret = OctKey.generate_key(256, {"kid": "its"})
        made_up.answers["/keys"] = {"keys": [secret.as_dict(private=True)]}
        made_up.key, made_up.header = secret, {"alg": "HS256", "kid": "its"}
        with pytest.raises(SignInFailed):
            await made_up.signed_in(provider)

    @pytest.mark.parametrize(
        "id_token", ["", ".", "a.b.c", "é.é.é", "x" * 40_000, "e30.e30.e30", f"{encoded([])}.{encoded([])}.x"]
    )
    async def test_what_is_no_token_proves_nothing(
        self, provider: OidcProvider, made_up: MadeUpProvider, id_token: str
    ) -> None:
        made_up.answers["/token"] = {"id_token": id_token}
        with pytest.raises(SignInFailed):
            await made_up.signed_in(provider)

    async def test_a_new_key_is_fetched_once(self, provider: OidcProvider, made_up: MadeUpProvider) -> None:
        await made_up.signed_in(provider)
        made_up.key, made_up.header = NEW_KEY, {"alg": "ES256", "kid": "new"}
        with pytest.raises(SignInFailed):
            await made_up.signed_in(provider)
        assert made_up.asked_for("/keys") == 2
        made_up.keys = [ITS_KEY, NEW_KEY]
        assert (await made_up.signed_in(provider)).subject == "subject-1"
        assert (await made_up.signed_in(provider)).subject == "subject-1"
        assert made_up.asked_for("/keys") == 3

    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [
            (RSAKey.generate_key(2048, {"kid": "k"}), "PS256"),
            (ECKey.generate_key("P-384", {"kid": "k"}), "ES384"),
            (OKPKey.generate_key("Ed25519", {"kid": "k"}), "Ed25519"),
        ],
    )
    async def test_keys_of_every_usual_kind_are_read_beside_such_that_are_not(
        self, provider: OidcProvider, made_up: MadeUpProvider, key: Any, algorithm: str
    ) -> None:
        made_up.key, made_up.header = key, {"alg": algorithm, "kid": "k"}
        others = [{"kty": "XX", "kid": "k"}, {"kty": "RSA", "kid": "k", "use": "enc"}, {"kty": "EC"}, 5]
        made_up.answers["/keys"] = {"keys": [*others, key.as_dict(private=False)]}
        assert (await made_up.signed_in(provider)).subject == "subject-1"

    async def test_a_provider_with_one_key_need_not_name_it(
        self, provider: OidcProvider, made_up: MadeUpProvider
    ) -> None:
        made_up.header = {"alg": "RS256"}
        assert (await made_up.signed_in(provider)).subject == "subject-1"


class TestNames:
    @pytest.mark.parametrize(
        ("claim", "claims", "username"),
        [
            ("preferred_username", {"preferred_username": " ANNA "}, "anna"),
            ("preferred_username", {"preferred_username": " "}, None),
            ("preferred_username", {"preferred_username": 5}, None),
            ("preferred_username", {"preferred_username": "x" * 65}, None),
            ("preferred_username", {"preferred_username": "an\x00na"}, None),
            ("email", {"email": "anna@ours.example", "email_verified": True}, "anna@ours.example"),
            ("email", {"email": "anna@ours.example", "email_verified": False}, None),
            ("email", {"email": "anna@ours.example", "email_verified": "true"}, None),
            ("email", {"email": "anna@ours.example"}, None),
        ],
    )
    async def test_a_name_is_believed_where_it_is_one_and_an_address_where_it_is_verified(
        self, made_up: MadeUpProvider, claim: str, claims: dict[str, Any], username: str | None
    ) -> None:
        made_up.claims = claims
        assert (await made_up.signed_in(made_up.provider(username_claim=claim))).username == username

    @pytest.mark.parametrize(
        ("told", "username"),
        [
            ({"sub": "subject-1", "preferred_username": "anna"}, "anna"),
            ({"sub": "another", "preferred_username": "anna"}, None),
            ({"preferred_username": "anna"}, None),
            ([], None),
            (httpx.Response(401), None),
        ],
    )
    async def test_a_name_that_the_token_lacks_is_asked_for_and_believed_of_the_same_account(
        self, provider: OidcProvider, made_up: MadeUpProvider, told: Any, username: str | None
    ) -> None:
        made_up.claims, made_up.answers["/userinfo"] = {"preferred_username": None}, told
        assert await made_up.signed_in(provider) == OidcClaims(ISSUER, "subject-1", username)
        assert made_up.asked[-1].headers["authorization"] == "Bearer access"
