"""A provider of sign-ins that says whatever a test wants: what an attacker would have it say, for one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from app.ground import clock
from app.ground.identity_providers import IdentityProvider
from app.masters.identity.oidc import OidcProvider
from app.masters.identity.sign_ins import OidcClaims, PendingSignIn, SignInRequest

ISSUER = "https://login.example"
CLIENT_ID, CLIENT_SECRET = "fieldproof", "s3cret & more"
REDIRECT_URI = "https://ours.example/sign-in/provider"

ITS_KEY = RSAKey.generate_key(2048, {"kid": "its"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "its"})
"""Says of itself that it is the provider's."""
NEW_KEY = ECKey.generate_key("P-256", {"kid": "new"})


@dataclass
class MadeUpProvider:
    """Answers as a provider does. `answers`: what an address answers instead; `claims`: what the ID token says beside.

    A claim that is None is left out.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "its"})
    key: Key = field(default_factory=lambda: ITS_KEY)
    keys: list[Key] = field(default_factory=lambda: [ITS_KEY])
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    nonce: str = ""

    def provider(self, **settings: Any) -> OidcProvider:
        """The client of it."""
        plain = IdentityProvider(ISSUER, CLIENT_ID, CLIENT_SECRET, "openid profile", name="Ours")
        fields = {name: getattr(plain, name) for name in plain.__slots__} | settings
        return OidcProvider(IdentityProvider(**fields), httpx.MockTransport(self._answer))

    def asked_for(self, path: str) -> int:
        """How often an address was asked."""
        return sum(request.url.path == path for request in self.asked)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        answer = self.answers.get(path, None)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        usual: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": lambda: {"keys": [key.as_dict(private=False) for key in self.keys]},
            "/token": lambda: {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token()},
            "/userinfo": lambda: {"sub": "subject-1", "preferred_username": "Anna"},
        }
        return httpx.Response(200, content=orjson.dumps(usual[path]() if answer is None else answer))

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
        }

    def id_token(self, at: datetime | None = None) -> str:
        """The ID token as it is told."""
        now = at or clock.now()
        sound = {
            "iss": ISSUER,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "nonce": self.nonce,
            "preferred_username": "Anna",
        }
        claims = {name: value for name, value in (sound | self.claims).items() if value is not None}
        return jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])

    async def signed_in(self, provider: OidcProvider, **answer: str) -> OidcClaims:
        """Begin, let somebody sign in, and finish with what the browser brings back."""
        request = await provider.begin(REDIRECT_URI)
        self.nonce = request.pending.nonce
        return await provider.finish(request.pending, {"code": "code-1", "state": request.pending.state} | answer)

    def sent(self, path: str) -> dict[str, str]:
        """The form that an address was sent last."""
        content = next(request.content for request in reversed(self.asked) if request.url.path == path)
        return dict(parse_qsl(content.decode()))


def parameters_of(request: SignInRequest) -> dict[str, str]:
    """What the browser takes to the provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def another(pending: PendingSignIn, **fields: str) -> PendingSignIn:
    """A sign-in that differs in some of its secrets."""
    plain = {name: getattr(pending, name) for name in pending.__slots__}
    return PendingSignIn(**plain | fields)
