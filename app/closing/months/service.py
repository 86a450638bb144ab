"""Use cases of months: close one, finish what was begun, close those that are due (P6)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.rules import days_past_their_cutoff, first_due_day
from app.closing.months import queries
from app.closing.months.closing_figures import FAILED, OVERDUE
from app.closing.months.rules import due_month, membership_at, over_at
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database, take_as_long_as_it_takes
from app.ground.web.months import last_day_of, month_before, month_text
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.motivation.earnings.month_rules import JudgedMonth
from app.motivation.earnings.months import judged_months, settle_months
from app.motivation.points import service as points
from app.motivation.statements import service as statements
from app.motivation.statements.errors import DaysNotClosed, MonthBeingClosed, MonthNotOver, NothingToClose
from app.motivation.statements.models import MonthClosing
from app.motivation.statements.rules import TerritoryMonths

__all__ = ["close_due", "close_month", "due_now", "finish", "reps_then"]

log = structlog.get_logger()

WAIT_SECONDS = 20.0
"""How long a closing waits for whoever was booking when it marked the month. The scheduler finishes the rest."""
LOOK_SECONDS = 0.05


async def close_month(database: Database, territory: TerritoryFacts, month: date, *, by: str) -> MonthClosing:
    """Close a territory's month, by its first day; answers its closing, the existing one where it is closed already.

    In two transactions: one settles what has waited and marks the month, the other settles what came meanwhile, and
    writes its statements. What breaks off between them is gone on with by the next call, or by the scheduler. Raises
    MonthNotOver, NothingToClose, DaysNotClosed, EarlierMonthOpen, and MonthBeingClosed where somebody is booking for
    longer than `WAIT_SECONDS`.
    """
    async with database.transaction() as session:
        await take_as_long_as_it_takes(session)
        settled: Mapping[int, JudgedMonth] = {}
        if (closing := await statements.standing_closing(session, territory.id, month)) is None:
            settled = await _settle_and_mark(session, territory, month, by)
        elif closing.closed_at is not None:
            return closing
    return await finish(database, territory, month, settled)


async def finish(
    database: Database, territory: TerritoryFacts, month: date, settled: Mapping[int, JudgedMonth]
) -> MonthClosing:
    """Write the statements of a month that is marked. Raises as `close_month` does.

    Whoever was telling something when it was marked did not see that, and was not seen: what follows from it is settled
    here, and counts in the next month, as all that is told after the mark (decision 76). `settled`: by what months of
    reps were settled when it was marked; those of others are settled anew.
    """
    await _wait_for_bookings(database)
    async with database.transaction() as session:
        await take_as_long_as_it_takes(session)
        # before the closing is locked, as whoever reopens it does
        await _enter_barriers(session, territory, await reps_then(session, territory, month), month)
        if (reps := await statements.reps_to_be_stated(session, territory.id, month)) is not None:
            months = await judged_months(session, reps, month)
            changed = [rep_id for rep_id in reps if months[rep_id] != settled.get(rep_id)]
            await settle_months(session, changed, month, clock.now())
            await _settle_visits(session, territory, reps, month, clock.now())
        return await statements.write(session, territory, month, clock.now())


async def reps_then(session: AsyncSession, territory: TerritoryFacts, month: date) -> list[int]:
    """The ids of the reps whose month, by its first day, is closed with a territory: who were in it when it ended."""
    return await queries.reps_then(session, territory.id, membership_at(month), over_at(territory, month))


async def close_due(database: Database) -> int:
    """Close the months whose day has come by the policy, and finish what was begun; answers how many. For the
    scheduler: a territory whose month cannot be closed stops no other, and is tried again the next time.
    """
    async with database.read_only() as session:
        due = await due_now(session)
    count = sum([await _close_due_month(database, territory, month) for territory, month in due])
    OVERDUE.set(len(due) - count)
    return count


async def due_now(session: AsyncSession) -> list[tuple[TerritoryFacts, date]]:
    """The months that are begun, and those whose day has come by the policy, by their territories."""
    facts = {each.id: each for each in await territories.all_territory_facts(session)}
    begun = [(closing.territory_id, closing.month) for closing in await statements.unfinished(session)]
    due = await _due_months(session, list(facts.values()), clock.now())
    return [(facts[territory_id], month) for territory_id, month in [*begun, *due]]


async def _close_due_month(database: Database, territory: TerritoryFacts, month: date) -> bool:
    """Whether it is closed now."""
    try:
        await close_month(database, territory, month, by="scheduler")
    except (DaysNotClosed, MonthBeingClosed) as reason:
        log.info("month_not_closed_yet", territory=territory.code, month=month_text(month), reason=str(reason))
        return False
    except Exception:  # whatever is wrong with one territory must not keep the others open
        FAILED.inc()
        log.exception("month_not_closed", territory=territory.code, month=month_text(month))
        return False
    return True


async def _due_months(session: AsyncSession, facts: list[TerritoryFacts], at: datetime) -> list[tuple[int, date]]:
    """By two statements. A month that was reopened is closed again by hand alone, and then the next ones are due."""
    policy = await statements.policy_on(session, at.date())
    if policy.closing_day is None:
        return []
    months = await statements.territory_months(session)
    due = []
    for territory in facts:
        of_territory = months.get(territory.id, TerritoryMonths())
        month = due_month(territory, policy.closing_day, of_territory.next_month, at)
        if (
            month is not None
            and month not in of_territory.reopened
            and over_at(territory, month) > territory.created_at
        ):
            due.append((territory.id, month))
    return due


async def _settle_and_mark(
    session: AsyncSession, territory: TerritoryFacts, month: date, by: str
) -> Mapping[int, JudgedMonth]:
    over = over_at(territory, month)
    if clock.now() < over:
        raise MonthNotOver(f"{month_text(month)} is over at {over.isoformat()}.", over_at=over.isoformat())
    await _must_have_closed_days(session, territory, month, over)
    reps = await reps_then(session, territory, month)
    await _enter_barriers(session, territory, reps, month)
    await statements.must_be_next(session, territory.id, month)
    await _must_have_something(session, territory, month, reps)
    at = clock.now()
    # locks the reps, all of them in one go: first of all, for others lock some of them
    settled = await settle_months(session, reps, month, at)
    await _settle_visits(session, territory, reps, month, at)
    # whoever books settles the caps by it; what is left are caps that were put since
    await points.settle_caps(session, reps, [month], at)
    await statements.mark(session, territory, month, reps, at, by)
    return settled


async def _enter_barriers(session: AsyncSession, territory: TerritoryFacts, reps: Sequence[int], month: date) -> None:
    """That of the territory, and those of others in which visits of its reps wait: reps may have moved. In one go, so
    that nobody who holds several of them alone is waited for.
    """
    waiting = await cutoff.territories_waiting(session, reps, *await _days_to_settle(session, territory, month))
    await barrier.enter_all(session, {territory.id, *waiting})


async def _settle_visits(
    session: AsyncSession, territory: TerritoryFacts, reps: Sequence[int], month: date, at: datetime
) -> None:
    """Settle what visits still wait with in a month, by its first day, and these reps' appeals. Safe to repeat."""
    await cutoff.settle_waiting(session, reps, *await _days_to_settle(session, territory, month), at)
    await points.settle_pardons(session, reps, at)


async def _days_to_settle(session: AsyncSession, territory: TerritoryFacts, month: date) -> tuple[date, date]:
    """The month's days; of the first month that is closed all days up to its end, for they are closed with it."""
    first_closed = (await statements.months_of(session, territory.id)).first
    is_first = first_closed is None or first_closed >= month
    return date.min if is_first else month, last_day_of(month)


async def _must_have_something(
    session: AsyncSession, territory: TerritoryFacts, month: date, reps: Sequence[int]
) -> None:
    """A month of before the territory was made can be closed if it is the last one, or something counts in it: nobody
    means the others.
    """
    is_last = month == month_before(business_date(territory, clock.now()))
    if is_last or over_at(territory, month) > territory.created_at:
        return
    if not await points.any_entries(session, reps, month):
        raise NothingToClose


async def _must_have_closed_days(session: AsyncSession, territory: TerritoryFacts, month: date, over: datetime) -> None:
    """Every day that was due has a run, be it void (C9): what nobody has closed would count in another month."""
    day_before = max(month, first_due_day(territory)) - timedelta(days=1)
    runs = await cutoff.closed_days(session, {territory.id: day_before})
    due = days_past_their_cutoff(territory, day_before, over)
    missing = [day.isoformat() for day in due if (territory.id, day) not in runs]
    if missing:
        raise DaysNotClosed(f"{len(missing)} days are not closed yet.", days=missing)


async def _wait_for_bookings(database: Database) -> None:
    """Wait for those who were booking when this began: they may not have seen the mark."""
    async with database.single_statement() as session:
        waiting = await statements.booking_now(session)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while waiting:
                    await asyncio.sleep(LOOK_SECONDS)
                    waiting &= await statements.booking_now(session)
        except TimeoutError:
            raise MonthBeingClosed from None
