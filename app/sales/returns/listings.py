"""The SQL of lists and single reads: returns with their lines and versions, who answers, whose they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Subquery, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.ground.db.newest import Newest, ids_among
from app.ground.receipts.forms import RecordKey
from app.ground.web.access import Caller
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.returns.attribution import (
    ANSWERED_BECAUSE,
    ANSWERED_BY,
    EXCEEDS_DELIVERY,
    IS_LINE_OF_RETURN,
    REP_ID,
    ReturnWarning,
)
from app.sales.returns.models import Return, ReturnLine, ReturnVersion
from app.sales.returns.sight import outlets_of_rep, returns_in_sight

_REP_CODE = select(Rep.code).where(Rep.id == REP_ID).correlate(Return, ReturnLine).scalar_subquery()
_LINES: Select[*tuple[Any, ...]] = (
    select(
        ReturnLine.return_id,
        Product.code.label("product_code"),
        ReturnLine.quantity,
        ReturnLine.unit_price,
        ReturnLine.reason_code,
        ReturnLine.accepted,
        ANSWERED_BY.label("answered_by"),
        ANSWERED_BECAUSE.label("answered_because"),
        _REP_CODE.label("rep_code"),
        EXCEEDS_DELIVERY.label("exceeds_delivery"),
    )
    .join(Return, IS_LINE_OF_RETURN)
    .join(Product, Product.id == ReturnLine.product_id)
    .order_by(ReturnLine.return_id, ReturnLine.line_number)
)


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns are asked for; None: any. Days are those on which they went back, both ends included."""

    first: date | None = None
    last: date | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
    delivery_id: UUID | None = None
    answered_by: AnsweringParty | None = None


class ListedReturnLine(NamedTuple):
    """A line of a return, its product and its rep by code."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    reason_code: str
    accepted: bool
    answered_by: str
    answered_because: str
    rep_code: str | None
    warnings: tuple[ReturnWarning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedReturn:
    """A return as the API shows it."""

    id: UUID
    business_date: date
    outlet_code: str
    delivery_id: UUID | None
    returned_at: datetime
    returned_date: date
    value: Decimal
    version: int
    received_at: datetime
    recorded_by: str
    corrected_at: datetime | None
    corrected_by: str | None
    lines: tuple[ListedReturnLine, ...]


def _listed(record: Any) -> Select[*tuple[Any, ...]]:
    """What is told of returns. `record`: the mapped class, or a page of it."""
    return select(
        record.id,
        record.business_date,
        Outlet.code.label("outlet_code"),
        record.delivery_id,
        record.returned_at,
        record.returned_date,
        record.value,
        record.version,
        record.received_at,
        record.recorded_by,
        record.corrected_at,
        record.corrected_by,
    ).join(Outlet, Outlet.id == record.outlet_id)


async def return_page(
    session: AsyncSession, caller: Caller, filters: ReturnFilter, after: RecordKey | None, limit: int
) -> list[ListedReturn]:
    """Up to `limit` returns that the caller may see, the newest day first, then by id. Two statements."""
    page = page_of_returns(caller, filters, after, limit)
    query = _listed(aliased(Return, page))
    rows = await session.execute(query.order_by(page.c.returned_date.desc(), page.c.id.desc()))
    return await _with_lines(session, rows.all())


def page_of_returns(caller: Caller, filters: ReturnFilter, after: RecordKey | None, limit: int) -> Subquery:
    """A page's returns as they are stored: the newest of each part of what the caller sees."""
    conditions = _conditions_of(filters)
    if after is not None:
        sort_key = tuple_(Return.returned_date, Return.id)
        conditions += [Return.returned_date <= after[0], sort_key < tuple_(*after)]
    newest = Newest(select(Return), Return.returned_date, Return.id, limit)
    if caller.rep_id is not None:
        conditions += returns_in_sight(caller)
        return newest.among(newest.of_each(Return.outlet_id, outlets_of_rep(caller.rep_id), *conditions))
    if caller.territory_ids is not None:
        return newest.among(newest.of_each(Return.territory_id, ids_among(caller.territory_ids), *conditions))
    return newest.among(newest.where(*conditions))


async def return_at(
    session: AsyncSession, sight: Collection[ColumnElement[bool]], key: RecordKey
) -> ListedReturn | None:
    """One return within `sight` (`sight`), by two statements."""
    query = _listed(Return).where(Return.business_date == key[0], Return.id == key[1], *sight)
    returns = await _with_lines(session, (await session.execute(query)).all())
    return returns[0] if returns else None


async def versions_of(session: AsyncSession, key: RecordKey) -> Sequence[ReturnVersion]:
    """What a return said before it was corrected, the newest first."""
    query = select(ReturnVersion).where(ReturnVersion.business_date == key[0], ReturnVersion.return_id == key[1])
    return (await session.scalars(query.order_by(ReturnVersion.version.desc()))).all()


def _conditions_of(filters: ReturnFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.first is not None:
        conditions.append(Return.returned_date >= filters.first)
    if filters.last is not None:
        conditions.append(Return.returned_date <= filters.last)
    if filters.territory_code is not None:
        conditions.append(Return.territory_id == _id_of(Territory, filters.territory_code))
    if filters.outlet_code is not None:
        conditions.append(Return.outlet_id == _id_of(Outlet, filters.outlet_code))
    if filters.delivery_id is not None:
        conditions.append(Return.delivery_id == filters.delivery_id)
    of_line: list[ColumnElement[bool]] = []
    if filters.rep_code is not None:
        of_line.append(REP_ID.in_([_id_of(Rep, filters.rep_code)]))
    if filters.answered_by is not None:
        of_line.append(ANSWERED_BY.in_([filters.answered_by.value]))
    if of_line:
        line = select(ReturnLine.line_number).where(IS_LINE_OF_RETURN, *of_line)
        conditions.append(line.correlate(Return).exists())
    return conditions


def _id_of(master: Any, code: str) -> Any:
    """A code that nobody has finds nothing: its subquery has no row."""
    return select(master.id).where(master.code == code).scalar_subquery()


async def _with_lines(session: AsyncSession, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedReturn]:
    lines: dict[UUID, list[ListedReturnLine]] = {}
    if rows:
        keys = [(row.business_date, row.id) for row in rows]
        of_page = tuple_(Return.business_date, Return.id).in_(keys)
        for line in await session.execute(_LINES.where(of_page)):
            columns = line._asdict()
            id_, exceeds = columns.pop("return_id"), columns.pop("exceeds_delivery")
            warnings = (ReturnWarning.EXCEEDS_DELIVERY,) if exceeds else ()
            lines.setdefault(id_, []).append(ListedReturnLine(**columns, warnings=warnings))
    return [ListedReturn(**row._asdict(), lines=tuple(lines.get(row.id, ()))) for row in rows]
