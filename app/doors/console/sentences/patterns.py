"""Sentences with places: what fills them in a text, and how a translation takes it up.

A translation has the places of its sentence, `{}` in the same order or `{1}` by number, and the forms of a word that
goes with a number: `{0} {0|балл|балла|баллов}`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PLACE = "{}"
_PLACES = re.compile(r"\{(?P<number>\d*)(?:\|(?P<forms>[^{}]*))?\}")
_WHOLE = re.compile(r"[^\d]*(\d+)(?![.,]?\d)")

Plural = Callable[[int], int]
"""Which form of a word goes with a number: the first, the second, …"""


@dataclass(frozen=True, slots=True)
class SentencePattern:
    """A sentence in English, what it is matched by, and how it is said in another language."""

    text: str
    translation: str
    regex: re.Pattern[str]
    hint: str
    """Its longest fixed piece: a text without it is another sentence."""


def pattern(text: str, translation: str) -> SentencePattern:
    """A sentence as a pattern: any text stands in its places; its first letter may be small, its full stop missing."""
    pieces = text.removesuffix(".").split(PLACE)
    first, *rest = pieces
    begin = f"(?i:{re.escape(first[:1])}){re.escape(first[1:])}" if first else ""
    regex = re.compile("(.*?)".join([begin, *map(re.escape, rest)]) + r"\.?", re.DOTALL)
    return SentencePattern(text, translation, regex, max([first[1:], *rest], key=len))


def fixed_letters(text: str) -> int:
    """How much of a sentence is fixed: of two that match, the one with more says better what it is."""
    return len(text.replace(PLACE, ""))


def filled(translation: str, parts: Sequence[str], plural: Plural) -> str:
    """A translation with what was in the sentence's places."""
    numbers = iter(range(len(parts)))

    def part(match: re.Match[str]) -> str:
        if match["forms"] is None:
            text = parts[int(match["number"]) if match["number"] else next(numbers)]
            return text.removesuffix(".") if translation.startswith(".", match.end()) else text
        forms, number = match["forms"].split("|"), _WHOLE.match(parts[int(match["number"] or 0)])
        return forms[min(plural(int(number[1])), len(forms) - 1)] if number else forms[-1]

    return _PLACES.sub(part, translation)


def places_of(translation: str) -> list[int]:
    """The places that a translation takes up, by number, in its order; forms of words take up none."""
    places = [match for match in _PLACES.finditer(translation) if match["forms"] is None]
    return [int(match["number"]) if match["number"] else index for index, match in enumerate(places)]
