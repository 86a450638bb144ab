"""Signing in by an organisation's provider: what a browser takes there, and what comes back (decision 79)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.ground.identity_providers import IdentityProvider
from app.ground.loading import loaded

OIDC = "app.masters.identity.oidc:OidcProvider"
"""Loaded where a provider is set: it takes an HTTP client and a library that nobody else needs."""


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """What is kept of a sign-in in the browser that began it, and nowhere else, until the provider has answered.

    Whoever has it and the provider's answer can sign in: keep it where no other site and no script gets at it, for some
    minutes.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str

    def began(self, state: str) -> bool:
        """Whether this is the sign-in that an answer belongs to; takes the same time for every other one."""
        return hmac.compare_digest(self.state.encode(), state.encode())


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Where to send a browser, and what to keep in it meanwhile."""

    url: str
    pending: PendingSignIn


@dataclass(frozen=True, slots=True)
class OidcClaims:
    """Who has signed in at a provider, by its word: `subject` is the account there, for ever.

    `username`: who that would be here, by the claim that is set; None where it says nothing that can be believed.
    """

    issuer: str
    subject: str
    username: str | None = None


class SignInProvider(Protocol):
    """A provider of sign-ins. No transaction may be open while it is asked."""

    @property
    def name(self) -> str:
        """As people call it."""

    async def begin(self, redirect_uri: str) -> SignInRequest:
        """Begin a sign-in that comes back to this address. Raises ProviderAway."""

    async def finish(self, pending: PendingSignIn, answer: Mapping[str, str]) -> OidcClaims:
        """Who has signed in, by what the browser brought back (the parameters of its address).

        Raises SignInFailed, and ProviderAway.
        """

    async def close(self) -> None:
        """Hang up."""


def provider_of(settings: IdentityProvider | None) -> SignInProvider | None:
    """The provider that is set; None where none is."""
    if settings is None:
        return None
    provider: SignInProvider = loaded(OIDC)(settings)
    return provider
