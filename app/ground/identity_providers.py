"""An organisation's provider of sign-ins (OpenID Connect), as settings name it: checked, and said in words."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


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
