"""All SQL of territories and reps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    Numeric,
    Row,
    ScalarSelect,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import records_of
from app.ground.db.upserts import as_json, recordset, types_of
from app.masters.territories.calendar import PastCalendar as Past
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.models import PastCalendar, Rep, Territory
from app.masters.territories.rules import CALENDAR

_PAST = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_object(
                    "until",
                    PastCalendar.until,
                    "valid_until",
                    PastCalendar.valid_until,
                    "zone",
                    PastCalendar.time_zone,
                    "cutoff",
                    PastCalendar.order_cutoff,
                    "deadline",
                    PastCalendar.call_deadline,
                    "weekdays",
                    PastCalendar.working_weekdays,
                    "holidays",
                    PastCalendar.holidays,
                ),
                PastCalendar.id,
            )
        )
    )
    .where(PastCalendar.territory_id == Territory.id)
    .scalar_subquery()
)
_TERRITORY = select(
    Territory.id,
    Territory.code,
    Territory.time_zone,
    Territory.order_cutoff,
    Territory.call_deadline,
    Territory.working_weekdays,
    Territory.holidays,
    Territory.created_at,
    _PAST.label("past"),
)
_ALL = _TERRITORY.order_by(Territory.id)
_BY_ID = _TERRITORY.where(Territory.id == any_(bindparam("ids", type_=ARRAY(Integer))))
_BY_CODE = _TERRITORY.where(Territory.code == any_(bindparam("codes", type_=ARRAY(Text))))

_REP_OUT: Any = select(
    Rep.code, Rep.name, Territory.code.label("territory_code"), Rep.active, Rep.emails, Rep.version, Rep.updated_at
).join(Territory, Territory.id == Rep.territory_id)

_REP = select(Rep.id, Rep.code, Rep.name, Rep.territory_id, Rep.active)
_REPS_BY_ID = _REP.where(Rep.id == any_(bindparam("ids", type_=ARRAY(Integer))))
_REPS_BY_CODE = _REP.where(Rep.code == any_(bindparam("codes", type_=ARRAY(Text))))
_ACTIVE_REPS = _REP.where(Rep.active, Rep.territory_id == bindparam("territory_id")).order_by(Rep.code)


_past = cast(Table, PastCalendar.__table__)
_past_rows = recordset(types_of(_past, "territory_id", "valid_until", *CALENDAR))
_KEEP_CALENDARS = insert(_past).from_select(
    ["territory_id", "valid_until", *CALENDAR, "until"],
    select(*_past_rows.c, bindparam("at", type_=DateTime(timezone=True)).label("until")).order_by(
        _past_rows.c.territory_id
    ),
)


async def keep_calendars(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Write down calendars that territories had until now."""
    if rows:
        await session.execute(_KEEP_CALENDARS, {"rows": as_json(rows), "at": at})


def changes() -> ScalarSelect[Decimal]:
    """A number that is another one after any change of any territory, as a part of a statement.

    The sum of the transactions that wrote the rows, whoever changed them and however: the greatest number alone would
    miss a change that commits after a later one.
    """
    written_by = literal_column("territories.xmin::text::bigint", BigInteger)
    return select(func.coalesce(func.sum(written_by), 0, type_=Numeric)).select_from(Territory).scalar_subquery()


async def all_territories(session: AsyncSession) -> list[TerritoryFacts]:
    """Every territory, by id."""
    return [_facts(row) for row in await session.execute(_ALL)]


async def territories_by_id(session: AsyncSession, ids: Collection[int]) -> list[TerritoryFacts]:
    """The territories with these ids."""
    return [_facts(row) for row in await session.execute(_BY_ID, {"ids": list(ids)})]


async def territories_by_code(session: AsyncSession, codes: Collection[str]) -> list[TerritoryFacts]:
    """The territories with these codes."""
    return [_facts(row) for row in await session.execute(_BY_CODE, {"codes": list(codes)})]


async def reps_by_id(session: AsyncSession, ids: Collection[int]) -> Sequence[RepFacts]:
    """The reps with these ids."""
    return records_of(RepFacts, await session.execute(_REPS_BY_ID, {"ids": list(ids)}))


async def reps_by_code(session: AsyncSession, codes: Collection[str]) -> Sequence[RepFacts]:
    """The reps with these codes."""
    return records_of(RepFacts, await session.execute(_REPS_BY_CODE, {"codes": list(codes)}))


async def active_reps(session: AsyncSession, territory_id: int) -> Sequence[RepFacts]:
    """The active reps of a territory, by code."""
    return records_of(RepFacts, await session.execute(_ACTIVE_REPS, {"territory_id": territory_id}))


async def territory_page(
    session: AsyncSession, sight: frozenset[int] | None, after: str | None, limit: int
) -> Sequence[Territory]:
    """Territories within sight (None: all) after a code, one more than `limit`."""
    query = select(Territory).order_by(Territory.code).limit(limit + 1)
    if sight is not None:
        query = query.where(Territory.id.in_(sight))
    if after is not None:
        query = query.where(Territory.code > after)
    return (await session.scalars(query)).all()


async def territory(
    session: AsyncSession, code: str, sight: frozenset[int] | None, *, lock: bool = False
) -> Territory | None:
    """A territory within sight, read anew; locked until the commit where asked for."""
    query = select(Territory).where(Territory.code == code).execution_options(populate_existing=True)
    if sight is not None:
        query = query.where(Territory.id.in_(sight))
    if lock:
        query = query.with_for_update(key_share=True)
    return (await session.scalars(query)).one_or_none()


@dataclass(frozen=True, slots=True)
class RepFilter:
    """Which reps: within sight (None: all territories), of one territory, one rep alone, active or not.

    `search`: what the code or the name has in it, in any case.
    """

    sight: frozenset[int] | None
    rep_id: int | None = None
    territory_code: str | None = None
    active: bool | None = None
    search: str | None = None

    def of(self, query: Any) -> Any:
        """`query` with this filter."""
        if self.sight is not None:
            query = query.where(Rep.territory_id.in_(self.sight))
        if self.rep_id is not None:
            query = query.where(Rep.id == self.rep_id)
        if self.territory_code is not None:
            query = query.where(Territory.code == self.territory_code)
        if self.active is not None:
            query = query.where(Rep.active.is_(self.active))
        if self.search is not None:
            query = query.where(
                or_(Rep.code.icontains(self.search, autoescape=True), Rep.name.icontains(self.search, autoescape=True))
            )
        return query


async def rep_page(session: AsyncSession, rep_filter: RepFilter, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Reps after a code, one more than `limit`."""
    query = rep_filter.of(_REP_OUT).order_by(Rep.code).limit(limit + 1)
    if after is not None:
        query = query.where(Rep.code > after)
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def rep(session: AsyncSession, code: str, rep_filter: RepFilter, *, lock: bool = False) -> Row[Any] | None:
    """A rep; locked until the commit where asked for."""
    query = rep_filter.of(_REP_OUT).where(Rep.code == code)
    if lock:
        query = query.with_for_update(key_share=True, of=Rep)
    row: Row[Any] | None = (await session.execute(query)).one_or_none()
    return row


def _facts(row: Any) -> TerritoryFacts:
    return TerritoryFacts(
        id=row.id,
        code=row.code,
        zone=ZoneInfo(row.time_zone),
        order_cutoff=row.order_cutoff,
        call_deadline=row.call_deadline,
        working_weekdays=frozenset(row.working_weekdays),
        holidays=frozenset(row.holidays),
        created_at=row.created_at,
        past=tuple(calendar_that_was(**calendar) for calendar in row.past or ()),
    )


def calendar_that_was(
    until: str, valid_until: str, zone: str, cutoff: str, deadline: str, weekdays: list[int], holidays: list[str]
) -> Past:
    """A past calendar as a statement tells it in JSON, by these names."""
    return Past(
        datetime.fromisoformat(until),
        date.fromisoformat(valid_until),
        ZoneInfo(zone),
        time.fromisoformat(cutoff),
        time.fromisoformat(deadline),
        frozenset(weekdays),
        frozenset(date.fromisoformat(day) for day in holidays),
    )
