"""The console's words in its languages: catalogs (gettext's .po files, read as they are), one a group of pages.

English is the language of the templates. A test holds that no word of theirs lacks a translation.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

ROOT = Path(__file__).parent
LANGUAGES = {"en": "English", "el": "Ελληνικά", "ru": "Русский"}
"""What the console speaks, each by its own name."""


def catalog_files(language: str) -> list[Path]:
    """The catalogs of a language: that of all pages first, then those of the groups by name."""
    return sorted(ROOT.glob(f"locale/{language}.po")) + sorted(ROOT.glob(f"*/locale/{language}.po"))


@cache
def translations_of(language: str) -> NullTranslations:
    """All words of a language together, read once. Where two groups have the same word, the first one's counts."""
    together: NullTranslations = NullTranslations()
    for path in catalog_files(language):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
        binary = BytesIO()
        write_mo(binary, catalog)
        binary.seek(0)
        words = Translations(binary)
        if isinstance(together, Translations):
            words._catalog.update(together._catalog)  # noqa: SLF001 # merge() would let the last win
        together = words
    return together


def texts_of(language: str, context: str) -> dict[str, str]:
    """All texts of a context in English, and what they are in a language; none in English itself."""
    words = translations_of(language)
    catalog = words._catalog if isinstance(words, Translations) else {}  # noqa: SLF001 # it lists nothing otherwise
    start = f"{context}\x04"
    return {
        key.removeprefix(start): text for key, text in catalog.items() if isinstance(key, str) and key.startswith(start)
    }
