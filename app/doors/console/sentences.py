"""Sentences that the API answers in English, in other languages.

The API's sentences hold figures, codes and names, which no catalog can list. So a sentence is looked up with its
figures and quoted names taken out, as `The quantity must be a multiple of the pack of {}.`, and they are put back where
the translation has its own places. A sentence that no catalog has is shown as it is.
"""

import re
from collections.abc import Callable

from babel.support import NullTranslations

CONTEXT = "sentence"
SENTENCES: tuple[str, ...] = ()
"""The sentences that are translated, with places for what varies in them."""
_PARTS = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"  # an instant
    r"|\d{4}-\d\d-\d\d"  # a day
    r"|\b\d{1,2}:\d\d\b"  # a time of day
    r"|\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+\b"  # a code
    r"|[−-]?\d+(?:[.,]\d+)*"  # a number
)


def pattern_of(sentence: str) -> tuple[str, list[str]]:
    """A sentence with places instead of its figures and codes, and these in their order."""
    return _PARTS.sub("{}", sentence.replace("{", "(").replace("}", ")")), _PARTS.findall(sentence)


def speaker(words: NullTranslations) -> Callable[[str], str]:
    """The filter of a language."""

    def said(sentence: str) -> str:
        pattern, parts = pattern_of(sentence)
        translated = str(words.pgettext(CONTEXT, pattern))
        return sentence if translated == pattern else translated.format(*parts)

    return said
