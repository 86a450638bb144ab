"""What a browser has chosen: language, light or dark; and what it tells of itself: its time zone.

Kept in cookies of the browser, which no server needs to know. Whatever stands in them is taken only where it is one of
the choices.
"""

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from fastapi import Request, Response

from app.doors.console.sessions import is_secure
from app.doors.console.translations import LANGUAGES
from app.ground.web.languages import best_language

THEMES = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE, ZONE_COOKIE, TERRITORY_COOKIE = "fp_language", "fp_theme", "fp_zone", "fp_territory"
_YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a browser is answered. `zone`: the viewer's own, where the browser has told it."""

    language: str
    theme: str
    zone: str | None
    territory_code: str | None


def preferences_of(request: Request) -> Preferences:
    """Those of a request: what was chosen, else what the browser asks for, else English and as the system has it."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    language = chosen if chosen in LANGUAGES else None
    language = language or best_language(request.headers.get("accept-language", "")[:1000], LANGUAGES) or "en"
    theme = request.cookies.get(THEME_COOKIE, "")
    zone = request.cookies.get(ZONE_COOKIE, "").replace("%2F", "/")
    return Preferences(
        language=language,
        theme=theme if theme in THEMES else "auto",
        zone=zone if zone in _zones() else None,
        territory_code=request.cookies.get(TERRITORY_COOKIE, "")[:64] or None,
    )


def remember(request: Request, response: Response, name: str, value: str) -> None:
    """Have the browser keep a choice for a year."""
    response.set_cookie(
        name, value, max_age=_YEAR_SECONDS, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
