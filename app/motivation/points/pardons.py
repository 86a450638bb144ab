"""What granted appeals settle for good (P5)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points import ledger_queries, pardon_queries, queries, rules
from app.motivation.points.caps import settle_caps
from app.motivation.points.rules import FirstEntry, Reversal

APPEAL_GRANTED = "appeal_granted"
"""The note of what a granted appeal takes back."""
LOOK_BACK = timedelta(days=62)
"""So long after it was granted a closing month sees to it that an appeal is heard: two months, and no more to read."""


async def pardon(session: AsyncSession, entry_id: int, *, appeal_id: UUID, at: datetime) -> None:
    """Grant an appeal against an entry (P5): what it costs is taken back, for good. Safe to repeat.

    No fact that comes later charges the source by that rule again, nor by one that would take its place. Raises
    LookupError where there is no such entry.
    """
    first = await ledger_queries.first_of_chain(session, entry_id)
    if first is None:
        raise LookupError(f"there is no entry {entry_id}")
    of_rules = rules.FAMILIES.get(first.rule, (first.rule,))
    await pardon_queries.insert_pardons(session, first.source_type, first.source_id, of_rules, appeal_id, at)
    await _take_back(session, [first], at)
    await settle_caps(session, [first.rep_id], [first.business_date], at)


async def settle_pardons(session: AsyncSession, rep_ids: Collection[int], at: datetime) -> None:
    """Take back what costs these reps points in spite of an appeal that was granted of late. One statement where
    nothing was, else three a type of source.

    Who was booking about a source while an appeal against it was granted saw nothing of that.
    """
    firsts = await pardon_queries.pardoned_entries(session, rep_ids, at - LOOK_BACK)
    for _, of_type in groupby(firsts, key=lambda first: first.source_type):
        await _take_back(session, list(of_type), at)


async def _take_back(session: AsyncSession, firsts: Collection[FirstEntry], at: datetime) -> None:
    """`firsts`: what chains about sources of one type began with."""
    (source_type,) = {first.source_type for first in firsts}
    of_rules = sorted({rule for first in firsts for rule in rules.FAMILIES.get(first.rule, (first.rule,))})
    last = await queries.last_steps(session, source_type, {first.source_id for first in firsts}, of_rules)
    reversed_ids = {
        id_
        for first in firsts
        for id_ in rules.to_pardon(first, (step for step in last if step.source_id == first.source_id))
    }
    if reversed_ids:
        await queries.reverse(session, {id_: Reversal(APPEAL_GRANTED) for id_ in sorted(reversed_ids)}, at)
