"""Who was first under a client-made id: this event, an earlier one alike, or an earlier one that is not (O3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.upload.event_schemas import CheckInEvent, OrderEvent
from app.doors.handheld.upload.records import Status
from app.doors.handheld.upload.rules import Decision
from app.ground.receipts.service import Claim, Claimed, ClaimStatus, claim, recall

_STATUS = {
    ClaimStatus.NEW: Status.ACCEPTED,
    ClaimStatus.DUPLICATE: Status.DUPLICATE,
    ClaimStatus.CONFLICT: Status.CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of a decision: `status`, and under which day the id's first content is filed (None: nowhere)."""

    decision: Decision
    status: Status
    business_date: date | None


async def claim_ids(session: AsyncSession, decisions: Sequence[Decision], at: datetime) -> list[Standing]:
    """Claim the ids of what is to be accepted; answers how each decision stands, in the order given.

    What is to be refused claims nothing, so that the corrected event may come under the same id. Yet if its id was
    accepted before, with this content, that answer counts: masters may have changed since. Within one upload events
    stand as if each had come on its own. Three statements at the most, one where everything is new.
    """
    recalled = await recall(session, [_claim(decision) for decision in decisions if decision.problems])
    claimed = await claim(session, [_claim(decision) for decision in decisions if not decision.problems], at)
    seen: dict[UUID, Claimed] = {}
    standings = []
    for decision in decisions:
        id_, found = decision.event.id, None
        if id_ in seen:
            found = seen[id_].again(decision.digest)
        elif decision.problems:
            found = recalled.get(id_)
        else:
            found = seen[id_] = claimed[id_]
        if found is None:
            standings.append(Standing(decision, Status.REJECTED, None))
        else:
            standings.append(Standing(decision, _STATUS[found.status], found.business_date))
    return standings


def _claim(decision: Decision) -> Claim:
    event = decision.event
    kind = "check_in" if isinstance(event, CheckInEvent) else "order" if isinstance(event, OrderEvent) else "no_order"
    return Claim(event.id, kind, decision.digest, decision.business_date)
