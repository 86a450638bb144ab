"""Use cases of the ledger: booking, reversing, making final; what a rep has, and what a rule costs on a day.

Nothing else writes the ledger. Every step is an entry or a finalisation of its own, and safe to repeat. What is booked
is a function of the facts as they are known (decision 66).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.statements import Relation
from app.masters.territories import service as territories
from app.masters.territories.calendar import RepFacts, TerritoryFacts, cutoff_at
from app.motivation.points import cap_queries, closing_queries, ledger_queries, pardon_queries, queries, rules
from app.motivation.points.cap_queries import lock_reps
from app.motivation.points.caps import settle_caps, settle_caps_of
from app.motivation.points.pardons import APPEAL_GRANTED, pardon, settle_pardons
from app.motivation.points.policy_queries import hold_policy, policies_in_force
from app.motivation.points.queries import provisional_penalties
from app.motivation.points.rules import (
    BOOKINGS,
    Entry,
    LastStep,
    PointsFinding,
    PointsRule,
    Policy,
    Reversal,
    SourceType,
    steps_towards,
)

__all__ = [
    "APPEAL_GRANTED",
    "LastStep",
    "Ledger",
    "PointsFinding",
    "PointsRule",
    "Policy",
    "Reversal",
    "SourceType",
    "any_entries",
    "book",
    "bring_about",
    "close_reps",
    "finalise",
    "hold",
    "hold_policy",
    "last_steps",
    "ledger_about",
    "ledger_of",
    "ledger_of_month",
    "lock_reps",
    "pardon",
    "pardoned",
    "pardoned_caps",
    "policies_in_force",
    "provisional_penalties",
    "release",
    "reopen_reps",
    "reverse",
    "settle_caps",
    "settle_caps_of",
    "settle_pardons",
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
    points and the version of the policy are those in force on the business date: where none is, or it says 0, nothing
    is booked (P2). A source that the rule has booked before stays as it is (P1); with `first_time`, for callers who
    know that there is none, it raises IntegrityError.
    """
    return await queries.book(session, rule, due, at, first_time=first_time)


async def bring_about(session: AsyncSession, findings: Sequence[PointsFinding], at: datetime) -> None:
    """Let the ledger say what was found: book, reverse, reverse reversals. Safe to repeat, in any order of the facts.

    All findings are about sources of one type, each (rule, source) once. Two statements, one more for what is booked
    and one for what is reversed, and those of `settle_caps` where awards are among them. The caller sees to it that
    nobody else concludes about the same sources meanwhile.
    """
    if not findings:
        return
    (source_type,) = {BOOKINGS[finding.rule].source_type for finding in findings}
    source_ids = {finding.source_id for finding in findings}
    of_rules = sorted({finding.rule for finding in findings})
    last = await queries.last_steps(session, source_type, source_ids, of_rules)
    settled = await pardon_queries.pardoned(session, source_type, source_ids, of_rules)
    steps = steps_towards(findings, last, settled)
    if steps.reversals:
        await queries.reverse(session, steps.reversals, at)
    if steps.bookings:
        await queries.book_found(session, steps.bookings, at)
    if earning := [rule for rule in of_rules if rule in rules.AWARDS]:
        reps = {finding.rep_id for finding in findings}
        await settle_caps(session, reps, {finding.business_date for finding in findings}, at, earning)


async def reverse(session: AsyncSession, notes: Mapping[int, str], at: datetime) -> None:
    """Take entries back: by entry id the cause, which becomes the reversal's note. One statement for any number.

    A reversal is an entry, and may itself be reversed. What was reversed before stays so, for its first cause.
    """
    await queries.reverse(session, {entry_id: Reversal(note) for entry_id, note in notes.items()}, at)


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


async def pardoned(
    session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]
) -> set[tuple[PointsRule, UUID]]:
    """What appeals have settled for good (P5), of these rules and sources, by one statement."""
    return await pardon_queries.pardoned(session, source_type, source_ids, rules)


async def pardoned_caps(session: AsyncSession, rep_ids: Collection[int], month: date) -> set[tuple[int, PointsRule]]:
    """Of which of these reps, and by which rule, no cap holds what a month, by its first day, has earned.

    An appeal against that was granted (P5). One statement.
    """
    return {(rep_id, rule) for rep_id, rule, _ in await cap_queries.pardoned(session, rep_ids, [month])}


async def hold(session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], at: datetime) -> None:
    """Keep the penalties of these sources provisional until somebody releases them (P4). One statement."""
    await pardon_queries.hold(session, source_type, source_ids, at)


async def close_reps(session: AsyncSession, rep_ids: Collection[int], month: date, at: datetime) -> None:
    """From the commit on let entries about a month, by its first day, and about earlier ones count in the next (P6).

    A rep of whom a later month is closed, by another territory, stays as he is. One statement.
    """
    await closing_queries.close_reps(session, rep_ids, month, at)


async def reopen_reps(session: AsyncSession, closed: Mapping[int, tuple[date, datetime]]) -> None:
    """Where a month was reopened, let entries count again after the last one that is closed: by rep id that month, and
    when it was closed. One statement.
    """
    await closing_queries.reopen_reps(session, closed)


async def release(session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID]) -> None:
    """Let these penalties become final again. One statement."""
    await pardon_queries.release(session, source_type, source_ids)


async def ledger_of(session: AsyncSession, rep: RepFacts, first: date, last: date) -> Ledger:
    """A rep's ledger from `first` to `last`, both included (M3)."""
    territory = await territories.territory_facts(session, rep.territory_id)
    return _ledger(territory, await ledger_queries.entries_of(session, rep.id, first, last))


async def any_entries(session: AsyncSession, rep_ids: Collection[int], month: date) -> bool:
    """Whether anything of these reps counts in a month, by its first day. One statement."""
    return await ledger_queries.any_entries(session, rep_ids, month)


async def ledger_of_month(session: AsyncSession, rep: RepFacts, month: date) -> Ledger:
    """What counts in a rep's statement of a month, by its first day: also what is about earlier ones (P6)."""
    territory = await territories.territory_facts(session, rep.territory_id)
    return _ledger(territory, await ledger_queries.entries_of_month(session, rep.id, month))


async def ledger_about(session: AsyncSession, visit_id: UUID, territory: TerritoryFacts) -> Ledger:
    """What a visit of the territory has brought its rep, and what took it back, by one statement."""
    return _ledger(territory, await ledger_queries.entries_about(session, visit_id))


def _ledger(territory: TerritoryFacts, entries: list[Entry]) -> Ledger:
    reversed_ids, now = rules.reversed_entries(entries), clock.now()
    cutoffs = {day: cutoff_at(territory, day) for day in {entry.business_date for entry in entries}}
    provisional = frozenset(
        entry.id
        for entry in entries
        if rules.may_still_be_reversed(entry, reversed_ids, cutoffs[entry.business_date], now)
    )
    return Ledger(entries, rules.balance(entries), provisional)
