"""A statement as rows and columns (MX3)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from app.ground.web.amounts import decimal_text
from app.ground.web.report_files import ReportFile, SheetColumn
from app.motivation.assortment_mix.figures import GroupShare, Movers, SegmentShare
from app.motivation.assortment_mix.rules import statement_number
from app.motivation.assortment_mix.service import ShownMix
from app.motivation.assortment_mix.sold_queries import NamedOutlet, NamedRep
from app.motivation.assortment_mix.statement_queries import ListedStatement

COLUMNS = ("section", "iso_week", "code", "name", "orders", "value", "target", "actual", "score", "effect")
_SECTIONS = {
    "quarter": "The quarter",
    "group": "Assortment group",
    "segment": "Price segment",
    "week": "Week",
    "outlet_up": "Outlet that raised the score",
    "outlet_down": "Outlet that lowered the score",
    "rep_up": "Rep who raised the score",
    "rep_down": "Rep who lowered the score",
}
_SHEET = (
    SheetColumn("section", "What", 28, _SECTIONS),
    SheetColumn("iso_week", "Week", 10),
    SheetColumn("name", "Name", 32),
    SheetColumn("orders", "Orders", 10),
    SheetColumn("value", "Value", 16),
    SheetColumn("target", "Target share", 14),
    SheetColumn("actual", "Actual share", 14),
    SheetColumn("score", "Score", 12),
    SheetColumn("effect", "Effect on the score", 18),
    SheetColumn("code", "Code", 16),
)
_NOTHING: dict[str, Any] = dict.fromkeys(COLUMNS)
_OTHERS = "without a target"
_NO_SEGMENT = "without a segment"


def statement(shown: ShownMix, listed: ListedStatement) -> ReportFile:
    """A statement's figures: the quarter, its groups and segments, the same by week, and who moved the score."""
    rows = [[cells[name] for name in COLUMNS] for cells in _rows(shown)]
    row, mix = listed.row, shown.mix
    number = statement_number(listed.territory_code, row.year, row.number_of_year)
    about = [
        ("Statement", number if row.voided_at is None else f"{number} (void: {row.void_reason})"),
        ("Territory", f"{listed.territory_name} ({listed.territory_code})"),
        ("Quarter", str(shown.quarter)),
        ("Closed at", f"{row.closed_at:%Y-%m-%d %H:%M} UTC, by {row.closed_by}"),
        ("Score", "none" if mix.score is None else decimal_text(mix.score)),
        ("Bonus", f"{decimal_text(mix.bonus_share * 100)} %"),
    ]
    return ReportFile(f"assortment-mix-{number}", "assortment mix", COLUMNS, len(rows), _page(rows), about, _SHEET)


async def _page(rows: Sequence[Sequence[object]]) -> AsyncIterator[Sequence[Sequence[object]]]:
    yield rows


def _rows(shown: ShownMix) -> Iterator[dict[str, Any]]:
    mix = shown.mix
    yield _NOTHING | {"section": "quarter", "orders": mix.orders, "value": mix.value, "score": mix.score}
    yield from _shares(None, mix.shares, mix.segments)
    for week in mix.weeks:
        figures = {"orders": week.orders, "value": week.value, "score": week.score}
        yield _NOTHING | {"section": "week", "iso_week": week.iso_week} | figures
        yield from _shares(week.iso_week, week.shares, week.segments)
    yield from _movers("outlet", mix.outlets, shown.outlets)
    yield from _movers("rep", mix.reps, shown.reps)


def _shares(
    iso_week: str | None, groups: Sequence[GroupShare], segments: Sequence[SegmentShare]
) -> Iterator[dict[str, Any]]:
    for group in groups:
        shares = {"value": group.value, "target": group.target, "actual": group.actual}
        yield _NOTHING | {"section": "group", "iso_week": iso_week, "name": group.group or _OTHERS} | shares
    for segment in segments:
        shares = {"value": segment.value, "target": None, "actual": segment.share}
        yield _NOTHING | {"section": "segment", "iso_week": iso_week, "name": segment.segment or _NO_SEGMENT} | shares


def _movers(
    noun: str, movers: Movers, named: Mapping[int, NamedOutlet] | Mapping[int, NamedRep]
) -> Iterator[dict[str, Any]]:
    for direction, of_direction in (("up", movers.up), ("down", movers.down)):
        for mover in of_direction:
            record = None if mover.id is None else named[mover.id]
            names = {"code": record and record.code, "name": record and record.name}
            yield _NOTHING | {"section": f"{noun}_{direction}", "value": mover.value, "effect": mover.effect} | names
