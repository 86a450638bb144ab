"""What was found, in a sentence each."""

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """What a finding means. Only `WRONG` keeps something from working."""

    FINE = "ok"
    NOTE = "note"
    UNUSUAL = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Neither subject nor detail ever holds a secret."""

    gravity: Gravity
    subject: str
    detail: str


def fine(subject: str, detail: str) -> Finding:
    """It is as it should be."""
    return Finding(Gravity.FINE, subject, detail)


def note(subject: str, detail: str) -> Finding:
    """It is neither good nor bad, or could not be looked at."""
    return Finding(Gravity.NOTE, subject, detail)


def unusual(subject: str, detail: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(Gravity.UNUSUAL, subject, detail)


def wrong(subject: str, detail: str) -> Finding:
    """Something does not work as it is."""
    return Finding(Gravity.WRONG, subject, detail)
