"""A provider of OpenID Connect (Canaille), in a process and an environment of its own, as an organisation has one."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from tests.processes import ENDING_WITH_US

PYTHON = Path(sys.prefix) / "oidc-provider" / "bin" / "python"
"""An environment beside the tests' own: what only the provider wants is nothing that the tests should see."""
_PROGRAM = Path(__file__).with_name("oidc_provider_process.py")
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(frozen=True)
class RegisteredClient:
    """Whom the provider knows: who asks for codes, and where it sends them. It authenticates by HTTP Basic."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """Somebody of the organisation. The claims are `sub` (the name), `name`, `email` and `preferred_username`."""

    name: str
    password: str
    email: str
    full_name: str


class SignInRefused(Exception):
    """The provider did not take the name or the password, or would not serve the request; the message is its page."""


@contextmanager
def serving(client: RegisteredClient, *accounts: Account) -> Iterator[str]:
    """A provider with one client; the URL of its issuer, below which discovery answers. It takes a second to start."""
    order = {"client": asdict(client), "accounts": [_attributes(account) for account in accounts]}
    command = [*ENDING_WITH_US, str(PYTHON), "-P", "-W", "ignore", str(_PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _issuer_of(process, order)
        finally:
            process.terminate()


def _attributes(account: Account) -> dict[str, str | list[str]]:
    return {
        "user_name": account.name,
        "display_name": account.name,
        "password": account.password,
        "emails": [account.email],
        "formatted_name": account.full_name,
        "family_name": account.full_name.rpartition(" ")[2],
    }


def _issuer_of(process: subprocess.Popen[str], order: dict[str, Any]) -> str:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("it has no pipes")
    with process.stdin:
        json.dump(order, process.stdin)
    if not (address := process.stdout.readline().strip()):
        raise RuntimeError("the provider did not start; what it said stands above")
    return address


async def sign_in(authorization_url: str, account: Account) -> httpx.URL:
    """Go through the provider's forms as a browser without scripts does; where it sends the browser back to.

    Raises SignInRefused.
    """
    async with httpx.AsyncClient(follow_redirects=False) as browser:
        page = await _followed(browser, await browser.get(authorization_url))
        for entered in ({"login": account.name}, {"password": account.password}):
            if page.has_redirect_location or not (hidden := dict(_HIDDEN.findall(page.text))):
                raise SignInRefused(page.text)
            page = await _followed(browser, await browser.post(page.url, data=hidden | entered))
    if not page.has_redirect_location:
        raise SignInRefused(page.text)
    return page.url.join(page.headers["location"])


async def _followed(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """The page that the provider leads to, or its answer that leads away from it."""
    while answer.next_request and answer.next_request.url.netloc == answer.url.netloc:
        answer = await browser.send(answer.next_request)
    return answer


async def sign_in_by_browser(page: Page, account: Account) -> None:
    """Fill in the provider's forms on a page that has been led to it; the last one leads back."""
    await page.get_by_role("textbox", name="Login").fill(account.name)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("textbox", name="Password").fill(account.password)
    await page.get_by_role("button", name="Sign in").click()
