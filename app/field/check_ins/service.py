"""Use cases of check-ins: record what was judged, read a day, judge the recorded again, forget where it was."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import queries
from app.field.check_ins.geofence import GeofenceCase, Verdict, judge_all
from app.field.check_ins.inserts import record_check_ins
from app.field.check_ins.records import CheckInRecord, ListedCheckIn
from app.ground.receipts.service import all_filed_under
from app.ground.web.access import Caller

__all__ = ["CheckInRecord", "check_ins_of_day", "find_check_ins", "forget_positions", "record_check_ins", "replay"]

RECEIPT_KIND = "check_in"
"""What receipts file check-ins under."""


async def find_check_ins(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> list[ListedCheckIn]:
    """Those of the check-ins that there are and that the caller may see. Two statements."""
    business_dates = await all_filed_under(session, ids, RECEIPT_KIND)
    keys = [(day, id_) for id_, day in business_dates.items()]
    return await queries.check_ins_by_keys(session, caller, keys) if keys else []


async def check_ins_of_day(session: AsyncSession, caller: Caller, rep_id: int, day: date) -> list[ListedCheckIn]:
    """A rep's check-ins of a business date in the order of time, where the caller may see them. One statement."""
    return await queries.check_ins_of_day(session, caller, rep_id, day)


async def replay(session: AsyncSession, check_ins: Sequence[ListedCheckIn]) -> list[Verdict]:
    """Judge stored check-ins again by what is stored with them: the same verdicts (V3). Two statements."""
    policies = await queries.policies(session)
    fences = await queries.fences(session, {(c.outlet_code, c.location_version) for c in check_ins})
    verdicts: dict[int, Verdict] = {}
    for version in {c.policy_version for c in check_ins}:
        places = [place for place, c in enumerate(check_ins) if c.policy_version == version]
        cases = [
            GeofenceCase(c.fix, fences.get((c.outlet_code, c.location_version)), c.captured_at, c.corrected_at)
            for c in (check_ins[place] for place in places)
        ]
        verdicts |= dict(zip(places, judge_all(cases, policies[version]), strict=True))
    return [verdicts[place] for place in range(len(check_ins))]


async def forget_positions(session: AsyncSession, first: date, end: date, *, most: int) -> int:
    """Forget where check-ins were made. What was judged from it stays; the verdict can no longer be replayed (V3).

    Of business dates from `first` to the day before `end`, up to `most` records, by one statement; answers how many.
    """
    return await queries.forget_positions(session, first, end, most)
