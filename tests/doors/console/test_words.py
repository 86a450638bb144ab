"""Every word of the console stands in the catalogs of its languages, and nothing else does."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from app.doors.console.translations import LANGUAGES
from app.doors.console.words import Word, catalogs, read_catalog, words_of

OTHERS = sorted(LANGUAGES.keys() - {"en"})
_HOW = "run: .venv/bin/python -m app.doors.console.words, and translate what is empty"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", catalogs(), ids=lambda folder: folder.parent.name)
def test_every_word_is_translated(folder: Path, language: str) -> None:
    catalog, words = read_catalog(folder, language), words_of(folder)
    assert [word.text for word in words if not is_translated(word, catalog)] == [], _HOW
    wanting = {(word.text, word.context) for word in words}
    unused = [message.id for message in catalog if message.id and (_first(message.id), message.context) not in wanting]
    assert unused == [], _HOW


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", catalogs(), ids=lambda folder: folder.parent.name)
def test_a_translation_has_the_places_that_the_text_has(folder: Path, language: str) -> None:
    for message in read_catalog(folder, language):
        if message.id and "%(" in str(message.id):  # "38 % likely" is no place
            assert [str(error) for error in message.check()] == [], message.id


def is_translated(word: Word, catalog: Catalog) -> bool:
    message = catalog.get(word.text, word.context)
    string = None if message is None else message.string
    return bool(string) if isinstance(string, str) else bool(string) and all(string or ())


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]
