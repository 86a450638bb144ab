"""Asking a provider of sign-ins over HTTP, and what it says of itself (OpenID Connect Discovery)."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx
import orjson
import structlog

from app.ground.identity_providers import is_private
from app.masters.identity.errors import ProviderAway

LIMITS = httpx.Timeout(5.0)
WHOLE_ANSWER_SECONDS = 10.0
"""A provider that sends a byte now and then is away, too."""
LARGEST_ANSWER = 512 * 1024

_WELL_KNOWN = "/.well-known/openid-configuration"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered: parsed JSON; None where it was none."""

    status: int
    body: Any

    @property
    def is_success(self) -> bool:
        """Whether it says that all went well."""
        return 200 <= self.status < 300

    @property
    def error_code(self) -> str:
        """OAuth's `error`, for the log."""
        code = self.body.get("error") if isinstance(self.body, dict) else None
        return str(code or "")[:100]


async def asked(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    authorization: str | None = None,
) -> Answer:
    """A provider's answer, read as far as it may go. Raises ProviderAway."""
    headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
    try:
        async with (
            asyncio.timeout(WHOLE_ANSWER_SECONDS),
            client.stream(method, url, data=form, headers=headers) as response,
        ):
            content = await _bounded(response)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        log.warning("provider_away", url=url, error=type(error).__name__)
        raise ProviderAway("The provider of sign-ins does not answer at this moment.") from error
    try:
        return Answer(response.status_code, orjson.loads(content))
    except orjson.JSONDecodeError:
        return Answer(response.status_code, None)


async def _bounded(response: httpx.Response) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            return b""
    return content


@dataclass(frozen=True, slots=True)
class Discovery:
    """Where a provider is asked what. `takes_basic`: whether it knows a client by its Authorization header."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool

    def authentication(self, client_id: str, client_secret: str) -> tuple[str | None, dict[str, str]]:
        """An Authorization header, or fields of the form, by which a client is known (RFC 6749, 2.3.1)."""
        if not client_secret:
            return None, {"client_id": client_id}
        if not self.takes_basic:
            return None, {"client_id": client_id, "client_secret": client_secret}
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        return f"Basic {b64encode(pair.encode()).decode()}", {}


async def discovery_of(client: httpx.AsyncClient, issuer: str) -> Discovery:
    """What a provider says of itself. Raises ProviderAway, also where it says that it is another one."""
    answer = await asked(client, "GET", issuer.rstrip("/") + _WELL_KNOWN)
    document = answer.body if answer.is_success and isinstance(answer.body, dict) else {}
    if document.get("issuer") != issuer:
        log.error("provider_unsound", issuer=issuer, status=answer.status, says=str(document.get("issuer"))[:200])
        raise ProviderAway("What stands at the provider's address is not the provider that is set. Tell an admin.")
    places = {name: document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    userinfo = document.get("userinfo_endpoint")
    unsound = [name for name, place in places.items() if not isinstance(place, str) or not is_private(place)]
    if unsound:
        log.error("provider_unsound", issuer=issuer, unsound=unsound)
        raise ProviderAway("The provider does not say in private where it is asked. Tell an admin.")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Discovery(
        **{name: str(place) for name, place in places.items()},
        userinfo_endpoint=userinfo if isinstance(userinfo, str) and is_private(userinfo) else None,
        takes_basic="client_secret_basic" in methods if isinstance(methods, list) else True,
    )
