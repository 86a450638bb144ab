"""An organisation's provider of sign-ins (OpenID Connect), as settings name it: checked, and said in words."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Who says who somebody is: its address (`issuer`), and as whom we ask there. `name`: as people call it."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid"
    username_claim: str = "preferred_username"
    name: str = ""


def identity_provider(
    issuer: str, client_id: str, client_secret: str, scopes: str, username_claim: str, name: str
) -> IdentityProvider:
    """The provider that settings name. Raises ValueError, in words."""
    parts = urlsplit(issuer)
    if not is_private(issuer) or parts.query or parts.fragment or issuer != issuer.strip():
        raise ValueError(
            "FIELDPROOF_OIDC_ISSUER is written like https://login.ours.com, as the provider itself writes it"
            " (http:// for one on this very machine alone)"
        )
    if not client_id:
        raise ValueError("FIELDPROOF_OIDC_ISSUER needs FIELDPROOF_OIDC_CLIENT_ID: as whom we ask there")
    if "openid" not in scopes.split():
        raise ValueError("FIELDPROOF_OIDC_SCOPES must have openid among them: without it nobody says who came")
    host = parts.hostname or ""
    return IdentityProvider(
        issuer, client_id, client_secret, " ".join(scopes.split()), username_claim, name.strip() or host
    )


def is_private(url: str) -> bool:
    """Whether nobody sees what is sent to an address: https, or http to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ProviderSettings(BaseSettings):
    """Those of a provider of sign-ins, a part of `Settings`."""

    oidc_issuer: str | None = Field(default=None, description="https://… of a provider of OpenID Connect, for staff")
    oidc_client_id: str = Field(default="", max_length=200, description="who asks there")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="and by what it is known")
    oidc_scopes: str = Field(default="openid profile email", max_length=500, description="what is asked for")
    oidc_username_claim: str = Field(
        default="preferred_username", pattern=r"^[A-Za-z0-9_.:/-]{1,100}$", description="says which user comes at first"
    )
    oidc_name: str = Field(default="", max_length=60, description="what people call it; without it, its host")

    @model_validator(mode="after")
    def _a_provider_is_whole(self) -> Self:
        if self.identity_provider is None and (self.oidc_client_id or self.oidc_client_secret.get_secret_value()):
            raise ValueError("FIELDPROOF_OIDC_CLIENT_ID and its secret go with FIELDPROOF_OIDC_ISSUER")
        return self

    @property
    def identity_provider(self) -> IdentityProvider | None:
        """By whom members of staff may sign in, beside their passwords; None: nobody."""
        if not self.oidc_issuer:
            return None
        secret = self.oidc_client_secret.get_secret_value()
        scopes, claim = self.oidc_scopes, self.oidc_username_claim
        return identity_provider(self.oidc_issuer, self.oidc_client_id, secret, scopes, claim, self.oidc_name)
