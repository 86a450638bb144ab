"""Templates as pages: one environment a language, with words, times, amounts and labels as filters."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from app.doors.console import formats, label_tables
from app.doors.console.api_calls import segment
from app.doors.console.sentences.speaker import speaker
from app.doors.console.translations import translations_of
from app.doors.console.worded_templates import WordedEnvironment

ROOT = Path(__file__).parent
STATIC = ROOT / "static"


def _loader() -> ChoiceLoader:
    groups = {path.parent.name: FileSystemLoader(path) for path in sorted(ROOT.glob("*/templates"))}
    return ChoiceLoader([FileSystemLoader(ROOT / "templates"), PrefixLoader(groups)])


@cache
def environment(language: str) -> Environment:
    """The templates in a language. What a template names and nobody gave it is an error, not an empty place."""
    words = translations_of(language)
    made_of = WordedEnvironment(
        words,
        loader=_loader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    made_of.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined] # the extension's
    made_of.filters |= formats.filters(language)
    label = made_of.filters["label"] = label_tables.labeller(words)
    made_of.filters["said"] = speaker(language)
    made_of.filters["segment"] = segment
    made_of.filters["actor"] = actor_name
    made_of.globals |= {
        "static": static_address,
        "language": language,
        "problem_at": problem_at,
        "minutes_between": formats.minutes_between,
        "product_of": formats.product_of,
        "labelled": lambda codes, table: [(code, label(code, table)) for code in codes],
    }
    return made_of


def static_address(name: str) -> str:
    """The address of a static file, which changes when any of them does: browsers may keep it for good."""
    return f"/console/static/{static_digest()}/{name}"


@cache
def static_digest() -> str:
    """What all static files are, in twelve digits. They share it: scripts and styles name others beside themselves."""
    digest = sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(STATIC)).encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def actor_name(actor: str | None) -> str:
    """Who did something, without what it is: `user:sofia` as sofia."""
    return "–" if actor is None else actor.partition(":")[2] or actor


def problem_at(problem: Any, pointer: str) -> list[dict[str, str]]:
    """What the API found wrong at a pointer into the body, or below it."""
    if problem is None:
        return []
    return [e for e in problem.errors if e["pointer"] == pointer or e["pointer"].startswith(f"{pointer}/")]


def rendered(language: str, template: str, content: dict[str, Any], *, block: str | None = None) -> str:
    """A template as HTML, or one block of it."""
    page = environment(language).get_template(template)
    if block is None:
        return page.render(content)
    return "".join(page.blocks[block](page.new_context(content)))
