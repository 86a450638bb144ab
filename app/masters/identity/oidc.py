"""Signing in by OpenID Connect: the authorization code flow with PKCE, state and nonce (decision 79)."""

import asyncio
import secrets
from collections.abc import Mapping
from time import monotonic
from typing import Any

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from app.ground import clock
from app.ground.identity_providers import IdentityProvider
from app.masters.identity.errors import ProviderAway, SignInFailed
from app.masters.identity.id_tokens import ExpectedToken, UnknownKey, UnsoundToken, claims_of, keys_of
from app.masters.identity.provider_answers import LIMITS, Answer, Discovery, asked, discovery_of
from app.masters.identity.rules import normal_username
from app.masters.identity.sign_ins import OidcClaims, PendingSignIn, SignInRequest

REMEMBERED_SECONDS = 3600.0
"""How long what a provider said of itself, and its keys, are trusted."""
LONGEST_CODE = 4096
LONGEST_NAME = 64

_NOT_BEGUN = "This sign-in was not begun in this browser, or too long ago. Begin anew."
_PROVES_NOTHING = "What the provider answered proves nothing. Begin anew, and tell an admin where that does not help."

log = structlog.get_logger()


class OidcProvider:
    """A provider, asked over HTTP. Bounded: what it says, how long it may take, how many ask it at once."""

    def __init__(self, settings: IdentityProvider, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(timeout=LIMITS, transport=transport, follow_redirects=False)
        self._discovery: tuple[float, Discovery] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    @property
    def name(self) -> str:
        """As people call it."""
        return self._settings.name

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def begin(self, redirect_uri: str) -> SignInRequest:
        """Begin a sign-in that comes back to this address. Raises ProviderAway."""
        discovery = await self._discovered()
        state, nonce, code_verifier = (secrets.token_urlsafe(32) for _ in range(3))
        pending = PendingSignIn(state, nonce, code_verifier, redirect_uri)
        url: str = prepare_grant_uri(
            discovery.authorization_endpoint,
            self._settings.client_id,
            "code",
            redirect_uri,
            self._settings.scopes,
            pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(code_verifier),  # type: ignore[no-untyped-call]
            code_challenge_method="S256",
        )
        return SignInRequest(url, pending)

    async def finish(self, pending: PendingSignIn, answer: Mapping[str, str]) -> OidcClaims:
        """Who has signed in, by what the browser brought back. Raises SignInFailed, and ProviderAway."""
        code = self._code_of(pending, answer)
        discovery = await self._discovered()
        tokens = await self._redeemed(discovery, pending, code)
        claims = await self._proven(discovery, pending, tokens)
        named = self._settings.username_claim in claims
        more = {} if named else await self._more(discovery, claims, tokens)
        return OidcClaims(self._settings.issuer, claims["sub"], self._username({**claims, **more}))

    def _code_of(self, pending: PendingSignIn, answer: Mapping[str, str]) -> str:
        """The code that an answer to this very sign-in brings."""
        if not pending.began(answer.get("state", "")):
            raise SignInFailed(_NOT_BEGUN)
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:  # RFC 9207
            raise self._failed("the answer is of another issuer")
        if "error" in answer:
            log.info("sign_in_refused_by_provider", error=answer["error"][:100])
            raise SignInFailed("The provider did not let you in, or you turned back there.")
        if not 0 < len(answer.get("code", "")) <= LONGEST_CODE:
            raise self._failed("the answer has no code")
        return answer["code"]

    async def _redeemed(self, discovery: Discovery, pending: PendingSignIn, code: str) -> Mapping[str, str]:
        """The tokens for a code: `id_token`, and `access_token` where there is one."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.code_verifier,
        }
        authorization, more = discovery.authentication(self._settings.client_id, self._settings.client_secret)
        answer = await asked(self._client, "POST", discovery.token_endpoint, form | more, authorization)
        match answer.body:
            case {"id_token": str(id_token)} if answer.is_success:
                access_token = answer.body.get("access_token")
                return {"id_token": id_token, "access_token": access_token if isinstance(access_token, str) else ""}
            case {"error": "invalid_grant"}:
                raise SignInFailed("The provider takes its own answer no more: it was used, or is too old. Begin anew.")
        raise self._failed(f"no tokens: {answer.status} {answer.error_code}")

    async def _proven(
        self, discovery: Discovery, pending: PendingSignIn, tokens: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """The claims of an ID token. Keys are fetched once more where it was signed by one that is not known."""
        expected = ExpectedToken(self._settings.issuer, self._settings.client_id, pending.nonce, tokens["access_token"])
        try:
            try:
                return claims_of(tokens["id_token"], await self._known_keys(discovery), expected, clock.now())
            except UnknownKey:
                return claims_of(tokens["id_token"], await self._fetched_keys(discovery), expected, clock.now())
        except UnsoundToken as error:
            raise self._failed(str(error)) from error

    async def _more(
        self, discovery: Discovery, claims: Mapping[str, Any], tokens: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """What the provider tells of who signed in beside the ID token; nothing where it tells of somebody else."""
        if discovery.userinfo_endpoint is None or not tokens["access_token"]:
            return {}
        authorization = f"Bearer {tokens['access_token']}"
        answer = await asked(self._client, "GET", discovery.userinfo_endpoint, authorization=authorization)
        if not answer.is_success or not isinstance(answer.body, dict) or answer.body.get("sub") != claims["sub"]:
            return {}
        names = (self._settings.username_claim, "email_verified")
        return {name: answer.body[name] for name in names if name in answer.body}

    def _username(self, claims: Mapping[str, Any]) -> str | None:
        name = claims.get(self._settings.username_claim)
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
            return None
        if self._settings.username_claim == "email" and claims.get("email_verified") is not True:
            return None
        return normal_username(name) or None

    def _failed(self, reason: str) -> SignInFailed:
        log.warning("sign_in_failed", issuer=self._settings.issuer, reason=reason)
        return SignInFailed(_PROVES_NOTHING)

    async def _discovered(self) -> Discovery:
        async with self._asking:
            if self._discovery is None or monotonic() - self._discovery[0] > REMEMBERED_SECONDS:
                self._discovery = (monotonic(), await discovery_of(self._client, self._settings.issuer))
            return self._discovery[1]

    async def _known_keys(self, discovery: Discovery) -> KeySet:
        if self._keys is None or monotonic() - self._keys[0] > REMEMBERED_SECONDS:
            return await self._fetched_keys(discovery)
        return self._keys[1]

    async def _fetched_keys(self, discovery: Discovery) -> KeySet:
        answer: Answer = await asked(self._client, "GET", discovery.jwks_uri)
        if not answer.is_success:
            raise ProviderAway("The provider does not tell its keys at this moment.")
        self._keys = (monotonic(), keys_of(answer.body))
        return self._keys[1]
