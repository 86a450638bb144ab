"""A statement as rows and columns (MX3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.ground.web.report_files import ReportFile, SheetColumn
from app.ground.web.report_pages import one_page
from app.motivation.assortment_mix.figures import GroupShare, Movers, SegmentShare
from app.motivation.assortment_mix.mix_words import MixLanguage, MixWords
from app.motivation.assortment_mix.printed_mix import facts, figures
from app.motivation.assortment_mix.rules import statement_number
from app.motivation.assortment_mix.service import ShownMix
from app.motivation.assortment_mix.sold_queries import NamedOutlet, NamedRep
from app.motivation.assortment_mix.statement_queries import ListedStatement

COLUMNS = (
    *("section", "iso_week", "code", "name", "orders", "value", "target", "actual", "score", "effect"),
    *("bonus_share", "number", "territory_code", "quarter"),
)
"""Each row says whose it is, so that several statements can be put into one table."""


def statement(shown: ShownMix, listed: ListedStatement, company: str, language: str) -> ReportFile:
    """A statement's figures: the quarter, its groups and segments, the same by week, and who moved the score."""
    written = MixLanguage.of(language)
    return _file(file_name(listed), shown, _head(shown, listed, company, written), written)


def mix(shown: ShownMix, company: str, language: str) -> ReportFile:
    """The same of a quarter as it stands now: those of its statement, where it is closed, have its number."""
    written = MixLanguage.of(language)
    about = [
        *([(written.common.company, company)] if company else []),
        (written.common.territory, shown.territory_code),
        (written.words.quarter, written.words.quarter_in_words(shown.quarter)),
        *([] if shown.number is None else [(written.common.number, shown.number)]),
        *figures(shown, written),
    ]
    return _file(f"assortment-mix-{shown.territory_code}-{shown.quarter}", shown, about, written)


def _file(name: str, shown: ShownMix, about: Sequence[tuple[str, str]], written: MixLanguage) -> ReportFile:
    whose = {"number": shown.number, "territory_code": shown.territory_code, "quarter": str(shown.quarter)}
    rows = [[(cells | whose)[column] for column in COLUMNS] for cells in _rows(shown, written.words)]
    return ReportFile(
        name=name,
        title=written.words.title,
        columns=COLUMNS,
        row_count=len(rows),
        pages=one_page(rows),
        about=about,
        sheet=_sheet(written.words),
    )


def file_name(listed: ListedStatement) -> str:
    """What a file of the statement is called, without its ending."""
    number = statement_number(listed.territory_code, listed.row.year, listed.row.number_of_year)
    return f"assortment-mix-{number}{'' if listed.row.voided_at is None else '-void'}"


def _head(shown: ShownMix, listed: ListedStatement, company: str, written: MixLanguage) -> list[tuple[str, str]]:
    """What stands above the table of a workbook: what the pages say, and why the statement is void."""
    void = listed.row.void_reason
    return [
        *([(written.common.company, company)] if company else []),
        *([] if void is None else [(written.common.void, void)]),
        *facts(shown, listed, written),
        *figures(shown, written),
    ]


def _sheet(words: MixWords) -> list[SheetColumn]:
    return [
        SheetColumn("section", words.what, 28, words.sections),
        SheetColumn("iso_week", words.week, 10),
        SheetColumn("name", words.name, 32),
        SheetColumn("orders", words.orders, 10),
        SheetColumn("value", words.value, 16),
        SheetColumn("target", words.target, 14),
        SheetColumn("actual", words.actual, 14),
        SheetColumn("score", words.score, 12),
        SheetColumn("bonus_share", words.bonus, 14),
        SheetColumn("effect", words.effect, 18),
        SheetColumn("code", words.code, 16),
    ]


_NOTHING: dict[str, Any] = dict.fromkeys(COLUMNS)


def _rows(shown: ShownMix, words: MixWords) -> Iterator[dict[str, Any]]:
    mix = shown.mix
    in_all = {"orders": mix.orders, "value": mix.value, "score": mix.score, "bonus_share": mix.bonus_share}
    yield _NOTHING | {"section": "quarter"} | in_all
    yield from _shares(None, mix.shares, mix.segments, words)
    for week in mix.weeks:
        figures = {"orders": week.orders, "value": week.value, "score": week.score}
        yield _NOTHING | {"section": "week", "iso_week": week.iso_week} | figures
        yield from _shares(week.iso_week, week.shares, week.segments, words)
    yield from _movers("outlet", mix.outlets, shown.outlets)
    yield from _movers("rep", mix.reps, shown.reps)


def _shares(
    iso_week: str | None, groups: Sequence[GroupShare], segments: Sequence[SegmentShare], words: MixWords
) -> Iterator[dict[str, Any]]:
    for group in groups:
        shares = {"value": group.value, "target": group.target, "actual": group.actual}
        yield _NOTHING | {"section": "group", "iso_week": iso_week, "name": group.group or words.others} | shares
    for segment in segments:
        shares = {"value": segment.value, "target": None, "actual": segment.share}
        yield (
            _NOTHING
            | {"section": "segment", "iso_week": iso_week, "name": segment.segment or words.no_segment}
            | shares
        )


def _movers(
    noun: str, movers: Movers, named: Mapping[int, NamedOutlet] | Mapping[int, NamedRep]
) -> Iterator[dict[str, Any]]:
    for direction, of_direction in (("up", movers.up), ("down", movers.down)):
        for mover in of_direction:
            record = None if mover.id is None else named[mover.id]
            names = {"code": record and record.code, "name": record and record.name}
            yield _NOTHING | {"section": f"{noun}_{direction}", "value": mover.value, "effect": mover.effect} | names
