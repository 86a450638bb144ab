"""The statements of a timeline: whose it is, and what all sources have of a span."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ARRAY, Date, Integer, Text, any_, bindparam, cast, func, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.timelines.reading import LIMIT
from app.doors.timelines.records import ItemKey, TimelineOutlet
from app.doors.timelines.registry import SOURCES
from app.ground.db.statements import DirectStatement, maker_of, record_of
from app.ground.web.access import Caller, Role
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

_ZONE: Any = bindparam("time_zone", type_=Text)
_ASKED: Any = bindparam("asked", type_=ARRAY(Integer))


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """The time that statements look at: from `since` on, and before an item's place. Days: those of such records, in
    whatever time zone.
    """

    since: datetime
    before: ItemKey
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """An item as it is read. `source`: by its number in the registry."""

    source: int
    at: datetime
    title: str
    key: str
    id: str
    business_date: date
    rep_id: int | None
    rep_code: str | None
    actor: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What asks some sources at once, by their numbers."""

    numbers: frozenset[int]
    items: DirectStatement


_ROW = maker_of(TimelineRow)


async def outlet_in_sight(session: AsyncSession, caller: Caller, code: str) -> TimelineOutlet | None:
    """The outlet, where it belongs to a territory that the caller sees."""
    query = select(Outlet.id, Outlet.code, Territory.time_zone).join(Territory, Territory.id == Outlet.territory_id)
    query = query.where(Outlet.code == code)
    if caller.territory_ids is not None:
        query = query.where(Outlet.territory_id.in_(caller.territory_ids))
    return record_of(TimelineOutlet, await session.execute(query))


@cache
def statements() -> tuple[_Statement, ...]:
    """The sources of a file as one statement, for each of the files: together they are so long that the driver would
    keep none, and PostgreSQL would read and plan it anew each time.
    """
    numbered = sorted(enumerate(SOURCES), key=_file_of)
    groups = [[number for number, _ in group] for _, group in groupby(numbered, key=_file_of)]
    return tuple(_Statement(frozenset(numbers), _items_of(numbers)) for numbers in groups)


def _file_of(numbered: tuple[int, Any]) -> str:
    _, source = numbered
    return str(source.items.__module__)


def _items_of(numbers: Collection[int]) -> DirectStatement:
    """The newest items of those of these sources that are asked."""
    parts = []
    for number in numbers:
        items, constant = SOURCES[number].items().subquery(), literal_column(str(number), Integer)
        parts.append(select(constant.label("source"), *items.c).where(constant == any_(_ASKED)))
    items = union_all(*parts).subquery()
    place = items.c["at"], items.c["title"], items.c["key"]
    page = select(items).order_by(*(column.desc() for column in place)).limit(LIMIT).subquery()
    own_day = cast(func.timezone(_ZONE, page.c["at"]), Date)
    columns = [column for column in page.c if column.name != "business_date"]
    day = func.coalesce(page.c.business_date, own_day).label("business_date")
    return DirectStatement(select(*columns, day, Rep.code.label("rep_code")).outerjoin(Rep, Rep.id == page.c.rep_id))


async def items_within(
    session: AsyncSession,
    caller: Caller,
    outlet: TimelineOutlet,
    asked: Collection[int],
    span: ReadSpan,
    most: int,
    now: datetime,
) -> list[TimelineRow]:
    """Up to `most` items of an outlet within a span, the newest first. `asked`: the numbers of sources, of whose files
    each takes a statement.
    """
    parameters = {
        "everywhere": caller.territory_ids is None,
        "territories": sorted(caller.territory_ids or ()),
        "for_operator": caller.role is Role.OPERATOR,
        "asked": sorted(asked),
        "outlet_id": outlet.id,
        "outlet_code": outlet.code,
        "time_zone": outlet.time_zone,
        "since": span.since,
        "at": span.before.at,
        "title": span.before.title,
        "key": span.before.key,
        "first_day": span.first_day,
        "last_day": span.last_day,
        "now": now,
        "most": most,
    }
    rows: list[TimelineRow] = []
    for statement in statements():
        if not statement.numbers.isdisjoint(asked):
            rows += map(_ROW, await statement.items.rows(session, parameters))
    return sorted(rows, key=lambda row: (row.at, row.title, row.key), reverse=True)[:most]
