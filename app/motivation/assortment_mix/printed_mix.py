"""A quarter's statement on paper: what the template of statements says of it, in words (MX3)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.motivation.assortment_mix.figures import Movers
from app.motivation.assortment_mix.mix_words import MixLanguage
from app.motivation.assortment_mix.rules import statement_number
from app.motivation.assortment_mix.service import ShownMix
from app.motivation.assortment_mix.sold_queries import NamedOutlet, NamedRep
from app.motivation.assortment_mix.statement_queries import ListedStatement
from app.motivation.statements.printed import void_mark

Table = dict[str, Any]


def pages(shown: ShownMix, listed: ListedStatement, company: str, language: str) -> dict[str, Any]:
    """What the template asks for, ready to be read, in a language."""
    written = MixLanguage.of(language)
    words, common = written.words, written.common
    title = words.title_of_quarter.format(quarter=words.quarter_in_words(shown.quarter))
    territory, number = facts(shown, listed, written)[:2]
    return {
        "language": language,
        "author": company,
        "company": company,
        "document_title": f"{title}: {territory[1]}, {number[1]}",
        "title": title,
        "running": [f"{title}: {territory[1]}", number[1]],
        "page": common.page,
        "void": void_mark(_voided(listed, written), common),
        "facts": [
            {"label": label, "value": value, "strong": label == common.territory}
            for label, value in facts(shown, listed, written)
        ],
        "balance": [{"label": label, "value": value} for label, value in figures(shown, written)],
        "tables": list(_tables(shown, written)),
        "notes": [],
    }


def facts(shown: ShownMix, listed: ListedStatement, written: MixLanguage) -> list[tuple[str, str]]:
    """Whose statement it is, and which: label and value; the day by the territory's clocks."""
    row, words, common = listed.row, written.words, written.common
    return [
        (common.territory, f"{listed.territory_name} ({listed.territory_code})"),
        (common.number, statement_number(listed.territory_code, row.year, row.number_of_year)),
        (words.quarter, words.quarter_in_words(shown.quarter)),
        (words.closed, _day(row.closed_at, listed, written)),
        (words.closed_by, row.closed_by),
    ]


def figures(shown: ShownMix, written: MixLanguage) -> list[tuple[str, str]]:
    """What the quarter came to: label and value."""
    mix, words, common = shown.mix, written.words, written.common
    return [
        (words.orders, common.number_in_words(mix.orders)),
        (words.value, common.money_in_words(mix.value)),
        (words.score, written.score(mix.score, mix.no_score_because)),
        (words.bonus, written.percent(mix.bonus_share)),
    ]


def _day(at: datetime, listed: ListedStatement, written: MixLanguage) -> str:
    return written.common.day_in_words(at.astimezone(ZoneInfo(listed.time_zone)).date())


def _voided(listed: ListedStatement, written: MixLanguage) -> str | None:
    voided_at = listed.row.voided_at
    return None if voided_at is None else written.words.voided.format(day=_day(voided_at, listed, written))


def _tables(shown: ShownMix, written: MixLanguage) -> Iterator[Table]:
    mix, words, common = shown.mix, written.words, written.common
    groups = [
        [
            group.group or words.others,
            common.money_in_words(group.value),
            *map(written.percent, (group.target, group.actual)),
        ]
        for group in mix.shares
    ]
    yield _table(words.groups, [words.name, words.value, words.target, words.actual], groups)
    if shown.targets is not None:
        steps = [_step(step, written) for step in shown.targets.row.bonus_steps]
        yield _table(words.steps, [words.from_score, words.bonus], steps)
    segments = [
        [segment.segment or words.no_segment, common.money_in_words(segment.value), written.percent(segment.share)]
        for segment in mix.segments
    ]
    yield _table(words.segments, [words.name, words.value, words.actual], segments)
    weeks = [
        [
            week.iso_week,
            common.number_in_words(week.orders),
            common.money_in_words(week.value),
            written.decimal(week.score),
        ]
        for week in mix.weeks
    ]
    yield _table(words.weeks, [words.week, words.orders, words.value, words.score], weeks)
    for heading, movers, named in ((words.outlets, mix.outlets, shown.outlets), (words.reps, mix.reps, shown.reps)):
        if rows := _movers(movers, named, written):
            yield _table(heading, [words.name, words.code, words.value, words.effect], rows, numbers=2)


def _table(heading: str, columns: list[str], rows: list[list[str]], numbers: int | None = None) -> Table:
    """`numbers`: how many of the last columns are numbers; all but the first, unless it is said."""
    count = len(columns) - 1 if numbers is None else numbers
    return {"heading": heading, "columns": columns, "wide": 0, "numbers": count, "rows": rows, "total": []}


def _step(step: Mapping[str, str], written: MixLanguage) -> list[str]:
    return [written.decimal(Decimal(step["from_score"])), written.percent(Decimal(step["share"]))]


def _movers(
    movers: Movers, named: Mapping[int, NamedOutlet] | Mapping[int, NamedRep], written: MixLanguage
) -> list[list[str]]:
    """Those who raised the score, the most first, then those who lowered it."""
    rows = []
    for mover in (*movers.up, *movers.down):
        record = None if mover.id is None else named[mover.id]
        name, code = (written.words.no_rep, "") if record is None else (record.name, record.code)
        rows.append(
            [name, code, written.common.money_in_words(mover.value), written.decimal(mover.effect, signed=True)]
        )
    return rows
