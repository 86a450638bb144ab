"""Use cases of the ledger: what a rep has, and what a rule costs on a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.masters.territories import service as territories
from app.masters.territories.calendar import RepFacts, TerritoryFacts, cutoff_at
from app.motivation.points import queries, rules
from app.motivation.points.rules import Entry, PointsRule, Policy

__all__ = ["Ledger", "PointsRule", "Policy", "ledger_about", "ledger_of", "policies_in_force"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Some entries of a rep, what they come to, and the ids of those that may still be reversed."""

    entries: list[Entry]
    balance: int
    provisional_ids: frozenset[int]


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
