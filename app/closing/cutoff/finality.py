"""When penalties become final (C4): their devices have told everything, or 72 hours have passed (decision 6)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import finality_queries as queries
from app.closing.cutoff.finality_queries import is_silent, refusal_stands
from app.closing.cutoff.models import CutoffRun
from app.motivation.points import service as points
from app.motivation.points.rules import PROVISIONAL_FOR

__all__ = ["finalise_after_72h", "finalise_moved", "finalise_passed", "finalise_run", "is_silent", "refusal_stands"]

LOOK_BACK = PROVISIONAL_FOR + timedelta(days=2)
"""Penalties of days longer ago are final by time already; two days more cover every zone and a job that was late."""


Move = tuple[int, datetime | None, datetime | None]
"""A rep id, and from where to where the watermark of one of its devices has moved."""


async def finalise_moved(session: AsyncSession, moves: Collection[Move], at: datetime) -> None:
    """Make the penalties final that waited for these watermarks alone (C4): of the reps and of their colleagues.

    Only days are looked at that closed between where a watermark was and where it is. One statement.
    """
    if moves:
        befores = [before for _, before, _ in moves]
        told_before = None if None in befores else min(before for before in befores if before is not None)
        told_now = max((now for _, _, now in moves if now is not None), default=None)
        await _finalise(session, {rep_id for rep_id, _, _ in moves}, at, told_before, told_now)


async def finalise_passed(session: AsyncSession, rep_ids: Collection[int], at: datetime) -> None:
    """The same where devices of these reps were revoked: what they had not told nobody waits for. One statement."""
    await _finalise(session, rep_ids, at)


async def _finalise(
    session: AsyncSession,
    rep_ids: Collection[int],
    at: datetime,
    told_before: datetime | None = None,
    told_now: datetime | None = None,
) -> None:
    relation = queries.passed(rep_ids, (at - LOOK_BACK).date(), told_before, told_now)
    await points.finalise(session, relation, because="watermark_passed", at=at)


async def finalise_run(session: AsyncSession, run: CutoffRun, at: datetime, *, supplemented: bool) -> None:
    """The same for what became known while a run was at work. Two statements, three where it has supplements."""
    if rep_ids := await queries.synced_reps(session, run.territory_id, run.cutoff_at):
        await points.finalise(session, queries.passed_of_run(run, rep_ids), because="watermark_passed", at=at)
        if supplemented:
            of_supplements = queries.passed_of_supplements(run, rep_ids)
            await points.finalise(session, of_supplements, because="watermark_passed", at=at)


async def finalise_after_72h(session: AsyncSession, at: datetime, *, look_back: timedelta = LOOK_BACK) -> int:
    """Record that penalties are final once their cutoff lies 72 h back (C4). Answers how many. One statement.

    They are final by then whether this ran or not: `provisional` always takes the 72 h into account.
    """
    since: date = (at - look_back).date()
    return await points.finalise(session, queries.past_72h(since, at), because="after_72h", at=at)
