"""Which sentences the API says to a person at a page: read from the source, as a template's words are.

A sentence is a text of the source that begins like one and ends like one; where an explanation, a doubt or a figure's
definition is put together from phrases, these count, too (`PHRASES`). What stands in braces in an f-string is a place.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.doors.console.sentences.others import OTHERS, PIECES

APP = Path(__file__).parents[3]
PLACE = "{}"

OUTSIDE = {
    "cli.py": "the command line",
    "commands/": "the command line",
    "demo/": "the command line",
    "diagnosis/": "the command line",
    "ground/private_cluster/": "the command line",
    "ground/db/migrations.py": "the command line",
    "ground/db/revisions.py": "the command line",
    "ground/db/roles.py": "the command line",
    "ground/db/session.py": "the command line",
    "ground/db/statements.py": "the log",
    "ground/workers/": "the log",
    "main.py": "the contract",
    "ground/web/openapi.py": "the contract",
    "ground/web/security_schemes.py": "the contract",
    "ground/web/protocol.py": "programs",
    "ground/web/incoming_body.py": "programs",
    "ground/web/media_types.py": "programs",
    "ground/web/middleware.py": "programs",
    "ground/web/requests.py": "programs",
    "ground/web/pagination.py": "programs",
    "ground/web/health.py": "programs",
    "ground/web/months.py": "programs",
    "ground/receipts/idempotency.py": "programs",
    "ground/receipts/errors.py": "programs",
    "ground/events/": "programs",
    "masters/identity/tokens.py": "programs",
    "masters/identity/oauth.py": "programs",
    "masters/identity/api.py": "programs",
    "doors/handheld/": "handhelds",
    "doors/order_taking/evidence.py": "handhelds",
    "ground/attachments/api.py": "handhelds",
    "ground/attachments/file_formats.py": "handhelds",
    "ground/attachments/rules.py": "handhelds",
    "ground/storage_places.py": "the command line",
    "ground/map_settings.py": "the command line",
    "ground/db/privileges.py": "SQL",
    "ground/db/temporary.py": "SQL",
    "planning/week_plans/calendars.py": "calendars of phones",
    "doors/order_inbox/forms/form_words.py": "has its own languages",
    "doors/order_inbox/mail/answer_words.py": "has its own languages",
    "doors/order_inbox/mail/reader_sentences.py": "has its own languages",
    "doors/order_inbox/mail/translations.py": "has its own languages",
    "motivation/assortment_mix/mix_words.py": "has its own languages",
    "motivation/statements/statement_words.py": "has its own languages",
    "doors/console/labels.py": "goes by tables of labels",
    "doors/console/notices.py": "goes by tables of labels",
    "doors/console/error_pages.py": "goes by tables of labels",
    "doors/console/words.py": "the command line",
    "doors/console/sentences/": "the list itself",
}
"""Whose sentences no page shows: who reads them instead."""

PHRASES = (
    "closing/explanations/explainers/",
    "closing/explanations/outlook.py",
    "closing/explanations/wording.py",
    "closing/compliance/kpis.py",
    "field/risk_signals/rules/",
    "field/risk_signals/signals.py",
    "doors/order_inbox/mail/rules.py",
    "doors/system/schemas.py",
    "masters/outlets/fences.py",
)
"""Where sentences are put together from phrases: every text there with a space counts."""

_NOT_SAID = {"examples", "json_schema_extra", "example", "summary", "description", "help", "pattern"}
_SENTENCE = re.compile(r"(?:\{\}|[A-Z“`])(?s:.*)(?:[.!?]|\{\})")
_PHRASE = re.compile(r"(?s:.*)[a-z]{2}(?s:.*)")
_LEAST_LETTERS = 7


def sentences() -> list[str]:
    """All sentences and phrases that pages may show, each once, by the file that says them."""
    return [text for text in dict.fromkeys([*texts_of_source(), *OTHERS]) if text not in PIECES]


@cache
def texts_of_source() -> list[str]:
    """What the source says, the pieces too."""
    paths = [path for path in sorted(APP.rglob("*.py")) if not _is_outside(path)]
    texts = [text for path in paths for text in sentences_in(path.read_text(), _name(path))]
    return [*texts, *_titles()]


def sentences_in(source: str, name: str) -> list[str]:
    """Those of one file, in the order in which they stand there. `name`: its path within the app."""
    reading = _Reading(phrases=name.startswith(PHRASES), examples=name.endswith("schemas.py"))
    reading.visit(ast.parse(source))
    return reading.texts


def _is_outside(path: Path) -> bool:
    return _name(path).startswith(tuple(OUTSIDE)) or path.name == "labels.py"


def _name(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def _titles() -> Iterator[str]:
    """What is said where an error is raised without a sentence: its title, the first line of its docstring."""
    classes = {
        node.name: (node, path)
        for path in sorted(APP.rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    }

    def is_error(name: str) -> bool:
        bases = [ast.unparse(base).rpartition(".")[2] for base in classes[name][0].bases] if name in classes else []
        return "AppError" in bases or any(is_error(base) for base in bases)

    for name, (node, path) in classes.items():
        title = (ast.get_docstring(node) or name).splitlines()[0].rstrip(".")
        if is_error(name) and not _is_outside(path):
            yield f"{title}."


class _Reading(ast.NodeVisitor):
    """Takes the sentences out of a module; `phrases`: and the phrases. `examples`: its tables are the contract's."""

    def __init__(self, *, phrases: bool, examples: bool) -> None:
        self.texts: list[str] = []
        self._phrases, self._examples = phrases, examples

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # which would be a docstring
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in _NOT_SAID:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        is_description = any(ast.unparse(target) == "DESCRIPTION" for target in node.targets)
        if not is_description and not (self._examples and isinstance(node.value, ast.Dict | ast.List | ast.Call)):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and not (self._examples and isinstance(node.value, ast.Dict | ast.List)):
            self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and key.value in _NOT_SAID):
                self.visit(value)

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func) == "PydanticCustomError" and isinstance(node.args[1], ast.Constant):
            self._take(re.sub(r"\{\w+\}", PLACE, str(node.args[1].value)), form=_PHRASE)
        elif not ast.unparse(node.func).startswith(("log.", "re.", "click.")):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._take(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._take(pattern_of(node))
        if self._phrases:
            for each in node.values:
                if isinstance(each, ast.FormattedValue):
                    self.visit(each.value)

    def _take(self, text: str, form: re.Pattern[str] | None = None) -> None:
        text = text.strip()
        letters = sum(map(str.isalpha, text.replace(PLACE, "")))
        form = form or (_PHRASE if self._phrases else _SENTENCE)
        least = 2 if form is _PHRASE else _LEAST_LETTERS
        if " " in text and letters >= least and form.fullmatch(text):
            self.texts.append(text)


def pattern_of(node: ast.JoinedStr) -> str:
    """An f-string with places for what it fills in."""
    pieces = [str(each.value) if isinstance(each, ast.Constant) else PLACE for each in node.values]
    return "".join(pieces)
