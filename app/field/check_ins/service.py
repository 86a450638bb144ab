"""Use cases of check-ins: record what was judged, judge the recorded again."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import inserts, queries
from app.field.check_ins.geofence import GeofenceCase, Verdict, judge_all
from app.field.check_ins.records import CheckInRecord, ListedCheckIn

__all__ = ["CheckInRecord", "record_check_ins", "replay"]


async def record_check_ins(session: AsyncSession, check_ins: Sequence[CheckInRecord]) -> None:
    """Insert check-ins, any number in one statement. Their ids must have been claimed (`receipts`).

    A check-in, arrival or departure, at an outlet where its rep has no visit that day makes an ad hoc visit (V5): a
    phone that lost its arrival was there all the same.
    """
    if check_ins:
        await inserts.insert_check_ins(session, check_ins)


async def replay(session: AsyncSession, check_ins: Sequence[ListedCheckIn]) -> list[Verdict]:
    """Judge stored check-ins again by what is stored with them: the same verdicts (V3). Two statements."""
    policies = await queries.policies(session)
    fences = await queries.fences(session, {(c.outlet_code, c.location_version) for c in check_ins})
    verdicts: dict[int, Verdict] = {}
    for version in {c.policy_version for c in check_ins}:
        places = [place for place, c in enumerate(check_ins) if c.policy_version == version]
        cases = [
            GeofenceCase(c.fix, fences.get((c.outlet_code, c.location_version)), c.captured_at)
            for c in (check_ins[place] for place in places)
        ]
        verdicts |= dict(zip(places, judge_all(cases, policies[version]), strict=True))
    return [verdicts[place] for place in range(len(check_ins))]
