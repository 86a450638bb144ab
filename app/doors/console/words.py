"""Which words the console has, by the catalog that translates them: `python -m app.doors.console.words` brings the
catalogs up to date, with an empty translation for each new word and without those that nobody uses any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from app.doors.console import label_tables, notices
from app.doors.console.error_pages import TITLES
from app.doors.console.navigation import MENU
from app.doors.console.sentences.sources import sentences
from app.doors.console.sentences.speaker import CONTEXT
from app.doors.console.translations import LANGUAGES, ROOT

_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
_OPTIONS = {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols", "silent": "false"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


@dataclass(frozen=True, slots=True)
class Word:
    """A text of the console in English: its plural where it counts something, its context where it needs one."""

    text: str
    plural: str | None = None
    context: str | None = None

    @property
    def key(self) -> str | tuple[str, str]:
        """How a catalog names it."""
        return self.text if self.plural is None else (self.text, self.plural)


def catalogs() -> list[Path]:
    """The folders that have a catalog of each language: that of all pages, one for each group of pages, and that of the
    API's sentences.
    """
    groups = [path for path in ROOT.iterdir() if (path / "templates").is_dir()]
    return [ROOT / "locale", *sorted(path / "locale" for path in [*groups, ROOT / "sentences"])]


@cache
def words_of(folder: Path) -> list[Word]:
    """The words of a catalog: of its templates, and for all pages those that stand in tables. Read once."""
    words = list(_in_templates(folder.parent / "templates"))
    if folder.parent == ROOT:
        words += [Word(text) for text in (*notices.NOTICES.values(), *TITLES.values(), *(e.word for e in MENU))]
    if folder.parent == ROOT / "sentences":
        words += [Word(text, context=CONTEXT) for text in sentences()]
    words += [
        Word(text, context=table)
        for table, labels in label_tables.of_group(folder.parent.name if folder.parent != ROOT else None).items()
        for text in labels.values()
    ]
    shared = set() if folder.parent == ROOT else set(words_of(ROOT / "locale"))
    return [word for word in dict.fromkeys(words) if word not in shared]


def _in_templates(folder: Path) -> Iterator[Word]:
    for path in sorted(folder.glob("*.html")):
        with path.open("rb") as file:
            for _, message, _, context in extract("jinja2", file, keywords=_KEYWORDS, options=_OPTIONS):
                text, plural = message if isinstance(message, tuple) else (message, None)
                yield Word(text, plural, context)


def read_catalog(folder: Path, language: str) -> Catalog:
    """A catalog as it is; an empty one where there is none."""
    path = folder / f"{language}.po"
    if not path.exists():
        return Catalog(language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def bring_up_to_date() -> None:
    """Write every catalog anew: what was translated stays so."""
    for folder in catalogs():
        words = words_of(folder)
        for language in sorted(LANGUAGES.keys() - {"en"}):
            before, after = read_catalog(folder, language), Catalog(language, charset="utf-8", fuzzy=False)
            for word in words:
                former = before.get(word.text, word.context)
                after.add(word.key, former.string if former else "", context=word.context)
            folder.mkdir(exist_ok=True)
            with (folder / f"{language}.po").open("wb") as file:
                file.write(_HEADER.format(language=language, plurals=after.plural_forms).encode())
                write_po(file, after, width=120, omit_header=True, no_location=True)


if __name__ == "__main__":
    bring_up_to_date()
