"""Use cases of statements: mark a month, write what it came to, reopen it; read statements (P6).

Closing takes two transactions: one marks the month, so that entries about it count later from then on, the other one
adds up what it has (decisions 70 and 76). Between the two everybody is waited for who was booking when it was marked.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.db import barrier
from app.ground.errors import FieldProblem, Invalid
from app.ground.events import service as events
from app.ground.web.months import last_day_of, month_before, month_text
from app.masters.territories.calendar import TerritoryFacts
from app.motivation.appeals import service as appeals
from app.motivation.points import service as points
from app.motivation.statements import closing_queries, queries, reading_queries
from app.motivation.statements.closing_queries import (
    any_closed_since,
    booking_now,
    closed_months,
    territory_months,
    unfinished,
)
from app.motivation.statements.errors import EarlierMonthOpen, LaterMonthClosed, MonthNotClosed, StatementNotFound
from app.motivation.statements.models import MonthClosing, StatementPolicy
from app.motivation.statements.reading_queries import ListedClosing, closings_page, statements_in_all, statements_page
from app.motivation.statements.rules import Statement, TerritoryMonths

__all__ = [
    "ListedClosing",
    "StatementTerms",
    "any_closed_since",
    "booking_now",
    "change_policy",
    "closed_months",
    "closings_page",
    "mark",
    "months_of",
    "must_be_next",
    "policy_on",
    "reopen",
    "reps_to_be_stated",
    "standing_closing",
    "statement_by_number",
    "statement_of",
    "statements_in_all",
    "statements_page",
    "territory_months",
    "unfinished",
    "write",
]


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """When months are closed by themselves, and what a point is worth; from a day on, and who said so."""

    valid_from: date
    closing_day: int | None
    point_value: Decimal | None
    currency: str | None
    changed_at: datetime | None = None
    changed_by: str | None = None


async def standing_closing(session: AsyncSession, territory_id: int, month: date) -> MonthClosing | None:
    """The closing of a month that was not reopened."""
    return await closing_queries.standing_closing(session, territory_id, month)


async def must_be_next(session: AsyncSession, territory_id: int, month: date) -> None:
    """Raise EarlierMonthOpen where another month is the next one to be closed.

    The caller holds the territory's barrier until the month is marked, so that nobody reopens one meanwhile.
    """
    months = await months_of(session, territory_id)
    if months.next_month not in {None, month}:
        due = month_text(months.next_month)
        raise EarlierMonthOpen(f"The next month to be closed is {due}.", month=due)


async def months_of(session: AsyncSession, territory_id: int) -> TerritoryMonths:
    """How far a territory's months are closed."""
    return (await closing_queries.territory_months(session, territory_id)).get(territory_id, TerritoryMonths())


async def reps_to_be_stated(session: AsyncSession, territory_id: int, month: date) -> list[int] | None:
    """The ids of the reps whose statements of a marked month are to be written; None where nothing is. Whoever else
    would write them waits until the transaction ends.
    """
    closing = await closing_queries.standing_closing(session, territory_id, month, lock=True)
    if closing is None or closing.closed_at is not None:
        return None
    return [rep.id for rep in await closing_queries.closed_reps(session, closing.id)]


async def mark(
    session: AsyncSession, territory: TerritoryFacts, month: date, rep_ids: Collection[int], at: datetime, by: str
) -> UUID | None:
    """Mark a month, which is the next one, as closed for these reps: what is booked about it from the commit on counts
    in a later one. Answers the closing's id; None where somebody else has marked it.
    """
    closing_id = uuid4()
    values = {"id": closing_id, "territory_id": territory.id, "month": month, "begun_at": at, "begun_by": by}
    if not await closing_queries.insert_closing(session, values):
        return None
    await closing_queries.insert_closed_reps(session, closing_id, rep_ids)
    await points.close_reps(session, rep_ids, month, at)
    return closing_id


async def write(session: AsyncSession, territory: TerritoryFacts, month: date, at: datetime) -> MonthClosing:
    """Write the statements of a month that is marked; answers its closing, now or before. Safe to repeat.

    Whoever was booking when the month was marked is done. Raises MonthNotClosed where nobody has marked it.
    """
    closing = await closing_queries.standing_closing(session, territory.id, month, lock=True)
    if closing is None:
        raise MonthNotClosed
    if closing.closed_at is not None:
        return closing
    policy = await queries.policy_on(session, last_day_of(month))
    reps = await closing_queries.closed_reps(session, closing.id)
    open_appeals = await appeals.count_open(session, [rep.id for rep in reps])
    count = await queries.write_statements(
        session,
        closing,
        rep_ids=[rep.id for rep in reps],
        actives=[rep.active for rep in reps],
        open_appeals=[open_appeals.get(rep.id, 0) for rep in reps],
        prefix=f"{territory.code}-{month_text(month)}-",
        numbered=await queries.count_numbers(session, territory.id, month),
        point_value=policy.point_value if policy else None,
        currency=policy.currency if policy else None,
        at=at,
    )
    await closing_queries.set_closed(session, closing, at, count)
    await events.record(session, "points_month.closed", territory.id, _told(territory, closing), at)
    return closing


async def reopen(
    session: AsyncSession, territory: TerritoryFacts, month: date, *, reason: str, by: str, at: datetime
) -> MonthClosing:
    """Reopen a month, as long as the next one is not closed; its statements stay readable, and are void.

    What was booked about it since counts where it was booked. Raises MonthNotClosed, LaterMonthClosed.
    """
    await barrier.hold_alone(session, [territory.id])
    closing = await closing_queries.standing_closing(session, territory.id, month, lock=True)
    if closing is None or closing.closed_at is None:
        raise MonthNotClosed
    if (await months_of(session, territory.id)).closed != month:
        raise LaterMonthClosed
    await closing_queries.set_reopened(session, closing, at, by, reason)
    rep_ids = [rep.id for rep in await closing_queries.closed_reps(session, closing.id)]
    before = dict.fromkeys(rep_ids, (month_before(month), closing.begun_at))
    # of a rep who has moved since, another territory may have closed a later month: that stays closed
    await points.reopen_reps(session, before | await closing_queries.last_of_reps(session, rep_ids))
    payload = _told(territory, closing) | {"reopened_by": by}
    await events.record(session, "points_month.reopened", territory.id, payload, at)
    return closing


async def statement_of(session: AsyncSession, rep_id: int, month: date) -> Statement:
    """The statement of a rep's month. Raises StatementNotFound."""
    statement = await reading_queries.statement_of(session, rep_id, month)
    if statement is None:
        raise StatementNotFound
    return statement


async def statement_by_number(session: AsyncSession, number: str) -> tuple[Statement, int, int]:
    """A statement by its number, void or not, with its territory's id and its rep's. Raises StatementNotFound."""
    statement = await reading_queries.statement_by_number(session, number)
    if statement is None:
        raise StatementNotFound
    return statement


async def policy_on(session: AsyncSession, day: date) -> StatementTerms:
    """What holds of statements on a day: where nobody has said anything, nothing is closed by itself."""
    policy = await queries.policy_on(session, day)
    return StatementTerms(date.min, None, None, None) if policy is None else _terms(policy)


async def change_policy(
    session: AsyncSession,
    valid_from: date,
    said: Mapping[str, Any],
    at: datetime,
    author: ChangeAuthor,
    check: Callable[[int | None], None] = lambda _: None,
) -> tuple[StatementTerms, int]:
    """Let something else hold of statements from a day on; what is not said stays. What holds already is no change.

    A month's statements are made by what holds on its last day, when they are written. Answers what holds then, and the
    number of the newest version (0: there is none), which `check` is asked about before. Raises Invalid where a point
    would have a value without a currency, or the other way round.
    """
    await queries.lock_policies(session)
    newest = await queries.newest_policy(session)
    check(newest or None)
    before = await policy_on(session, valid_from)
    after = {name: said.get(name, getattr(before, name)) for name in ("closing_day", "point_value", "currency")}
    if after == {name: getattr(before, name) for name in after}:
        return before, newest
    if (after["point_value"] is None) != (after["currency"] is None):
        problem = FieldProblem("/currency", "missing", "A point's value needs a currency, and a currency a value.")
        raise Invalid("The policy makes no sense.", errors=[problem])
    values = {"valid_from": valid_from, "created_at": at, "created_by": author.actor}
    policy = await queries.insert_policy(session, values | after | {"version": newest + 1})
    former = {name: getattr(before, name) for name in after}
    await record(session, [Change(AuditKind.STATEMENT_POLICY, "statements", former, after)], author, at)
    return _terms(policy), policy.version


def _terms(policy: StatementPolicy) -> StatementTerms:
    return StatementTerms(
        policy.valid_from,
        policy.closing_day,
        policy.point_value,
        policy.currency,
        policy.created_at,
        policy.created_by,
    )


def _told(territory: TerritoryFacts, closing: MonthClosing) -> dict[str, Any]:
    return {
        "id": str(closing.id),
        "territory_code": territory.code,
        "month": month_text(closing.month),
        "statements": closing.statements,
    }
