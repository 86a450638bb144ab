"""Signing in by the organisation's provider (decision 79): the way there, and the way back."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response

from app.doors.console.pages import PREFIX, console_router
from app.doors.console.pending_sign_ins import BegunSignIn, PendingSignIns
from app.doors.console.sessions import own_address
from app.doors.console.sign_in import address_of, open_session
from app.ground.errors import AppError, NotFound
from app.masters.identity import grants
from app.masters.identity.errors import NobodyHere, ProviderAway, SignInFailed
from app.masters.identity.rules import LoginDoor
from app.masters.identity.sign_ins import SignInProvider

router = console_router()

_CALLBACK = f"{PREFIX}/sign-in/provider/callback"
"""Its address is registered at the provider."""


@router.get("/sign-in/provider")
async def begin(request: Request, next_page: Annotated[str | None, Query(alias="next")] = None) -> Response:
    """Send the browser to the provider.

    By a link, not by a form: where forms may lead is limited to this server by the security policy, also by redirects.
    """
    provider, pending_sign_ins = _provider(request), _pending_sign_ins(request)
    goal = own_address(next_page)
    try:
        sign_in = await provider.begin(f"{request.url.scheme}://{request.url.netloc}{_CALLBACK}")
    except ProviderAway as error:
        return _refused(error, goal)
    answer = RedirectResponse(sign_in.url, status_code=303)
    pending_sign_ins.keep(request, answer, BegunSignIn(sign_in.pending, goal))
    return answer


@router.get("/sign-in/provider/callback")
async def finish(request: Request) -> Response:
    """Take what the provider has answered. The cookie of this sign-in is good once, whatever comes of it."""
    pending_sign_ins = _pending_sign_ins(request)
    begun = pending_sign_ins.read(request)
    answer = await _answer(request, _provider(request), begun)
    pending_sign_ins.forget(request, answer)
    return answer


async def _answer(request: Request, provider: SignInProvider, begun: BegunSignIn | None) -> Response:
    if begun is None:
        return _refused(SignInFailed(), None)
    state = request.app.state.api.state
    try:
        claims = await provider.finish(begun.pending, dict(request.query_params))
        tokens = await grants.by_oidc(
            state.database,
            state.issuer,
            claims,
            door=LoginDoor.CONSOLE,
            user_agent=request.headers.get("user-agent"),
        )
    except (SignInFailed, NobodyHere, ProviderAway) as error:
        return _refused(error, begun.next_page)
    return await open_session(request, tokens, begun.next_page)


def _refused(error: AppError, next_page: str | None) -> Response:
    """To the page to sign in at, which says what was wrong: the address with the provider's answer is left at once."""
    address = address_of(next_page)
    problem = urlencode({"problem": error.slug()})
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{problem}", status_code=303)


def _provider(request: Request) -> SignInProvider:
    provider: SignInProvider | None = request.app.state.api.state.sign_in_provider
    if provider is None:
        raise NotFound("One signs in by name and password here.")
    return provider


def _pending_sign_ins(request: Request) -> PendingSignIns:
    pending_sign_ins: PendingSignIns = request.app.state.pending_sign_ins
    return pending_sign_ins
