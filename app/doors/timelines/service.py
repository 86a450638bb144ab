"""Use case of timelines: a page of what happened at an outlet, walking back in time as far as it takes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.timelines import queries
from app.doors.timelines.lookups import FoundItem
from app.doors.timelines.queries import ReadSpan, TimelineRow
from app.doors.timelines.records import ItemKey, TimelineItem, TimelineOutlet, TimelineType
from app.doors.timelines.registry import SOURCES, TYPES
from app.ground import clock
from app.ground.web.access import Caller
from app.masters.outlets.errors import OutletNotFound

SPANS = (timedelta(days=62), timedelta(days=400))
"""How far back a page is looked for, until it is full; then ever."""
A_DAY = timedelta(days=1)
"""As far a local day may lie from that of UTC."""
EVER = datetime(1990, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2110, 1, 1, tzinfo=UTC)
"""Nothing of ours lies before the one, or beyond the other."""


async def read_timeline(
    session: AsyncSession,
    caller: Caller,
    code: str,
    types: Collection[TimelineType] | None,
    before: ItemKey | None,
    most: int,
) -> list[TimelineItem]:
    """Up to `most` items before a place, the newest first; of these types (None: all), as far as they are open to the
    caller. Eleven statements where a page is full within the first span, 25 at the most. Raises OutletNotFound, also
    where the caller may not see it.
    """
    outlet = await queries.outlet_in_sight(session, caller, code)
    if outlet is None:
        raise OutletNotFound
    asked = [
        number
        for number, (type_, source) in enumerate(zip(TYPES, SOURCES, strict=True))
        if (types is None or type_ in types) and source.open_to(caller)
    ]
    rows = await _rows(session, caller, outlet, asked, before or ItemKey(FAR_AHEAD, "", ""), most) if asked else []
    facts = await _whole_facts(session, outlet, rows)
    return [_item(row, whole, outlet, caller) for row, whole in zip(rows, facts, strict=True)]


async def _rows(
    session: AsyncSession, caller: Caller, outlet: TimelineOutlet, asked: Collection[int], before: ItemKey, most: int
) -> list[TimelineRow]:
    """The page, span by span until it is full."""
    rows: list[TimelineRow] = []
    now = clock.now()
    for span in spans(before, now):
        rows += await queries.items_within(session, caller, outlet, asked, span, most - len(rows), now)
        if len(rows) == most:
            break
    return rows


async def _whole_facts(
    session: AsyncSession, outlet: TimelineOutlet, rows: Sequence[TimelineRow]
) -> list[Mapping[str, Any]]:
    """The facts of rows, in their order; what is looked up for them by one statement for each source that does."""
    facts = [row.facts for row in rows]
    for number, source in enumerate(SOURCES):
        places = [place for place, row in enumerate(rows) if row.source == number]
        if source.look_up is not None and places:
            of_source = [rows[place] for place in places]
            items = [FoundItem(UUID(row.id), row.business_date, row.rep_id, dict(row.facts)) for row in of_source]
            for place, whole in zip(places, await source.look_up(session, outlet.id, items), strict=True):
                facts[place] = whole
    return facts


def spans(before: ItemKey, now: datetime) -> Iterator[ReadSpan]:
    """One after the other back in time, each longer than the one before, down to the beginning."""
    newest = min(before.at, now)
    last_day = (before.at + A_DAY).date()
    for since in (*(max(newest - span, EVER) for span in SPANS), EVER):
        yield ReadSpan(since, before, (since - A_DAY).date(), last_day)
        # what lies at the very instant was of this one
        before, last_day = ItemKey(since, "", ""), (since + A_DAY).date()


def _item(row: TimelineRow, facts: Mapping[str, Any], outlet: TimelineOutlet, caller: Caller) -> TimelineItem:
    href = SOURCES[row.source].href_for(caller)
    return TimelineItem(
        type=TYPES[row.source],
        id=row.id,
        at=row.at,
        business_date=row.business_date,
        title=row.title,
        rep_code=row.rep_code,
        actor=row.actor,
        facts=facts,
        href=None if href is None else href.format_map(_members(row, outlet)),
        key=row.key,
    )


def _members(row: TimelineRow, outlet: TimelineOutlet) -> Mapping[str, str]:
    members: dict[str, Any] = {
        **row.facts,
        "id": row.id,
        "outlet_code": outlet.code,
        "rep_code": row.rep_code or "",
        "business_date": row.business_date,
    }
    return {name: quote(str(value), safe="") for name, value in members.items()}
