"""How times, days, outlets and people are told in a sentence: in the territory's local time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from app.closing.explanations.records import ExplainedOutlet, World

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one explanation. `day`: times on that local day are told without it. `boundary`: near it, times
    have seconds.
    """

    zone: ZoneInfo
    day: date
    is_rep: bool
    boundary: datetime | None = None

    def time(self, at: datetime) -> str:
        """17:04, with the day where that is another one."""
        local = at.astimezone(self.zone)
        near = self.boundary is not None and timedelta(0) < abs(at - self.boundary) < _MINUTE
        text = local.strftime("%H:%M:%S" if near else "%H:%M")
        return text if local.date() == self.day else f"{text} on {day_text(local.date())}"

    def moment(self, at: datetime) -> str:
        """17:04 on Monday 23 November."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M} on {day_text(local.date())}"

    def zoned(self, at: datetime) -> str:
        """17:00 (Europe/Athens)."""
        return f"{self.time(at)} ({self.zone.key})"

    def told(self, at: datetime | None) -> str | None:
        """An instant as a fact: with the offset of the territory."""
        return None if at is None else at.astimezone(self.zone).isoformat()

    @property
    def rep(self) -> str:
        """Who did something, within a sentence."""
        return "you" if self.is_rep else "the rep"

    @property
    def reps(self) -> str:
        """Whose something is."""
        return "your" if self.is_rep else "the rep's"


def wording_of(world: World) -> Wording:
    """The words for a world."""
    boundary = world.visit.run.cutoff_at if world.visit is not None and world.visit.run is not None else None
    return Wording(world.zone, world.entry.business_date, world.reader.is_rep, boundary)


def day_text(day: date) -> str:
    """Monday 23 November."""
    return f"{day:%A} {day.day} {day:%B}"


def month_words(day: date) -> str:
    """November 2026."""
    return f"{day:%B %Y}"


def outlet_text(outlet: ExplainedOutlet | None) -> str:
    """Kiosk Nikos (PAT-0042)."""
    return "another outlet" if outlet is None else f"{outlet.name} ({outlet.code})"


def minutes_text(span: timedelta) -> str:
    """8 minutes; what is begun counts, and under one it is seconds."""
    if span < _MINUTE:
        return plural(max(1, ceil(span.total_seconds())), "second")
    minutes = ceil(span / _MINUTE)
    if minutes < 120:
        return plural(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    return plural(hours, "hour") + (f" {plural(rest, 'minute')}" if rest else "")


def plural(count: int, noun: str) -> str:
    """1 minute, 2 minutes."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def points_text(points: int) -> str:
    """−10 points, +1 point."""
    sign = "−" if points < 0 else "+"
    return f"{sign}{plural(abs(points), 'point')}"


def words_of(code: str) -> str:
    """A code of the contract as words: mock_location → mock location."""
    return code.replace("_", " ")


def listed(parts: Sequence[str] | Iterable[str], joint: str = "and") -> str:
    """a, b and c."""
    *first, last = list(parts)
    return f"{', '.join(first)} {joint} {last}" if first else last


def sentence(text: str) -> str:
    """With a capital letter, and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
