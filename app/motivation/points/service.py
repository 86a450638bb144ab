"""Use cases of the ledger: booking, reversing, making final; what a rep has, and what a rule costs on a day.

Nothing else writes the ledger. Every step is an entry or a finalisation of its own, and safe to repeat.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.statements import Relation
from app.masters.territories import service as territories
from app.masters.territories.calendar import RepFacts, TerritoryFacts, cutoff_at
from app.motivation.points import queries, rules
from app.motivation.points.queries import provisional_penalties
from app.motivation.points.rules import Entry, LastStep, PointsRule, Policy, SourceType

__all__ = [
    "LastStep",
    "Ledger",
    "PointsRule",
    "Policy",
    "SourceType",
    "book",
    "finalise",
    "last_steps",
    "ledger_about",
    "ledger_of",
    "policies_in_force",
    "provisional_penalties",
    "reverse",
]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Some entries of a rep, what they come to, and the ids of those that may still be reversed."""

    entries: list[Entry]
    balance: int
    provisional_ids: frozenset[int]


async def book(
    session: AsyncSession, rule: PointsRule, due: Relation, at: datetime, *, first_time: bool = False
) -> int:
    """Book a rule for every source that is due; answers how many entries came of it. One statement for any number.

    `due` has a row for each source: rep_id, source_id, business_date, provisional (may still be reversed), note. The
    points and the version of the policy are those in force on the business date: where none is, nothing is booked. A
    source that the rule has booked before stays as it is (M3); with `first_time`, for callers who know that there is
    none, it raises IntegrityError.
    """
    return await queries.book(session, rule, due, at, first_time=first_time)


async def reverse(session: AsyncSession, notes: Mapping[int, str], at: datetime) -> None:
    """Take entries back: by entry id the cause, which becomes the reversal's note. One statement for any number.

    A reversal is an entry, and may itself be reversed. What was reversed before stays so, for its first cause.
    """
    await queries.reverse(session, notes, at)


async def finalise(session: AsyncSession, penalties: Relation, *, because: str, at: datetime) -> int:
    """Make penalties final (C4); answers how many. One statement for any number.

    `penalties` are `provisional_penalties`, narrowed down. What was made final before stays so, for its first cause.
    """
    return await queries.finalise(session, penalties, because, at)


async def last_steps(
    session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]
) -> list[LastStep]:
    """What became of that which these rules booked for these sources, by one statement; nothing for what was never
    booked.
    """
    return await queries.last_steps(session, source_type, source_ids, rules)


async def policies_in_force(session: AsyncSession, day: date) -> dict[str, Policy]:
    """The points of each rule on `day`, by one statement. A rule without a policy by then is absent."""
    return await queries.policies_in_force(session, day)


async def ledger_of(session: AsyncSession, rep: RepFacts, first: date, last: date) -> Ledger:
    """A rep's ledger from `first` to `last`, both included (M3)."""
    territory = await territories.territory_facts(session, rep.territory_id)
    return _ledger(territory, await queries.entries_of(session, rep.id, first, last))


async def ledger_about(session: AsyncSession, visit_id: UUID, territory: TerritoryFacts) -> Ledger:
    """What a visit of the territory has brought its rep, and what took it back, by one statement."""
    return _ledger(territory, await queries.entries_about(session, visit_id))


def _ledger(territory: TerritoryFacts, entries: list[Entry]) -> Ledger:
    reversed_ids, now = rules.reversed_entries(entries), clock.now()
    cutoffs = {day: cutoff_at(territory, day) for day in {entry.business_date for entry in entries}}
    provisional = frozenset(
        entry.id
        for entry in entries
        if rules.may_still_be_reversed(entry, reversed_ids, cutoffs[entry.business_date], now)
    )
    return Ledger(entries, rules.balance(entries), provisional)
