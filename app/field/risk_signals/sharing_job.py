"""The job that looks for phones that work for two reps: other reps' days are nothing that an upload could look at.

An upload holds its own rep's lock alone. Two that come at once, from one phone for two reps, would each miss what the
other is writing, and a lock on the phone would let uploads wait for each other (decisions 16, 26).
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals import queries
from app.field.risk_signals.phone_uses import phone_uses, reps_in_doubt
from app.field.risk_signals.queries import Judged, Judgement
from app.field.risk_signals.registry import ComparedRule, judge_phones, names_of

DAYS_BACK = 4
"""As many days are judged again: what a handheld still brings within the 72 hours of C4 is looked at."""


async def doubt_shared_devices(session: AsyncSession, at: datetime) -> int:
    """Let the open `shared_device` signals of the last days be what their events say. Answers how many there are.

    Three statements, whatever the number of reps.
    """
    first, last = at.date() - timedelta(days=DAYS_BACK), at.date() + timedelta(days=1)
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [(rule, day) for rule in names_of(ComparedRule) for day in dates]
    signals = judge_phones(await phone_uses(session, first, last))
    judgements = [
        Judgement(territory_id, rep_id, Judged(signals.get((territory_id, rep_id), ()), days=days))
        for territory_id, rep_id in sorted(signals.keys() | await reps_in_doubt(session, first, last))
    ]
    if judgements:
        await queries.reconcile(session, judgements, at)
    return sum(len(of_rep) for of_rep in signals.values())
