"""What was found, in a sentence each."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding means. Only `WRONG` keeps something from working."""

    FINE = "ok"
    NOTE = "note"
    UNUSUAL = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Neither subject nor detail ever holds a secret."""

    verdict: Verdict
    subject: str
    detail: str


def fine(subject: str, detail: str) -> Finding:
    """It is as it should be."""
    return Finding(Verdict.FINE, subject, detail)


def note(subject: str, detail: str) -> Finding:
    """It is neither good nor bad, or could not be looked at."""
    return Finding(Verdict.NOTE, subject, detail)


def unusual(subject: str, detail: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(Verdict.UNUSUAL, subject, detail)


def wrong(subject: str, detail: str) -> Finding:
    """Something does not work as it is."""
    return Finding(Verdict.WRONG, subject, detail)
