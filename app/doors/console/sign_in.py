"""Signing in and out, and what a browser chooses: language, light or dark."""

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.doors.console.forgery import refuse_foreign, refuse_forged
from app.doors.console.forms import SentForm
from app.doors.console.notices import notice_of
from app.doors.console.pages import PREFIX, AnyonesPage, console_router, referring_page
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
from app.ground.errors import TooManyAttempts, Unavailable
from app.masters.identity import grants
from app.masters.identity.errors import WrongCredentials
from app.masters.identity.grants import PasswordDoor
from app.masters.identity.login_pace import LoginMarks
from app.masters.identity.refresh_families import IssuedTokens
from app.masters.identity.rules import PASSWORD_MAX

router = console_router()

MOST_NAME = 64
VISIT_COOKIE = "fp_visit"
"""Names somebody who has not signed in, so that the form of signing in is ours, too."""


def address_of(next_page: str | None) -> str:
    """The address of the page to sign in at, from which one goes on to another."""
    return f"{PREFIX}/sign-in" + (f"?{urlencode({'next': next_page})}" if next_page else "")


@router.get("/sign-in")
async def show_sign_in(request: Request, next_page: Annotated[str | None, Query(alias="next")] = None) -> Response:
    """The page to sign in at."""
    return _sign_in_page(request, next_page)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign in by name and password. Every sign-in is a login of its own: a cookie from before counts for nothing."""
    sessions: BrowserSessions = request.app.state.sessions
    await refuse_forged(request, sessions.forgery_token(request.cookies.get(VISIT_COOKIE, "")))
    form = SentForm(await request.form())
    try:
        tokens = await _logged_in(request, form)
    except (WrongCredentials, TooManyAttempts, Unavailable) as error:
        return _sign_in_page(request, form.text("next"), username=form.raw("username")[:64], refusal=error)
    answer = RedirectResponse(own_address(form.text("next")), status_code=303)
    set_cookie(request, answer, sessions.cookie(request.app.state.api.state.tokens.read(tokens.access_token)))
    answer.delete_cookie(VISIT_COOKIE, path=f"{PREFIX}/sign-in")
    return answer


async def _logged_in(request: Request, form: SentForm) -> IssuedTokens:
    """Raises WrongCredentials, TooManyAttempts, Unavailable."""
    username, password = form.raw("username"), form.raw("password")
    if not 0 < len(username) <= MOST_NAME or not 0 < len(password) <= PASSWORD_MAX or "\x00" in username + password:
        raise WrongCredentials("Nobody has such a name, or such a password.")
    state = request.app.state.api.state
    door = PasswordDoor(state.passwords, LoginMarks(state.issuer.signing_key))
    address = request.client.host if request.client else "unknown"
    return await grants.by_password(state.database, state.issuer, door, username, password, address=address)


@router.post("/sign-out")
async def sign_out(page: AnyonesPage) -> Response:
    """End this login: its cookie is good for nothing from now on, wherever it is."""
    answer = RedirectResponse(f"{PREFIX}/sign-in?notice=signed_out", status_code=303)
    clear_cookie(page.request, answer)
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
    request: Request, next_page: str | None, *, username: str = "", refusal: Exception | None = None
) -> Response:
    sessions: BrowserSessions = request.app.state.sessions
    preferences = preferences_of(request)
    visit = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(24)
    content = {
        "languages": LANGUAGES,
        "theme": preferences.theme,
        "forgery_token": sessions.forgery_token(visit),
        "next": own_address(next_page),
        "username": username,
        "refusal": None if refusal is None else type(refusal).__name__,
        "wait_seconds": refusal.fields.get("retry_after_seconds") if isinstance(refusal, TooManyAttempts) else None,
        "notice": notice_of(request.query_params.get("notice")),
        "now": clock.now(),
    }
    status = {"WrongCredentials": 401, "TooManyAttempts": 429}.get(type(refusal).__name__, 503) if refusal else 200
    answer = HTMLResponse(rendered(preferences.language, "sign_in.html", content), status)
    answer.set_cookie(
        VISIT_COOKIE, visit, path=f"{PREFIX}/sign-in", secure=is_secure(request), httponly=True, samesite="strict"
    )
    return answer
