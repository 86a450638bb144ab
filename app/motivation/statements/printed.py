"""A statement on paper: what the template `statement.typ` says, in words."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.motivation.statements.rules import Statement, StatementLine
from app.motivation.statements.statement_words import StatementWords, statement_words

_VOID_WIDTH = 640
"""Of the word across the page, in points: about its diagonal, less the margins."""
_LETTER_WIDTH = 0.72
"""Of a bold capital, as a share of its size."""
_LARGEST = 150


@cache
def template() -> str:
    """The Typst document that sets a statement, a rep's or a quarter's."""
    return Path(__file__).with_name("statement.typ").read_text("utf-8")


def pages(statement: Statement, company: str, language: str) -> dict[str, Any]:
    """What the template asks for, ready to be read, in a language."""
    words = statement_words(language)
    title = words.of_month(words.title_of_month, statement.month)
    rep = f"{statement.rep_name} ({statement.rep_code})"
    return {
        "language": language,
        "author": company,
        "company": company,
        "document_title": f"{title}: {rep}, {statement.number}",
        "title": title,
        "running": [f"{title}: {rep}", statement.number],
        "page": words.page,
        "void": void_mark(voided(statement, words), words),
        "facts": [
            {"label": label, "value": value, "strong": label == words.rep} for label, value in facts(statement, words)
        ],
        "balance": [
            {"label": label, "value": words.number_in_words(points, signed=signed)}
            for label, points, signed in balance(statement, words)
        ],
        "tables": _tables(statement, words),
        "notes": [{"label": label, "value": value, "why": why} for label, value, why in notes(statement, words)],
    }


def facts(statement: Statement, words: StatementWords) -> list[tuple[str, str]]:
    """Whose statement it is, and which: label and value."""
    issued_on = statement.issued_at.astimezone(ZoneInfo(statement.time_zone)).date()
    return [
        (words.rep, f"{statement.rep_name} ({statement.rep_code})"),
        (words.territory, f"{statement.territory_name} ({statement.territory_code})"),
        (words.number, statement.number),
        (words.issued, words.day_in_words(issued_on)),
    ]


def balance(statement: Statement, words: StatementWords) -> list[tuple[str, int, bool]]:
    """What the month did to the balance: label, points, and whether they are a change of it."""
    changes = [(words.of_month(words.points_of_month, statement.month), sum_of(statement.own_lines), True)]
    if statement.corrections:
        changes.append((words.corrections, sum_of(statement.corrections), True))
    return [(words.opening, statement.opening, False), *changes, (words.closing, statement.closing, False)]


def notes(statement: Statement, words: StatementWords) -> list[tuple[str, str, str]]:
    """What there is to say of money and of appeals: label, value, and a sentence on it."""
    lines = []
    if statement.point_value is not None and statement.amount is not None:
        worth = words.worth.format(
            points=words.number_in_words(statement.points),
            value=words.money_in_words(statement.point_value),
            currency=statement.currency,
        )
        lines.append((words.amount, f"{words.money_in_words(statement.amount)} {statement.currency}", worth))
    if statement.open_appeals:
        lines.append((words.open_appeals, words.number_in_words(statement.open_appeals), words.appeals_wait))
    return lines


def voided(statement: Statement, words: StatementWords) -> str | None:
    """Since when a statement is void, and why; None where it stands."""
    if statement.voided_at is None:
        return None
    day = statement.voided_at.astimezone(ZoneInfo(statement.time_zone)).date()
    return words.voided.format(day=words.day_in_words(day))


def void_mark(note: str | None, words: StatementWords) -> dict[str, Any] | None:
    """The word across each page of a void statement, and the note under its title; None where it stands."""
    size = min(_LARGEST, _VOID_WIDTH / (_LETTER_WIDTH * len(words.void)))
    return None if note is None else {"word": words.void, "note": note, "size": size}


def sum_of(lines: Sequence[StatementLine]) -> int:
    """The points of some lines."""
    return sum(line.points for line in lines)


def _tables(statement: Statement, words: StatementWords) -> list[dict[str, Any]]:
    """The month's own rules, and corrections where there are any. `wide`: the column that takes what others leave.
    `numbers`: how many of the last columns are numbers.
    """
    own, corrections = statement.own_lines, statement.corrections
    tables = [
        {
            "heading": words.of_month(words.points_of_month, statement.month),
            "columns": [words.rule, words.count, words.points],
            "wide": 0,
            "numbers": 2,
            "rows": [_cells(line, words) for line in own] or [[words.nothing, "", ""]],
            "total": [words.total, "", words.number_in_words(sum_of(own), signed=True)],
        }
    ]
    if corrections:
        tables.append(
            {
                "heading": words.corrections,
                "columns": [words.corrected_month, words.rule, words.count, words.points],
                "wide": 1,
                "numbers": 2,
                "rows": [
                    [words.month_in_words(line.corrects_month), *_cells(line, words)]
                    for line in corrections
                    if line.corrects_month is not None
                ],
                "total": [words.total, "", "", words.number_in_words(sum_of(corrections), signed=True)],
            }
        )
    return tables


def _cells(line: StatementLine, words: StatementWords) -> list[str]:
    points = words.number_in_words(line.points, signed=True)
    return [words.rule_in_words(line.rule), words.number_in_words(line.count), points]
