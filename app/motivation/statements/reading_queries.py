"""All SQL that reads statements, as people see them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Rep, Territory
from app.motivation.statements.models import MonthClosing, RepStatement
from app.motivation.statements.rules import Statement, StatementLine


@dataclass(frozen=True, slots=True)
class ListedClosing:
    """A closing of a month, and its territory's code."""

    closing: MonthClosing
    territory_code: str


def _statements() -> Select[*tuple[Any, ...]]:
    return (
        select(
            RepStatement,
            Territory.code.label("territory_code"),
            Territory.name.label("territory_name"),
            Rep.code.label("rep_code"),
            Rep.name.label("rep_name"),
            MonthClosing.reopened_at.label("voided_at"),
            Territory.language,
            Territory.time_zone,
        )
        .join(MonthClosing, MonthClosing.id == RepStatement.closing_id)
        .join(Territory, Territory.id == RepStatement.territory_id)
        .join(Rep, Rep.id == RepStatement.rep_id)
    )


async def statements_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    month: date,
    territory_code: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[Statement]:
    """Up to `limit` statements of a month that stand, within these territories (None: all), by territory and rep."""
    query = _statements().where(RepStatement.month == month, MonthClosing.reopened_at.is_(None))
    if territory_ids is not None:
        query = query.where(RepStatement.territory_id.in_(territory_ids))
    if territory_code is not None:
        query = query.where(Territory.code == territory_code)
    if after is not None:
        query = query.where(tuple_(Territory.code, Rep.code) > after)
    rows = await session.execute(query.order_by(Territory.code, Rep.code).limit(limit))
    return [_statement(row) for row in rows]


async def statements_in_all(
    session: AsyncSession, territory_ids: Collection[int] | None, month: date, territory_code: str | None
) -> tuple[int, str | None]:
    """How many statements of a month stand, within these territories (None: all), and their language, if it is one."""
    one_language = case((func.min(Territory.language) == func.max(Territory.language), func.min(Territory.language)))
    query = (
        select(func.coalesce(func.sum(MonthClosing.statements), 0), one_language)
        .join(Territory, Territory.id == MonthClosing.territory_id)
        .where(MonthClosing.month == month, MonthClosing.reopened_at.is_(None))
    )
    if territory_ids is not None:
        query = query.where(MonthClosing.territory_id.in_(territory_ids))
    if territory_code is not None:
        query = query.where(Territory.code == territory_code)
    count, language = (await session.execute(query)).one()
    return int(count), language


async def statement_of(session: AsyncSession, rep_id: int, month: date) -> Statement | None:
    """The statement of a rep's month that stands."""
    query = _statements().where(
        RepStatement.rep_id == rep_id, RepStatement.month == month, MonthClosing.reopened_at.is_(None)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _statement(row)


async def statement_by_number(session: AsyncSession, number: str) -> tuple[Statement, int, int] | None:
    """A statement by its number, void or not, with its territory's id and its rep's."""
    row = (await session.execute(_statements().where(RepStatement.number == number))).one_or_none()
    return None if row is None else (_statement(row), row.RepStatement.territory_id, row.RepStatement.rep_id)


async def closings_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    territory_code: str | None,
    month: date | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedClosing]:
    """Up to `limit` closings of months whose statements are written, reopened or not, within these territories (None:
    all), the newest first.
    """
    query = (
        select(MonthClosing, Territory.code.label("territory_code"))
        .join(Territory, Territory.id == MonthClosing.territory_id)
        .where(MonthClosing.closed_at.is_not(None))
    )
    if territory_ids is not None:
        query = query.where(MonthClosing.territory_id.in_(territory_ids))
    if territory_code is not None:
        query = query.where(Territory.code == territory_code)
    if month is not None:
        query = query.where(MonthClosing.month == month)
    if after is not None:
        query = query.where(tuple_(MonthClosing.closed_at, MonthClosing.id) < after)
    rows = await session.execute(query.order_by(MonthClosing.closed_at.desc(), MonthClosing.id.desc()).limit(limit))
    return [ListedClosing(row.MonthClosing, row.territory_code) for row in rows]


def _statement(row: Any) -> Statement:
    entry: RepStatement = row.RepStatement
    return Statement(
        number=entry.number,
        month=entry.month,
        territory_code=row.territory_code,
        territory_name=row.territory_name,
        rep_code=row.rep_code,
        rep_name=row.rep_name,
        opening=entry.opening,
        closing=entry.closing,
        lines=[_line(line) for line in entry.lines],
        open_appeals=entry.open_appeals,
        point_value=entry.point_value,
        currency=entry.currency,
        issued_at=entry.issued_at,
        voided_at=row.voided_at,
        language=row.language,
        time_zone=row.time_zone,
    )


def _line(line: dict[str, Any]) -> StatementLine:
    about = line["corrects_month"]
    return StatementLine(
        line["rule"], line["count"], line["points"], None if about is None else date.fromisoformat(f"{about}-01")
    )
