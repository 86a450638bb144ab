"""The API's sentences in a language of the console.

They hold figures, codes and names, so a sentence is looked up by its fixed text: what stands in its places is taken
over, in the order of the translation, with times, days and decimals as the language writes them. Some are put
together from several sentences, or from phrases in the places of another: each is looked up by itself. What no
catalog has is shown as it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from babel.support import Translations

from app.doors.console.labels import LABELS
from app.doors.console.sentences.patterns import Plural, SentencePattern, filled, fixed_letters, pattern
from app.doors.console.sentences.written import Written
from app.doors.console.translations import texts_of, translations_of

CONTEXT = "sentence"
AND = "and"
"""What joins the last two of a list; a text of the context."""
MOST_REMEMBERED = 8_192
"""Sentences: a page of doubts has some hundreds, and many pages have the same."""
_CODES = (
    *("points_rule", "risk_rule", "mismatch", "excuse", "verdict"),
    *("call_outcome", "call_task_status", "review_outcome", "kpi", "role"),
)
"""The tables of codes that sentences name, as they are or in words: `late_order`, late order."""
_ENDS = re.compile(r'(?<=[.!?]) (?=["“+−]?[A-ZΑ-Ω\d])')
_JOINT = f" {AND} "
_JOINTS = re.compile(f"(, |{_JOINT})")
_CODE = re.compile(r"(?=[^\d-]*[\d-])[A-ZΑ-ΩА-Я\d][A-ZΑ-ΩА-Я\d_./-]*")
_CELL = re.compile(r"([A-Z]{1,3}\d+: )(.+)", re.DOTALL)
_DEEPEST = 5

Filter = Callable[[str], str]


def speaker(language: str) -> Filter:
    """The filter of a language: a sentence of the API as that language says it. It remembers what it was asked."""
    words = translations_of(language)
    if not isinstance(words, Translations):
        return str
    codes = {
        form: str(words.pgettext(table, text))
        for table in reversed(_CODES)
        for code, text in LABELS[table].items()
        for form in (code, code.replace("_", " "))
    }
    return lru_cache(MOST_REMEMBERED)(_Speaker(language, codes, words.plural).said)


class _Speaker:
    def __init__(self, language: str, codes: Mapping[str, str], plural: Plural) -> None:
        texts = texts_of(language, CONTEXT)
        patterns = [pattern(text, translation) for text, translation in texts.items()]
        self._patterns = sorted(patterns, key=lambda each: -fixed_letters(each.text))
        self._codes, self._written, self._plural = codes, Written(language), plural
        self._and = f" {texts.get(AND, AND)} "

    def said(self, text: str) -> str:
        """A text of the API in the language; as it is, where no sentence of it is known."""
        return self._said(str(text), 0) or str(text)

    def _said(self, text: str, depth: int) -> str | None:
        """A text of one or more sentences; None where none of them is known."""
        if depth > _DEEPEST:
            return None
        pieces = _ENDS.split(text)
        said = list(self._piecewise(pieces, depth))
        return " ".join(said) if said != pieces else None

    def _piecewise(self, pieces: Sequence[str], depth: int) -> Iterator[str]:
        """Each sentence, or as many of them as are one: a name may end with a full stop, too."""
        begin = 0
        while begin < len(pieces):
            for end in range(begin + 1, len(pieces) + 1):
                if (said := self._one(" ".join(pieces[begin:end]), depth)) is not None:
                    break
            else:
                said, end = pieces[begin], begin + 1
            yield said
            begin = end

    def _one(self, text: str, depth: int) -> str | None:
        for each in self._patterns:
            if each.hint in text and (match := each.regex.fullmatch(text)) is not None:
                parts = [self._part(part, depth + 1) for part in match.groups()]
                return _shaped(filled(each.translation, parts, self._plural), each, text)
        if (match := _CELL.fullmatch(text)) is not None and (said := self._one(match[2], depth)) is not None:
            return match[1] + said
        return None

    def _part(self, part: str, depth: int) -> str:
        """What stands in a place: a phrase, a code, several of them, or a name."""
        bare = part.strip()
        if not bare:
            return part
        said = self._codes.get(bare) or self._listed(bare, depth) or self._said(bare, depth)
        return part.replace(bare, said) if said else self._written.rewritten(part)

    def _listed(self, text: str, depth: int) -> str | None:
        """Several phrases or codes in a row, as `a, b and c`; None where one of them is none."""
        phrases = _JOINTS.split(text)
        if len(phrases) == 1:
            return None
        said = [self._phrase(each, depth) for each in phrases[::2]]
        if not all(said):
            return None
        joints = [self._and if joint == _JOINT else joint for joint in [*phrases[1::2], ""]]
        return "".join(f"{each}{joint}" for each, joint in zip(said, joints, strict=True))

    def _phrase(self, text: str, depth: int) -> str | None:
        return self._codes.get(text) or self._said(text, depth) or (text if _CODE.fullmatch(text) else None)


def _shaped(said: str, sentence: SentencePattern, text: str) -> str:
    """With a capital letter and a full stop where the text has them, and without where it has not."""
    if not sentence.text.startswith("{"):
        said = (said[:1].upper() if text[:1].isupper() else said[:1].lower()) + said[1:]
    elif text.endswith(".") and not text[:1].islower():
        said = said[:1].upper() + said[1:]
    if text.endswith("."):
        return said if said.endswith((".", "!", "?", ";")) else f"{said}."
    return said.removesuffix(".") if sentence.text.endswith(".") else said
