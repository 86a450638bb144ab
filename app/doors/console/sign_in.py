"""Signing in by name, password and code, signing out, and what a browser chooses: language, light or dark.

Nothing is kept of a login that lacks its code (decision 78): the password is sent again with it. It never stands in the
HTML. Where scripts run, the answer is only the part of the form below the password, which so stays in the browser's own
field; where they do not, the page comes anew, with an empty one.
"""

import contextlib
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.doors.console.forgery import refuse_foreign, refuse_forged
from app.doors.console.forms import SentForm
from app.doors.console.notices import notice_of
from app.doors.console.pages import PREFIX, SetUpPage, console_router, referring_page
from app.doors.console.preferences import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    preferences_of,
    remember,
)
from app.doors.console.rendering import rendered
from app.doors.console.sessions import BrowserSessions, clear_cookie, is_secure, own_address, set_cookie
from app.doors.console.translations import LANGUAGES
from app.ground import clock
from app.ground.errors import AppError, NotFound, TooManyAttempts, Unavailable
from app.ground.web.problems import status_of
from app.masters.identity import grants, logins
from app.masters.identity.errors import SecondFactorNeeded, WrongCode, WrongCredentials
from app.masters.identity.grants import PasswordDoor
from app.masters.identity.login_pace import LoginMarks
from app.masters.identity.one_time_codes import MOST_TYPED
from app.masters.identity.refresh_families import IssuedTokens
from app.masters.identity.rules import PASSWORD_MAX, LoginDoor
from app.masters.identity.sign_ins import SignInProvider

router = console_router()

MOST_NAME = 64
VISIT_COOKIE = "fp_visit"
"""Names somebody who has not signed in, so that the form of signing in is ours, too."""


def address_of(next_page: str | None) -> str:
    """The address of the page to sign in at, from which one goes on to another."""
    return f"{PREFIX}/sign-in" + (f"?{urlencode({'next': next_page})}" if next_page else "")


PROVIDERS_REFUSALS = frozenset({"sign-in-failed", "nobody-here", "provider-away"})
"""What the page may be told by its address: why a sign-in by the provider has failed."""


@dataclass(frozen=True, slots=True)
class TypedSignIn:
    """What somebody typed who signs in; the password is not shown again."""

    username: str = ""
    next_page: str | None = None
    wants_code: bool = False
    """Whether the field for a code is there: one is needed, and was asked for before or is from now on."""


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    next_page: Annotated[str | None, Query(alias="next")] = None,
    problem: Annotated[str | None, Query()] = None,
) -> Response:
    """The page to sign in at."""
    is_told = problem in PROVIDERS_REFUSALS and request.app.state.api.state.sign_in_provider is not None
    return _sign_in_page(request, TypedSignIn(next_page=next_page), problem=problem if is_told else None)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign in by name and password, and a code where one is needed."""
    sessions: BrowserSessions = request.app.state.sessions
    await refuse_forged(request, sessions.forgery_token(request.cookies.get(VISIT_COOKIE, "")))
    form = SentForm(await request.form())
    try:
        tokens = await _logged_in(request, form)
    except (WrongCredentials, SecondFactorNeeded, TooManyAttempts, Unavailable) as error:
        wants_code = isinstance(error, SecondFactorNeeded | WrongCode) or "code" in form
        typed = TypedSignIn(form.raw("username")[:MOST_NAME], form.text("next"), wants_code)
        return _sign_in_page(request, typed, refusal=error, problem=error.slug())
    answer = await open_session(request, tokens, own_address(form.text("next")))
    answer.delete_cookie(VISIT_COOKIE, path=f"{PREFIX}/sign-in")
    return answer


async def open_session(request: Request, tokens: IssuedTokens, next_page: str) -> Response:
    """Sign the browser in with a login that was just opened, and go on.

    Every sign-in is a login of its own. The one that this browser had so far ends: nobody could go on with it.
    """
    sessions: BrowserSessions = request.app.state.sessions
    state = request.app.state.api.state
    former = sessions.read(request)
    if former is not None and former.claims.login is not None:
        with contextlib.suppress(NotFound):
            async with state.database.transaction() as session:
                await logins.end_login(session, int(former.claims.subject), former.claims.login, clock.now())
    answer = _led(request, next_page)
    set_cookie(request, answer, sessions.cookie(state.tokens.read(tokens.access_token)))
    return answer


async def _logged_in(request: Request, form: SentForm) -> IssuedTokens:
    """Raises WrongCredentials, SecondFactorNeeded, WrongCode, TooManyAttempts, Unavailable."""
    username, password, code = form.raw("username"), form.raw("password"), form.raw("code")
    if not 0 < len(username) <= MOST_NAME or not 0 < len(password) <= PASSWORD_MAX or "\x00" in username + password:
        raise WrongCredentials("Nobody has such a name, or such a password.")
    state = request.app.state.api.state
    return await grants.by_password(
        state.database,
        state.issuer,
        PasswordDoor(state.passwords, LoginMarks(state.issuer.signing_key)),
        username,
        password,
        address=request.client.host if request.client else "unknown",
        otp=code[: MOST_TYPED + 1],
        door=LoginDoor.CONSOLE,
        user_agent=request.headers.get("user-agent"),
    )


@router.post("/sign-out")
async def sign_out(page: SetUpPage) -> Response:
    """End this login: its cookie is good for nothing from now on, wherever it is."""
    await page.api.post(f"/v1/me/logins/{page.session.claims.login}/end")
    return signed_out(page.request, "signed_out")


def signed_out(request: Request, notice: str) -> Response:
    """To the page to sign in at, after the browser's login has ended. `notice`: what to say there (`notices`)."""
    answer = _led(request, f"{PREFIX}/sign-in?{urlencode({'notice': notice})}")
    clear_cookie(request, answer)
    return answer


def _led(request: Request, address: str) -> Response:
    answer = RedirectResponse(address, status_code=303)
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": answer.headers["location"]})
    return answer


@router.post("/language")
async def choose_language(request: Request) -> Response:
    """Choose a language; for who has not signed in, too."""
    return await _chosen(request, LANGUAGE_COOKIE, "language", tuple(LANGUAGES))


@router.post("/theme")
async def choose_theme(request: Request) -> Response:
    """Choose light, dark, or what the system has."""
    return await _chosen(request, THEME_COOKIE, "theme", THEMES)


async def _chosen(request: Request, cookie: str, field: str, choices: tuple[str, ...]) -> Response:
    refuse_foreign(request)
    chosen = SentForm(await request.form()).text(field) or ""
    answer = RedirectResponse(referring_page(request), status_code=303)
    if chosen in choices:
        remember(request, answer, cookie, chosen)
    return answer


def _sign_in_page(
    request: Request, typed: TypedSignIn, *, refusal: AppError | None = None, problem: str | None = None
) -> Response:
    sessions: BrowserSessions = request.app.state.sessions
    preferences = preferences_of(request)
    visit = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(24)
    provider: SignInProvider | None = request.app.state.api.state.sign_in_provider
    content = {
        "languages": LANGUAGES,
        "theme": preferences.theme,
        "forgery_token": sessions.forgery_token(visit),
        "next": own_address(typed.next_page),
        "typed": typed,
        "provider": None if provider is None else provider.name,
        "problem": problem,
        "refusal": refusal,
        "notice": notice_of(request.query_params.get("notice")),
        "now": clock.now(),
    }
    is_part = request.headers.get("hx-request") == "true"
    text = rendered(preferences.language, "sign_in.html", content, block="outcome" if is_part else None)
    answer = HTMLResponse(text, status_of(type(refusal)) if refusal else 200)
    if isinstance(refusal, TooManyAttempts):
        answer.headers["Retry-After"] = str(refusal.fields["retry_after_seconds"])
    answer.set_cookie(
        VISIT_COOKIE, visit, path=f"{PREFIX}/sign-in", secure=is_secure(request), httponly=True, samesite="strict"
    )
    return answer
