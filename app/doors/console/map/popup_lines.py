"""What a check-in's popup says on a map: who, what and when, the verdict, and the verdict in words."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2.filters import do_striptags

from app.doors.console.api_calls import Json
from app.doors.console.pages import ConsolePage
from app.doors.console.rendering import rendered


def lines_of(page: ConsolePage, check_in: Json, rep_name: str, zone: str) -> list[str]:
    """The lines of a check-in's popup in the person's language."""
    at = datetime.fromisoformat(check_in["corrected_at"]).astimezone(ZoneInfo(zone))
    kind = page.label(check_in["kind"], "check_in_kind").capitalize()
    verdict = page.label(check_in["verdict"]["code"], "verdict").capitalize()
    return [f"{rep_name} · {kind} · {at:%H:%M}", verdict, verdict_text(page.preferences.language, check_in)]


def verdict_text(language: str, check_in: Json) -> str:
    """Where a check-in was, by the sentence that all pages say it with, as text."""
    verdict, fix = check_in["verdict"], check_in["fix"]
    share = verdict["p_inside"]
    return _sentence(
        language,
        _whole(verdict["distance_m"]),
        _whole(fix and fix["accuracy_m"]),
        None if share is None else round(share, 2),
        tuple(verdict["reasons"]),
        has_fix=fix is not None,
    )


def _whole(metres: float | None) -> float | None:
    """To the metre, as it is shown; what is less than half of one stays more than none."""
    return metres if not metres else round(metres) or 0.25


# thousands of check-ins of a day come to some hundreds of sentences, which a map asks for again and again
@lru_cache(maxsize=20_000)
def _sentence(
    language: str,
    distance_m: float | None,
    accuracy_m: float | None,
    share: float | None,
    reasons: tuple[str, ...],
    *,
    has_fix: bool,
) -> str:
    fix: Any = {"lat": 0.0, "accuracy_m": accuracy_m} if has_fix else None
    verdict = {"distance_m": distance_m, "p_inside": share, "reasons": reasons}
    return do_striptags(rendered(language, "map/verdict.html", {"check_in": {"fix": fix, "verdict": verdict}}))
